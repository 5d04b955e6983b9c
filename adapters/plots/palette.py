"""Colours that every kind of colour vision tells apart, and looks of series that need no colour at all."""

from typing import Any, Final

from attrs import frozen

INK: Final = "#1a1a1a"
FAINT: Final = "#595959"
GRID: Final = "#dcdcdc"
# Okabe and Ito, *Color Universal Design*, 2008: apart for every kind of colour vision.
BLUE: Final = "#0072B2"
ORANGE: Final = "#E69F00"
GREEN: Final = "#009E73"
VERMILION: Final = "#D55E00"


@frozen
class Look:
    """Colour, dashes and marker of a series at once, so that none of them is needed alone."""

    color: str
    dashes: Any
    marker: str
    hollow: bool = False

    def line(self) -> dict[str, Any]:
        """Keywords of ``Axes.plot``."""
        return {
            "color": self.color,
            "linestyle": self.dashes,
            "marker": self.marker,
            "linewidth": 1.8,
            "markersize": 6.0,
            "markerfacecolor": "white" if self.hollow else self.color,
            "markeredgecolor": self.color,
            "markeredgewidth": 1.4,
        }
