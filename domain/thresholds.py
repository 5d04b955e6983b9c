"""Thresholds that an evaluation has fitted, for searches to use."""

import math
from collections.abc import Mapping
from typing import Any

from .errors import DataError
from .model_identity import ModelIdentity
from .plain import from_plain
from .search import Threshold


def fitted_threshold(calibration: Mapping[str, Any], name: str, *, model: ModelIdentity) -> Threshold | None:
    """
    The threshold of one kind of search; None where none was found, or it was fitted for another model.

    Args:
        calibration: What ``calibration.json`` says.
        name: ``search``, by text among pictures, or ``image_search``, by picture among texts.
        model: What made the index.

    Raises:
        DataError: If the calibration is damaged.
    """
    try:
        fitted_for = from_plain(ModelIdentity, calibration.get("model"))
    except ValueError as error:
        raise DataError(f"calibration.json is damaged: {error}; evaluate the run again, or give --min-score") from error
    fitted = calibration.get(name)
    if not isinstance(fitted, Mapping) or model.differences(fitted_for):
        return None
    score, risk = fitted.get("threshold"), calibration.get("risk")
    if score is None:
        return None
    if not isinstance(score, float | int) or isinstance(score, bool) or not math.isfinite(score):
        raise DataError(f"calibration.json is damaged: a threshold is {score!r}; evaluate the run again")
    kept = f" keeps wrong first matches at {risk:.0%} or less" if isinstance(risk, float) else ""
    return Threshold(float(score), f"fitted on the validation split{':' if kept else ''}{kept}")
