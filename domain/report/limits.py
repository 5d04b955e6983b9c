"""What a test set cannot show, said before somebody asks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

FEW: Final = 100
POINTS: Final = 100


def limits(
    data: Mapping[str, Any],
    *,
    detectable: float | None,
    compared: bool,
    from_scratch: bool,
    small_classes: Sequence[str] = (),
    calibrated: bool = True,
) -> tuple[str, ...]:
    """
    Sentences about what cannot be concluded.

    Args:
        data: The data card.
        detectable: Smallest difference of mean recall that this test set shows with a power of 80 %, None if unknown.
        compared: Whether it is a difference between two models on the same queries.
        from_scratch: Whether the model started from random weights.
        small_classes: Classes with fewer than ten pictures.
        calibrated: Whether a validation split was there to calibrate on.
    """
    return tuple(
        _sentences(
            data,
            detectable=detectable,
            compared=compared,
            from_scratch=from_scratch,
            small_classes=small_classes,
            calibrated=calibrated,
        )
    )


def _sentences(
    data: Mapping[str, Any],
    *,
    detectable: float | None,
    compared: bool,
    from_scratch: bool,
    small_classes: Sequence[str],
    calibrated: bool,
) -> Iterator[str]:
    column = data["group_column"]
    plural = "" if data["groups"] == 1 else "s"
    groups = f"{data['groups']:,} group{plural} ({column})" if column else f"{data['images']:,} pictures"
    if detectable is None:
        yield f"This test set has {groups}: too few to say how large a difference it can show."
    else:
        between = "between these two models" if compared else "to another model, measured on other queries,"
        yield (
            f"This test set has {groups}: a difference of mean recall {between} of less than "
            f"{detectable * POINTS:.1f} points would probably be missed (power below 80 % at the 5 % level)."
        )
    if data["images"] < FEW:
        step = POINTS / data["images"]
        yield f"{data['images']} pictures are few: one of them more or less moves recall by {step:.1f} points."
    if column is None:
        yield (
            "Each picture counts as independent of the others. If several show the same patient, part or scene, the "
            "intervals are too narrow: name the column with group_column."
        )
    yield (
        f"Recall at K is for looking among these {data['images']:,} pictures and {data['captions']:,} captions; among "
        "more it is lower, and it cannot be compared with figures from galleries of another size."
    )
    if data["repeated_captions"]:
        yield (
            f"{data['repeated_captions']:,} of {data['captions']:,} captions say what another one says: raw recall "
            "counts an equally right answer as wrong, the filtered numbers do not."
        )
    if data["truncated_captions"]:
        yield (
            f"{data['truncated_captions']:,} captions are longer than {data['max_tokens']} tokens; the model saw only "
            "their beginning."
        )
    if small_classes:
        yield f"Fewer than ten pictures each, so that little can be said: {', '.join(small_classes)}."
    if not calibrated:
        yield "There was no validation split to fit a temperature or a threshold on; neither is given."
    if from_scratch:
        yield "The model started from random weights: these figures are no measure of what a pre-trained CLIP reaches."
