"""Figures for tests: everything that can be drawn, from ordinary to hostile, and what is asked of every figure."""

import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from cliptune.adapters import plots

NAN: Final = math.nan
LONG: Final = "bilateral ground-glass opacities with crazy paving in both lower lobes, no pleural effusion " * 6
HOSTILE: Final = (
    LONG,
    "W" * 300,
    "costs $5 and $6_{x}^2 \\frac{1}{2}",
    "肺部毛玻璃影 両側すりガラス影 폐렴",
    "🫁 🛰️ 👩🏽‍⚕️ tabs\tand\nlines\x00\x1b[31m",
    "<script>&amp;</script> \"quoted\" 'twice'",
    "صورة بالأشعة السينية",
    "e\u0301\u0323\u0330 \ud800 \u202eright to left\u202c",
    "",
    " ",
)
SMALLEST: Final = 8.0


def picture(number: int, *, width: int = 60, height: int = 40) -> bytes:
    """A plain JPEG; each number has a colour of its own."""
    encoded = io.BytesIO()
    Image.new("RGB", (width, height), (37 * number % 256, 91 * number % 256, 200 - number % 200)).save(encoded, "JPEG")
    return encoded.getvalue()


def names(count: int, *, hostile: bool = False) -> list[str]:
    """As many texts: short ones, or the worst there are."""
    plain = [f"class number {number}" for number in range(count)]
    return [f"{HOSTILE[number % len(HOSTILE)]} {number}" for number in range(count)] if hostile else plain


def heatmap(count: int, *, hostile: bool = False, thumbnails: bool = True) -> Figure:
    """Similarities of as many pictures and captions."""
    keys = [f"images/{name}.jpg" for name in names(count, hostile=hostile)]
    table = np.random.default_rng(count).normal(0.2, 0.1, (count, count))
    if hostile:
        table[0, :], table[-1, -1] = NAN, math.inf
    pictures: dict[str, Any] = {key: picture(number, width=40 + number) for number, key in enumerate(keys)}
    if hostile:
        pictures[keys[0]] = b"damaged"
    return plots.similarity_heatmap(
        table, captions=names(count, hostile=hostile), images=keys, pictures=pictures if thumbnails else {}
    )


def retrieval(count: int, *, hostile: bool = False, by_picture: bool = False) -> Figure:
    """What a query found."""
    texts = names(count, hostile=hostile)
    results = [
        {
            "image": text,
            "caption": text if number % 2 else None,
            "score": NAN if hostile and number == 1 else 0.4 - 0.01 * number,
            "right": (None, True, False)[number % 3],
            "picture": b"damaged" if hostile and number == 0 else picture(number),
        }
        for number, text in enumerate(texts)
    ]
    query = LONG if hostile else "a chest X-ray"
    asked = picture(99, height=200) if by_picture else None
    return plots.retrieval_results(query, results, query_picture=asked, own=texts[-1], title=texts[0])


def alignment(*, empty: bool = False, missing: bool = False) -> Figure:
    """Two histograms."""
    edges = np.linspace(-1, 1, 3 if empty else 41).tolist()
    bins = len(edges) - 1
    positive = [0] * bins if empty else [*range(bins - 1), None if missing else 3]
    means: dict[str, Any] = {} if missing else {"positive_mean": 0.3, "negative_mean": NAN if empty else 0.1}
    return plots.alignment_distribution(edges, positive, positive[::-1], **means)


def recall(ks: Sequence[int], *, hostile: bool = False) -> Figure:
    """Recall both ways."""
    raw = [1 - math.exp(-k / 20) for k in ks]
    chance = [value / 9 for value in raw]
    curve = {"k": list(ks), "raw": raw, "filtered": raw, "before": [NAN] * len(ks), "chance": chance}
    intervals = {f"i2t_R@{k}": {"low": 0.0, "high": 1.0, "level": 0.95} for k in ks}
    curves = {"i2t": curve} if hostile else {"i2t": curve, "t2i": {**curve, "before": raw, "filtered": None}}
    return plots.recall_curves(curves, intervals=intervals, before_name=HOSTILE[3] if hostile else "the model before")


def events(steps: int, *, hostile: bool = False) -> list[dict[str, Any]]:
    """What a run of so many steps recorded."""
    known: list[dict[str, Any]] = [{"event": "positives", "step": 0, "rate": 0.1}]
    for step in range(1, steps + 1):
        lost = hostile and step % 3 == 0
        known.append(
            {
                "event": "step",
                "step": step,
                "loss": None if lost else 5 / step,
                "learning_rate": 1e-5 * step,
                "temperature": 0.07,
            }
        )
        if step % 5 == 0:
            score = None if hostile and step == 5 else step / steps
            known.append({"event": "evaluation", "step": step, "mean_recall": score, "chance_mean_recall": 0.05})
    return known


def reliability(count: int, *, hostile: bool = False) -> Figure:
    """Bins of confidence."""
    bins: list[Mapping[str, Any]] = [
        {
            "confidence": NAN if hostile and number == 0 else (number + 0.5) / count,
            "accuracy": (number + 0.5) / count,
            "count": 10**number if hostile else number,
            "low": None if hostile else max(0.0, number / count - 0.1),
            "high": min(1.0, number / count + 0.2),
        }
        for number in range(count)
    ]
    return plots.reliability_diagram(bins, before=bins, error=0.01, error_before=None if hostile else 0.2)


def confusion(count: int, *, hostile: bool = False) -> Figure:
    """As many classes."""
    table = np.random.default_rng(count).integers(0, 9, (count, count)).astype(float)
    # Of many classes each is taken for a few others.
    table[abs(np.subtract.outer(range(count), range(count))) > 4] = 0.0
    if hostile:
        table[0, 0], table[-1, -1] = NAN, 123456.0
    return plots.confusion_matrix(names(count, hostile=hostile), table.tolist())


