"""
Every kind of picture under a declared rule: what is seen is what was stored.

Files are made here; what is expected is computed from the stored values, and never by the code that reads them.
"""

import functools
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.typing import NDArray
from PIL import Image

from cliptune.adapters.images.inspecting import inspect_picture
from cliptune.adapters.images.reader import PillowReader
from cliptune.domain.config.fidelity import FidelityConfig
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.preprocessing import default_preprocessing
from support.deep_pictures import by_pillow, deep_color, deep_png, dicom, table_of, tiff, tiff_pages, tomogram
from support.pictures import Files, encoded, noise, ref, upright_copy

WINDOW = FidelityConfig(gray_rule="window", gray_window=(1000.0, 800.0))
PERCENTILE = FidelityConfig(gray_rule="percentile", gray_percentiles=(1.0, 99.0))
FULL = FidelityConfig(gray_rule="full_range")
RANGE = FidelityConfig(gray_rule="picture_range")
PLAIN = FidelityConfig()
CT = tomogram()
HOUNSFIELD = CT.astype(np.int16) - 1024
FRACTIONS = (CT / 4095).astype(np.float32)

Levels = NDArray[np.uint8]


def spread(values: NDArray[Any], low: float, high: float) -> Levels:
    """Values between two bounds as levels, in plain arithmetic."""
    shares = np.clip((values.astype(np.float64) - low) / (high - low), 0, 1)
    return np.floor(shares * 255 + 0.5).astype(np.uint8)


def gray(levels: Levels) -> Levels:
    return np.repeat(levels[..., None], 3, axis=2)


def over(color: NDArray[Any], alpha: NDArray[Any], behind: tuple[int, int, int]) -> Levels:
    """Color on a background, in plain arithmetic."""
    share = alpha[..., None] / 255
    return np.floor(color * share + np.array(behind) * (1 - share) + 0.5).astype(np.uint8)


def pillows(data: bytes) -> Levels:
    """What Pillow makes of 8 bits, turned upright."""
    return np.asarray(upright_copy(data).convert("RGB"))


@frozen(eq=False)
class Kind:
    data: bytes
    rule: FidelityConfig
    expected: Levels
    close: int = 0


def _plain(data: bytes) -> Kind:
    return Kind(data, PLAIN, pillows(data))


def _alpha(mode: str, rule: FidelityConfig, **options: Any) -> Kind:
    picture = noise(34, 21, mode=mode)
    layer = np.asarray(
        (picture if not options else Image.open(io.BytesIO(encoded(picture, **options)))).convert("RGBA")
    )
    return Kind(encoded(picture, **options), rule, over(layer[..., :3], layer[..., 3], rule.background), close=1)


def _oriented(number: int, format: str) -> bytes:  # noqa: A002
    exif = Image.Exif()
    exif[0x0112] = number
    return encoded(noise(34, 21), format, exif=exif)


def _turned(number: int, format: str) -> Kind:  # noqa: A002
    return _plain(_oriented(number, format))


def _sigmoid(values: NDArray[Any], center: float, width: float) -> Levels:
    return np.floor(255 / (1 + np.exp(-4 * (values.astype(np.float64) - center) / width)) + 0.5).astype(np.uint8)


