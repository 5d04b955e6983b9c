"""Models evaluated on test splits or tables, for the command line and for Python alike."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from ..domain.errors import UsageError
from . import wiring

if TYPE_CHECKING:
    from ..application.ports import Progress
    from ..application.write_report import Findings, Written
    from ..domain.assessed import Assessed
    from ..domain.gates import Gate
    from ..domain.outcomes import Outcomes
    from ..domain.pairs import Example
    from ..domain.report.retention import Retained
    from .wiring import HeldOut, Subject, Target

PROBED: Final = 5000
BASE: Final = "the model it started from"


@frozen(eq=False)
class Evaluated:
    """
    One model on one test set.

    Attributes:
        target: The model.
        test_set: Its name.
        assessed: What was measured.
        written: What was concluded from it.
        folder: Where the report is.
    """

    target: "Target"
    test_set: str
    assessed: "Assessed"
    written: "Written"
    folder: Path


@frozen(eq=False)
class Before:
    """What a model that another one is compared with came to."""

    name: str
    outcomes: "Outcomes"
    retained: "Outcomes | None" = None


def evaluate_targets(
    names: Sequence[str],
    *,
    data: str | None = None,
    config: Path | None = None,
    overrides: Sequence[str] = (),
    compare: tuple[str, str] | None = None,
    gates: Path | None = None,
    out: Path | None = None,
    watcher: "Progress | None" = None,
) -> tuple[Evaluated, ...]:
    """
    Evaluate models, write a report of each, and compare where something is there to compare with.

    Args:
        names: Run folders, model folders or hub names.
        data: Pairs to evaluate on, all of them; None takes the run's own test split.
        config: Configuration with column names and the like; None takes the run's own.
        overrides: ``key=value``, over the configuration.
        compare: Two more: the first is what the second is compared with, query by query.
        gates: File of what a result must reach.
        out: Folder for the reports; None takes the run's own, or one below ``output_dir``.
        watcher: A person watching.

    Raises:
        CliptuneError: As the parts raise it; a gate that is not passed is no error here, see ``Written.failed``.
    """
    demanded = wiring.read_gates(gates) if gates else ()
    targets = [wiring.target_of(name, config=config, overrides=overrides) for name in names]
    pair = [wiring.target_of(name, config=config, overrides=overrides) for name in compare or ()]
    _check(targets + pair, data=data)
    if any(target.config.alignment.alignment_visualization for target in targets + pair):
        wiring.check_figures()
    wiring.prepare_process()
    watcher = watcher or wiring.progress()
    several = len(targets) + bool(pair) > 1
    stated = None if config else frozenset(override.partition("=")[0] for override in overrides)
    session = _Session(data, stated, demanded, out, watcher, several=several)
    found = [session.evaluate(target) for target in targets]
    if pair:
        found.append(session.compare(*pair))
    return tuple(found)


def _check(targets: "Sequence[Target]", *, data: str | None) -> None:
    if not targets:
        raise UsageError("nothing to evaluate: name run folders, model folders or hub names")
    for target in targets:
        if data is None and target.run is None:
            raise UsageError(f"{target.name}: a model that stands alone has no test split; name pairs with --data")


@frozen(eq=False)
class _Session:
    """One call: what is the same for all targets."""

    data: str | None
    stated: frozenset[str] | None
    gates: "Sequence[Gate]"
    out: Path | None
    watcher: "Progress"
    several: bool
    used: list[Path] = field(factory=list)

    def compare(self, first: "Target", second: "Target") -> Evaluated:
        """The second on its test set, held against the first on the same."""
        test = wiring.held_out(second, data=self.data, stated=self.stated, watcher=self.watcher)
        with wiring.subject(first, test, watcher=self.watcher) as subject:
            self.watcher.say(f"evaluating {first.name}")
            before = Before(wiring.name_before(first, test), subject.assess(test.examples).outcomes, subject.retained())
        return self._evaluate(second, test, before, against=first)

    def evaluate(self, target: "Target") -> Evaluated:
        """A target on its test set, held against the base where that was measured."""
        test = wiring.held_out(target, data=self.data, stated=self.stated, watcher=self.watcher)
        return self._evaluate(target, test, self._base(target, test))

    def _base(self, target: "Target", test: "HeldOut") -> Before | None:
        """What the model that a run started from came to on the run's own test split."""
        if target.run is None or self.data is not None:
            return None
        outcomes = wiring.kept_before(target.run)
        known = outcomes is not None and outcomes.settings == wiring.settings_of(test.config)
        if outcomes is not None and known and test.config.retention.retention_path is None:
            return Before(BASE, outcomes)
        with wiring.base_subject(target, test, watcher=self.watcher) as subject:
            self.watcher.say(f"measuring {BASE}")
            if outcomes is None or not known:
                outcomes = subject.assess(test.examples).outcomes
            return Before(BASE, outcomes, subject.retained())

    def _evaluate(
        self, target: "Target", test: "HeldOut", before: Before | None, *, against: "Target | None" = None
    ) -> Evaluated:
        with wiring.subject(target, test, watcher=self.watcher) as subject:
            self.watcher.say(f"evaluating {target.name}")
            after = subject.assess(test.examples)
            subject.check_undecodable(after)
            findings = self._findings(subject, after, test, before)
            written = subject.report(findings, gates=self.gates)
            folder = self._folder(target, against)
            wiring.keep_evaluation(folder, subject, after, written)
        return Evaluated(target, test.name, after, written, folder)

    def _findings(self, subject: "Subject", after: "Assessed", test: "HeldOut", before: Before | None) -> "Findings":
        from ..application.write_report import Findings

        outcomes = before.outcomes if before else None
        if before is not None and before.outcomes.fingerprint != after.outcomes.fingerprint:
            if before.name != BASE:
                after.outcomes.check_same_queries(before.outcomes)
            self.watcher.say("note: no comparison with the base: the test split is not what it was")
            outcomes = None
        return Findings(
            after=after,
            before=outcomes,
            before_name=before.name if before else "",
            val=subject.assess(test.val) if test.val else None,
            train=subject.pictures(_sample(test.train, seed=test.config.training.seed))
            if test.train and after.zero_shot
            else None,
            retained=self._retained(subject, before),
            robustness=subject.robustness(after),
        )

    def _retained(self, subject: "Subject", before: Before | None) -> "Retained | None":
        from ..domain.report.retention import Retained

        after, path = subject.retained(), subject.test.config.retention.retention_path
        if after is None or path is None:
            return None
        return Retained(path, before.retained if before else None, after)

    def _folder(self, target: "Target", against: "Target | None") -> Path:
        """Where a target's report goes; no two of one call share a folder."""
        own = _called(target) if against is None else f"{_called(target)}-against-{_called(against)}"
        if self.out is not None:
            folder = self.out / own if self.several else self.out
        elif target.run is not None and self.data is None and against is None:
            return target.run / "evaluation"
        else:
            on = "test" if self.data is None else Path(self.data).stem
            folder = Path(target.config.output.output_dir) / "evaluations" / f"{own}-{on}"
        self.used.append(folder)
        times = self.used.count(folder)
        return folder if times == 1 else folder.with_name(f"{folder.name}-{times}")


def _called(target: "Target") -> str:
    path = Path(target.name).absolute()
    return path.parent.name if path.name == "model" else path.name


def _sample(examples: "Sequence[Example]", *, seed: int) -> "list[Example]":
    """At most so many as probes need; the first ones would be those of the first folders, and so of few classes."""
    if len(examples) <= PROBED:
        return list(examples)
    return random.Random(seed).sample(list(examples), PROBED)
