"""The card that goes with an exported model: where it comes from, and what was measured."""

from collections.abc import Mapping, Sequence

from attrs import frozen


@frozen
class CardFacts:
    """
    What a card tells.

    Attributes:
        base: What training started from.
        domain: The preset.
        data: What it was trained on.
        pictures: Training pictures.
        steps: Optimisation steps behind the exported weights.
        rows: Metric, before, after.
        queries: Test pictures and captions behind the numbers.
        from_scratch: Whether training started from random weights.
    """

    base: str
    domain: str
    data: str
    pictures: int
    steps: int
    rows: Sequence[tuple[str, float, float]]
    queries: tuple[int, int]
    from_scratch: bool


def model_card(facts: CardFacts) -> str:
    """The card as Markdown with the hub's front matter."""
    front = ["---", "library_name: transformers", "pipeline_tag: zero-shot-image-classification", "tags: [clip, cliptune]"]
    if not facts.from_scratch:
        front.append(f"base_model: {facts.base}")
    start = (
        f"random weights ({facts.base}); it has seen nothing but the data below"
        if facts.from_scratch
        else f"`{facts.base}`"
    )
    lines = [
        *front,
        "---",
        "",
        "# A CLIP model fine-tuned with cliptune",
        "",
        f"Started from {start}. Domain preset: {facts.domain}.",
        f"Trained on {facts.pictures} pictures of `{facts.data}`; these weights are those after {facts.steps} steps.",
        "",
        *_measured(facts.rows, facts.queries),
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
