"""
Figures in Python: each function returns a matplotlib figure, and writes it where ``save`` says.

They need the extra ``viz``; without it they raise a `UsageError` that says so. Where a report is taken, it may be what
an evaluation returned, the report's own values, a run's folder or a ``report.json``.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .wiring import plotting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..domain.evaluation import Evaluation

Place = str | Path | None


def plot_similarity_heatmap(
    similarities: Any,
    *,
    captions: Sequence[str],
    images: Sequence[str],
    pictures: Mapping[str, Any] | None = None,
    own: Iterable[tuple[int, int]] | None = None,
    save: Place = None,
) -> "Figure":
    """
    Draw how similar each picture is to each caption.

    Args:
        similarities: Shape ``(images, captions)``, as ``similarity`` gives them; at most 40 a side.
        captions: One a row of the figure.
        images: Names of the pictures, or their paths, one a column of the figure.
        pictures: Paths, bytes or Pillow pictures by name, shown over the columns; None opens the names that are paths.
        own: Places (image, caption) that belong together; None takes the diagonal of a square table.
        save: A ``.png`` or ``.svg`` to write.

    Raises:
        UsageError: If there is nothing to draw, or the numbers do not fit the names.
    """
    names = [str(image) for image in images]
    shown = {name: name for name in names if Path(name).is_file()} if pictures is None else pictures
    draw = plotting.drawing().similarity_heatmap
    return plotting.keep_figure(draw(similarities, captions=captions, images=names, pictures=shown, own=own), save)


def plot_retrieval(
    query: Any,
    results: Sequence[Any],
    *,
    pictures: Any = None,
    own: str | None = None,
    title: str = "",
    save: Place = None,
) -> "Figure":
    """
    Draw a query and what it found, best first.

    Args:
        query: A text; or a picture: a ``pathlib.Path``, bytes, or a Pillow picture.
        results: What ``retrieve_image`` or ``retrieve_text`` returned, matches of an index, or mappings with ``image``,
            ``score`` and where known ``caption``, ``right`` and ``picture``.
        pictures: The pictures that were searched: in their order, or by name.
        own: Name of the picture that the query belongs to.
        title: Over the figure.
        save: A ``.png`` or ``.svg`` to write.

    Raises:
        UsageError: If nothing was found.
    """
    is_text = isinstance(query, str)
    figure = plotting.drawing().retrieval_results(
        str(query) if isinstance(query, str | Path) else "",
        plotting.results_of(results, pictures),
        query_picture=None if is_text else query,
        pictures=pictures if isinstance(pictures, Mapping) else {},
        own=own,
        title=title,
    )
    return plotting.keep_figure(figure, save)


def plot_alignment(
    report: Any = None,
    *,
    positive: Sequence[float] | None = None,
    negative: Sequence[float] | None = None,
    save: Place = None,
) -> "Figure":
    """
    Draw the similarities of pairs that belong together and of those that do not: of a report, or given one by one.

    Raises:
        UsageError: If there is nothing to draw.
    """
    if positive is not None and negative is not None:
        return plotting.keep_figure(plotting.drawing().similarity_distribution(positive, negative), save)
    return _of_report(report, "alignment_distribution", save)


def plot_recall_curves(given: "Evaluation | Any", *, save: Place = None) -> "Figure":
    """
    Draw recall at growing k in both directions, beside chance, of an evaluation or a report.

    Raises:
        UsageError: If the report does not have the numbers.
    """
    from ..domain.evaluation import Evaluation

    if isinstance(given, Evaluation):
        return plotting.keep_figure(plotting.drawing().recall_curves(_curves(given)), save)
    return _of_report(given, "recall_curves", save)


def plot_training(run: Any, *, title: str = "Training", save: Place = None) -> "Figure":
    """
    Draw loss, validation recall, learning rate and temperature of a run.

    Args:
        run: Its folder, or its events.
        title: Over the figure.
        save: A ``.png`` or ``.svg`` to write.

    Raises:
        UsageError: If there is no such run, or it has recorded nothing.
    """
    return plotting.keep_figure(plotting.drawing().training_figure(plotting.events_of(run), title=title), save)


def plot_reliability(report: Any, *, save: Place = None) -> "Figure":
    """
    Draw how often predictions are right against how sure the model is of them.

    Raises:
        UsageError: If the report does not have the numbers.
    """
    return _of_report(report, "reliability_diagram", save)


def plot_confusion(
    report: Any = None, *, labels: Sequence[str] | None = None, counts: Any = None, save: Place = None
) -> "Figure":
    """
    Draw which class pictures were taken for: of a report, or from labels and counts of shape ``(true, taken for)``.

    Raises:
        UsageError: If the report does not have the numbers, or labels and counts do not fit.
    """
    if labels is not None and counts is not None:
        return plotting.keep_figure(plotting.drawing().confusion_matrix(labels, counts), save)
    return _of_report(report, "confusion_matrix", save)


def plot_pareto(report: Any, *, save: Place = None) -> "Figure":
    """
    Draw what the domain gains against what is forgotten: of a report, or of a ``WiseFtCurve``.

    Raises:
        UsageError: If the report does not have the numbers.
    """
    from ..domain.wise_ft import WiseFtCurve

    whole = {"wise_ft": report.as_dict()} if isinstance(report, WiseFtCurve) else report
    return _of_report(whole, "wise_ft_pareto", save)


def _of_report(report: Any, name: str, save: Place) -> "Figure":
    return plotting.keep_figure(plotting.drawing().report_figure(plotting.report_of(report), name), save)


def _curves(evaluation: "Evaluation") -> Mapping[str, Any]:
    from ..domain.metrics import by_chance, recall_curve

    sides = {"i2t": evaluation.image_to_text, "t2i": evaluation.text_to_image}
    curves = {}
    for side, counts in sides.items():
        ks = sorted({k for k in (1, 2, 3, 5, 10, 20, 50, 100) if k < counts.candidates} | {min(counts.candidates, 200)})
        curves[side] = {"k": ks, "raw": recall_curve(counts, ks), "chance": recall_curve(by_chance(counts), ks)}
    return curves
