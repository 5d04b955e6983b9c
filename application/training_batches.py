"""The batches of a run, from any step on."""

from collections.abc import Callable, Generator, Sequence
from functools import lru_cache

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor, from_numpy, stack

from ..domain.augmentation import Augmentation, draw_augmentation
from ..domain.batch_plan import avoiding_batches
from ..domain.batches import Batch
from ..domain.captions.variants import Variation, varied
from ..domain.config import AugmentationConfig
from ..domain.config.objective import BatchPlan
from ..domain.errors import TooManyBadRows, UnreadableImage
from ..domain.features import KnownFeatures
from ..domain.outlook import Outlook, Plan, outlook
from ..domain.pairs import Example, ImageRef
from ..domain.positives import Positives
from ..domain.relation import ExampleKeys
from ..domain.resolutions import resolution_at
from ..domain.run_plan import RunPlan
from ..domain.sampling import batch_count, caption_index, epoch_batches, epoch_order
from ..domain.shard_order import sharded_order
from .ports import PictureLoader

Drawn = tuple[ImageRef, Augmentation | None]


def plain_plan(examples: int, *, batch_size: int, epochs: int) -> RunPlan:
    """A plan of epochs for looking at batches only: nothing is ever due."""
    steps = batch_count(examples, batch_size)
    total = steps * epochs
    return RunPlan(batch_size, steps, total, warmup_steps=0, eval_steps=total + 1, save_steps=total + 1)


@frozen(eq=False)
class ShownEpoch:
    """
    What an epoch shows.

    Attributes:
        batches: The examples of each of its batches, by number.
        keys: What each example says with the caption it is shown with, int64, ``(kinds, examples)``; None where nobody
            asks.
    """

    batches: tuple[tuple[int, ...], ...]
    keys: NDArray[np.int64] | None


