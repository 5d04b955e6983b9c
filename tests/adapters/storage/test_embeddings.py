"""Folders of embeddings: what is written comes back, and what is damaged is told."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cliptune.adapters.storage.embeddings import has_embeddings, read_embeddings, write_embeddings
from cliptune.domain.embedded import CaptionRow, EmbeddingsFolder, ImageRow
from cliptune.domain.errors import UnreadableData
from cliptune.domain.model_identity import ModelIdentity

WIDTH = 4
MODEL = ModelIdentity("a model", "w", "p", "t", WIDTH)
texts = st.text(max_size=12)


def rows_of(count: int, *, seed: int = 0) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).normal(size=(count, WIDTH)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def folder_of(images: tuple[ImageRow, ...], captions: tuple[CaptionRow, ...]) -> EmbeddingsFolder:
    return EmbeddingsFolder(
        model=MODEL,
        images=rows_of(len(images)),
        captions=rows_of(len(captions), seed=1),
        image_rows=images,
        caption_rows=captions,
        data_name="pairs.csv",
        data_fingerprint="f" * 64,
        created="2026-01-01T00:00:00+00:00",
        versions={"torch": "2", "peft": None},
    )


def written(folder: Path, made: EmbeddingsFolder, *, block: int = 2) -> Path:
    folder.mkdir()
    images = (made.images[start : start + block] for start in range(0, len(made.images), block))
    captions = (made.captions[start : start + block] for start in range(0, len(made.captions), block))
    write_embeddings(folder, made, images=images, captions=captions)
    return folder


def small(folder: Path) -> Path:
    images = tuple(ImageRow(f"{n}.png", "", f"c{n}") for n in range(5))
    captions = tuple(CaptionRow(f"{n}.png", f"number {n}", f"t.csv:{n}") for n in range(3))
    return written(folder, folder_of(images, captions))


@given(
    images=st.lists(st.builds(ImageRow, texts, texts, texts, st.dictionaries(texts, texts, max_size=2)), max_size=4),
    captions=st.lists(
        st.builds(CaptionRow, texts, texts, texts, st.dictionaries(texts, texts, max_size=2)), max_size=4
    ),
)
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, images: list[ImageRow], captions: list[CaptionRow]
) -> None:
    made = folder_of(tuple(images), tuple(captions))

    found = read_embeddings(written(tmp_path_factory.mktemp("e") / "out", made), thoroughly=True)

    assert made.image_rows == found.image_rows
    assert made.caption_rows == found.caption_rows
    np.testing.assert_array_equal(made.images, found.images)
    np.testing.assert_array_equal(made.captions, found.captions)
    assert (MODEL, "pairs.csv", "f" * 64) == (found.model, found.data_name, found.data_fingerprint)
    assert (made.created, made.versions) == (found.created, found.versions)


def test_the_manifest_says_what_the_arrays_are_and_they_stay_on_the_disk(tmp_path: Path) -> None:
    folder = small(tmp_path / "out")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

    assert "cliptune-embeddings/1" == manifest["format"]
    assert (5, 3, "float32", True) == tuple(manifest[key] for key in ("images", "captions", "dtype", "normalized"))
    assert isinstance(read_embeddings(folder).images, np.memmap)
    assert np.float32 == np.load(folder / "images.npy", mmap_mode="r").dtype


def cut(name: str) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:-20])

    return damage


def flip(name: str) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[-3] ^= 1
        (folder / name).write_bytes(bytes(content))

    return damage


def fewer_lines(folder: Path) -> None:
    lines = (folder / "captions.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "captions.jsonl").write_bytes(b"".join(lines[:-1]))


def other_type(folder: Path) -> None:
    np.save(folder / "images.npy", rows_of(5).astype(np.float64))


def without_model(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    del manifest["model"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut("images.npy"), "damaged"),
        (cut("captions.npy"), "damaged"),
        (cut("images.jsonl"), "damaged"),
        (fewer_lines, "captions.jsonl has 2 lines, the manifest says 3"),
        (other_type, "images.npy is float64 of shape .5, 4., the manifest says float32 of .5, 4."),
        (without_model, "damaged .no 'model'."),
        (lambda folder: (folder / "captions.npy").unlink(), "damaged"),
        (lambda folder: (folder / "images.npy").write_bytes(b"not an array"), "damaged"),
    ],
)
def test_damage_is_one_clear_error(tmp_path: Path, damage: Callable[[Path], object], reason: str) -> None:
    folder = small(tmp_path / "out")
    damage(folder)

    with pytest.raises(UnreadableData, match=reason) as error:
        read_embeddings(folder)
    assert "cliptune embed" in str(error.value)
    assert has_embeddings(folder)


@pytest.mark.parametrize("name", ["images.npy", "captions.npy"])
def test_a_flipped_bit_is_seen_by_whoever_looks_thoroughly(tmp_path: Path, name: str) -> None:
    folder = small(tmp_path / "out")
    flip(name)(folder)

    with pytest.raises(UnreadableData, match=f"{name} does not match the checksum"):
        read_embeddings(folder, thoroughly=True)


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (None, "no embeddings here"),
        ("{", "cannot be read"),
        ("[]", "is not of embeddings"),
        ('{"format": 1}', "format 1"),
    ],
)
def test_another_folder_is_told_from_embeddings(tmp_path: Path, manifest: str | None, reason: str) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")

    with pytest.raises(UnreadableData, match=reason):
        read_embeddings(tmp_path)
    assert not has_embeddings(tmp_path)


@pytest.mark.parametrize("images", [rows_of(4), rows_of(6), np.zeros((5, 3), dtype=np.float32)])
def test_embeddings_that_do_not_fit_the_rows_are_not_written(tmp_path: Path, images: NDArray[np.float32]) -> None:
    made = folder_of(tuple(ImageRow(f"{n}.png", "", "c") for n in range(5)), ())
    (tmp_path / "out").mkdir()

    with pytest.raises(ValueError, match=r"images\.npy takes"):
        write_embeddings(tmp_path / "out", made, images=[images], captions=[])
