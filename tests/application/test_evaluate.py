from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cliptune.adapters.images.loader import InlineLoader
from cliptune.adapters.images.memory import MemoryReader
from cliptune.adapters.models.memory import MemoryBackend
from cliptune.application.evaluate import Evaluate
from cliptune.application.ports import Ticker
from cliptune.domain.config import AlignmentConfig
from cliptune.domain.errors import DataError, RunFailed
from cliptune.domain.evaluation import Evaluation
from cliptune.domain.pairs import Example, ImageRef
from support.scores import plain

Picture = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


@frozen
class Bars:
    """A `Progress` that adds up what it is told."""

    totals: dict[str, int] = field(factory=dict)
    done: dict[str, int] = field(factory=dict)

    @contextmanager
    def track(self, title: str, *, total: int, done: int = 0) -> Iterator[Ticker]:
        self.totals[title] = total
        self.done[title] = done
        yield Bar(title, self.done)

    def say(self, message: str) -> None:
        raise AssertionError(message)


@frozen
class Bar:
    title: str
    done: dict[str, int]

    def advance(self, amount: int = 1, *, note: str = "") -> None:
        self.done[self.title] += amount


@frozen(eq=False)
class Clairvoyant(MemoryBackend):
    """A model that reads the number of a picture from its first pixel and that of a caption from its last word."""

    seen: list[int] = field(factory=list, kw_only=True)
    read: list[str] = field(factory=list, kw_only=True)

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        self.read.extend(captions)
        return torch.tensor([[int(caption.split()[-1])] for caption in captions])

    def encode_image(self, pixel_values: Tensor) -> Tensor:
        self.seen.append(len(pixel_values))
        return torch.eye(self.width)[pixel_values[:, 0, 0, 0].long()]

    def encode_text(self, input_ids: Tensor) -> Tensor:
        return torch.eye(self.width)[input_ids[:, 0]]


@frozen(eq=False)
class Broken(MemoryBackend):
    """A model whose weights are no longer numbers."""

    def encode_image(self, pixel_values: Tensor) -> Tensor:
        return super().encode_image(pixel_values) * torch.nan


def example(number: int, *captions: str) -> Example:
    key = f"{number}.png"
    return Example(ImageRef(key, key), captions or (f"number {number}",), group=key, where=f"pairs.csv:{number + 2}")


def pictures(count: int) -> dict[str, Picture]:
    return {f"{number}.png": np.full((3, 8, 8), number, dtype=np.float32) for number in range(count)}


def colorful(count: int) -> dict[str, Picture]:
    chance = np.random.default_rng(0)
    return {f"{number}.png": chance.standard_normal((3, 8, 8)).astype(np.float32) for number in range(count)}


def evaluated(
    examples: Sequence[Example],
    *,
    model: MemoryBackend,
    shown: Mapping[str, Picture] | None = None,
    batch_size: int = 4,
    alignment: AlignmentConfig | None = None,
    progress: Bars | None = None,
) -> Evaluation:
    loader = InlineLoader(MemoryReader(pictures(len(examples)) if shown is None else shown))
    evaluate = Evaluate(model=model, loader=loader, progress=progress or Bars())
    return evaluate(examples, batch_size=batch_size, alignment=alignment or AlignmentConfig())


def test_a_model_that_knows_every_pair_is_perfect() -> None:
    found = evaluated([example(number) for number in range(9)], model=Clairvoyant())

    assert (1.0, 1.0, 1.0) == (
        found.metrics.mean_recall,
        found.metrics.alignment_score,
        found.metrics.text_to_image.mrr,
    )
    assert (9, 9, ()) == (found.images, found.captions, found.undecodable)


def test_every_caption_of_an_image_is_a_hit_and_asks_for_itself() -> None:
    found = evaluated(
        [example(number, *(f"{word} {number}" for word in ("a", "b", "c")[: number + 1])) for number in range(3)],
        model=Clairvoyant(),
    )

    assert ((0, 0, 1, 1), (0, 0, 2, 2), (0, 0, 3, 3)) == plain(found.image_to_text)
    assert ((0, 0, 1, 1),) * 6 == plain(found.text_to_image)


