"""
Every kind of picture under a declared rule: what is seen is what was stored.

Files are made here; what is expected is computed from the stored values, and never by the code that reads them.
"""

import io
from collections.abc import Callable

import numpy as np
import pytest
from attrs import evolve
from PIL import Image

from cliptune.adapters.images.inspecting import inspect_picture
from cliptune.adapters.images.reader import PillowReader
from cliptune.domain.config.fidelity import FidelityConfig
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.preprocessing import default_preprocessing
from support.deep_pictures import by_pillow, dicom, tiff
from support.every_kind import CT, KINDS, PAGES, PERCENTILE, RANGE, WINDOW, Kind, Levels
from support.pictures import Files, encoded, ref


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
