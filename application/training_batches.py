"""The batches of a run, from any step on."""

from collections.abc import Callable, Generator, Sequence
from functools import lru_cache

from attrs import frozen
from torch import Tensor, stack

from ..domain.augmentation import Augmentation, draw_augmentation
from ..domain.batches import Batch
from ..domain.config import AugmentationConfig
from ..domain.errors import TooManyBadRows, UnreadableImage
from ..domain.pairs import Example, ImageRef
from ..domain.run_plan import RunPlan
from ..domain.sampling import batch_count, caption_index, epoch_batches, epoch_order
from .ports import PictureLoader

Drawn = tuple[ImageRef, Augmentation | None]


def plain_plan(examples: int, *, batch_size: int, epochs: int) -> RunPlan:
    """A plan of epochs for looking at batches only: nothing is ever due."""
    steps = batch_count(examples, batch_size)
    total = steps * epochs
    return RunPlan(batch_size, steps, total, warmup_steps=0, eval_steps=total + 1, save_steps=total + 1)


@frozen(eq=False)
class TrainingBatches:
    """
    What each step is shown; a pure function of (seed, step), so that a resumed run sees what an unbroken one would.

    Attributes:
        examples: The training pictures with their captions.
        loader: Decodes ahead.
        tokenize: Captions to tokens.
        augmentation: How pictures are varied.
        plan: How steps make up epochs.
        seed: Decides orders, captions and augmentations.
        shuffle: Whether each epoch has an order of its own.
    """

    examples: Sequence[Example]
    loader: PictureLoader
    tokenize: Callable[[Sequence[str]], Tensor]
    augmentation: AugmentationConfig
    plan: RunPlan
    seed: int
    shuffle: bool = True

    def from_step(self, step: int) -> Generator[Batch, None, None]:
        """
        Yield the batches of steps ``step``, ``step + 1``, … to the last.

        Raises:
            TooManyBadRows: If no picture of a batch can be decoded.
        """
        epoch_of = lru_cache(maxsize=4)(self._epoch)
        steps = range(step, self.plan.total_steps)

        def chosen(at: int) -> tuple[Example, ...]:
            epoch, place = divmod(at, self.plan.steps_per_epoch)
            return tuple(self.examples[index] for index in epoch_of(epoch)[place])

        shown = self.loader.load(
            [self._drawn(example, epoch=self.plan.epoch(at)) for example in chosen(at)] for at in steps
        )
        for at, pictures in zip(steps, shown, strict=True):
            yield self._batch(chosen(at), pictures, step=at)

    def _epoch(self, epoch: int) -> tuple[tuple[int, ...], ...]:
        order = epoch_order(len(self.examples), seed=self.seed, epoch=epoch, shuffle=self.shuffle)
        return epoch_batches(order, batch_size=self.plan.batch_size)

    def _drawn(self, example: Example, *, epoch: int) -> Drawn:
        image = example.image
        return image, draw_augmentation(self.augmentation, seed=self.seed, epoch=epoch, sample=image.key)

    def _caption(self, example: Example, *, step: int) -> str:
        epoch = self.plan.epoch(step)
        captions = example.captions
        return captions[caption_index(len(captions), seed=self.seed, epoch=epoch, image=example.image.key)]

    def _batch(self, examples: Sequence[Example], pictures: Sequence[Tensor | UnreadableImage], *, step: int) -> Batch:
        seen = [(e, p) for e, p in zip(examples, pictures, strict=True) if not isinstance(p, UnreadableImage)]
        dropped = tuple(e.image.key for e, p in zip(examples, pictures, strict=True) if isinstance(p, UnreadableImage))
        if not seen:
            raise TooManyBadRows(f"no picture of step {step + 1} can be decoded, among them {dropped[0]}")
        captions = tuple(self._caption(example, step=step) for example, _ in seen)
        return Batch(
            pixel_values=stack([picture for _, picture in seen]),
            input_ids=self.tokenize(captions),
            captions=captions,
            images=tuple(example.image.key for example, _ in seen),
            dropped=dropped,
        )
