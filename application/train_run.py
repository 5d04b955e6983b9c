"""A whole run: before, training, the best weights exported, after, and the report."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol

from attrs import evolve, field, frozen

from ..domain.assessed import Assessed
from ..domain.comparison import ComparisonRow
from ..domain.errors import CliptuneError, MissingArtifact
from ..domain.evaluation import Evaluation, resolution_row
from ..domain.model_card import Origin, model_card
from ..domain.outcomes import Outcomes
from ..domain.pairs import Example
from ..domain.prepared import PreparedData
from ..domain.resolutions import course_notes
from ..domain.run_state import RunState
from ..domain.run_status import RunStatus
from ..domain.wise_ft import WiseFtCurve, curve_notes
from .checkpoints import Checkpoints
from .fine_tune import Course, FineTune
from .outcome_file import outcomes_from_npz, outcomes_to_npz
from .ports import ArtifactStore, Clock, Learner, ModelBackend, Progress
from .wise_ft import FinalModel, WiseFt, learned
from .write_report import Findings, Written

BEFORE: Final = "evaluation/before.npz"
MODEL: Final = "model"
STATUS: Final = "status.json"


class Assessing(Protocol):
    """Measures everything of a model."""

    def __call__(self, model: ModelBackend, examples: Sequence[Example]) -> Assessed:
        """Measure it on examples."""
        ...


class Reporting(Protocol):
    """Draws conclusions, and writes the report's files."""

    def __call__(
        self, findings: Findings, *, identity: Mapping[str, Any], data: Mapping[str, Any], sections: Mapping[str, Any]
    ) -> Written:
        """The report of findings."""
        ...


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
        metrics: Every metric of it by name.
        best_step: The step whose weights were exported.
        curve: What they were chosen from, where they are interpolated with the base's.
    """

    status: RunStatus
    comparison: tuple[ComparisonRow, ...] = ()
    evaluation: Evaluation | None = None
    metrics: Mapping[str, float] = field(factory=dict)
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
        evaluate: Measures how well a model's pictures and captions find each other.
        assess: Measures everything, for the report.
        report: Writes it.
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
    assess: Assessing
    report: Reporting
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

    def _before(self) -> Outcomes | None:
        """What the test split came to under the starting weights, measured once and kept."""
        if not self.data.test:
            return None
        with suppress(MissingArtifact):
            return outcomes_from_npz(self.store.get(BEFORE), name=BEFORE)
        self.progress.say("measuring the test split before training")
        outcomes = self._measure(self.data.test, self.learner.evaluating(exact=True)).outcomes
        self.store.put(BEFORE, outcomes_to_npz(outcomes))
        return outcomes

    def _measure(self, examples: Sequence[Example], evaluating: AbstractContextManager[ModelBackend]) -> Assessed:
        with evaluating as model:
            found = self.assess(model, examples)
        for row in found.encoded.undecodable:
            self.progress.say(f"left out: {row.where}: {row.image}: {row.reason}")
        return found

    def _finish(self, course: Course, before: Outcomes | None) -> TrainResult:
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
        assessed: Assessed | None = None
        after: Evaluation | None = None
        rows: tuple[ComparisonRow, ...] = ()
        with self._final(course) as final:
            if before is not None:
                self.progress.say(f"measuring the test split with the weights of step {step}")
                assessed = self._measure(self.data.test, final.evaluating())
                after = assessed.evaluation
                by_size = self._by_resolution(after, final)
                rows = self._report(assessed, before, final, by_size=by_size)
            with self.store.write_folder(MODEL) as folder:
                final.export(folder)
                self._write_card(folder, rows, step=step, evaluation=after, curve=final.curve)
        status = self._tell("finished", course.state)
        metrics = assessed.outcomes.summary if assessed else {}
        return TrainResult(status, rows, after, metrics, best_step=step, curve=final.curve)

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

    def _report(
        self, after: Assessed, before: Outcomes | None, final: FinalModel, *, by_size: Sequence[Mapping[str, float]]
    ) -> tuple[ComparisonRow, ...]:
        """Write the report, and return the comparison; none where a picture was lost in between."""
        if before is not None and (before.fingerprint, before.settings) != (
            after.outcomes.fingerprint,
            after.outcomes.settings,
        ):
            self.progress.say("note: no comparison: pictures, classes or prompts are not those of before")
            before = None
        val = self._measure(self.data.val, final.evaluating()) if self.data.val else None
        findings = Findings(after=after, before=before, before_name="the model it started from", val=val)
        sections: dict[str, Any] = {"by_resolution": list(by_size)} if by_size else {}
        identity = dict(self.identity)
        if final.curve is not None:
            sections["wise_ft"] = final.curve.as_dict()
            identity["wise_ft_alpha"] = final.curve.chosen.alpha
        written = self.report(findings, identity=identity, data=self.data.card(), sections=sections)
        for name, data in written.files.items():
            self.store.put(f"evaluation/{name}", data)
        return written.rows

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
