"""How similar pairs are that belong together, beside those that do not."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...domain.errors import UsageError
from .canvas import dressed, finished, legend_below, new_figure, number, numbered, titled
from .palette import BLUE, VERMILION
from .values import Numbers, number_of, numbers, some

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def alignment_distribution(
    edges: Sequence[Any],
    positive: Sequence[Any],
    negative: Sequence[Any],
    *,
    positive_mean: float | None = None,
    negative_mean: float | None = None,
    label: str = "cosine similarity",
    title: str = "Similarity of pairs that belong together, and of those that do not",
) -> "Figure":
    """
    Draw two histograms over the same bins, each as shares of its own pairs.

    Args:
        edges: Ends of the bins, growing, one more than there are bins.
        positive: How many pairs that belong together fall into each bin.
        negative: How many of the others do.
        positive_mean: Mean similarity of the first, marked; None or no finite number is not.
        negative_mean: Mean similarity of the others.
        label: What is measured.
        title: Over the figure.

    Raises:
        UsageError: If there is no bin, or counts and bins do not fit.
    """
    some(positive, what="similarities")
    ends = numbers(edges)
    if not len(ends) == len(positive) + 1 == len(negative) + 1 or not (np.diff(ends) > 0).all():
        raise UsageError(
            f"similarities: {len(positive)} and {len(negative)} counts need {len(positive) + 1} growing edges, "
            f"found {len(ends)}"
        )
    figure = new_figure(6.6, 4.2)
    titled(figure, title)
    axes = figure.add_subplot()
    dressed(axes, x=label, y="share of pairs", grid="y")
    kinds = (
        (numbers(negative), number_of(negative_mean), "other pairs", VERMILION, "--", "...."),
        (numbers(positive), number_of(positive_mean), "own pairs", BLUE, "-", "////"),
    )
    for counts, mean, name, color, dashes, hatch in kinds:
        _histogram(axes, ends, counts, mean, name=name, color=color, dashes=dashes, hatch=hatch)
    axes.set_ylim(bottom=0.0)
    axes.set_xlim(float(ends[0]), float(ends[-1]))
    numbered(axes.xaxis)
    numbered(axes.yaxis)
    legend_below(figure, reversed([*axes.patches]), columns=1)
    return finished(figure)


def similarity_distribution(
    positive: Sequence[Any], negative: Sequence[Any], *, bins: int = 40, label: str = "cosine similarity"
) -> "Figure":
    """
    Draw the same from single similarities; those that are no finite numbers are left out.

    Raises:
        UsageError: If either is empty.
    """
    both = [known[np.isfinite(known)] for known in (numbers(positive), numbers(negative))]
    for known, what in zip(both, ("own pairs", "other pairs"), strict=True):
        some(known, what=f"similarities of {what}")
    edges = np.histogram_bin_edges(np.concatenate(both), bins=bins)
    of_own, of_others = (np.histogram(known, bins=edges)[0] for known in both)
    means: dict[str, Any] = {"positive_mean": float(both[0].mean()), "negative_mean": float(both[1].mean())}
    return alignment_distribution(edges.tolist(), of_own.tolist(), of_others.tolist(), label=label, **means)


def _histogram(
    axes: "Axes", ends: Numbers, counts: Numbers, mean: float, *, name: str, color: str, dashes: str, hatch: str
) -> None:
    total = float(np.nansum(counts))
    shares = np.nan_to_num(counts) / total if total > 0 else np.zeros(len(counts))
    told = f"{name}: {total:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    if np.isfinite(mean):
        told += f", {number(mean)} on average (upright line)"
        axes.axvline(mean, color=color, linestyle=dashes, linewidth=2.0)
    axes.stairs(
        shares,
        ends,
        fill=True,
        facecolor=f"{color}40",
        edgecolor=color,
        linestyle=dashes,
        linewidth=1.6,
        hatch=hatch,
        label=told,
    )
