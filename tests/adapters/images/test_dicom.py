"""Laws of reading DICOM files: pydicom's arithmetic, nothing about a person, and no memory filled."""

import io
import logging
import struct
import sys
import warnings
import zlib
from typing import Any

import numpy as np
import pydicom
import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from cliptune.adapters.images.decoding import read_header
from cliptune.adapters.images.dicom import MOST_INFLATED
from cliptune.adapters.images.inspecting import inspect_picture
from cliptune.adapters.images.reader import PillowReader
from cliptune.adapters.images.thumbnails import thumbnail
from cliptune.domain.config.fidelity import FidelityConfig
from cliptune.domain.errors import UnreadableImage, UsageError
from cliptune.domain.preprocessing import default_preprocessing
from support.deep_pictures import dicom, tomogram
from support.pictures import Files, encoded, noise, ref

CT = tomogram(24, 31)
RANGE = FidelityConfig(gray_rule="picture_range")
PERSON: dict[str, Any] = {
    "PatientName": "Zacharias^Undisclosed",
    "PatientID": "ID-4711-UNDISCLOSED",
    "PatientBirthDate": "19121212",
    "PatientAddress": "Undisclosed Road 1",
    "InstitutionName": "Undisclosed Hospital",
    "ReferringPhysicianName": "Undisclosed^Doctor",
    "StudyInstanceUID": "1.2.826.0.1.4711.99",
    "AccessionNumber": "UNDISCLOSED1",
    "StudyDescription": "Undisclosed study",
    "ImageComments": "Undisclosed comment",
}
MARKS = ("ndisclosed", "NDISCLOSED", "4711", "Zacharias", "19121212")


def named(**elements: Any) -> bytes:
    return dicom(CT, **PERSON, **elements)


def opener(data: bytes) -> Any:
    return Files({"a.png": data}).open


def encapsulated(picture: bytes, syntax: str, **elements: Any) -> bytes:
    """A DICOM file around a picture that is encoded already."""
    whole = pydicom.dcmread(io.BytesIO(dicom(np.asarray(noise(31, 24)), **elements)))
    whole.file_meta.TransferSyntaxUID = UID(syntax)
    whole["PixelData"] = pydicom.DataElement(0x7FE00010, "OB", encapsulate([picture]))
    whole["PixelData"].is_undefined_length = True
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, whole, enforce_file_format=True)
    return stream.getvalue()


@given(
    st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
    st.floats(-1500, 3000).map(lambda number: round(number, 2)),
    st.floats(2, 4000).map(lambda number: round(number, 2)),
    st.sampled_from([(1.0, -1024.0), (0.5, 0.0), (2.25, 10.0)]),
    st.sampled_from(["MONOCHROME1", "MONOCHROME2"]),
)
def test_a_files_own_window_shows_what_pydicom_makes_of_it(
    function: str, center: float, width: float, scale: tuple[float, float], kind: str
) -> None:
    from pydicom.pixels.processing import apply_rescale, apply_windowing

    data = dicom(
        CT,
        WindowCenter=center,
        WindowWidth=width,
        VOILUTFunction=function,
        RescaleSlope=scale[0],
        RescaleIntercept=scale[1],
        PhotometricInterpretation=kind,
    )
    known = pydicom.dcmread(io.BytesIO(data))
    with np.errstate(over="ignore"):
        theirs = apply_windowing(apply_rescale(known.pixel_array, known), known)
    low, high = scale[1], 65535 * scale[0] + scale[1]
    shares = (theirs - low) / (high - low)
    expected = 255 * (1 - shares if kind == "MONOCHROME1" else shares)
    found = np.asarray(inspect_picture(data).rgb)[..., 0]

    assert np.abs(expected - found).max() <= 0.51


@pytest.mark.parametrize("width", [0, -5])
def test_a_window_without_a_width_is_as_none(width: int) -> None:
    data, plain = dicom(CT, WindowCenter=40, WindowWidth=width), dicom(CT)

    assert "declare how it is shown with gray_rule" in inspect_picture(data).facts.refused
    assert inspect_picture(plain).facts.refused == inspect_picture(data).facts.refused


@pytest.mark.parametrize(
    ("format", "syntax", "options"),
    [("JPEG", "1.2.840.10008.1.2.4.50", {"quality": 95}), ("JPEG2000", "1.2.840.10008.1.2.4.90", {})],
)
def test_compressed_pixels_that_pillow_knows_are_read(format: str, syntax: str, options: dict[str, Any]) -> None:  # noqa: A002
    picture = encoded(noise(31, 24), format, **options)
    kind = "YBR_FULL_422" if format == "JPEG" else "RGB"
    found = inspect_picture(encapsulated(picture, syntax, PhotometricInterpretation=kind)).rgb

    assert found is not None
    expected = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    assert np.abs(expected - np.asarray(found)).max() <= 3


def test_pixels_compressed_in_a_way_that_needs_more_are_refused_by_name() -> None:
    found = inspect_picture(encapsulated(b"\xff\xd8\xff\xf7", "1.2.840.10008.1.2.4.80"))

    assert "DICOM pixels compressed as JPEG-LS Lossless Image Compression cannot be decoded here" in found.facts.refused