def test_each_picture_and_each_distinct_caption_is_embedded_once() -> None:
    model = Clairvoyant()
    bars = Bars()

    evaluated(
        [example(number, f"x {number}", "x 0") for number in range(1, 6)], model=model, shown=pictures(6), progress=bars
    )

    assert [4, 1] == model.seen
    assert ["x 1", "x 0", "x 2", "x 3", "x 4", "x 5"] == model.read
    assert {"embedding pictures": 5, "embedding captions": 6} == bars.totals == bars.done


def test_examples_of_one_picture_share_it() -> None:
    model = Clairvoyant()

    found = evaluated([example(0, "a 0"), example(1), example(0, "b 0")], model=model)

    assert [2] == model.seen
    assert ((0, 0, 2, 2), (0, 0, 1, 1)) == plain(found.image_to_text)


def test_equal_captions_of_different_images_are_tied() -> None:
    found = evaluated([example(number, "no finding 0") for number in range(3)], model=Clairvoyant())

    assert ((0, 2, 1, 1),) * 3 == plain(found.image_to_text)
    assert [0.0, 1.0, 1.0] == (found.text_to_image.above + found.text_to_image.tied > 0).astype(float).tolist()


@given(batch_size=st.integers(1, 20))
def test_the_batch_size_changes_no_metric(batch_size: int) -> None:
    examples = [example(number, f"number {number}", f"the number {number % 3}") for number in range(7)]

    whole, cut = (
        evaluated(examples, model=MemoryBackend(), shown=colorful(7), batch_size=size).metrics.flat()
        for size in (100, batch_size)
    )

    assert whole == pytest.approx(cut, abs=1e-6)


@given(order=st.permutations(range(7)))
def test_the_order_of_examples_changes_no_metric(order: Sequence[int]) -> None:
    examples = [example(number) for number in range(7)]

    straight = evaluated(examples, model=MemoryBackend(), shown=colorful(7)).metrics.flat()
    shuffled = evaluated([examples[place] for place in order], model=MemoryBackend(), shown=colorful(7)).metrics.flat()

    assert straight == pytest.approx(shuffled, abs=1e-6)


def test_pictures_that_cannot_be_decoded_are_left_out_with_their_captions_and_named() -> None:
    shown = {key: picture for key, picture in pictures(6).items() if key not in ("0.png", "4.png")}

    found = evaluated([example(number) for number in range(6)], model=Clairvoyant(), shown=shown, batch_size=1)

    assert (4, 4) == (found.images, found.captions)
    assert [("pairs.csv:2", "0.png"), ("pairs.csv:6", "4.png")] == [(bad.where, bad.image) for bad in found.undecodable]
    assert "no such picture" in found.undecodable[0].reason
    assert 1.0 == found.metrics.mean_recall


@pytest.mark.parametrize("left", [0, 1])
def test_fewer_than_two_pictures_are_refused(left: int) -> None:
    with pytest.raises(DataError, match=f"at least 2 pictures, found {left}; {3 - left} of 3 could not be decoded"):
        evaluated([example(number) for number in range(3)], model=Clairvoyant(), shown=pictures(left))


def test_no_examples_at_all_are_refused() -> None:
    with pytest.raises(DataError, match="found 0; 0 of 0"):
        evaluated([], model=Clairvoyant())


def test_a_model_that_has_diverged_gets_no_numbers() -> None:
    with pytest.raises(RunFailed, match="not finite"):
        evaluated([example(number) for number in range(3)], model=Broken())


def test_the_configured_similarity_decides() -> None:
    examples = [example(number) for number in range(8)]
    dot, cosine = (
        evaluated(
            examples,
            model=MemoryBackend(),
            alignment=AlignmentConfig(similarity_metric=metric, normalize_embeddings=False),
        )
        for metric in ("dot", "cosine")
    )

    assert -1 <= cosine.metrics.alignment_score <= 1 < abs(dot.metrics.alignment_score)
