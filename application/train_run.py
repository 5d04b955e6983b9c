"""A whole run: before, training, the best weights exported, after, and the report."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol

from attrs import evolve, field, frozen

from ..domain.comparison import ComparisonRow
from ..domain.errors import CliptuneError, MissingArtifact
from ..domain.evaluation import Evaluation, evaluation_report, resolution_row
from ..domain.model_card import Origin, model_card
from ..domain.pairs import Example
from ..domain.prepared import PreparedData
from ..domain.resolutions import course_notes
from ..domain.run_state import RunState
from ..domain.run_status import RunStatus
from ..domain.wise_ft import WiseFtCurve, curve_notes
from .checkpoints import Checkpoints
from .fine_tune import Course, FineTune
from .ports import ArtifactStore, Clock, Learner, ModelBackend, Progress, ReportWriter
from .wise_ft import FinalModel, WiseFt, learned

BEFORE: Final = "evaluation/before.json"
MODEL: Final = "model"
STATUS: Final = "status.json"


class Evaluating(Protocol):
    """Measures a model."""

    def __call__(self, model: ModelBackend, examples: Sequence[Example], *, size: int | None = None) -> Evaluation:
        """Measure it on examples, whose pictures are squares of ``size`` pixels a side; None is its own size."""
        ...


@frozen
class TrainResult:
    """
    What a run came to.

    Attributes:
        status: As kept in the run's folder.
        comparison: The test split before and after; empty without a test split or after an interruption.
        evaluation: The test split after.
        best_step: The step whose weights were exported.
        curve: What they were chosen from, where they are interpolated with the base's.
    """

    status: RunStatus
    comparison: tuple[ComparisonRow, ...] = ()
    evaluation: Evaluation | None = None
    best_step: int | None = None
    curve: WiseFtCurve | None = None


@frozen(eq=False)
class TrainRun:
    """
    Take a run from wherever it stands to its end, inside its own folder.

    Attributes:
        store: The run's folder.
        data: The splits.
        learner: The model that learns.
        fine_tune: The training loop.
        checkpoints: The run's checkpoints.
        evaluate: Measures a model on examples.
        reports: Writes the report's files.
        progress: A person watching.
        clock: What time it is.
        status: The run's status as it starts.
        identity: What the report says about how it was made.
        origin: What the model card says the model comes from.
        wise_ft: Interpolates with the base before the export; None exports what was learned.
        resolutions: Sizes that the run trains at, each of which the exported model is measured at.
    """

    store: ArtifactStore
    data: PreparedData
    learner: Learner
    fine_tune: FineTune
    checkpoints: Checkpoints
    evaluate: Evaluating
    reports: ReportWriter
    progress: Progress
    clock: Clock
    status: RunStatus
    origin: Origin
    identity: Mapping[str, Any] = field(factory=dict)
    wise_ft: WiseFt | None = None
    resolutions: tuple[int, ...] = ()

    def __call__(self) -> TrainResult:
        """
        Train, export the best weights and measure them; whatever happens, the run's status says so.

        Raises:
            CliptuneError: As the parts raise it.
        """
        self._tell("running")
        try:
            before = self._before()
            course = evolve(self.fine_tune, saved=lambda state: self._tell("running", state))()
            if course.interrupted:
                return TrainResult(self._tell("interrupted", course.state))
            return self._finish(course, before)
        except CliptuneError as error:
            self._tell("failed", message=error.message)
            raise
        except KeyboardInterrupt:
            self._tell("interrupted")
            raise
        except Exception as error:
            self._tell("failed", message=f"{type(error).__name__}: {error}")
            raise

    def _before(self) -> Mapping[str, float] | None:
        """The test split under the starting weights, measured once and kept."""
        if not self.data.test:
            return None
        with suppress(MissingArtifact):
            kept: dict[str, float] = json.loads(self.store.get(BEFORE))
            return kept
        self.progress.say("measuring the test split before training")
        metrics = self._measure(self.data.test, self.learner.evaluating(exact=True)).metrics.flat()
        self.store.put(BEFORE, json.dumps(metrics, indent=2).encode())
        return metrics

    def _measure(self, examples: Sequence[Example], evaluating: AbstractContextManager[ModelBackend]) -> Evaluation:
        with evaluating as model:
            found = self.evaluate(model, examples)
        for row in found.undecodable:
            self.progress.say(f"left out: {row.where}: {row.image}: {row.reason}")
        return found

    def _finish(self, course: Course, before: Mapping[str, float] | None) -> TrainResult:
        best = self.checkpoints.best() or self.checkpoints.latest()
        step = course.state.step
        if course.state.false_negative_rate is not None:
            share = f"{course.state.false_negative_rate:.1%}"
            self.progress.say(f"false negatives: {share} of pairs met another in their batch that says the same")
        if best is not None:
            step = best.state.step
            with self.checkpoints.open(best) as folder:
                self.learner.restore(folder)
        if best is not None:
            for problem in best.skipped:
                self.progress.say(f"note: {problem}; taking the weights of step {step}")
        after: Evaluation | None = None
        rows: tuple[ComparisonRow, ...] = ()
        with self._final(course) as final:
            if before is not None:
                self.progress.say(f"measuring the test split with the weights of step {step}")
                after = self._measure(self.data.test, final.evaluating())
                rows = self._compared(after, before)
                by_size = self._by_resolution(after, final)
                self._report(after, before if rows else None, curve=final.curve, by_size=by_size)
            with self.store.write_folder(MODEL) as folder:
                final.export(folder)
                self._write_card(folder, rows, step=step, evaluation=after, curve=final.curve)
        status = self._tell("finished", course.state)
        return TrainResult(status, rows, after, step, final.curve)

    @contextmanager
    def _final(self, course: Course) -> Iterator[FinalModel]:
        """The model to export; its weights are chosen before they are measured, so that the report is of them."""
        if self.wise_ft is None:
            yield learned(self.learner)
            return
        with self.wise_ft.chosen(self.learner, step=course.state.step) as final:
            yield final

    def _by_resolution(self, after: Evaluation, final: FinalModel) -> list[dict[str, float]]:
        """The test split at each size that was trained at; the last is what ``after`` was measured at."""
        if not self.resolutions:
            return []
        *smaller, last = self.resolutions
        with final.evaluating() as model:
            rows = [resolution_row(size, self.evaluate(model, self.data.test, size=size)) for size in smaller]
        return [*rows, resolution_row(last, after)]

    def _compared(self, after: Evaluation, before: Mapping[str, float]) -> tuple[ComparisonRow, ...]:
        """Before and after; nothing where a picture was lost in between, so that they are not of the same pictures."""
        try:
            return after.compared_with(before)
        except ValueError as error:
            self.progress.say(f"note: no comparison: {error}")
            return ()

    def _report(
        self,
        after: Evaluation,
        before: Mapping[str, float] | None,
        *,
        curve: WiseFtCurve | None,
        by_size: Sequence[Mapping[str, float]],
    ) -> None:
        identity = self.identity if curve is None else {**self.identity, "wise_ft_alpha": curve.chosen.alpha}
        report = evaluation_report(
            after, created=self.clock.now(), identity=identity, data=self.data.card(), before=before
        )
        if curve is not None:
            report["wise_ft"] = curve.as_dict()
        if by_size:
            report["by_resolution"] = by_size
        for name, data in self.reports.write(report).items():
            self.store.put(f"evaluation/{name}", data)

    def _write_card(
        self,
        folder: Path,
        rows: Sequence[ComparisonRow],
        *,
        step: int,
        evaluation: Evaluation | None,
        curve: WiseFtCurve | None,
    ) -> None:
        card = model_card(
            self.origin,
            pictures=len(self.data.train),
            steps=step,
            rows=[(row.metric, row.before, row.after) for row in rows],
            queries=(evaluation.images, evaluation.captions) if evaluation else (0, 0),
            notes=(*course_notes(self.resolutions), *(() if curve is None else curve_notes(curve))),
        )
        (folder / "README.md").write_text(card, encoding="utf-8")

    def _tell(self, status: str, state: RunState | None = None, *, message: str = "") -> RunStatus:
        """Keep the status; where no state is given, the run stands where it was last said to stand."""
        told = self.status
        with suppress(MissingArtifact):
            known = RunStatus.from_dict(json.loads(self.store.get(STATUS)))
            told = evolve(told, step=known.step, best_score=known.best_score)
        told = told.now(status, state=state, updated=self.clock.now(), message=message)
        self.store.put(STATUS, json.dumps(told.as_dict(), indent=2).encode())
        return told
