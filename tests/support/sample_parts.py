"""Larger parts of a report of an evaluation that never was."""

import math
from typing import Any, Final

KS: Final = (1, 2, 5, 10, 20, 50, 100)
CLASSES: Final = (
    "airport",
    "bare land",
    "baseball field",
    "beach",
    "bridge",
    "centre",
    "church",
    "commercial",
    "dense residential",
    "desert",
    "farmland",
    "forest",
    "industrial",
    "meadow",
    "medium residential",
    "mountain",
    "park",
    "parking",
    "playground",
    "pond",
    "port",
    "railway station",
    "resort",
    "river",
    "school",
    "sparse residential",
    "square",
    "stadium",
    "storage tanks",
    "viaduct",
)
CAPTIONS: Final = (
    "many planes are parked next to a long building in an airport",
    "it is a piece of yellow bare land with some ripples",
    "two baseball fields are surrounded by many green trees, and a road leads past them to a car park behind the hall",
    "several yachts lie in the port near a narrow pier",
)


def picture_key(number: int) -> str:
    """The key of a sample picture."""
    name = CLASSES[number % len(CLASSES)].replace(" ", "_")
    return f"images/{name}_{number}.jpg"


def zero_shot(classes: tuple[str, ...]) -> dict[str, Any]:
    """Zero-shot classification into these classes."""
    size = len(classes)
    confusion = [
        [29 - row % 19 if row == column else (row * 7 + column * 3) % 11 // 9 for column in range(size)]
        for row in range(size)
    ]
    per_class = [
        {
            "label": label,
            "n": sum(confusion[n]) if n % 9 else 6,
            "recall": 0.95 - 0.02 * (n % 30),
            "recall_low": 0.8 - 0.02 * (n % 30),
            "recall_high": min(1.0, 1.04 - 0.02 * (n % 30)),
            "precision": 0.7,
            "precision_low": 0.55,
            "precision_high": 0.82,
            "predicted": 31,
            "small": n % 9 == 0,
        }
        for n, label in enumerate(classes)
    ]
    return {
        "column": "scene",
        "classes": list(classes),
        "prompts": ["an aerial picture of a {}.", "a satellite view of a {}."],
        "pictures": 1093,
        "accuracy": 0.642,
        "accuracy_interval": {"low": 0.611, "high": 0.671},
        "balanced_accuracy": 0.633,
        "macro_f1": 0.621,
        "top5": 0.911,
        "chance": 1 / size,
        "majority": 0.041,
        "before": {"accuracy": 0.402, "balanced_accuracy": 0.397},
        "per_class": per_class,
        "confusion": confusion,
        "confused": [
            {"true": classes[0], "predicted": classes[-1], "count": 9},
            {"true": classes[size // 2], "predicted": classes[0], "count": 7},
        ],
        "multi_label": {"mAP": 0.512, "per_class": [{"label": classes[0], "n": 30, "average_precision": 0.71}]},
        "probes": {
            "linear": {"accuracy": 0.871, "low": 0.85, "high": 0.89, "trained_on": 700},
            "knn": {"accuracy": 0.802, "low": 0.78, "high": 0.83, "trained_on": 700},
        },
        "left_out": 12,
    }


def calibration() -> dict[str, Any]:
    """Of classification, with two thresholds."""

    def bins(shift: float) -> list[dict[str, float]]:
        return [
            {
                "confidence": at / 10 + 0.05,
                "accuracy": max(0.0, at / 10 + 0.05 - shift),
                "count": 20 + 9 * at,
                "low": max(0.0, at / 10 - shift - 0.05),
                "high": min(1.0, at / 10 + 0.15 - shift),
            }
            for at in range(10)
        ]

    coverage = [at / 50 for at in range(1, 51)]
    return {
        "of": "zero-shot classification",
        "temperature": 0.021,
        "fitted_on": "validation",
        "ece_before": 0.142,
        "ece_after": 0.021,
        "bins": bins(0.02),
        "bins_before": bins(0.17),
        "risk_coverage": {"coverage": coverage, "risk": [0.36 * at**1.6 for at in coverage], "aurc": 0.138},
        "abstention": [
            {
                "of": "search by text",
                "threshold": 0.271,
                "coverage": 0.41,
                "risk": 0.098,
                "demanded": 0.1,
                "note": None,
            },
            {
                "of": "classification",
                "threshold": None,
                "coverage": 0.0,
                "risk": None,
                "demanded": 0.01,
                "note": "no threshold reaches the demanded risk on the validation split",
            },
        ],
    }


def slices() -> list[dict[str, Any]]:
    """Two columns, one of whose groups is too small."""
    rows = [
        {
            "value": value,
            "images": 60 - 4 * n,
            "captions": 300 - 20 * n,
            "estimate": 0.5 - 0.03 * n,
            "low": 0.42 - 0.03 * n,
            "high": 0.58 - 0.03 * n,
            "small": n == 11,
        }
        for n, value in enumerate(CLASSES[:12])
    ]
    view = {"column": "view", "metric": "t2i_R@10", "rows": rows[:2], "worst": None, "best": None, "gap": None}
    scene = {
        "column": "scene",
        "metric": "mean_recall",
        "rows": rows,
        "worst": CLASSES[10],
        "best": CLASSES[0],
        "gap": 0.3,
    }
    return [scene, view]


def robustness() -> dict[str, Any]:
    """Seven kinds of damage."""
    names = ("JPEG quality 20", "blurred", "darker", "brighter", "turned by 10 degrees", "cropped to 80 %", "grey")
    rows = [
        {
            "name": name,
            "value": 0.345 - 0.02 * n,
            "change": -0.02 * n,
            "low": -0.02 * n - 0.015,
            "high": -0.02 * n + 0.015,
            "p": 0.6 / (1 + n**4),
            "verdict": "worse" if n > 1 else "cannot be told apart",
        }
        for n, name in enumerate(names)
    ]
    return {"pictures": 400, "metric": "mean_recall", "clean": 0.345, "rows": rows}


def failures() -> list[dict[str, Any]]:
    """Eight queries that found something else."""
    return [
        {
            "direction": "t2i" if n % 2 else "i2t",
            "query": CAPTIONS[n % 4] if n % 2 else picture_key(n),
            "image": picture_key(n),
            "captions": [CAPTIONS[n % 4], CAPTIONS[(n + 1) % 4]],
            "rank": 812.5 - 31 * n,
            "score": 0.113,
            "found": [
                {
                    "image": picture_key(n + 3 + m),
                    "caption": None if n % 2 else CAPTIONS[m % 4],
                    "score": 0.41 - 0.02 * m,
                    "right": m == 4,
                }
                for m in range(5)
            ],
        }
        for n in range(8)
    ]


def histograms() -> dict[str, Any]:
    """Two bells."""

    def bell(middle: float, total: int) -> list[int]:
        return [round(total * math.exp(-((at / 20 - middle) ** 2) / 0.02)) for at in range(-8, 20)]

    return {
        "edges": [at / 20 for at in range(-8, 21)],
        "positive": bell(0.45, 900),
        "negative": bell(0.1, 90_000),
        "positive_mean": 0.452,
        "negative_mean": 0.103,
    }
