"""The card that goes with an exported model: where it comes from, and what was measured."""

from collections.abc import Sequence

from attrs import frozen


@frozen
class Origin:
    """
    What a model comes from.

    Attributes:
        base: What training started from.
        domain: The preset.
        data: What it was trained on.
        from_scratch: Whether training started from random weights.
        learned: What of it learned; empty where everything did.
        data_root: The root of the data's manifest; empty where there is none.
    """

    base: str
    domain: str
    data: str
    from_scratch: bool
    learned: str = ""
    data_root: str = ""


def model_card(
    origin: Origin,
    *,
    pictures: int,
    steps: int,
    rows: Sequence[tuple[str, float, float]],
    queries: tuple[int, int],
    notes: Sequence[str] = (),
) -> str:
    """
    The card as Markdown with the hub's front matter.

    Args:
        origin: What the model comes from.
        pictures: Training pictures.
        steps: Optimisation steps behind the exported weights.
        rows: Metric, before, after; empty where there was no test split.
        queries: Test pictures and captions behind the numbers.
        notes: Further lines on how the weights came about, in Markdown.
    """
    front = [
        "---",
        "library_name: transformers",
        "pipeline_tag: zero-shot-image-classification",
        "tags: [clip, cliptune]",
    ]
    if not origin.from_scratch:
        front.append(f"base_model: {origin.base}")
    start = (
        f"random weights ({origin.base}); it has seen nothing but the data below"
        if origin.from_scratch
        else f"`{origin.base}`"
    )
    lines = [
        *front,
        "---",
        "",
        "# A CLIP model fine-tuned with cliptune",
        "",
        f"Started from {start}. Domain preset: {origin.domain}.",
        f"Trained on {pictures} pictures of `{origin.data}`; these weights are those after {steps} steps.",
        *([f"The data, its splits and pictures: Merkle root `{origin.data_root}`."] if origin.data_root else []),
        "",
        *([f"Learned: {origin.learned}.", ""] if origin.learned else []),
        *(line for note in notes for line in (note, "")),
        *_measured(rows, queries),
        "",
        "Load it with `CLIPModel.from_pretrained` and `CLIPProcessor.from_pretrained`.",
    ]
    return "\n".join(lines) + "\n"


def _measured(rows: Sequence[tuple[str, float, float]], queries: tuple[int, int]) -> list[str]:
    if not rows:
        return ["There was no test split, so nothing is claimed about its quality."]
    pictures, captions = queries
    return [
        f"Retrieval on the test split ({pictures} pictures, {captions} captions):",
        "",
        "| metric | before | after |",
        "| --- | --- | --- |",
        *(f"| {metric} | {before:.4f} | {after:.4f} |" for metric, before, after in rows),
    ]