def test_frames_have_the_units_and_windows_that_the_file_gives_each_of_them() -> None:
    def group(center: float, intercept: float) -> Dataset:
        window, units, whole = Dataset(), Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth, window.VOILUTFunction = center, 800, "LINEAR_EXACT"
        units.RescaleSlope, units.RescaleIntercept, units.RescaleType = 1, intercept, "HU"
        whole.FrameVOILUTSequence, whole.PixelValueTransformationSequence = [window], [units]
        return whole

    data = dicom(np.stack([CT, CT]), frames=2, PerFrameFunctionalGroupsSequence=[group(1000, 0), group(-24, -1024)])
    first, second = (np.asarray(inspect_picture(data, page=page).rgb) for page in (0, 1))

    np.testing.assert_array_equal(first, second)
    assert "there is no page 3" == inspect_picture(data, page=2).facts.refused


def test_nothing_about_a_person_is_in_what_is_made_of_a_file() -> None:
    rule = evolve(default_preprocessing(16), fidelity=RANGE)
    small = thumbnail(opener(named()), ref(), pixels=20, rule=RANGE)
    told = repr(inspect_picture(named(), RANGE)) + repr(read_header(io.BytesIO(named()), RANGE))
    pixels = PillowReader(opener(named()), rule, 10**6).array(ref())

    assert not [mark for mark in MARKS if mark.encode() in small or mark in told or mark.encode() in pixels.tobytes()]
    assert small.startswith(b"\xff\xd8\xff")


def test_a_header_that_is_kept_has_no_element_about_a_person() -> None:
    header = read_header(io.BytesIO(named()), RANGE).header  # type: ignore[attr-defined]
    kept = {element.keyword for element in header}

    assert kept.isdisjoint(PERSON)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6), st.floats(0.2, 1.0))
@example([(0.095703125, 0)], 1.0)  # an element that swallows all that follow it
def test_a_damaged_file_is_read_or_refused_and_names_nobody(damage: list[tuple[float, int]], share: float) -> None:
    whole = bytearray(named(WindowCenter=1000, WindowWidth=800))
    for place, value in damage:
        whole[int(place * (len(whole) - 1))] = value
    data = bytes(whole[: int(len(whole) * share)])
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logging.getLogger().addHandler(handler)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            found = inspect_picture(data, max_pixels=10**6)
    finally:
        logging.getLogger().removeHandler(handler)

    said = found.facts.refused + heard.getvalue() + "".join(str(one.message) for one in warned)
    assert not [mark for mark in MARKS if mark in said]
    assert (found.rgb is None) == bool(found.facts.refused)


def test_what_pydicom_quotes_of_a_file_is_not_passed_on() -> None:
    named_window = named(WindowCenter=1000, WindowWidth=800).replace(b"1000", b"Zach")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = inspect_picture(named_window)

    assert [] == warned
    assert "the DICOM file is damaged, or its pixels cannot be decoded (ValueError)" == found.facts.refused


def test_text_burned_into_pixels_is_told() -> None:
    told = inspect_picture(named(BurnedInAnnotation="YES"), RANGE).facts.warnings

    assert ("has text burned into its pixels, which may name a person",) == told


def test_a_file_with_too_many_pixels_is_refused_before_they_are_decoded() -> None:
    data = named()
    large = data.replace(
        struct.pack("<HH2sHH", 0x28, 0x10, b"US", 2, 24), struct.pack("<HH2sHH", 0x28, 0x10, b"US", 2, 60000)
    )

    assert large != data
    reader = PillowReader(opener(large), default_preprocessing(16), 1_000_000)
    with pytest.raises(UnreadableImage, match="31 × 60000 pixels are more than the 1000000 allowed"):
        reader.check(ref())


def test_a_deflated_file_is_read_and_one_that_would_fill_the_memory_is_refused() -> None:
    deflated = "1.2.840.10008.1.2.1.99"
    small = dicom(CT, syntax=deflated)
    meta = 144 + struct.unpack("<I", small[140:144])[0]
    # A megabyte of zeros a thousand times over, in little more than half a megabyte.
    squeezer = zlib.compressobj(9, wbits=-15)
    parts = [squeezer.compress(bytes(2**20)) for _ in range(MOST_INFLATED // 2**20 + 2)]
    bomb = small[:meta] + b"".join([*parts, squeezer.flush()])

    np.testing.assert_array_equal(
        np.asarray(inspect_picture(dicom(CT), RANGE).rgb), np.asarray(inspect_picture(small, RANGE).rgb)
    )
    assert "is deflated and becomes too large" in inspect_picture(bomb, RANGE).facts.refused


def test_a_file_without_a_picture_is_refused() -> None:
    whole = pydicom.dcmread(io.BytesIO(dicom(CT)))
    del whole.Rows
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, whole, enforce_file_format=True)

    assert "the DICOM file holds no picture" == inspect_picture(stream.getvalue()).facts.refused


def test_without_the_extra_package_one_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = named()
    monkeypatch.setitem(sys.modules, "pydicom", None)
    reader = PillowReader(opener(data), default_preprocessing(16), 10**6)

    with pytest.raises(UsageError, match=r"^DICOM files need an extra package: pip install 'cliptune\[medical\]'$"):
        reader.check(ref())
    assert "cliptune[medical]" in inspect_picture(data).facts.refused
