"""What every figure stands on: matplotlib without pyplot, one look, and letters that the fonts have."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from .lettering import BODY, HEAD, families, shown, wrapped
from .library import check_matplotlib
from .palette import FAINT, GRID, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI: Final = 100.0
POINTS: Final = 72.0  # an inch
MILLION: Final = 1e6
PASSES: Final = 2  # after so many the layout moves by less than is seen


def new_figure(width: float, height: float, *, arranged: bool = True) -> "Figure":
    """
    An empty white figure, in inches, that pyplot does not know of; its parts make room for one another if ``arranged``.

    Raises:
        UsageError: If matplotlib is not installed.
    """
    check_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08, hspace=0.04, wspace=0.04) if arranged else None
    figure = Figure(figsize=(width, height), dpi=DPI, layout=layout, facecolor="white", edgecolor="white")
    FigureCanvasAgg(figure)
    return figure


def titled(figure: "Figure", title: str, *, note: str = "") -> None:
    """Put a title, and a quieter line below it, over the whole figure."""
    width = POINTS * figure.get_figwidth() - 16
    lines = [wrapped(title, width=width, size=HEAD, lines=3)]
    if note:
        lines.append(wrapped(note, width=width, size=HEAD, lines=4))
    left = 8 / (POINTS * figure.get_figwidth())
    figure.suptitle("\n".join(lines), x=left, ha="left", fontsize=HEAD, color=INK)


def dressed(axes: "Axes", *, x: str = "", y: str = "", grid: str = "") -> None:
    """Label an empty pair of axes and give them the common look; ``grid`` is "x", "y", "both" or nothing."""
    axes.set_facecolor("white")
    axes.set_xlabel(x, fontsize=BODY, color=INK)
    axes.set_ylabel(y, fontsize=BODY, color=INK)
    axes.tick_params(which="both", labelsize=BODY, labelcolor=INK, color=FAINT, labelfontfamily=list(families()))
    axes.set_axisbelow(True)
    if grid:
        axes.grid(visible=True, axis=grid, color=GRID, linewidth=0.8, linestyle="-")  # type: ignore[arg-type, unused-ignore]  # pyright: ignore[reportArgumentType]
    for side, spine in axes.spines.items():
        spine.set_color(FAINT)
        spine.set_visible(side in ("left", "bottom"))


def headed(axes: "Axes", text: str) -> None:
    """Put a small title over the left edge of one pair of axes."""
    axes.set_title(shown(text), loc="left", fontsize=BODY, color=INK)


def legend_below(figure: "Figure", handles: Iterable[Any], *, columns: int = 2) -> None:
    """Explain the series below the axes, where no point can be hidden."""
    known = list(handles)
    figure.legend(
        handles=known,
        loc="outside lower left",
        ncols=min(columns, len(known)),
        fontsize=BODY,
        labelcolor=INK,
        frameon=False,
        handlelength=3.4,
        columnspacing=1.6,
    )


def finished(figure: "Figure") -> "Figure":
    """
    Make every text plain letters in fonts that have them, and settle where everything is; to be called last.

    A dollar sign in a caption is a dollar sign, and somebody's ``text.usetex`` stays theirs. The layout is sought once:
    sought again from where it ended it ends elsewhere, by a hair, and a figure would not be the same file twice.
    """
    from matplotlib.text import Text

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            axis.get_ticklabels()  # ticks are made when they are first asked for
    for text in figure.findobj(Text):
        text.set_parse_math(False)
        text.set_usetex(False)
        text.set_fontfamily(list(families()))
    for _ in range(PASSES):
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def letters_on(color: Any) -> str:
    """Black or white, whichever stands out more on a colour (contrast as the WCAG 2 define it)."""
    from matplotlib.colors import to_rgb

    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
    luminance = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "black"


def number(value: float) -> str:
    """A number as a tick says it: three digits or all of a whole number, a true minus sign, no padded exponent."""
    plain = f"{value:.0f}" if value == round(value, 0) and abs(value) < MILLION else f"{value:.3g}"
    mantissa, e, exponent = plain.partition("e")
    return (mantissa + (f"e{int(exponent)}" if e else "")).replace("-", "\N{MINUS SIGN}")


def numbered(axis: Any) -> None:
    """Write the ticks of an axis by ``number``: no offset in a corner, no mathematics."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_minor_formatter(NullFormatter())
