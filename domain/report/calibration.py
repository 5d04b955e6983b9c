"""Whether confidences mean what they say, and below which no answer should be given."""

from typing import Any, Final

import numpy as np
from attrs import asdict, frozen

from ..abstention import Abstention, RiskCoverage, risk_coverage, threshold_for
from ..assessed import Assessed, ZeroShot
from ..calibration import Reliability, apply_temperature, fit_temperature, reliability
from ..config.objective import AlignmentConfig
from ..model_identity import ModelIdentity
from ..outcomes import Groups, Values
from ..top_k import top_k

FORMAT: Final = "cliptune-calibration/1"
POINTS: Final = 200
BY_TEXT: Final = "search by text"
BY_IMAGE: Final = "search by picture"
CLASSES: Final = "zero-shot classification"


@frozen
class Fitted:
    """One kind of answer, and when to give it."""

    of: str
    abstention: Abstention
    temperature: float | None = None


@frozen
class Calibration:
    """
    What was fitted on the validation split, for search and classification to use.

    Attributes:
        fitted: One for each kind of answer.
        risk: The share of wrong answers that is tolerated.
    """

    fitted: tuple[Fitted, ...]
    risk: float

    def as_dict(self, model: ModelIdentity, *, cosine: bool) -> dict[str, Any]:
        """
        Plain values for ``calibration.json``.

        Searches compare by cosine: thresholds of other similarities (``cosine`` false) are not for them.
        """
        by_kind = {one.of: one for one in self.fitted if cosine or one.of == CLASSES}
        names = {"search": BY_TEXT, "image_search": BY_IMAGE, "classification": CLASSES}
        return {"format": FORMAT, "model": asdict(model), "risk": self.risk} | {
            name: _plain(by_kind[kind]) if kind in by_kind else None for name, kind in names.items()
        }


def calibration_part(
    after: Assessed, val: Assessed | None, *, risk: float, alignment: AlignmentConfig
) -> tuple[dict[str, Any] | None, Calibration | None]:
    """
    The section about confidence, and what is to be used.

    Temperature and thresholds are fitted on the validation split, and judged on the test set.

    Args:
        after: The model on the test set.
        val: The model on the validation split; None without one, where nothing is fitted.
        risk: The share of wrong answers that is tolerated.
        alignment: How embeddings are compared.
    """
    tested = {kind: _searched(after, kind, alignment) for kind in (BY_TEXT, BY_IMAGE)}
    classified = after.zero_shot is not None and not after.zero_shot.several
    part: dict[str, Any] = {}
    fitted: list[Fitted] = []
    if val is not None:
        for kind in tested:
            confidence, correct, groups = _searched(val, kind, alignment)
            fitted.append(Fitted(kind, threshold_for(confidence, correct, risk=risk, groups=groups)))
        if classified and val.zero_shot is not None and not val.zero_shot.several:
            fitted.append(_fit_classes(val, val.zero_shot, risk=risk))
    if classified and after.zero_shot is not None:
        temperature = next((one.temperature for one in fitted if one.of == CLASSES), None)
        part |= _of_classes(after.zero_shot, temperature)
        tested[CLASSES] = _classified(after, after.zero_shot, temperature or 1.0)
    shown = CLASSES if CLASSES in tested else BY_TEXT
    part |= {"of": shown, "risk_coverage": _curve(risk_coverage(*tested[shown][:2]))}
    part["abstention"] = [_told(one, tested[one.of], risk=risk) for one in fitted]
    return part, Calibration(tuple(fitted), risk) if fitted else None


def _searched(assessed: Assessed, kind: str, alignment: AlignmentConfig) -> tuple[Values, Values, Groups]:
    """The best score of each query, whether what has it is right, and the query's group."""
    encoded = assessed.encoded
    by_text = kind == BY_TEXT
    sides = (encoded.texts, encoded.images) if by_text else (encoded.images, encoded.texts)
    scores, _ = top_k(
        *sides, 1, metric=alignment.similarity_metric, normalize_embeddings=alignment.normalize_embeddings
    )
    ranks = (assessed.ranked.text_to_image if by_text else assessed.ranked.image_to_text).filtered
    # Level with the best, a right answer wins as often as a draw among all that are level.
    right = np.where(ranks.above == 0, ranks.tied_positives / (ranks.tied + ranks.tied_positives), 0.0)
    groups = assessed.outcomes.caption_groups if by_text else assessed.outcomes.image_groups
    return scores[:, 0].double().numpy(), right, groups


def _classified(assessed: Assessed, found: ZeroShot, temperature: float) -> tuple[Values, Values, Groups]:
    confidence = apply_temperature(found.logits, temperature).max(axis=1)
    return confidence, found.credit, assessed.outcomes.image_groups[found.pictures]


def _fit_classes(val: Assessed, found: ZeroShot, *, risk: float) -> Fitted:
    temperature = fit_temperature(found.logits, found.labels)
    confidence, correct, groups = _classified(val, found, temperature)
    return Fitted(CLASSES, threshold_for(confidence, correct, risk=risk, groups=groups), temperature)


def _of_classes(found: ZeroShot, temperature: float | None) -> dict[str, Any]:
    before = reliability(apply_temperature(found.logits, 1.0).max(axis=1), found.credit)
    part: dict[str, Any] = {"ece_before": before.ece, "bins_before": _bins(before)}
    if temperature is None:
        return part | {"bins": _bins(before), "temperature": None, "fitted_on": None}
    mended = reliability(apply_temperature(found.logits, temperature).max(axis=1), found.credit)
    return part | {
        "ece_after": mended.ece,
        "bins": _bins(mended),
        "temperature": temperature,
        "fitted_on": "the validation split",
    }


def _bins(found: Reliability) -> list[dict[str, Any]]:
    return [
        {
            "confidence": one.confidence,
            "accuracy": one.accuracy,
            "count": one.count,
            "low": one.interval.low,
            "high": one.interval.high,
        }
        for one in found.bins
    ]


def _curve(found: RiskCoverage) -> dict[str, Any]:
    kept = np.unique(np.linspace(0, len(found.coverage) - 1, POINTS).round().astype(np.int64))
    return {"coverage": found.coverage[kept].tolist(), "risk": found.risk[kept].tolist(), "aurc": found.aurc}


def _told(one: Fitted, tested: tuple[Values, Values, Groups], *, risk: float) -> dict[str, Any]:
    """A threshold, and what it does on the test set, where it was not chosen."""
    threshold = one.abstention.threshold
    told: dict[str, Any] = {"of": one.of, "demanded": risk, "threshold": threshold, "note": one.abstention.reason or ""}
    if threshold is None:
        return told | {"coverage": 0.0, "risk": None}
    confidence, correct, _ = tested
    given = confidence >= threshold
    return told | {"coverage": float(given.mean()), "risk": float(1 - correct[given].mean()) if given.any() else None}


def _plain(one: Fitted) -> dict[str, Any]:
    known = one.abstention
    plain: dict[str, Any] = {
        "threshold": known.threshold,
        "coverage": known.coverage,
        "risk": None if known.threshold is None else known.risk,
        "reason": known.reason,
    }
    return plain if one.temperature is None else plain | {"temperature": one.temperature}
