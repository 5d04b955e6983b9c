"""Configuration group of what a picture's stored values mean: more than 8 bits, transparency, pages."""
# ruff: noqa: RUF009 (`key` declares a field, it is no shared default)

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from attrs import frozen

from .fields import key

GrayRule = Literal["refuse", "window", "percentile", "full_range", "picture_range"]
WhichPages = Literal["first", "each"]

BACKGROUNDS: Final[Mapping[str, str]] = MappingProxyType({"white": "#ffffff", "gray": "#808080", "black": "#000000"})
HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")


@frozen
class FidelityConfig:
    """How a picture's stored values become the 256 levels that a model is shown; chosen once for a data set."""

    gray_rule: GrayRule = key(
        "refuse", "how values of more than 8 bits become 256 levels; `refuse` takes what loses nothing, and DICOM's own"
    )
    gray_window: tuple[float, ...] | None = key(
        None, "for `window`: [center, width] in stored values, or Hounsfield and other units of a DICOM file", length=2
    )
    gray_percentiles: tuple[float, ...] = key(
        (0.5, 99.5),
        "for `percentile`: what becomes black and white, in percent of a picture",
        minimum=0.0,
        maximum=100.0,
        length=2,
    )
    max_clipped: float = key(
        0.01, "for `refuse`: share of a picture's values that may fall outside 0 to 255", minimum=0.0, maximum=1.0
    )
    alpha_background: str = key("white", "what lies behind transparent pixels: white, gray, black or '#rrggbb'")
    pages: int | WhichPages = key(
        "first", "pages of a TIFF and frames of a DICOM file: first, each as a row of its own, or a number", minimum=1
    )

    @property
    def background(self) -> tuple[int, int, int]:
        """Red, green and blue of what lies behind transparent pixels."""
        color = BACKGROUNDS.get(self.alpha_background, self.alpha_background)
        return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)

    def shown_by(self) -> dict[str, Any]:
        """
        What of the rules decides a pixel, under the names of the keys; nothing where every rule is the default.

        Which pages are rows, and what is refused, belongs to a data set and not to what a model learned from.
        """
        rule: dict[str, Any] = {} if self.gray_rule == "refuse" else {"gray_rule": self.gray_rule}
        if self.gray_rule == "window" and self.gray_window is not None:
            rule["gray_window"] = list(self.gray_window)
        if self.gray_rule == "percentile":
            rule["gray_percentiles"] = list(self.gray_percentiles)
        if self.background != (255, 255, 255):
            rule["alpha_background"] = "#{:02x}{:02x}{:02x}".format(*self.background)
        return rule


def gray_problem(values: Mapping[str, Any]) -> str | None:
    """What is wrong with a gray rule and the numbers that belong to it, or None."""
    rule, window, percentiles = values["gray_rule"], values["gray_window"], values["gray_percentiles"]
    if rule == "window" and window is None:
        return "a window is given by gray_window: [center, width], such as [40, 400]"
    if window is not None and rule != "window":
        return "gray_window is used by gray_rule: window alone; set that, or leave gray_window out"
    if window is not None and window[1] <= 0:
        return f"the second number of gray_window is its width and must be above 0, found {window[1]:g}"
    if percentiles[0] >= percentiles[1]:
        return f"gray_percentiles must grow, found {percentiles[0]:g} and {percentiles[1]:g}"
    return None


def background_problem(values: Mapping[str, Any]) -> str | None:
    """What is wrong with the color behind transparent pixels, or None."""
    color = values["alpha_background"]
    if color in BACKGROUNDS or (len(color) == 7 and color[0] == "#" and HEXADECIMAL.issuperset(color[1:])):
        return None
    return f"expected {', '.join(BACKGROUNDS)} or a color such as '#7f7f7f', found {color!r}"