def pareto(alphas: Sequence[float], *, hostile: bool = False) -> Figure:
    """Shares of the fine-tuned weights."""
    points = [{"alpha": alpha, "domain": 0.2 + 0.1 * alpha, "retention": 0.5 - alpha**2 / 9} for alpha in alphas]
    if hostile:
        points[-1]["domain"] = NAN
    return plots.pareto_curve(points, chosen=alphas[len(alphas) // 2], max_general_drop=None if hostile else 0.02)


def robustness(count: int, *, hostile: bool = False) -> Figure:
    """Kinds of damage."""
    rows = [
        {
            "name": name,
            "value": NAN if hostile and number == 0 else 0.3,
            "low": None if hostile else -0.15,
            "high": -0.05,
            "verdict": "cannot be told apart" if number % 2 else "worse",
        }
        for number, name in enumerate(names(count, hostile=hostile))
    ]
    return plots.robustness_bars(rows, clean=0.4)


def slices(count: int, *, hostile: bool = False) -> Figure:
    """Parts of a test set."""
    rows = [
        {
            "value": name,
            "images": None if hostile else 5 * number,
            "estimate": NAN if hostile and number == 0 else number / count,
            "low": number / count - 0.1,
            "high": None if hostile else number / count + 0.1,
            "small": number % 2 == 0,
        }
        for number, name in enumerate(names(count, hostile=hostile))
    ]
    return plots.slice_intervals(rows, of=HOSTILE[2] if hostile else "view", overall=0.4)


def risk(count: int) -> Figure:
    """The price of answering more."""
    coverage = [(number + 1) / count for number in range(count)]
    chosen = {"coverage": 0.5, "risk": 0.1, "demanded": 0.1}
    return plots.risk_coverage_curve(coverage, [value / 3 for value in coverage], chosen=chosen, of="classification")


FIGURES: Final[Mapping[str, Callable[[], Figure]]] = {
    "heat map": lambda: heatmap(8),
    "heat map of one": lambda: heatmap(1),
    "heat map of 40": lambda: heatmap(40),
    "heat map without pictures": lambda: heatmap(5, thumbnails=False),
    "hostile heat map": lambda: heatmap(10, hostile=True),
    "hostile heat map of 40": lambda: heatmap(40, hostile=True),
    "retrieval": lambda: retrieval(5),
    "retrieval of one": lambda: retrieval(1),
    "retrieval by a picture": lambda: retrieval(12, by_picture=True),
    "hostile retrieval": lambda: retrieval(10, hostile=True),
    "alignment": alignment,
    "alignment of nothing": lambda: alignment(empty=True),
    "alignment with gaps": lambda: alignment(missing=True),
    "alignment of equal similarities": lambda: plots.similarity_distribution([0.5, NAN], [0.5, 0.5]),
    "recall": lambda: recall((1, 2, 3, 5, 10, 20, 50, 100, 1000, 6298)),
    "recall at one k": lambda: recall((1,)),
    "recall at neighbouring k": lambda: recall((1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
    "hostile recall": lambda: recall((1, 5, 10), hostile=True),
    "training": lambda: plots.training_figure(events(200)),
    "training of one step": lambda: plots.training_figure(events(1)),
    "hostile training": lambda: plots.training_figure(events(60, hostile=True), title=LONG),
    "training never finite": lambda: plots.training_figure([{"event": "step", "step": 1, "loss": None}]),
    "reliability": lambda: reliability(10),
    "reliability of one": lambda: reliability(1),
    "hostile reliability": lambda: reliability(15, hostile=True),
    "confusion": lambda: confusion(6),
    "confusion of one": lambda: confusion(1),
    "confusion of 40": lambda: confusion(40),
    "hostile confusion": lambda: confusion(10, hostile=True),
    "hostile confusion of 60": lambda: confusion(60, hostile=True),
    "pareto": lambda: pareto((0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
    "pareto of one": lambda: pareto((0.0,)),
    "pareto of many": lambda: pareto([number / 40 for number in range(41)]),
    "hostile pareto": lambda: pareto((0.0, 0.5, 1.0), hostile=True),
    "robustness": lambda: robustness(7),
    "robustness of one": lambda: robustness(1),
    "hostile robustness": lambda: robustness(10, hostile=True),
    "slices": lambda: slices(6),
    "slices of one": lambda: slices(1),
    "slices of 40": lambda: slices(40),
    "hostile slices of 60": lambda: slices(60, hostile=True),
    "risk": lambda: risk(100),
    "risk of one": lambda: risk(1),
}


def texts_seen(figure: Figure) -> Iterator[Text]:
    """Every text that is drawn; ticks beyond the ends of an axis are not."""
    figure.draw_without_rendering()
    yield from _texts(figure)


def _texts(artist: Artist) -> Iterator[Text]:
    if not artist.get_visible():
        return
    if isinstance(artist, Text) and artist.get_text().strip():
        yield artist
    shown: Any = artist
    # Which of its ticks an axis shows, only this tells.
    children = [shown.label, *shown._update_ticks()] if isinstance(artist, Axis) else artist.get_children()
    for child in children:
        yield from _texts(child)


def cut_off(figure: Figure) -> list[str]:
    """Texts that reach over the edge of the figure."""
    room = figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts_seen(figure)]
    return [
        said
        for said, box in boxes
        if box.x0 < room.x0 - 0.5 or box.y0 < room.y0 - 0.5 or box.x1 > room.x1 + 0.5 or box.y1 > room.y1 + 0.5
    ]
