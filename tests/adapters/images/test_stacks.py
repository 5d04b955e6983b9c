"""Laws of TIFF files that Pillow does not read rightly, and of pages."""

import io
import sys
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliptune.adapters.images.inspecting import inspect_picture
from cliptune.adapters.images.pages import pages_of
from cliptune.adapters.images.reader import PillowReader
from cliptune.domain.config.fidelity import FidelityConfig
from cliptune.domain.errors import UnreadableImage, UsageError
from cliptune.domain.preprocessing import default_preprocessing
from support.deep_pictures import deep_color, dicom, tiff, tiff_pages, tomogram
from support.pictures import Files, encoded, noise, ref

CT = tomogram(24, 31)
DOUBLE = CT.astype(np.float64)
RANGE = FidelityConfig(gray_rule="picture_range")
FULL = FidelityConfig(gray_rule="full_range")


def refused(data: bytes, rule: FidelityConfig = RANGE, *, max_pixels: int = 10**6) -> str:
    return inspect_picture(data, rule, max_pixels=max_pixels).facts.refused


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (lambda: tiff(np.ones((5, 6), dtype=np.complex64)), "a TIFF picture of complex64 values cannot be shown"),
        (
            lambda: tiff(np.ones((5, 6, 7), dtype=np.uint16), photometric="minisblack", planarconfig="contig"),
            "7 channels",
        ),
        (
            lambda: tiff(deep_color(channels=4), photometric="rgb", extrasamples=["assocalpha"]),
            "its color is multiplied with its alpha",
        ),
        (
            lambda: tiff(deep_color(channels=4)[..., :2], photometric="minisblack", planarconfig="contig"),
            "2 channels and color kind 1 has no faithful conversion",
        ),
        (
            lambda: tiff(
                np.moveaxis(deep_color(channels=4) >> 8, -1, 0).astype(np.uint8),
                photometric="rgb",
                planarconfig="separate",
                extrasamples=["assocalpha"],
            ),
            "its color is multiplied with its alpha",
        ),
        (lambda: tiff(np.full((5, 6), np.nan)), "none of the picture's values is a finite number"),
    ],
)
def test_a_tiff_that_cannot_be_shown_is_refused_with_a_reason(data: Any, why: str) -> None:
    assert why in refused(data())


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("planes", [False, True])
def test_a_fourth_channel_that_is_not_said_to_be_alpha_changes_no_color(bits: int, planes: bool) -> None:
    four = deep_color(channels=4)
    four = four if bits == 16 else (four >> 8).astype(np.uint8)
    stored = np.ascontiguousarray(np.moveaxis(four, -1, 0)) if planes else four
    config = "separate" if planes else "contig"
    data = tiff(stored, photometric="rgb", planarconfig=config, extrasamples=["unspecified"])
    seen = inspect_picture(data, FULL).rgb
    color = four[..., :3].astype(np.float64)

    assert seen is not None
    assert np.array_equal(np.floor(color / (2**bits - 1) * 255 + 0.5), np.asarray(seen))


def test_deep_color_in_planes_is_refused_without_a_rule() -> None:
    data = tiff(np.moveaxis(deep_color(), -1, 0), photometric="rgb", planarconfig="separate")

    assert "16 bits a channel would silently lose the lower 8" in refused(data, FidelityConfig())


def test_a_page_with_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    reader = PillowReader(Files({"a.png": tiff(DOUBLE)}).open, default_preprocessing(16), 700)

    with pytest.raises(UnreadableImage, match="31 × 24 pixels are more than the 700 allowed"):
        reader.check(ref())


def test_a_compressed_part_that_holds_more_than_the_picture_is_refused() -> None:
    data = tiff(DOUBLE, compression="zlib")
    honest = zlib.compress(DOUBLE.tobytes(), 6)
    at = data.index(honest[:12])
    bomb = zlib.compress(bytes(64 * 2**20), 9)
    # The same offset, another length: the part is found by its tag of byte counts.
    size = next(n for n in range(len(honest) - 400, len(honest) + 400) if zlib_whole(data[at : at + n]))
    head, tail = data[:at], data[at + size :]
    swapped = head.replace(size.to_bytes(4, "little"), len(bomb).to_bytes(4, "little")) + bomb + tail

    assert "holds more than the picture has pixels" in refused(swapped)


def zlib_whole(data: bytes) -> bool:
    inflater = zlib.decompressobj()
    try:
        return len(inflater.decompress(data)) == DOUBLE.nbytes and inflater.eof
    except zlib.error:
        return False


@settings(max_examples=100)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=5), st.floats(0.3, 1.0))
def test_a_damaged_stack_is_read_or_refused_and_nothing_else(damage: list[tuple[float, int]], share: float) -> None:
    whole = bytearray(tiff_pages([DOUBLE, DOUBLE[:5]], compression="zlib"))
    for place, value in damage:
        whole[int(place * (len(whole) - 1))] = value
    found = inspect_picture(bytes(whole[: int(len(whole) * share)]), FULL, max_pixels=10**6)

    assert (found.rgb is None) == bool(found.facts.refused)


def test_without_the_extra_package_one_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tiff(DOUBLE)
    monkeypatch.setitem(sys.modules, "tifffile", None)
    reader = PillowReader(Files({"a.png": data}).open, default_preprocessing(16), 10**6)

    with pytest.raises(UsageError, match=r"need an extra package: pip install 'cliptune\[scientific\]'$"):
        reader.check(ref())


@given(st.integers(1, 6), st.sampled_from([{}, {"byteorder": ">"}, {"bigtiff": True}]))
def test_pages_are_counted_whatever_they_hold(count: int, options: dict[str, Any]) -> None:
    import tifffile

    pages = (DOUBLE, CT, deep_color())
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, **options) as writer:
        for number in range(count):
            writer.write(pages[number % 3], contiguous=False, metadata=None)

    assert tuple(range(count)) == pages_of(io.BytesIO(stream.getvalue()))


def test_smaller_copies_and_masks_are_no_pages() -> None:
    import tifffile

    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for kind in (0, 1, 2):
            writer.write(CT, contiguous=False, metadata=None, subfiletype=kind)
        writer.write(CT > 0, contiguous=False, metadata=None, photometric="mask", subfiletype=4)

    assert (0, 2) == pages_of(io.BytesIO(stream.getvalue()))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0+",
        b"plain text",
        encoded(noise(9, 9), "GIF", save_all=True, append_images=[noise(9, 9, seed=2)]),
        dicom(CT)[:140],
    ],
)
def test_what_has_no_pages_has_a_first_one(data: bytes) -> None:
    assert (0,) == pages_of(io.BytesIO(data))


def test_pages_that_lead_back_to_themselves_are_counted_once() -> None:
    data = bytearray(tiff_pages([CT, CT]))
    first = int.from_bytes(data[4:8], "little")
    entries = int.from_bytes(data[first : first + 2], "little")
    after = first + 2 + 12 * entries
    data[after : after + 4] = first.to_bytes(4, "little")

    assert (0,) == pages_of(io.BytesIO(bytes(data)))


def test_frames_of_a_dicom_file_are_pages() -> None:
    assert (0, 1, 2) == pages_of(io.BytesIO(dicom(np.stack([CT] * 3), frames=3)))


def test_a_page_that_is_not_there_is_refused() -> None:
    assert "there is no page 3" == inspect_picture(tiff_pages([CT, CT]), RANGE, page=2).facts.refused
    assert "there is no page 3" == inspect_picture(tiff_pages([DOUBLE, DOUBLE]), RANGE, page=2).facts.refused
    assert "" == inspect_picture(encoded(noise(4, 4)), page=1).facts.refused
