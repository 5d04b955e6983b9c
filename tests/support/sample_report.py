"""Whole reports of evaluations that never were: one with every part, one with only those that must be there."""

import io
import math
from collections.abc import Mapping
from typing import Any

from PIL import Image

from . import sample_parts
from .sample_parts import CAPTIONS, CLASSES, KS, picture_key


def jpeg(number: int, *, pixels: int = 112) -> bytes:
    """A small JPEG that looks like no other."""
    picture = Image.linear_gradient("L").resize((pixels, pixels)).rotate(37 * number).convert("RGB")
    picture.paste((number * 53 % 256, number * 97 % 256, number * 29 % 256), (8, 8, 56, 56))
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=72)
    return encoded.getvalue()


def pictures(number: int) -> dict[str, bytes]:
    """Small pictures of the sample's keys."""
    return {picture_key(each): jpeg(each) for each in range(number)}


def minimal() -> dict[str, Any]:
    """Only what must be there."""
    return {
        "created": "2026-11-24T11:40:00Z",
        "identity": {"model": "scratch:tiny", "seed": 42},
        "data": {"name": "pairs.csv", "images": 7, "captions": 7},
        "metrics": {"i2t_R@1": 0.25, "i2t_chance_R@1": 0.1, "mean_recall": 0.3},
    }


def comparison_row(metric: str, before: float, after: float, **more: Any) -> dict[str, Any]:
    """A row as a comparison of two models makes it."""
    lower = metric.endswith("_rank")
    better = (after < before) if lower else (after > before)
    row = {
        "metric": metric,
        "before": before,
        "after": after,
        "change": after - before,
        "low": after - before - 0.03,
        "high": after - before + 0.03,
        "p": 0.0004 if better else 0.412,
        "verdict": "better" if better else "cannot be told apart",
        "detectable": 1.8 if lower else 0.045,
        "improved": 412,
        "worsened": 155,
        "equal": 526,
        "chance": None if lower else 0.0009,
        "queries": 1093,
        "groups": 1093,
        "lower_is_better": lower,
    }
    return row | more


def _metrics(scale: float) -> dict[str, float]:
    found: dict[str, float] = {}
    for direction in ("i2t", "t2i"):
        for kind, factor in (("", 1.0), ("filtered_", 1.15)):
            recalls = {f"R@{k}": min(scale * factor * at, 1.0) for k, at in ((1, 0.08), (5, 0.24), (10, 0.37))}
            rest = {"MRR": 0.17 * scale * factor, "median_rank": 24.5 / scale, "mean_rank": 71.3 / scale}
            rest |= {"tie_rate": 0.0, "mean_recall": 0.23 * scale * factor}
            found |= {f"{direction}_{kind}{name}": value for name, value in (recalls | rest).items()}
        graded = {"mAP@R": 0.11 * scale, "R-precision": 0.1 * scale, "nDCG@10": 0.2 * scale}
        found |= {f"{direction}_{name}": value for name, value in graded.items()}
    whole = {"alignment_score": 0.31 * scale, "mean_recall": 0.23 * scale, "filtered_mean_recall": 0.26 * scale}
    return found | whole | {"zero_shot_accuracy": 0.4 * scale}


def _chances() -> dict[str, float]:
    return {
        f"{direction}_chance_{kind}R@{k}": k * share
        for direction, share in (("i2t", 0.00092), ("t2i", 0.00091))
        for kind in ("", "filtered_")
        for k in (1, 5, 10)
    } | {"chance_mean_recall": 0.0049}


def _curve() -> dict[str, list[float]]:
    return {
        "k": list(KS),
        "raw": [min(0.12 * k**0.45, 1.0) for k in KS],
        "filtered": [min(0.15 * k**0.44, 1.0) for k in KS],
        "chance": [0.0009 * k for k in KS],
        "before": [min(0.07 * k**0.45, 1.0) for k in KS],
    }


