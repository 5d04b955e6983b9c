"""Laws of decoding ahead of need."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from cliptune.adapters.images.loader import InlineLoader, ProcessLoader, ThreadLoader, picture_loader
from cliptune.adapters.images.reader import PillowReader
from cliptune.application.ports import PictureLoader
from cliptune.domain.augmentation import Augmentation
from cliptune.domain.errors import RunFailed, UnreadableImage
from cliptune.domain.pairs import ImageRef
from cliptune.domain.preprocessing import default_preprocessing
from support.pictures import Deadly, Files, ProcessWitness, encoded, noise, ref

Wanted = Sequence[tuple[ImageRef, Augmentation | None]]
BROKEN = {3, 10}
FILES = Files({f"{index}.png": b"text" if index in BROKEN else encoded(noise(30 + index, 40)) for index in range(20)})
READER = PillowReader(FILES.open, default_preprocessing(16), 10**6)
SIZES = (9, 1, 0, 7, 3)


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessLoader]:
    with ProcessLoader(READER, workers=2, ahead=1) as loader:
        yield loader


@pytest.fixture(params=["inline", "one thread", "three threads", "processes"])
def loader(request: pytest.FixtureRequest, processes: ProcessLoader) -> PictureLoader:
    loaders: dict[str, PictureLoader] = {
        "inline": InlineLoader(READER),
        "one thread": ThreadLoader(READER, workers=1, ahead=1),
        "three threads": ThreadLoader(READER, workers=3),
        "processes": processes,
    }
    return loaders[request.param]


def plan() -> Iterator[Wanted]:
    """Twenty pictures in batches of several sizes, every second one augmented."""
    wanted = (
        (ref(f"{index}.png"), Augmentation(crop=(0.1, 0.0, 1.0, 0.8), degrees=5.0, contrast=1.1) if index % 2 else None)
        for index in count()
    )
    return (tuple(islice(wanted, size)) for size in SIZES)


def endless(taken: list[int]) -> Iterator[Wanted]:
    """Batches of one picture without end; each one taken is noted."""
    for index in count():
        taken.append(index)
        yield ((ref("0.png"), None),)


def told(batches: Any) -> list[list[object]]:
    """Pixels as nested numbers and errors as text, to be compared."""
    return [[str(each) if isinstance(each, UnreadableImage) else each.tolist() for each in batch] for batch in batches]


def test_every_number_and_kind_of_workers_gives_the_same_pictures_in_the_same_order(loader: PictureLoader) -> None:
    expected = [[_read(image, how) for image, how in batch] for batch in plan()]

    assert expected == told(loader.load(plan()))
    assert expected == told(loader.load(plan()))


def test_each_batch_comes_in_its_own_size_across_the_look_ahead(loader: PictureLoader) -> None:
    sizes = (16, 24, 24, 32, 48)
    expected = [
        [_read(image, how, size=size) for image, how in batch] for batch, size in zip(plan(), sizes, strict=True)
    ]

    assert expected == told(loader.load(plan(), sizes=iter(sizes)))


def test_a_picture_that_fails_comes_as_its_error_in_its_place(loader: PictureLoader) -> None:
    [first, *_] = loader.load(plan())

    assert [3] == [place for place, each in enumerate(first) if isinstance(each, UnreadableImage)]
    assert str(first[3]).startswith("3.png: not a picture")


def test_the_tensors_can_be_written_to(loader: PictureLoader) -> None:
    [picture] = next(iter(loader.load([((ref("0.png"), None),)])))
    assert isinstance(picture, torch.Tensor)

    assert 0.0 == picture.zero_().abs().sum().item()


def test_an_empty_plan_yields_nothing(loader: PictureLoader) -> None:
    assert [] == list(loader.load([]))


@pytest.mark.parametrize("ahead", [1, 3])
def test_no_more_of_a_plan_is_taken_than_the_look_ahead(ahead: int) -> None:
    taken: list[int] = []
    batches = iter(ThreadLoader(READER, workers=2, ahead=ahead).load(endless(taken)))

    assert [] == taken
    for done in range(1, 6):
        next(batches)
        assert done + ahead == len(taken)


def test_processes_take_no_more_of_a_plan_than_the_look_ahead(processes: ProcessLoader) -> None:
    taken: list[int] = []
    batches = iter(processes.load(endless(taken)))
    next(batches)

    assert 2 == len(taken)


def test_in_line_nothing_is_taken_ahead() -> None:
    taken: list[int] = []
    next(iter(InlineLoader(READER).load(endless(taken))))

    assert [0] == taken


def test_leaving_early_ends_the_threads() -> None:
    batches = ThreadLoader(READER, workers=3).load(endless([]))
    next(batches)
    assert _picture_threads()
    batches.close()  # type: ignore[attr-defined]

    assert [] == _picture_threads()


def test_a_failing_consumer_ends_the_threads_and_its_error_comes_through() -> None:
    def consume() -> None:
        for _ in ThreadLoader(READER, workers=3).load(endless([])):
            raise LookupError("the consumer failed")

    with pytest.raises(LookupError, match="the consumer failed"):
        consume()

    assert [] == _picture_threads()


def test_a_failing_plan_is_the_callers_error() -> None:
    def failing() -> Iterator[Wanted]:
        yield ((ref("0.png"), None),)
        raise LookupError("the plan failed")

    with pytest.raises(LookupError, match="the plan failed"):
        list(ThreadLoader(READER, workers=2).load(failing()))

    assert [] == _picture_threads()


def test_processes_that_were_left_early_serve_the_next_call(processes: ProcessLoader) -> None:
    for _ in range(3):
        next(iter(processes.load(endless([]))))

    assert told(InlineLoader(READER).load(plan())) == told(processes.load(plan()))


def test_worker_processes_never_import_torch_ignore_the_interrupt_and_outlive_an_epoch() -> None:
    with ProcessLoader(ProcessWitness(), workers=1) as loader:
        seen = [[each.tolist() for batch in loader.load([((ref(), None),)] * 3) for each in batch] for _ in range(2)]  # type: ignore[union-attr]

    [witness] = {tuple(each) for epoch in seen for each in epoch}
    assert (0.0, 1.0) == witness[:2]
    assert os.getpid() != witness[2]


def test_a_worker_that_dies_fails_the_run_and_the_next_call_has_new_ones() -> None:
    with ProcessLoader(Deadly(), workers=1) as loader:
        with pytest.raises(RunFailed, match="a process that decodes pictures died"):
            list(loader.load([((ref("poison"), None),)]))

        assert [[[[[0.0]]] * 3]] == told(loader.load([((ref("a.png"), None),)]))


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    note = tmp_path / "pid"
    script.write_text(
        "import os, pathlib, signal\n"
        "from cliptune.adapters.images.loader import ProcessLoader\n"
        "from support.pictures import ProcessWitness, ref\n"
        "if __name__ == '__main__':\n"
        "    loader = ProcessLoader(ProcessWitness(), workers=1)\n"
        "    [batch] = loader.load([((ref(), None),)])\n"
        f"    pathlib.Path({str(note)!r}).write_text(str(int(batch[0][2])))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    # Not through a pipe: a worker that lives on would hold its other end, and this call would never return.
    subprocess.run([sys.executable, script], env=environment, stdout=subprocess.DEVNULL, check=False)

    assert _gone(int(note.read_text()))


def test_the_configuration_chooses_the_loader() -> None:
    assert InlineLoader(READER) == picture_loader(READER, workers=0, kind="process")
    assert ThreadLoader(READER, workers=4) == picture_loader(READER, workers=4, kind="thread")
    assert isinstance(picture_loader(READER, workers=1, kind="process"), ProcessLoader)


def _read(image: ImageRef, augmentation: Augmentation | None, *, size: int | None = None) -> object:
    """What one picture is without any loader: its numbers, or the text of its error."""
    if int(image.key.removesuffix(".png")) not in BROKEN:
        return READER.pixels(image, augmentation, size=size).tolist()
    with pytest.raises(UnreadableImage) as caught:
        READER.pixels(image, augmentation)
    return str(caught.value)


def _picture_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("pictures")]


def _gone(pid: int) -> bool:
    """Whether a process ends within ten seconds; a dead one may stay listed where nobody collects orphans."""
    for _ in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.1)
    return False
