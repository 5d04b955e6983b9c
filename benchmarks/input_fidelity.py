"""
What the standard path makes of every kind of picture, beside what is read here under a declared rule.

    python benchmarks/input_fidelity.py

The standard path is ``CLIPImageProcessorPil``; both are looked at before resizing. Per kind: the share of values that
are clipped, which is shown as level 0 or 255 though they lie more than a level away from that end of what is stored,
and Spearman's rank correlation of the levels with the stored values. The last line is JSON.
"""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from attrs import asdict, frozen
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from cliptune.adapters.images.inspecting import inspect_picture
from cliptune.domain.config.fidelity import FidelityConfig
from support.deep_pictures import by_pillow, deep_color, deep_png, dicom, tiff, tiff_pages, tomogram

SIDE = 512
Values = NDArray[Any]


@frozen
class Kind:
    """
    A kind of picture.

    Attributes:
        name: What a person calls it.
        data: Its file.
        stored: What is stored, as a person reads it: gray in units, color by channel.
        rule: What is declared for it.
        page: Which page.
    """

    name: str
    data: bytes
    stored: Values
    rule: FidelityConfig
    page: int = 0


@frozen
class Measured:
    """What a path made of a picture; nothing where it refused it."""

    clipped: float | None
    spearman: float | None
    told: str = ""


def window(center: float, width: float) -> FidelityConfig:
    """A declared window."""
    return FidelityConfig(gray_rule="window", gray_window=(center, width))


