"""How well pictures are classified by prompts, and by what can be learned from their embeddings."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch

from ..assessed import Assessed, ZeroShot
from ..classification import ClassScore, classification
from ..credit import confusion_of_logits, top_k_credit
from ..encoded import EncodedExamples
from ..intervals import Interval
from ..multi_label import multi_label
from ..outcomes import Outcomes
from ..probes import knn_probe, linear_probe
from ..resampling import cluster_intervals

ACCURACY: Final = "zero_shot_accuracy"
BALANCED: Final = "zero_shot_balanced_accuracy"
NEIGHBOURS: Final = 20
# Beyond that a matrix is larger than all the rest, and nobody reads it.
MOST_CLASSES: Final = 200


def zero_shot_part(
    after: Assessed,
    *,
    column: str,
    templates: Sequence[str] | None,
    train: EncodedExamples | None,
    before: Outcomes | None,
    seed: int,
    resamples: int,
) -> dict[str, Any] | None:
    """
    The section about classes; None where no class is known.

    Args:
        after: The model on the test set.
        column: The column with the class.
        templates: What the prompts were made from; None where each class has its own.
        train: Training pictures, to learn probes on; None without them.
        before: The same queries under the model before.
        seed: Decides resamples, and what probes hold out.
        resamples: Behind each interval.
    """
    found = after.zero_shot
    if found is None:
        return None
    part: dict[str, Any] = {
        "column": column,
        "classes": list(found.classes),
        "prompts": list(found.prompts if templates is None else templates),
        "pictures": len(found.pictures),
        "left_out": len(after.encoded.examples) - len(found.pictures),
    }
    if found.several:
        scores = multi_label(found.logits, found.target, found.classes)
        return part | {
            "multi_label": {
                "mAP": scores.mean_average_precision,
                "chance": scores.chance,
                "per_class": [
                    {
                        "label": row.label,
                        "n": row.positives,
                        "average_precision": row.average_precision,
                        "chance": row.chance,
                    }
                    for row in scores.per_class
                ],
                "left_out": list(scores.left_out),
            }
        }
    groups = after.outcomes.image_groups[found.pictures]
    part |= _judged(found, groups, resamples=resamples, seed=seed)
    if before is not None and ACCURACY in before.summary:
        part["before"] = {"accuracy": before.summary[ACCURACY], "balanced_accuracy": before.summary[BALANCED]}
    if train is not None:
        part["probes"] = _probes(after, found, train, column=column, seed=seed, resamples=resamples)
    return part


def _judged(found: ZeroShot, groups: np.ndarray, *, resamples: int, seed: int) -> dict[str, Any]:
    confusion = confusion_of_logits(found.logits, found.labels)
    scores = classification(confusion, found.classes)
    return {
        "accuracy": scores.accuracy,
        "accuracy_interval": _ends(_interval(found.credit, groups, resamples=resamples, seed=seed)),
        "balanced_accuracy": scores.balanced_accuracy,
        "macro_f1": scores.macro_f1,
        "top5": float(top_k_credit(found.logits, found.labels, k=min(5, len(found.classes))).mean()),
        "chance": scores.chance,
        "majority": scores.majority,
        "per_class": [_class_row(row) for row in scores.per_class],
        "confusion": confusion.tolist() if len(found.classes) <= MOST_CLASSES else None,
        "confused": [
            {"true": one.truth, "predicted": one.said, "count": one.pictures} for one in scores.top_confusions
        ],
    }


def _class_row(row: ClassScore) -> dict[str, Any]:
    return {
        "label": row.label,
        "n": row.pictures,
        "predicted": row.said,
        "recall": row.recall,
        "recall_low": row.recall_interval.low,
        "recall_high": row.recall_interval.high,
        "precision": row.precision,
        "precision_low": row.precision_interval.low,
        "precision_high": row.precision_interval.high,
        "small": row.small,
    }


def _probes(
    after: Assessed, found: ZeroShot, train: EncodedExamples, *, column: str, seed: int, resamples: int
) -> dict[str, Any] | None:
    """What training pictures' embeddings tell about the classes: by logistic regression, and by neighbours."""
    place = {name: number for number, name in enumerate(found.classes)}
    known = [number for number, example in enumerate(train.examples) if example.attribute(column) in place]
    labels = [place[train.examples[number].attribute(column)] for number in known]
    if len(set(labels)) < 2:
        return None
    seen, asked = train.images[known], after.encoded.images[found.pictures]
    target = torch.tensor(labels)
    groups = torch.tensor(_numbers([train.examples[number].group for number in known]))
    size = len(found.classes)
    linear = linear_probe(seen, target, asked, classes=size, seed=seed, train_groups=groups).logits
    votes = knn_probe(seen, target, asked, classes=size, k=min(NEIGHBOURS, len(known)))
    of_tests = after.outcomes.image_groups[found.pictures]
    return {
        name: _probe(logits.double().numpy(), found, of_tests, trained_on=len(known), resamples=resamples, seed=seed)
        for name, logits in (("linear", linear), ("knn", votes))
    }


def _probe(
    logits: np.ndarray, found: ZeroShot, groups: np.ndarray, *, trained_on: int, resamples: int, seed: int
) -> dict[str, Any]:
    credit = top_k_credit(logits, found.labels)
    interval = _interval(credit, groups, resamples=resamples, seed=seed)
    return {"accuracy": float(credit.mean()), "low": interval.low, "high": interval.high, "trained_on": trained_on}


def _interval(values: np.ndarray, groups: np.ndarray, *, resamples: int, seed: int) -> Interval:
    return cluster_intervals(values[None], groups, resamples=resamples, seed=seed)[0]


def _ends(interval: Interval) -> dict[str, Any]:
    return {"low": interval.low, "high": interval.high, "method": interval.method}


def _numbers(names: Sequence[str]) -> list[int]:
    known: dict[str, int] = {}
    return [known.setdefault(name, len(known)) for name in names]