COLOR, FOUR, TWO = deep_color(), deep_color(channels=4), deep_color(channels=2)
BLACK = FidelityConfig(gray_rule="full_range", alpha_background="black")
EIGHT = np.asarray(noise(34, 21))
KINDS: dict[str, Callable[[], Kind]] = {
    "1-bit PNG": lambda: _plain(encoded(noise(34, 21, mode="1"))),
    "8-bit gray PNG": lambda: _plain(encoded(noise(34, 21, mode="L"))),
    "palette PNG": lambda: _plain(encoded(noise(34, 21, mode="P"))),
    "RGB JPEG": lambda: _plain(encoded(noise(34, 21), "JPEG")),
    "CMYK JPEG, inverted by Adobe": lambda: _plain(encoded(noise(34, 21, mode="CMYK"), "JPEG")),
    "CMYK TIFF": lambda: _plain(encoded(noise(34, 21, mode="CMYK"), "TIFF")),
    "YCbCr TIFF": lambda: _plain(encoded(noise(34, 21, mode="YCbCr"), "TIFF")),
    "8-bit TIFF with white 0": lambda: Kind(
        tiff(EIGHT[..., 0], photometric="miniswhite"), PLAIN, gray(255 - EIGHT[..., 0])
    ),
    **{f"JPEG, orientation {n}": functools.partial(_turned, n, "JPEG") for n in range(1, 9)},
    **{f"TIFF, orientation {n}": functools.partial(_turned, n, "TIFF") for n in range(1, 9)},
    **{f"PNG, orientation {n}": functools.partial(_turned, n, "PNG") for n in (5, 6)},
    **{f"WebP, orientation {n}": functools.partial(_turned, n, "WEBP") for n in (5, 6)},
    "RGBA PNG on white": lambda: _alpha("RGBA", PLAIN),
    "RGBA PNG on black": lambda: _alpha("RGBA", FidelityConfig(alpha_background="black")),
    "RGBA PNG on a color": lambda: _alpha("RGBA", FidelityConfig(alpha_background="#10c080")),
    "LA PNG on gray": lambda: _alpha("LA", FidelityConfig(alpha_background="gray")),
    "palette PNG with a transparent color": lambda: _alpha(
        "P", FidelityConfig(alpha_background="black"), transparency=3
    ),
    "palette PNG with many": lambda: _alpha("P", PLAIN, transparency=bytes(range(256))),
    "16-bit PNG, window": lambda: Kind(by_pillow(CT), WINDOW, gray(spread(CT, 600, 1400))),
    "16-bit PNG, full range": lambda: Kind(by_pillow(CT), FULL, gray(spread(CT, 0, 65535))),
    "16-bit PNG, range of the picture": lambda: Kind(by_pillow(CT), RANGE, gray(spread(CT, CT.min(), CT.max()))),
    "16-bit PNG that holds 8 bits": lambda: Kind(
        by_pillow(EIGHT[..., 0].astype(np.uint16)), PLAIN, gray(EIGHT[..., 0])
    ),
    "16-bit PNG with a transparent value": lambda: Kind(
        deep_png(CT[..., None], transparent=(int(CT[30, 5]),)),
        FidelityConfig(gray_rule="picture_range", alpha_background="#ff0000"),
        np.where((CT == CT[30, 5])[..., None], np.array([255, 0, 0]), gray(spread(CT, CT.min(), CT.max()))),
    ),
    "16-bit gray PNG with alpha": lambda: Kind(
        deep_png(TWO), BLACK, over(gray(spread(TWO[..., 0], 0, 65535)), TWO[..., 1] >> 8, (0, 0, 0)), close=1
    ),
    "16-bit RGB PNG": lambda: Kind(deep_png(COLOR), FULL, spread(COLOR, 0, 65535)),
    "16-bit RGB PNG, window": lambda: Kind(
        deep_png(COLOR), evolve(WINDOW, gray_window=(30000.0, 20000.0)), spread(COLOR, 20000, 40000)
    ),
    "16-bit RGB PNG with a transparent color": lambda: Kind(
        deep_png(COLOR, transparent=tuple(map(int, COLOR[0, 0]))),
        BLACK,
        np.where((COLOR == COLOR[0, 0]).all(axis=2)[..., None], 0, spread(COLOR, 0, 65535)),
    ),
    "16-bit RGBA PNG": lambda: Kind(
        deep_png(FOUR), BLACK, over(spread(FOUR[..., :3], 0, 65535), FOUR[..., 3] >> 8, (0, 0, 0)), close=1
    ),
    "16-bit TIFF": lambda: Kind(tiff(CT), WINDOW, gray(spread(CT, 600, 1400))),
    "16-bit TIFF, most significant byte first": lambda: Kind(
        tiff(CT, byteorder=">"), WINDOW, gray(spread(CT, 600, 1400))
    ),
    "16-bit TIFF, deflated in tiles": lambda: Kind(
        tiff(CT, tile=(16, 16), compression="zlib", predictor=True), WINDOW, gray(spread(CT, 600, 1400))
    ),
    "16-bit TIFF, LZW": lambda: Kind(
        by_pillow(CT, "TIFF", compression="tiff_lzw"), WINDOW, gray(spread(CT, 600, 1400))
    ),
    "16-bit TIFF with white 0": lambda: Kind(
        tiff(CT, photometric="miniswhite"), WINDOW, gray(255 - spread(CT, 600, 1400))
    ),
    "16-bit TIFF with white 0, other byte order": lambda: Kind(
        tiff(CT, photometric="miniswhite", byteorder=">"), WINDOW, gray(255 - spread(CT, 600, 1400))
    ),
    "16-bit TIFF that says it holds 12": lambda: Kind(
        tiff(CT, extratags=[(281, "H", 1, 4095, True)]), FULL, gray(spread(CT, 0, 4095))
    ),
    "16-bit TIFF, turned": lambda: Kind(
        tiff(CT, extratags=[(274, "H", 1, 6, True)]), WINDOW, gray(np.rot90(spread(CT, 600, 1400), -1))
    ),
    "signed 16-bit TIFF": lambda: Kind(
        tiff(HOUNSFIELD), evolve(WINDOW, gray_window=(40.0, 400.0)), gray(spread(HOUNSFIELD, -160, 240))
    ),
    "signed 16-bit TIFF, full range": lambda: Kind(tiff(HOUNSFIELD), FULL, gray(spread(HOUNSFIELD, -32768, 32767))),
    "signed 8-bit TIFF": lambda: Kind(
        tiff((CT >> 4).astype(np.int16).astype(np.int8)),
        RANGE,
        gray(spread((CT >> 4).astype(np.int8), *_ends((CT >> 4).astype(np.int8)))),
    ),
    "32-bit TIFF": lambda: Kind(
        tiff(CT.astype(np.uint32) * 1_000_000), FULL, gray(spread(CT.astype(np.float64) * 1_000_000, 0, 2**32 - 1))
    ),
    "signed 32-bit TIFF": lambda: Kind(
        tiff(HOUNSFIELD.astype(np.int32)),
        evolve(WINDOW, gray_window=(40.0, 400.0)),
        gray(spread(HOUNSFIELD, -160, 240)),
    ),
    "32-bit TIFF, most significant byte first": lambda: Kind(
        tiff(CT.astype(np.uint32), byteorder=">"), WINDOW, gray(spread(CT, 600, 1400))
    ),
    "half-precision TIFF": lambda: Kind(
        tiff(FRACTIONS.astype(np.float16)), FULL, gray(spread(FRACTIONS.astype(np.float16), 0, 1))
    ),
    "single-precision TIFF": lambda: Kind(tiff(FRACTIONS), FULL, gray(spread(FRACTIONS, 0, 1))),
    "single-precision TIFF, most significant byte first": lambda: Kind(
        tiff(FRACTIONS, byteorder=">"), RANGE, gray(spread(FRACTIONS, *_ends(FRACTIONS)))
    ),
    "single-precision TIFF with white 0": lambda: Kind(
        tiff(FRACTIONS, photometric="miniswhite"), FULL, gray(255 - spread(FRACTIONS, 0, 1))
    ),
    "single-precision TIFF with holes": lambda: Kind(_holed(), FULL, gray(_holed_levels())),
    "double-precision TIFF": lambda: Kind(
        tiff(CT.astype(np.float64)), PERCENTILE, gray(spread(CT, *np.sort(CT.ravel())[[47, 4752]]))
    ),
    "16-bit RGB TIFF": lambda: Kind(tiff(COLOR, photometric="rgb"), FULL, spread(COLOR, 0, 65535)),
    "16-bit RGB TIFF, most significant byte first": lambda: Kind(
        tiff(COLOR, photometric="rgb", byteorder=">"), FULL, spread(COLOR, 0, 65535)
    ),
    "16-bit RGB TIFF, deflated": lambda: Kind(
        tiff(COLOR, photometric="rgb", compression="zlib", predictor=True), FULL, spread(COLOR, 0, 65535)
    ),
    "16-bit RGB TIFF, turned": lambda: Kind(
        tiff(COLOR, photometric="rgb", extratags=[(274, "H", 1, 6, True)]), FULL, np.rot90(spread(COLOR, 0, 65535), -1)
    ),
    "16-bit RGB TIFF in planes": lambda: Kind(
        tiff(np.moveaxis(COLOR, -1, 0), photometric="rgb", planarconfig="separate"), FULL, spread(COLOR, 0, 65535)
    ),
    "16-bit RGBA TIFF": lambda: Kind(
        tiff(FOUR, photometric="rgb", extrasamples=["unassalpha"]),
        BLACK,
        over(spread(FOUR[..., :3], 0, 65535), FOUR[..., 3] >> 8, (0, 0, 0)),
        close=1,
    ),
    "second page of a TIFF": lambda: Kind(tiff_pages([COLOR, CT]), WINDOW, gray(spread(CT, 600, 1400))),
    "animated GIF": lambda: _first_frame("GIF"),
    "animated WebP": lambda: _first_frame("WEBP", lossless=True),
    "animated PNG": lambda: _first_frame("PNG"),
    "DICOM, window of the configuration": lambda: Kind(dicom(CT), WINDOW, gray(spread(CT, 600, 1400))),
    "DICOM in Hounsfield units": lambda: Kind(
        dicom(CT, RescaleSlope=1, RescaleIntercept=-1024),
        evolve(WINDOW, gray_window=(40.0, 400.0)),
        gray(spread(HOUNSFIELD, -160, 240)),
    ),
    "DICOM, its own window": lambda: Kind(
        dicom(CT, RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=40, WindowWidth=400),
        PLAIN,
        gray(spread(HOUNSFIELD, 40 - 0.5 - 399 / 2, 40 - 0.5 + 399 / 2)),
    ),
    "DICOM, the first of its own windows": lambda: Kind(
        dicom(CT, WindowCenter=[1000, 40], WindowWidth=[800, 400], VOILUTFunction="LINEAR_EXACT"),
        PLAIN,
        gray(spread(CT, 600, 1400)),
    ),
    "DICOM, sigmoid": lambda: Kind(
        dicom(CT, WindowCenter=1000, WindowWidth=800, VOILUTFunction="SIGMOID"), PLAIN, gray(_sigmoid(CT, 1000, 800))
    ),
    "DICOM whose black is white": lambda: Kind(
        dicom(CT, PhotometricInterpretation="MONOCHROME1", RescaleSlope=1, RescaleIntercept=-1024),
        evolve(WINDOW, gray_window=(40.0, 400.0)),
        gray(255 - spread(HOUNSFIELD, -160, 240)),
    ),
    "DICOM, 12 of 16 bits": lambda: Kind(dicom(CT, BitsStored=12), FULL, gray(spread(CT, 0, 4095))),
    "DICOM, 12 signed bits with an overlay above": lambda: Kind(
        dicom(((CT.astype(np.int32) - 2048) & 0xFFF | 0x5000).astype(np.uint16), BitsStored=12, PixelRepresentation=1),
        FULL,
        gray(spread(CT, 0, 4095)),
    ),
    "DICOM with padding": lambda: Kind(
        dicom(np.where(CT < 60, 63536, CT).astype(np.uint16), PixelPaddingValue=63536),
        RANGE,
        gray(np.where(CT < 60, 0, spread(CT, *_ends(CT[CT >= 60])))),
    ),
    "DICOM with a modality table": lambda: Kind(
        dicom(CT >> 8, ModalityLUTSequence=[table_of(np.arange(16) ** 2, bits=8)]),
        FULL,
        gray(spread((CT >> 8) ** 2, 0, 255)),
    ),
    "DICOM with a table of values of interest": lambda: Kind(
        dicom(CT >> 8, VOILUTSequence=[table_of(np.arange(16) ** 2, bits=8)]),
        PLAIN,
        gray(spread((CT >> 8) ** 2, 0, 255)),
    ),
    "DICOM, most significant byte first": lambda: Kind(
        dicom(CT, syntax="1.2.840.10008.1.2.2"), WINDOW, gray(spread(CT, 600, 1400))
    ),
    "DICOM, run lengths": lambda: Kind(dicom(CT, syntax="1.2.840.10008.1.2.5"), WINDOW, gray(spread(CT, 600, 1400))),
    "DICOM in color": lambda: Kind(dicom(EIGHT), PLAIN, EIGHT),
    "DICOM in 16-bit color": lambda: Kind(dicom(COLOR), FULL, spread(COLOR, 0, 65535)),
    "third frame of a DICOM file": lambda: Kind(
        dicom(np.stack([CT * 0, CT * 0, CT]), frames=3), WINDOW, gray(spread(CT, 600, 1400))
    ),
}
PAGES = {"second page of a TIFF": 1, "third frame of a DICOM file": 2}