@frozen(eq=False)
class TrainingBatches:
    """
    What each step is shown; a pure function of (seed, step), so that a resumed run sees what an unbroken one would.

    Attributes:
        examples: The training pictures with their captions.
        loader: Decodes ahead.
        tokenize: Captions to tokens.
        augmentation: How pictures and captions are varied.
        plan: How steps make up epochs.
        seed: Decides orders, captions and augmentations.
        shuffle: Whether each epoch has an order of its own.
        keys: What the examples' captions say; None where it does not matter which pairs say the same.
        batch_plan: ``avoid`` keeps pairs that say the same apart; it needs keys.
        resolutions: Sides of the pictures, one after the other in equal shares of the steps; empty for the model's own.
        shards: The shard that each example lies in; None where there are none, or the order need not mind them.
        shards_open: Shards that an epoch reads at a time.
        features: What frozen towers make of the examples, so that nothing of it is decoded or encoded again; None where
            every tower learns.
    """

    examples: Sequence[Example]
    loader: PictureLoader
    tokenize: Callable[[Sequence[str]], Tensor]
    augmentation: AugmentationConfig
    plan: RunPlan
    seed: int
    shuffle: bool = True
    keys: ExampleKeys | None = None
    batch_plan: BatchPlan = "shuffle"
    resolutions: tuple[int, ...] = ()
    shards: tuple[int, ...] | None = None
    shards_open: int = 1
    features: Callable[[Sequence[Example]], KnownFeatures] | None = None

    def outlook(self) -> Outlook | None:
        """How often pairs will meet others that say the same, by the first epoch; None without keys."""
        first = self._epoch(0)
        if self.keys is None or first.keys is None:
            return None
        plan: Plan = self.batch_plan if self.shuffle else "in order"
        return outlook(self.keys, first.keys, first.batches, plan=plan)

    def from_step(self, step: int) -> Generator[Batch, None, None]:
        """
        Yield the batches of steps ``step``, ``step + 1``, … to the last.

        Raises:
            TooManyBadRows: If no picture of a batch can be decoded.
        """
        epoch_of = lru_cache(maxsize=4)(self._epoch)
        steps = range(step, self.plan.total_steps)

        def chosen(at: int) -> tuple[int, ...]:
            epoch, place = divmod(at, self.plan.steps_per_epoch)
            return epoch_of(epoch).batches[place]

        wanted = (
            [self._drawn(self.examples[index], epoch=self.plan.epoch(at)) for index in chosen(at)] for at in steps
        )
        sizes = map(self._size, steps) if self.resolutions else None
        known = KnownFeatures() if self.features is None else self.features(self.examples)
        shown = self.loader.load(wanted, sizes=sizes) if known.images is None else map(known.of_pictures, wanted)
        for at, pictures in zip(steps, shown, strict=True):
            batch = self._batch(chosen(at), pictures, keys=epoch_of(self.plan.epoch(at)).keys, step=at)
            yield known.laid_over(batch)

    def _size(self, step: int) -> int:
        return resolution_at(step, total_steps=self.plan.total_steps, resolutions=self.resolutions)

    def _epoch(self, epoch: int) -> ShownEpoch:
        order = self._order(epoch)
        size = self.plan.batch_size
        keys = None if self.keys is None else self._shown(epoch, self.keys)
        if keys is None or self.batch_plan == "shuffle":
            return ShownEpoch(epoch_batches(order, batch_size=size), keys)
        return ShownEpoch(avoiding_batches(order, keys, batch_size=size, seed=self.seed, epoch=epoch), keys)

    def _order(self, epoch: int) -> tuple[int, ...]:
        if self.shards is not None and self.shuffle:
            return sharded_order(self.shards, seed=self.seed, epoch=epoch, most_open=self.shards_open)
        return epoch_order(len(self.examples), seed=self.seed, epoch=epoch, shuffle=self.shuffle)

    def _shown(self, epoch: int, keys: ExampleKeys) -> NDArray[np.int64]:
        return keys.shown([self._turn(example, epoch=epoch) for example in self.examples])

    def _drawn(self, example: Example, *, epoch: int) -> Drawn:
        image = example.image
        return image, draw_augmentation(self.augmentation, seed=self.seed, epoch=epoch, sample=image.key)

    def _turn(self, example: Example, *, epoch: int) -> int:
        return caption_index(len(example.captions), seed=self.seed, epoch=epoch, image=example.image.key)

    def _said(self, example: Example, *, epoch: int) -> str:
        """The caption as this epoch says it; which pairs say the same was told of the captions as they are written."""
        own, given = example.captions[self._turn(example, epoch=epoch)], self.augmentation
        if not given.augment_text:
            return own
        may = Variation(given.caption_dropout, given.clause_shuffle, given.caption_templates)
        return varied(own, may, seed=self.seed, epoch=epoch, image=example.image.key)

    def _batch(
        self,
        chosen: Sequence[int],
        pictures: Sequence[Tensor | UnreadableImage],
        *,
        keys: NDArray[np.int64] | None,
        step: int,
    ) -> Batch:
        shown = list(zip(chosen, pictures, strict=True))
        seen = [(index, p) for index, p in shown if not isinstance(p, UnreadableImage)]
        dropped = tuple(self.examples[index].image.key for index, p in shown if isinstance(p, UnreadableImage))
        if not seen:
            raise TooManyBadRows(f"no picture of step {step + 1} can be decoded, among them {dropped[0]}")
        examples = [self.examples[index] for index, _ in seen]
        epoch = self.plan.epoch(step)
        captions = tuple(self._said(example, epoch=epoch) for example in examples)
        return Batch(
            pixel_values=stack([picture for _, picture in seen]),
            input_ids=self.tokenize(captions),
            captions=captions,
            images=tuple(example.image.key for example in examples),
            dropped=dropped,
            positives=None if keys is None else Positives(from_numpy(keys[:, [index for index, _ in seen]])),
        )
