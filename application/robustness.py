"""What damage to pictures costs a model."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import numpy as np
from attrs import evolve, frozen

from ..domain.assessed import mean_recall_values
from ..domain.config import AlignmentConfig
from ..domain.corruptions import CORRUPTIONS, Corruption
from ..domain.encoded import EncodedExamples
from ..domain.outcomes import BOTH, Groups, Values, both_directions, group_numbers
from ..domain.paired import paired_difference
from .embed import embed_images
from .evaluate import rank_both
from .ports import ModelBackend, PictureLoader, Progress

TITLE: Final = "embedding damaged pictures"
# Below this there is nothing to tell.
FEWEST: Final = 2

DamagedLoader = Callable[[Corruption], AbstractContextManager[PictureLoader]]


@frozen(eq=False)
class Robustness:
    """
    Measure the same pictures clean and damaged, with the same captions.

    Attributes:
        model: What embeds.
        damaged: A loader of pictures that are damaged in one way.
        progress: A person watching.
        alignment: How embeddings are compared.
        batch_size: Pictures at a time.
        resamples: Behind each interval.
        seed: Decides which pictures, and the resamples.
    """

    model: ModelBackend
    damaged: DamagedLoader
    progress: Progress
    alignment: AlignmentConfig
    batch_size: int
    resamples: int
    seed: int

    def __call__(
        self, encoded: EncodedExamples, *, pictures: int, corruptions: Iterable[Corruption] = CORRUPTIONS
    ) -> dict[str, Any] | None:
        """
        Mean recall of a sample of the test set under each kind of damage, and what it loses.

        Args:
            encoded: The test set, clean.
            pictures: How many at most; None is returned for fewer than two.
            corruptions: Kinds of damage.

        Returns:
            The section of the report.
        """
        if min(pictures, len(encoded.examples)) < FEWEST:
            return None
        sample = encoded.part(_sample(len(encoded.examples), pictures, seed=self.seed))
        groups = _groups(sample)
        clean = self._values(sample)
        rows = []
        for corruption in corruptions:
            harmed = self._harmed(sample, corruption)
            if harmed is not None:
                rows.append(self._row(corruption.name, clean, self._values(harmed), groups))
        return {
            "pictures": len(sample.examples),
            "metric": BOTH,
            "clean": float(clean.mean()),
            "rows": sorted(rows, key=lambda row: row["change"]),
        }

    def _harmed(self, sample: EncodedExamples, corruption: Corruption) -> EncodedExamples | None:
        images = [example.image for example in sample.examples]
        with (
            self.progress.track(f"{TITLE}: {corruption.name}", total=len(images)) as ticker,
            self.damaged(corruption) as loader,
        ):
            seen = embed_images(images, model=self.model, loader=loader, batch_size=self.batch_size, ticker=ticker)
        if seen.undecodable:
            self.progress.say(f"note: {corruption.name}: not measured: {seen.undecodable[0][1].message}")
            return None
        return evolve(sample, images=seen.embeddings)

    def _values(self, sample: EncodedExamples) -> Values:
        image_to_text, text_to_image = rank_both(sample, alignment=self.alignment)
        return both_directions(mean_recall_values(image_to_text), mean_recall_values(text_to_image))

    def _row(self, name: str, clean: Values, harmed: Values, groups: Groups) -> dict[str, Any]:
        found = paired_difference(clean, harmed, groups, resamples=self.resamples, seed=self.seed)
        return {
            "name": name,
            "value": float(harmed.mean()),
            "change": found.change,
            "low": found.interval.low,
            "high": found.interval.high,
            "p": found.p,
            "verdict": found.verdict,
        }


def _sample(pictures: int, wanted: int, *, seed: int) -> list[int]:
    if pictures <= wanted:
        return list(range(pictures))
    chosen: list[int] = np.random.default_rng(seed).choice(pictures, wanted, replace=False).tolist()
    return sorted(chosen)


def _groups(sample: EncodedExamples) -> Groups:
    of_pictures = group_numbers(example.group for example in sample.examples)
    return np.concatenate((of_pictures, of_pictures[_owners(sample.examples)]))


def _owners(examples: Sequence[Any]) -> Groups:
    return np.repeat(np.arange(len(examples)), [len(example.captions) for example in examples])