def full(*, classes: tuple[str, ...] = CLASSES) -> dict[str, Any]:
    """Every part there is."""
    after, before = _metrics(1.5), _metrics(1.0)
    changed = [comparison_row(name, before[name], after[name]) for name in after]
    side = 12
    return minimal() | {
        "title": "rsicd_aerial — run 20261124-113655-kind-otter",
        "identity": {
            "target": "outputs/20261124-113655-kind-otter",
            "run": "20261124-113655-kind-otter",
            "model": "scratch:small",
            "from_scratch": True,
            "weights": "sha256:9f2c" + "4e" * 28,
            "preprocessing": "sha256:77ab" + "01" * 28,
            "tokenizer": "sha256:aa17" + "cd" * 28,
            "data_fingerprint": "b3:" + "5d" * 16,
            "seed": 42,
            "device": "cpu",
            "precision": "float32",
            "versions": {"python": "3.12.4", "torch": "2.13.0", "cliptune": "0.1.0"},
            "command": "cliptune evaluate outputs/20261124-113655-kind-otter --data captions_test.txt",
            "hostname": "lab-7",
        },
        "data": {
            "name": "rsicd_aerial/captions_test.txt",
            "rows": 3825,
            "images": 1093,
            "captions": 3825,
            "groups": 1093,
            "group_column": None,
            "captions_per_image": {"min": 3, "mean": 3.5, "max": 5},
            "repeated_captions": 412,
            "same_pictures": 2,
            "truncated_captions": 0,
            "max_tokens": 41,
            "undecodable": 2,
            "quarantined": 0,
            "classes": {label: 36 + n % 5 for n, label in enumerate(classes)},
            "splits": {"train": 700, "val": 100},
        },
        "metrics": after | _chances(),
        "intervals": {
            name: {
                "low": value - 0.02,
                "high": value + 0.02,
                "method": "bootstrap over groups, BCa",
                "groups": 1093,
                "level": 0.95,
            }
            for name, value in after.items()
        },
        "before": before | _chances(),
        "before_name": "the model it started from",
        "comparison": changed,
        "headline": {
            "sentence": "Better: mean recall 0.230 → 0.345, change +0.115 [+0.085, +0.145], p < 0.001.",
            "verdict": "better",
            "metrics": ["mean_recall", "i2t_R@1", "t2i_R@10", "t2i_median_rank"],
        },
        "curves": {"i2t": _curve(), "t2i": _curve() | {"before": None}},
        "zero_shot": sample_parts.zero_shot(classes),
        "calibration": sample_parts.calibration(),
        "retention": {
            "name": "flickr8k_mini",
            "images": 100,
            "captions": 500,
            "before": {"mean_recall": 0.31},
            "after": {"mean_recall": 0.3},
            "rows": [comparison_row("mean_recall", 0.31, 0.3)],
            "sentence": "Nothing that can be told from chance was forgotten.",
        },
        "wise_ft": {
            "alpha": 0.6,
            "max_general_drop": 0.02,
            "retention_images": 100,
            "retention_captions": 500,
            "curve": [
                {"alpha": at / 5, "domain": 0.23 + 0.04 * at - 0.004 * at * at, "retention": 0.31 - 0.002 * at * at}
                for at in range(6)
            ],
        },
        "by_resolution": [
            {"pixels": side, "i2t_R@1": side / 1500, "t2i_R@1": side / 1700, "mean_recall": side / 600}
            for side in (96, 160, 224)
        ],
        "slices": sample_parts.slices(),
        "robustness": sample_parts.robustness(),
        "similarities": sample_parts.histograms(),
        "heatmap": {
            "captions": [CAPTIONS[n % 4] for n in range(side)],
            "images": [picture_key(n) for n in range(side)],
            "values": [
                [0.55 - 0.02 * row if row == column else 0.05 * ((row * 5 + column * 3) % 9) for column in range(side)]
                for row in range(side)
            ],
        },
        "geometry": {
            "alignment_score": 0.46,
            "modality_gap": 0.71,
            "uniformity_image": -2.31,
            "uniformity_text": -2.72,
            "effective_rank_image": 61.2,
            "effective_rank_text": 48.9,
            "width": 256,
            "dead_dimensions": 0,
        },
        "failures": sample_parts.failures(),
        "suspicious": [
            {
                "image": picture_key(n),
                "caption": CAPTIONS[n % 4],
                "where": f"captions.csv:{n + 2}",
                "score": 0.91 - 0.1 * n,
                "reason": "less similar to its picture than 97 % of other captions",
                "better_caption": CAPTIONS[(n + 1) % 4] if n else None,
            }
            for n in range(4)
        ],
        "improved": [
            {
                "direction": "t2i",
                "query": CAPTIONS[0],
                "image": picture_key(0),
                "before_rank": 903.0,
                "after_rank": 1.0,
            },
            {
                "direction": "i2t",
                "query": picture_key(1),
                "image": picture_key(1),
                "before_rank": 611.5,
                "after_rank": 2.0,
            },
        ],
        "worsened": [
            {
                "direction": "t2i",
                "query": CAPTIONS[3],
                "image": picture_key(2),
                "before_rank": 3.0,
                "after_rank": 588.0,
            },
        ],
        "limits": [
            "This test set has 1,093 groups: differences of mean recall under 0.045 cannot be told from chance.",
            "One class has fewer than 10 pictures: forest. Nothing is said about it.",
        ],
        "warnings": ["412 captions stand under more than one picture: raw recall punishes right answers."],
        "gates": [
            {"gate": "t2i_R@10 is at least 0.5", "value": 0.555, "passed": True},
            {"gate": "retention:mean_recall loses at most 0.01", "value": 0.012, "passed": False},
            {"gate": "mean_recall is better than before", "value": "better", "passed": True},
        ],
        "undecodable": [
            {"where": "captions.csv:7", "image": "images/röntgen.png", "reason": "not a picture"},
            {"where": "captions.csv:9", "image": "images/empty.jpg", "reason": "the file is empty"},
        ],
    }


def emptied(value: Any) -> Any:
    """The same value with nan for every number and None for every truth value; names and counts of things stay."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return math.nan
    if isinstance(value, Mapping):
        return {key: emptied(item) for key, item in value.items()}
    return [emptied(item) for item in value] if isinstance(value, list) else value
