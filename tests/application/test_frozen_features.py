"""Laws of encoding once: the same training, nothing decoded twice, and nothing taken that is not the same."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

import numpy as np
import pytest
import torch
from attrs import evolve, field, frozen
from torch import Tensor

from cliptune.adapters.features.memory import MemoryFeatures
from cliptune.adapters.images.loader import picture_loader
from cliptune.adapters.images.memory import MemoryReader
from cliptune.adapters.models.adaptation import tower_digest
from cliptune.adapters.models.clip_learner import ClipLearner
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.frozen_features import FrozenFeatures
from cliptune.application.ports import FeatureCache, PictureLoader
from cliptune.application.training_batches import TrainingBatches, plain_plan
from cliptune.domain.augmentation import Augmentation
from cliptune.domain.batches import Batch
from cliptune.domain.config import AdaptationConfig, AugmentationConfig
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.learning import StepPlan
from cliptune.domain.pairs import Example, ImageRef
from support.clips import CAPTIONS, learner, tiny_clip

PLAIN = AugmentationConfig(augment_images=False)
COUNT = 20
EXAMPLES = tuple(Example(ImageRef(f"{n}.png", ""), (CAPTIONS[n], CAPTIONS[-1 - n]), group=str(n)) for n in range(COUNT))
PICTURES = {f"{n}.png": np.random.default_rng(n).standard_normal((3, 32, 32)).astype(np.float32) for n in range(COUNT)}
BOTH = AdaptationConfig(image_tower="frozen", text_tower="frozen")


@frozen(eq=False)
class CountingLoader:
    """A loader that notes what it was asked for."""

    inner: PictureLoader
    asked: list[str] = field(factory=list)

    def load(
        self, plan: Iterable[Sequence[tuple[ImageRef, Augmentation | None]]], *, sizes: Iterable[int] | None = None
    ) -> Iterator[tuple[Tensor | UnreadableImage, ...]]:
        def noted() -> Iterator[Sequence[tuple[ImageRef, Augmentation | None]]]:
            for batch in plan:
                self.asked.extend(image.key for image, _ in batch)
                yield batch

        return self.inner.load(noted(), sizes=sizes)


@frozen(eq=False)
class Bench:
    """A learner with its pictures, and what is encoded once."""

    teacher: ClipLearner
    cache: FeatureCache = field(factory=MemoryFeatures)
    loader: CountingLoader = field(
        factory=lambda: CountingLoader(picture_loader(MemoryReader(PICTURES), workers=0, kind="thread"))
    )
    contents: dict[str, bytes] = field(factory=lambda: {key: value.tobytes() for key, value in PICTURES.items()})
    image_tower: str | None = "image"
    text_tower: str | None = "text"

    def open(self, image: ImageRef) -> BinaryIO:
        if image.key not in self.contents:
            raise UnreadableImage(f"{image.key}: gone")
        return io.BytesIO(self.contents[image.key])

    @property
    def features(self) -> FrozenFeatures:
        return FrozenFeatures(
            self.teacher,
            self.loader,
            self.open,
            self.cache,
            SilentProgress(),
            batch_size=8,
            image_tower=self.image_tower,
            text_tower=self.text_tower,
        )

    def batches(self, *, known: bool, epochs: int = 10) -> TrainingBatches:
        return TrainingBatches(
            examples=EXAMPLES,
            loader=self.loader,
            tokenize=self.teacher.tokenize,
            augmentation=PLAIN,
            plan=plain_plan(COUNT, batch_size=4, epochs=epochs),
            seed=3,
            features=self.features if known else None,
        )


def taught(adaptation: AdaptationConfig = BOTH, *, seed: int = 0, slice_size: int = 64) -> ClipLearner:
    return learner(tiny_clip(seed=seed, attention_dropout=0.1), adaptation=adaptation, slice_size=slice_size)


def losses(teacher: ClipLearner, shown: Iterable[Batch]) -> list[float]:
    return [teacher.step(batch, StepPlan(learning_rate=1e-3, seed=at)).loss for at, batch in enumerate(shown)]


@pytest.mark.parametrize(
    ("adaptation", "image_tower", "text_tower", "slice_size"),
    [
        (AdaptationConfig(image_tower="frozen"), "image", None, 64),
        (AdaptationConfig(image_tower="frozen"), "image", None, 3),
        (AdaptationConfig(text_tower="frozen"), None, "text", 64),
        (AdaptationConfig(text_tower="frozen"), None, "text", 3),
        (BOTH, "image", "text", 3),
    ],
)
def test_fifty_steps_on_what_was_encoded_once_are_those_of_encoding_every_time(
    adaptation: AdaptationConfig, image_tower: str | None, text_tower: str | None, slice_size: int
) -> None:
    """With dropout in the tower that learns, and off in the one that does not."""
    expected, actual = (
        losses(bench.teacher, bench.batches(known=known).from_step(0))
        for known in (False, True)
        for bench in [Bench(taught(adaptation, slice_size=slice_size), image_tower=image_tower, text_tower=text_tower)]
    )

    assert 50 == len(expected)
    assert expected[0] != expected[-1]
    assert pytest.approx(expected, abs=1e-5, rel=1e-5) == actual


def test_every_picture_is_decoded_once_and_not_at_all_by_the_next_run() -> None:
    first = Bench(taught())
    list(first.batches(known=True).from_step(0))
    second = Bench(taught(), cache=first.cache)
    list(second.batches(known=True).from_step(7))

    assert sorted(PICTURES) == sorted(first.loader.asked)
    assert [] == second.loader.asked


def test_a_resumed_run_sees_the_bits_of_one_that_never_stopped() -> None:
    bench = Bench(taught())
    straight = list(bench.batches(known=True).from_step(0))
    resumed = list(Bench(taught(), cache=bench.cache).batches(known=True).from_step(20))

    for expected, actual in zip(straight[20:], resumed, strict=True):
        assert expected.images == actual.images
        for one, other in ((expected.image_embeds, actual.image_embeds), (expected.text_embeds, actual.text_embeds)):
            assert one is not None
            assert other is not None
            assert torch.equal(one, other)


def test_known_batches_have_no_pictures_and_their_tokens_still() -> None:
    bench = Bench(taught())

    plain, known = (next(iter(bench.batches(known=known).from_step(0))) for known in (False, True))

    assert (4, 0) == (len(plain.pixel_values), len(known.pixel_values))
    assert torch.equal(plain.input_ids, known.input_ids)
    assert (plain.captions, plain.images) == (known.captions, known.images)
    assert plain.image_embeds is None
    assert plain.text_embeds is None


def test_only_pictures_whose_bytes_changed_are_encoded_again() -> None:
    bench = Bench(taught())
    bench.features(EXAMPLES)
    bench.loader.asked.clear()
    bench.contents["3.png"] += b"another comment"

    bench.features(EXAMPLES)

    assert ["3.png"] == bench.loader.asked


def test_pictures_of_equal_bytes_are_encoded_once() -> None:
    bench = Bench(taught())
    bench.contents["1.png"] = bench.contents["0.png"]

    known = bench.features(EXAMPLES)

    assert COUNT - 1 == len(bench.loader.asked)
    assert known.images is not None
    assert known.images["0.png"] is known.images["1.png"]


@pytest.mark.parametrize("names", [("another", "text"), ("image", "another")])
def test_another_tower_takes_nothing_from_the_first(names: tuple[str, str]) -> None:
    bench = Bench(taught())
    known = bench.features(EXAMPLES)

    other = evolve(bench, teacher=taught(seed=1), image_tower=names[0], text_tower=names[1]).features(EXAMPLES)

    assert known.images is not None
    assert known.captions is not None
    assert other.images is not None
    assert other.captions is not None
    same_image = torch.equal(as_row(known.images["0.png"]), as_row(other.images["0.png"]))
    same_caption = torch.equal(known.captions[CAPTIONS[0]], other.captions[CAPTIONS[0]])
    assert (names[0] == "image", names[1] == "text") == (same_image, same_caption)


def as_row(found: Tensor | UnreadableImage) -> Tensor:
    assert isinstance(found, Tensor)
    return found


def test_pictures_that_cannot_be_opened_or_decoded_are_dropped_as_in_plain_training() -> None:
    bench = Bench(taught())
    del bench.contents["2.png"]
    gone = {key: value for key, value in PICTURES.items() if key not in {"2.png", "5.png"}}
    bench = evolve(bench, loader=CountingLoader(picture_loader(MemoryReader(gone), workers=0, kind="thread")))

    plain, known = ([batch.dropped for batch in bench.batches(known=k, epochs=2).from_step(0)] for k in (False, True))

    assert plain == known
    assert {"2.png", "5.png"} == {key for dropped in known for key in dropped}


def test_a_towers_digest_is_that_of_its_own_weights_and_shape() -> None:
    one, same, other = (tiny_clip(seed=seed).model for seed in (0, 0, 1))
    moved = tiny_clip().model
    moved.text_projection.weight.data[0, 0] += 1

    assert tower_digest(one, "image") == tower_digest(same, "image") == tower_digest(moved, "image")
    assert tower_digest(one, "text") == tower_digest(same, "text") != tower_digest(moved, "text")
    assert tower_digest(one, "image") != tower_digest(other, "image")
    same.config.vision_config.layer_norm_eps *= 2
    assert tower_digest(one, "image") != tower_digest(same, "image")


def test_pages_of_one_file_are_encoded_each_by_itself() -> None:
    bench = Bench(learner(tiny_clip(), adaptation=BOTH))
    pages = tuple(Example(ImageRef(f"{n}.png", "", page=n), (CAPTIONS[n],), group="stack") for n in range(3))
    bench.contents.update({f"{n}.png": b"one file" for n in range(3)})
    known = bench.features(pages).images

    assert known is not None
    assert 3 == len({tuple(embedding.tolist()) for embedding in known.values() if isinstance(embedding, Tensor)})
