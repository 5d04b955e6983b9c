"""Laws of choosing weights between base and fine-tuned ones: told everywhere the same, and repeatable."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from attrs import field, frozen

from cliptune.adapters.models.memory import MemoryBackend
from cliptune.adapters.storage.memory import MemoryStore
from cliptune.adapters.system.clock import FixedClock
from cliptune.adapters.tracking.memory import MemoryTracker
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.ports import ModelBackend
from cliptune.application.wise_ft import Measure, WiseFt
from cliptune.domain.evaluation import Evaluation
from cliptune.domain.metrics import RankCounts
from cliptune.domain.retrieval import DirectionMetrics, RetrievalMetrics
from support.ledger import LedgerLearner, PowerCutError

ALPHAS = (1.0, 0.0, 0.5)
DOMAIN = {0.0: 0.2, 0.5: 0.6, 1.0: 0.9}
RETENTION = {0.0: 0.8, 0.5: 0.75, 1.0: 0.1}


@frozen(eq=False)
class Blend(MemoryBackend):
    """A model that knows where it stands."""

    alpha: float = field(default=0.0, kw_only=True)


@frozen(eq=False)
class WrittenInterpolation:
    """An `Interpolation` that writes what it was made from; the power fails at one share."""

    tuned: str
    power_cut_at: float | None = None

    @contextmanager
    def at(self, alpha: float) -> Iterator[Blend]:
        if alpha == self.power_cut_at:
            raise PowerCutError
        yield Blend(alpha=alpha)

    def export(self, folder: Path, alpha: float) -> None:
        (folder / "weights").write_text(f"{self.tuned} at {alpha}")


@frozen
class Lines(SilentProgress):
    """A `Progress` that keeps what it is told to say."""

    lines: list[str] = field(factory=list)

    def say(self, message: str) -> None:
        self.lines.append(message)


def recall_of(table: Mapping[float, float]) -> Callable[[ModelBackend], Evaluation]:
    def measure(model: ModelBackend) -> Evaluation:
        assert isinstance(model, Blend)
        direction = DirectionMetrics({1: table[model.alpha]}, mrr=0.0, median_rank=1.0, mean_rank=1.0, tie_rate=0.0)
        none = np.zeros(3, dtype=np.int64)
        counts = RankCounts(none, none, none, none, np.zeros(3), 3)
        metrics = RetrievalMetrics(direction, direction, direction, direction, alignment_score=0.0)
        return Evaluation(metrics, 3, 5, (), counts, counts)

    return measure


@frozen(eq=False)
class Bench:
    """One run's folder and numbers, whichever process works on them."""

    store: MemoryStore = field(factory=MemoryStore)
    tracker: MemoryTracker = field(factory=lambda: MemoryTracker(FixedClock("2026-01-01T00:00:00+00:00")))
    lines: Lines = field(factory=Lines)

    def sweep(self, *, drop: float = 0.1, power_cut_at: float | None = None) -> WiseFt:
        @contextmanager
        def retention() -> Iterator[Measure]:
            yield recall_of(RETENTION)

        return WiseFt(
            store=self.store,
            between=lambda folder: WrittenInterpolation((folder / "weights").read_text(), power_cut_at),
            domain=recall_of(DOMAIN),
            retention=retention,
            alphas=ALPHAS,
            max_general_drop=drop,
            tracker=self.tracker,
            progress=self.lines,
        )

    def exported(self, sweep: WiseFt, folder: Path) -> str:
        with sweep.chosen(LedgerLearner(digest="tuned"), step=7) as final:
            final.export(folder)
            with final.evaluating() as model:
                assert isinstance(model, Blend)
                return f"{(folder / 'weights').read_text()}, measured at {model.alpha}"


@pytest.mark.parametrize(("drop", "alpha"), [(0.0, 0.0), (0.06, 0.5), (1.0, 1.0)])
def test_what_is_chosen_is_what_is_measured_and_exported(tmp_path: Path, drop: float, alpha: float) -> None:
    bench = Bench()

    assert f"tuned at {alpha}, measured at {alpha}" == bench.exported(bench.sweep(drop=drop), tmp_path)


def test_the_curve_is_the_same_in_the_file_the_tracker_and_on_the_terminal(tmp_path: Path) -> None:
    bench = Bench()
    bench.exported(bench.sweep(), tmp_path)

    kept = json.loads(bench.store.get("evaluation/wise_ft.json"))
    expected = [{"alpha": a, "domain": DOMAIN[a], "retention": RETENTION[a]} for a in sorted(ALPHAS)]
    assert expected == kept["curve"]
    assert (0.5, 3, 5) == (kept["alpha"], kept["retention_images"], kept["retention_captions"])
    tracked = [{name: event[name] for name in expected[0]} for event in bench.tracker.events()]
    assert expected == tracked
    assert [0.5] == [event["alpha"] for event in bench.tracker.events() if event["chosen"]]
    marked = [line for line in bench.lines.lines if line.startswith("*")]
    assert 1 == len(marked)
    assert ["*", "0.50", "0.6000", "0.7500"] == marked[0].split()


@pytest.mark.parametrize("power_cut_at", sorted(ALPHAS))
def test_an_interrupted_sweep_is_repeated_and_leaves_no_number_twice(tmp_path: Path, power_cut_at: float) -> None:
    straight, cut = Bench(), Bench()
    straight.exported(straight.sweep(), tmp_path)

    with pytest.raises(PowerCutError):
        cut.exported(cut.sweep(power_cut_at=power_cut_at), tmp_path)
    cut.exported(cut.sweep(), tmp_path)
    again = cut.exported(cut.sweep(), tmp_path)

    assert "tuned at 0.5, measured at 0.5" == again
    assert straight.tracker.events() == cut.tracker.events()
    assert straight.store.keys() == cut.store.keys()


def test_nothing_is_left_of_the_fine_tuned_weights_but_the_curve(tmp_path: Path) -> None:
    bench = Bench()
    bench.exported(bench.sweep(), tmp_path)

    assert ("evaluation/wise_ft.json",) == bench.store.keys()
