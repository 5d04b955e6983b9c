"""What a run exports: the weights that were learned, or weights on the way to them that forget less (WiSE-FT)."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from attrs import frozen

from ..domain.evaluation import Evaluation
from ..domain.wise_ft import Point, WiseFtCurve, alphas_in_order, choose, curve_table
from .ports import ArtifactStore, Interpolation, Learner, ModelBackend, Progress, RunTracker

CURVE: Final = "evaluation/wise_ft.json"
TUNED: Final = "wise_ft/tuned"
EVENT: Final = "wise_ft"

Measure = Callable[[ModelBackend], Evaluation]


@frozen(eq=False)
class FinalModel:
    """
    The model that a run exports.

    Attributes:
        evaluating: The model for as long as the context lasts, exact.
        export: Writes it into an empty folder.
        curve: What its weights were chosen from; None where they are those that were learned.
    """

    evaluating: Callable[[], AbstractContextManager[ModelBackend]]
    export: Callable[[Path], None]
    curve: WiseFtCurve | None = None


def learned(learner: Learner) -> FinalModel:
    """The model as it was learned."""
    return FinalModel(lambda: learner.evaluating(exact=True), learner.export)


@frozen(eq=False)
class WiseFt:
    """
    Try weights between the base and the fine-tuned ones, and choose.

    Nothing is kept of a sweep that was interrupted: going on with the run begins it again.

    Attributes:
        store: The run's folder.
        between: The weights between the base and a fine-tuned model in a folder; the base is read anew, so that
            training need not hold it.
        domain: Measures the domain, on the validation split: chosen on the test split, its score would be a leak.
        retention: Measures what must not be forgotten, for as long as the context lasts.
        alphas: Shares of the fine-tuned weights to try.
        max_general_drop: How much of the base's retention may be lost.
        tracker: Where the numbers go.
        progress: A person watching.
    """

    store: ArtifactStore
    between: Callable[[Path], Interpolation]
    domain: Measure
    retention: Callable[[], AbstractContextManager[Measure]]
    alphas: tuple[float, ...]
    max_general_drop: float
    tracker: RunTracker
    progress: Progress

    @contextmanager
    def chosen(self, learner: Learner, *, step: int) -> Iterator[FinalModel]:
        """
        The chosen weights for as long as the context lasts.

        Args:
            learner: Holds the fine-tuned weights.
            step: Where the run stands, for the tracker.

        Raises:
            DataError: If fewer than two pictures of a set can be decoded.
        """
        with self.store.write_folder(TUNED) as folder:
            learner.export(folder)
        with self.store.read_folder(TUNED) as folder:
            weights = self.between(folder)
            curve = self._sweep(weights)
            self._tell(curve, step=step)
            alpha = curve.chosen.alpha
            yield FinalModel(lambda: weights.at(alpha), lambda target: weights.export(target, alpha), curve)
        self.store.delete(TUNED)

    def _sweep(self, weights: Interpolation) -> WiseFtCurve:
        alphas = alphas_in_order(self.alphas)
        points, kept = [], []
        with self.retention() as retention, self.progress.track("interpolating", total=len(alphas)) as ticker:
            for alpha in alphas:
                with weights.at(alpha) as model:
                    domain = self.domain(model)
                    kept.append(retention(model))
                points.append(Point(alpha, domain.metrics.mean_recall, kept[-1].metrics.mean_recall))
                ticker.advance(note=f"alpha {alpha:.2f}")
        for row in kept[0].undecodable:
            self.progress.say(f"left out: {row.where}: {row.image}: {row.reason}")
        best = choose(points, max_general_drop=self.max_general_drop)
        return WiseFtCurve(tuple(points), best, self.max_general_drop, images=kept[0].images, captions=kept[0].captions)

    def _tell(self, curve: WiseFtCurve, *, step: int) -> None:
        """To the person, the tracker and the run's folder; a repeated sweep leaves each number once."""
        for line in curve_table(curve):
            self.progress.say(line)
        known = {event["alpha"] for event in self.tracker.events() if event["event"] == EVENT}
        for point in curve.points:
            if point.alpha not in known:
                values = {"alpha": point.alpha, "domain": point.domain, "retention": point.retention}
                self.tracker.record(EVENT, step=step, values=values | {"chosen": point == curve.chosen})
        self.store.put(CURVE, json.dumps(curve.as_dict(), indent=2).encode())
