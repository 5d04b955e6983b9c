"""Laws of pictures that are decoded once and kept."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cliptune.adapters.images.kept import Contents, KeptPictures
from cliptune.adapters.images.loader import InlineLoader, ProcessLoader, ThreadLoader
from cliptune.adapters.images.packed import PackedPictures
from cliptune.adapters.images.packing import HEAD_SIZE
from cliptune.adapters.images.reader import PillowReader
from cliptune.application.ports import PictureLoader
from cliptune.domain.augmentation import Augmentation
from cliptune.domain.errors import UnreadableImage, UsageError
from cliptune.domain.pairs import ImageRef
from cliptune.domain.preprocessing import default_preprocessing
from support.pictures import Files, encoded, noise, ref

Wanted = Sequence[tuple[ImageRef, Augmentation | None]]
FILES = Files({f"{index}.png": encoded(noise(60 + index, 50)) for index in range(12)} | {"broken.png": b"text"})
PLAIN = PillowReader(FILES.open, default_preprocessing(16), 10**6, least_crop=0.7)
SHOWN = Augmentation(crop=(0.1, 0.0, 0.95, 0.9), mirror=True, contrast=1.1)
PLENTY = 10**7
pictures = st.builds(
    lambda height, width, seed: np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(0, 99),
)


def keeping(folder: Path, *, limit: int = PLENTY) -> PillowReader:
    return evolve(PLAIN, kept=KeptPictures(Contents(FILES.open), PackedPictures(folder, limit)))


def plan() -> Iterator[Wanted]:
    """Every picture as evaluation and as training shows it, in batches of five."""
    wanted = [(ref(key), how) for key in FILES.contents for how in (None, SHOWN, None)]
    return (wanted[start : start + 5] for start in range(0, len(wanted), 5))


def told(loader: PictureLoader) -> list[object]:
    batches = loader.load(plan())
    return [str(each) if isinstance(each, UnreadableImage) else each.tolist() for batch in batches for each in batch]


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def key(number: int) -> bytes:
    return number.to_bytes(32, "big")


def filled(folder: Path, count: int, *, limit: int = PLENTY) -> PackedPictures:
    kept = PackedPictures(folder, limit)
    kept.prepare()
    for number in range(count):
        kept.put(key(number), picture(number))
    return kept


def picture(number: int) -> NDArray[np.uint8]:
    return np.full((4, 5, 3), number, dtype=np.uint8)


def same(expected: NDArray[np.uint8], found: NDArray[np.uint8] | None) -> bool:
    return found is not None and np.array_equal(expected, found)


def test_the_first_time_and_every_later_time_show_the_pixels_that_no_keeping_shows(tmp_path: Path) -> None:
    expected = told(InlineLoader(PLAIN))

    assert [expected] * 3 == [told(InlineLoader(keeping(tmp_path))) for _ in range(3)]
    assert len(files_of(tmp_path)) > 0


@pytest.mark.parametrize("limit", [1, 3000, 12_000])
def test_whatever_there_is_room_for_the_pixels_are_the_same(tmp_path: Path, limit: int) -> None:
    expected = told(InlineLoader(PLAIN))

    assert [expected] * 2 == [told(InlineLoader(keeping(tmp_path, limit=limit))) for _ in range(2)]


def test_every_kind_and_number_of_workers_shows_the_same_first_and_later(tmp_path: Path) -> None:
    expected = told(InlineLoader(PLAIN))

    assert [expected] * 2 == [told(ThreadLoader(keeping(tmp_path / "threads"), workers=3)) for _ in range(2)]
    with ProcessLoader(keeping(tmp_path / "processes"), workers=2) as loader:
        assert [expected] * 2 == [told(loader) for _ in range(2)]
    assert expected == told(ThreadLoader(keeping(tmp_path / "processes"), workers=2))


def test_a_second_run_decodes_nothing(tmp_path: Path) -> None:
    told(InlineLoader(keeping(tmp_path)))
    cut = Files({name: data[:40] for name, data in FILES.contents.items() if name != "broken.png"})
    kept = KeptPictures(Contents(FILES.open), PackedPictures(tmp_path, PLENTY))

    undecodable = evolve(PLAIN, open=cut.open, kept=kept)

    assert np.array_equal(PLAIN.array(ref("3.png"), SHOWN), undecodable.array(ref("3.png"), SHOWN))
    with pytest.raises(UnreadableImage):
        evolve(undecodable, kept=None).array(ref("3.png"), SHOWN)


def test_another_content_page_or_rule_is_another_picture(tmp_path: Path) -> None:
    told(InlineLoader(keeping(tmp_path)))
    swapped = Files({"0.png": FILES.contents["1.png"]})
    reader = evolve(
        PLAIN, open=swapped.open, kept=KeptPictures(Contents(swapped.open), PackedPictures(tmp_path, PLENTY))
    )

    assert np.array_equal(PLAIN.array(ref("1.png")), reader.array(ref("0.png")))
    for rule in (default_preprocessing(24), evolve(default_preprocessing(16), resample=2)):
        other = evolve(reader, preprocessing=rule)
        assert np.array_equal(evolve(other, kept=None).array(ref("0.png")), other.array(ref("0.png")))
    assert np.array_equal(
        evolve(PLAIN, least_crop=0.9).array(ref("0.png"), SHOWN),
        evolve(keeping(tmp_path), least_crop=0.9).array(ref("0.png"), SHOWN),
    )


def test_the_mean_and_deviation_of_a_model_share_what_is_kept(tmp_path: Path) -> None:
    keeping(tmp_path).array(ref("0.png"))
    before = [file.stat().st_size for file in files_of(tmp_path)]
    other = evolve(keeping(tmp_path), preprocessing=evolve(default_preprocessing(16), mean=(0.1,) * 3))
    other.array(ref("0.png"))

    assert before == [file.stat().st_size for file in files_of(tmp_path)]


@given(st.lists(pictures, max_size=8))
def test_what_was_put_is_got(tmp_path_factory: pytest.TempPathFactory, levels: list[NDArray[np.uint8]]) -> None:
    folder = tmp_path_factory.mktemp("kept")
    kept = PackedPictures(folder, PLENTY)
    for number, each in enumerate(levels):
        kept.put(key(number), each)
    for reader in (kept, PackedPictures(folder, PLENTY)):
        assert all(same(each, reader.get(key(number))) for number, each in enumerate(levels))
        assert reader.get(key(len(levels))) is None


def test_what_another_process_appends_is_found(tmp_path: Path) -> None:
    reader = PackedPictures(tmp_path, PLENTY)
    assert reader.get(key(0)) is None
    writer = filled(tmp_path, 2)
    assert same(picture(1), reader.get(key(1)))
    writer.put(key(5), picture(5))

    assert same(picture(5), reader.get(key(5)))


@pytest.mark.parametrize("at", [0, 10, 40, HEAD_SIZE - 1, HEAD_SIZE, HEAD_SIZE + 30])
def test_a_damaged_record_is_never_shown_and_can_be_made_again(tmp_path: Path, at: int) -> None:
    filled(tmp_path, 3).close()
    [file] = files_of(tmp_path)
    data = bytearray(file.read_bytes())
    size = len(data) // 3
    data[size + at] ^= 255
    file.write_bytes(data)

    kept = PackedPictures(tmp_path, PLENTY)
    assert same(picture(0), kept.get(key(0)))
    assert kept.get(key(1)) is None
    kept.put(key(1), picture(1))
    assert same(picture(1), kept.get(key(1)))
    assert same(picture(1), PackedPictures(tmp_path, PLENTY).get(key(1)))


@pytest.mark.parametrize("left", range(0, 3 * (HEAD_SIZE + 60), 29))
def test_of_a_file_that_was_cut_short_whole_records_are_shown_and_no_others(tmp_path: Path, left: int) -> None:
    filled(tmp_path, 3).close()
    [file] = files_of(tmp_path)
    file.write_bytes(file.read_bytes()[:left])

    kept = PackedPictures(tmp_path, PLENTY)

    assert [left >= (number + 1) * (HEAD_SIZE + 60) for number in range(3)] == [
        same(picture(number), kept.get(key(number))) for number in range(3)
    ]


def test_the_files_never_grow_beyond_the_limit(tmp_path: Path) -> None:
    limit = 10 * (HEAD_SIZE + 60) + 7
    kept = filled(tmp_path, 50, limit=limit)

    assert limit - (HEAD_SIZE + 60) < sum(file.stat().st_size for file in files_of(tmp_path)) <= limit
    assert [number < 10 for number in range(50)] == [kept.get(key(number)) is not None for number in range(50)]


def test_what_no_run_has_read_for_longest_makes_way(tmp_path: Path) -> None:
    import os

    limit = 40 * (HEAD_SIZE + 60)
    filled(tmp_path, 40, limit=limit).close()
    for number, file in enumerate(files_of(tmp_path)):
        os.utime(file, (1000 + number, 1000 + number))
    first = PackedPictures(tmp_path, limit)
    lasting = next(number for number in range(40) if first.get(key(number)) is not None)
    first.close()
    os.utime(oldest(tmp_path), (1, 1))
    gone = oldest(tmp_path).name

    later = PackedPictures(tmp_path, limit)
    later.put(key(99), picture(99))

    assert gone not in {file.name for file in files_of(tmp_path)}
    assert same(picture(99), later.get(key(99)))
    assert sum(file.stat().st_size for file in files_of(tmp_path)) <= limit
    assert lasting >= 0


def oldest(folder: Path) -> Path:
    return min(files_of(folder), key=lambda file: file.stat().st_mtime)


def test_a_folder_that_is_thrown_away_while_in_use_is_made_do_without(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    kept = filled(folder, 2)
    for file in files_of(folder):
        file.unlink()
    folder.rmdir()

    kept.put(key(7), picture(7))
    fresh = PackedPictures(folder, PLENTY)
    fresh.put(key(8), picture(8))

    assert fresh.get(key(8)) is None


def test_many_threads_may_put_and_get_at_once(tmp_path: Path) -> None:
    kept = PackedPictures(tmp_path, PLENTY)
    gate = threading.Barrier(4)

    def work(first: int) -> bool:
        gate.wait()
        for number in range(first, 200):
            kept.put(key(number), picture(number))
        return all(same(picture(number), kept.get(key(number))) for number in range(first, 200))

    with ThreadPoolExecutor(4) as pool:
        assert [True] * 4 == list(pool.map(work, range(4)))
    assert 200 * (HEAD_SIZE + 60) == sum(file.stat().st_size for file in files_of(tmp_path))


def test_a_folder_that_cannot_be_made_is_told_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(UsageError, match=r"^decoded_cache: .*name another folder"):
        PackedPictures(tmp_path / "file" / "folder", PLENTY).prepare()
