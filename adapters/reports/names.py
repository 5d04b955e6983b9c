"""What metrics and other keys of a report are called on the page."""

import re
from typing import Final

from markupsafe import Markup, escape

DIRECTIONS: Final = {"i2t": "picture → caption", "t2i": "caption → picture"}
MEASURES: Final = {
    "MRR": "Mean reciprocal rank",
    "median_rank": "Median rank",
    "mean_rank": "Mean rank",
    "tie_rate": "Tie rate",
    "mAP@R": "mAP@R",
    "R-precision": "R-precision",
    "nDCG@10": "nDCG@10",
}
WHOLE: Final = {
    "mean_recall": "Mean recall",
    "filtered_mean_recall": "Mean recall, filtered",
    "zero_shot_accuracy": "Zero-shot accuracy",
    "zero_shot_balanced_accuracy": "Zero-shot balanced accuracy",
    "alignment_score": "Alignment score",
    "modality_gap": "Modality gap",
    "uniformity_image": "Uniformity of pictures",
    "uniformity_text": "Uniformity of captions",
    "effective_rank_image": "Effective rank of pictures",
    "effective_rank_text": "Effective rank of captions",
    "width": "Width of an embedding",
    "dead_dimensions": "Dead dimensions",
    "from_scratch": "Trained from scratch",
    "run": "Run",
    "root": "Merkle root of all rows",
    "data_root": "Merkle root of the data that was trained on",
    "wise_ft_alpha": "WiSE-FT share α",
    "max_tokens": "Longest caption the model reads, tokens",
    "truncated_captions": "Captions cut off",
    "repeated_captions": "Captions that repeat another",
    "same_pictures": "Pictures with the same content as another",
    "undecodable": "Pictures that could not be decoded",
    "quarantined": "Rows held back",
    "images": "Pictures",
}
FILTERED: Final = "filtered_"
RECALL: Final = re.compile(r"R@(\d+)")


def metric_label(name: str) -> str:
    """A metric in words: ``i2t_filtered_R@5`` is "Recall@5, picture → caption, filtered"."""
    direction, _, rest = name.partition("_")
    if direction not in DIRECTIONS or not rest:
        return label(name)
    return f"{measure_label(name)}, {DIRECTIONS[direction]}{', filtered' if rest.startswith(FILTERED) else ''}"


def measure_label(name: str) -> str:
    """The same without its direction and without the word filtered, for a table of one direction."""
    direction, _, rest = name.partition("_")
    if direction not in DIRECTIONS or not rest:
        return label(name)
    measure = rest.removeprefix(FILTERED)
    recall = RECALL.fullmatch(measure)
    return f"Recall@{recall[1]}" if recall else MEASURES.get(measure, label(measure))


def label(key: str) -> str:
    """A key in words."""
    spaced = key.replace("_", " ")
    return WHOLE.get(key) or spaced[:1].upper() + spaced[1:]


def is_rank(metric: str) -> bool:
    """Whether a metric counts places or dimensions instead of being a fraction."""
    return metric.endswith("_rank") or metric.startswith("effective_rank")


def breakable(name: str) -> Markup:
    """A name that may be broken after its underscores, and elsewhere only if it must."""
    return Markup("_<wbr>").join(escape(part) for part in name.split("_"))