def _ends(values: NDArray[Any]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _holed() -> bytes:
    values = FRACTIONS.copy()
    values[3:9, 4:8], values[12, 1], values[12, 2] = np.nan, np.inf, -np.inf
    return tiff(np.where(np.isinf(values), np.clip(values, 0, 1), values))


def _holed_levels() -> Levels:
    levels = spread(FRACTIONS, 0, 1)
    levels[3:9, 4:8], levels[12, 1], levels[12, 2] = 0, 255, 0
    return levels


def _first_frame(format: str, **options: Any) -> Kind:  # noqa: A002
    first, second = noise(34, 21, seed=1), noise(34, 21, seed=2)
    one = encoded(first, format, **options)
    return Kind(encoded(first, format, save_all=True, append_images=[second], **options), PLAIN, pillows(one))


def seen(kind: Kind, page: int) -> Levels:
    found = inspect_picture(kind.data, kind.rule, page=page)
    assert "" == found.facts.refused
    assert found.rgb is not None
    return np.asarray(found.rgb)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_seen_of_every_kind_of_picture_is_what_was_stored(name: str) -> None:
    kind = KINDS[name]()
    found = seen(kind, PAGES.get(name, 0))

    assert kind.expected.shape == found.shape
    assert np.abs(kind.expected.astype(int) - found).max() <= kind.close


@pytest.mark.parametrize("name", KINDS)
def test_a_reader_gives_a_model_what_is_seen(name: str) -> None:
    kind, page = KINDS[name](), PAGES.get(name, 0)
    rule = default_preprocessing(16)
    whole = encoded(Image.fromarray(seen(kind, page)))
    picture = evolve(ref(), page=page)
    reader = PillowReader(Files({"a.png": kind.data}).open, evolve(rule, fidelity=kind.rule), 10**6)

    assert len(kind.data) == reader.check(picture)
    np.testing.assert_array_equal(
        PillowReader(Files({"a.png": whole}).open, rule, 10**6).array(ref()), reader.array(picture)
    )


# Of an animated file that is cut short the first picture may be whole.
@pytest.mark.parametrize("name", [name for name in KINDS if "animated" not in name])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_that_is_cut_short_is_refused_and_never_filled_up(name: str, share: float) -> None:
    kind, page = KINDS[name](), PAGES.get(name, 0)
    data = kind.data[: int(len(kind.data) * share)]
    found = inspect_picture(data, kind.rule, page=page)

    if found.rgb is not None:
        # What was cut off was no pixel: tables at the end of a TIFF.
        np.testing.assert_array_equal(seen(kind, page), np.asarray(found.rgb))
    else:
        assert found.facts.refused


SAME: dict[str, Callable[[], bytes]] = {
    "16-bit PNG": lambda: by_pillow(CT),
    "16-bit TIFF": lambda: tiff(CT),
    "16-bit TIFF, other byte order": lambda: tiff(CT, byteorder=">"),
    "32-bit TIFF": lambda: tiff(CT.astype(np.int32)),
    "double-precision TIFF": lambda: tiff(CT.astype(np.float64)),
    "DICOM": lambda: dicom(CT),
    "DICOM, other byte order": lambda: dicom(CT, syntax="1.2.840.10008.1.2.2"),
}


@pytest.mark.parametrize("rule", [WINDOW, PERCENTILE, RANGE], ids=lambda rule: rule.gray_rule)
def test_the_same_values_look_the_same_in_every_file(rule: FidelityConfig) -> None:
    found = {name: np.asarray(inspect_picture(make(), rule).rgb) for name, make in SAME.items()}

    for name, levels in found.items():
        np.testing.assert_array_equal(found["16-bit PNG"], levels, err_msg=name)


@pytest.mark.parametrize("name", SAME)
def test_deep_gray_without_a_rule_is_refused_with_a_sentence_that_names_the_rules(name: str) -> None:
    reader = PillowReader(Files({"a.png": SAME[name]()}).open, default_preprocessing(16), 10**6)

    for read in (reader.check, reader.array):
        with pytest.raises(UnreadableImage, match=r"^a\.png: 16-bit or floating-point gray .*gray_rule: window, perc"):
            read(ref())


def test_values_of_interest_of_a_tomogram_survive_where_the_usual_conversion_loses_them() -> None:
    data = by_pillow(CT)
    usual = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[..., 0]
    ours = np.asarray(inspect_picture(data, FidelityConfig(gray_rule="percentile")).rgb)[..., 0]

    assert (usual == 255).mean() > 0.9
    assert (ours == 255).mean() <= 0.01
