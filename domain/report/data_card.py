"""What a test set is made of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..encoded import EncodedExamples
from ..relation import normalised_caption


def data_card(
    encoded: EncodedExamples,
    *,
    name: str,
    group_column: str | None,
    label_column: str | None,
    lengths: Sequence[int],
    max_tokens: int,
) -> dict[str, Any]:
    """
    Counts of pictures, captions, groups and classes, and what about them can mislead.

    Args:
        encoded: The pictures and captions that took part.
        name: What the data set is called.
        group_column: Column whose equal values belong together, None for each picture by itself.
        label_column: Column with the class.
        lengths: Tokens of each caption, uncut.
        max_tokens: Tokens that the model reads.
    """
    examples = encoded.examples
    each = [len(example.captions) for example in examples]
    said = Counter(map(normalised_caption, encoded.captions))
    contents = Counter(example.content for example in examples if example.content)
    card: dict[str, Any] = {
        "name": name,
        "images": len(examples),
        "captions": len(encoded.captions),
        "groups": len({example.group for example in examples}),
        "group_column": group_column,
        "captions_per_image": {"min": min(each), "mean": sum(each) / len(each), "max": max(each)},
        "repeated_captions": sum(count for count in said.values() if count > 1),
        "same_pictures": sum(count for count in contents.values() if count > 1),
        "truncated_captions": sum(length > max_tokens for length in lengths),
        "max_tokens": max_tokens,
        "undecodable": len(encoded.undecodable),
    }
    if label_column is not None:
        card["classes"] = _classes([example.attribute(label_column) for example in examples])
    return card


def _classes(labels: Sequence[str]) -> Mapping[str, int]:
    counts = Counter(label for label in labels if label)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def known_card(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's own card of its data tells about all splits; rows that are left out stay in ``data.json``."""
    known = {name: data[name] for name in ("rows", "root", "splits") if name in data}
    if "quarantine" in data:
        known["quarantined"] = data["quarantine"]["count"]
    return known | ({"notes": data["notes"]} if data.get("notes") else {})