def kinds() -> list[Kind]:
    """The kinds, of one scene each: a tomogram of 12 bits, or noise in color."""
    ct = tomogram(SIDE, SIDE)
    units = ct.astype(np.int16) - 1024
    share = (ct / 4095).astype(np.float32)
    eight = (ct >> 4).astype(np.uint8)
    color = deep_color(SIDE, SIDE)
    wide, percentile = window(2048, 4096), FidelityConfig(gray_rule="percentile")
    full, plain = FidelityConfig(gray_rule="full_range"), FidelityConfig()
    rgb = (color >> 8).astype(np.uint8)
    clear = np.dstack([rgb, np.full((SIDE, SIDE), 255, dtype=np.uint8)])
    clear[: SIDE // 2, :, 3] = 0
    return [
        Kind("8-bit gray PNG", by_pillow(eight), eight, plain),
        Kind("8-bit RGB PNG", by_pillow(rgb), rgb, plain),
        Kind("RGBA PNG, half transparent, on white", by_pillow(clear), _over(clear, 255), plain),
        Kind("RGBA PNG, on black", by_pillow(clear), _over(clear, 0), FidelityConfig(alpha_background="black")),
        Kind("8-bit TIFF with white 0", tiff(eight, photometric="miniswhite"), 255 - eight, plain),
        Kind("12 bits in a 16-bit PNG, percentiles", by_pillow(ct), ct, percentile),
        Kind("12 bits in a 16-bit PNG, window", by_pillow(ct), ct, wide),
        Kind("16 bits in a 16-bit PNG, full range", by_pillow(ct * 16), ct, full),
        Kind("16-bit TIFF", tiff(ct), ct, wide),
        Kind("16-bit TIFF, other byte order", tiff(ct, byteorder=">"), ct, wide),
        Kind("16-bit TIFF with white 0", tiff(ct, photometric="miniswhite"), 4095 - ct, wide),
        Kind("signed 16-bit TIFF", tiff(units), units, window(1024, 4096)),
        Kind("32-bit TIFF", tiff(ct.astype(np.uint32) * 1000), ct, percentile),
        Kind("32-bit floating-point TIFF, 0 to 1", tiff(share), share, full),
        Kind("32-bit floating-point TIFF, -1 to 1", tiff(2 * share - 1), share, window(0, 2)),
        Kind("64-bit floating-point TIFF", tiff(share.astype(np.float64)), share, full),
        Kind("second page of a TIFF", tiff_pages([ct[::-1], ct]), ct, wide, page=1),
        Kind("16-bit gray PNG with alpha", deep_png(np.dstack([ct * 16, ct * 0 + 65535])), ct, full),
        Kind("16-bit RGB PNG", deep_png(color), color, full),
        Kind("16-bit RGB TIFF", tiff(color, photometric="rgb"), color, full),
        Kind(
            "16-bit RGB TIFF in planes",
            tiff(np.moveaxis(color, -1, 0), photometric="rgb", planarconfig="separate"),
            color,
            full,
        ),
        Kind(
            "DICOM, Hounsfield units, all values",
            dicom(ct, RescaleSlope=1, RescaleIntercept=-1024),
            units,
            window(1024, 4096),
        ),
        Kind("DICOM whose black is white", dicom(ct, PhotometricInterpretation="MONOCHROME1"), 4095 - ct, wide),
    ]


def _over(layer: Values, behind: int) -> Values:
    share = layer[..., 3:] / 255
    return np.round(layer[..., :3] * share + behind * (1 - share))


def standard(kind: Kind) -> Measured:
    """What ``CLIPImageProcessorPil`` makes of the picture that Pillow opens."""
    from transformers import CLIPImageProcessorPil

    steps = dict.fromkeys(("do_resize", "do_center_crop", "do_rescale", "do_normalize"), False)
    try:
        picture = Image.open(io.BytesIO(kind.data))
        levels = CLIPImageProcessorPil(**steps)(picture, return_tensors="np")["pixel_values"][0]
        return measured(np.moveaxis(levels, 0, -1), kind.stored)
    except Exception as error:  # noqa: BLE001 - whatever it is, the standard path cannot read the picture
        return Measured(None, None, type(error).__name__)


def ours(kind: Kind) -> Measured:
    """The picture as it is read here under the declared rule."""
    found = inspect_picture(kind.data, kind.rule, page=kind.page)
    if found.rgb is None:
        return Measured(None, None, found.facts.refused)
    return measured(np.asarray(found.rgb), kind.stored)


def measured(levels: Values, stored: Values) -> Measured:
    """What became of stored values."""
    seen = levels if stored.ndim == 3 else levels[..., 0]
    low, high = float(stored.min()), float(stored.max())
    level = (high - low) / 255
    clipped = (seen == 255) & (stored < high - level) | (seen == 0) & (stored > low + level)
    return Measured(round(float(clipped.mean()), 4), round(spearman(seen.ravel(), stored.ravel()), 4))


def spearman(first: Values, second: Values) -> float:
    """Rank correlation with ties at their mean rank; 0 where one of the two is constant."""
    ranks = [_ranks(values) for values in (first, second)]
    if min(rank.std() for rank in ranks) == 0:
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: Values) -> NDArray[np.float64]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[places.ravel()].astype(np.float64)


def main(make: Callable[[], list[Kind]] = kinds) -> None:
    """Print the table."""
    print(f"| {'kind':46} | standard: clipped | Spearman | ours: clipped | Spearman |")
    print(f"| {'-' * 46} | ----------------: | -------: | ------------: | -------: |")
    rows = []
    for kind in make():
        theirs, own = standard(kind), ours(kind)
        rows.append({"kind": kind.name, "standard": asdict(theirs), "ours": asdict(own), "rule": kind.rule.shown_by()})
        print(f"| {kind.name:46} | {_share(theirs):>17} | {_rank(theirs):>8} | {_share(own):>13} | {_rank(own):>8} |")
    print(json.dumps({"benchmark": "input_fidelity", "side": SIDE, "kinds": rows}))


def _share(found: Measured) -> str:
    return "not read" if found.clipped is None else f"{100 * found.clipped:.1f} %"


def _rank(found: Measured) -> str:
    return "" if found.spearman is None else f"{found.spearman:.3f}"


if __name__ == "__main__":
    main()
