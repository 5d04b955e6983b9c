"""The doctor decides as a run would, catches every wrong device, and never spends more than it may."""

import json
import math
from collections.abc import Callable, Mapping

import pytest
from attrs import evolve, frozen

from cliptune.adapters.models.probe import ClipProbes
from cliptune.adapters.system.clock import FixedClock
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.doctor import SIZES, Diagnosis, Doctor, Probes, check_agreement
from cliptune.application.ports import GradientProbe
from cliptune.domain.batches import Batch
from cliptune.domain.config import HardwareConfig
from cliptune.domain.devices import DeviceFacts, choose_device, choose_precision
from cliptune.domain.errors import RunFailed, UnknownModel
from cliptune.domain.gradients import GradientReading
from cliptune.domain.machine import HubFacts, Machine
from support.wrong_devices import (
    CorruptedProbe,
    FakeDevices,
    FaultyProbe,
    StuckOptimizerProbe,
    half_precision,
    on_one_thread,
    scaled_backward,
    scaled_output,
    strided,
    tiny_model,
    wrong_from_row,
)

MODEL = tiny_model()
LAYER = "vision_model.encoder.layers.1.mlp.fc1"
MAC = DeviceFacts(mps_built=True, mps_available=True, apple_silicon=True)
MACHINE = Machine("Apple M9", 8, 48_000_000_000, 30_000_000_000, "macOS 19.1", "arm64", "3.11.9")
HUB = HubFacts("https://hub", reachable=True, why="it answers", cache="/cache", cache_bytes=0)
VERSIONS: Mapping[str, str | None] = {"torch": "2.13.0", "transformers": None}


@frozen(eq=False)
class FailingProbe:
    """A `GradientProbe` of a device that runs out of memory on large batches."""

    limit: int

    def read(self, batch: Batch) -> GradientReading:
        """Read a small batch on the CPU."""
        if len(batch) > self.limit:
            raise RunFailed(f"mps cannot run the model on {len(batch)} pairs: out of memory")
        return on_one_thread(MODEL).read(batch)


def doctor(
    probes: Callable[[], Probes],
    *,
    facts: DeviceFacts = MAC,
    hardware: HardwareConfig | None = None,
    batch_size: int | None = None,
    tick: float = 0.0,
    machine: Machine = MACHINE,
) -> Doctor:
    return Doctor(
        hardware=hardware or HardwareConfig(),
        batch_size=batch_size,
        seed=42,
        facts=lambda: facts,
        machine=lambda: machine,
        versions=lambda: VERSIONS,
        hub=lambda: HUB,
        probes=probes,
        progress=SilentProgress(),
        clock=FixedClock(tick=tick),
    )


def with_mps(probe: GradientProbe) -> Callable[[], FakeDevices]:
    """A model whose MPS computes as the probe does."""
    return lambda: FakeDevices(MODEL, {"mps": probe})


def compared(diagnosis: Diagnosis) -> list[int]:
    return [check.pairs for check in diagnosis.agreement.checks]


def test_a_device_that_computes_right_agrees_on_every_size() -> None:
    diagnosis = doctor(lambda: FakeDevices(MODEL))()

    assert (None, (), "mps with cpu") == (
        diagnosis.agreement.failure,
        diagnosis.agreement.left_out,
        diagnosis.agreement.between,
    )
    assert list(SIZES) == compared(diagnosis)


@pytest.mark.parametrize(
    ("probe", "named"),
    [
        (FaultyProbe(MODEL, LAYER, scaled_output(1.01)), "vision_model"),
        (FaultyProbe(MODEL, LAYER, scaled_backward(0.8)), LAYER),
        (FaultyProbe(MODEL, LAYER, scaled_backward(0.0)), LAYER),
        (FaultyProbe(MODEL, LAYER, scaled_backward(math.nan)), "not finite"),
        (FaultyProbe(MODEL, LAYER, half_precision), "vision_model"),
        (StuckOptimizerProbe(strided(MODEL, "text_projection.weight")), "text_projection.weight"),
        (CorruptedProbe(on_one_thread(MODEL), lambda found: evolve(found, gradients={})), "got no gradient"),
    ],
    ids=["forward", "backward", "lost gradient", "not a number", "float16", "optimizer", "no gradients"],
)
def test_a_device_that_computes_wrong_fails_with_names_and_advice(probe: GradientProbe, named: str) -> None:
    failure = doctor(with_mps(probe))().agreement.failure

    assert failure is not None
    assert 1 == failure.exit_code
    assert named in failure.message
    assert "set use_mps: false" in failure.message


def test_a_fault_in_the_ninth_row_is_found_and_ends_the_comparison() -> None:
    diagnosis = doctor(with_mps(FaultyProbe(MODEL, "text_projection", wrong_from_row(8))))()

    assert [(7, True), (9, False)] == [(check.pairs, check.verdict.agrees) for check in diagnosis.agreement.checks]
    assert diagnosis.agreement.failure is not None


def test_the_cpu_is_compared_with_one_thread_of_itself() -> None:
    small = evolve(MACHINE, available_bytes=1, cores=2)
    diagnosis = doctor(lambda: ClipProbes(MODEL, "tiny"), facts=DeviceFacts(), machine=small)()

    assert (None, "cpu on 2 threads with one thread") == (diagnosis.agreement.failure, diagnosis.agreement.between)


@pytest.mark.parametrize(
    ("tick", "sizes"), [(0.0, [7, 9, 33]), (10.0, [7, 9]), (30.0, [7]), (1e6, [7])], ids=["0 s", "10 s", "30 s", "days"]
)
def test_batches_for_which_there_is_no_time_are_left_out_but_never_the_first(tick: float, sizes: list[int]) -> None:
    diagnosis = doctor(lambda: FakeDevices(MODEL), tick=tick)()

    assert sizes == compared(diagnosis)
    assert tuple(size for size in SIZES if size not in sizes) == diagnosis.agreement.left_out


@pytest.mark.parametrize(
    ("bytes_per_pair", "sizes"), [(1, [7, 9, 33]), (10**9, [7, 9]), (2 * 10**9, [7]), (10**12, [2])]
)
def test_batches_for_which_there_is_no_memory_are_left_out(bytes_per_pair: int, sizes: list[int]) -> None:
    diagnosis = doctor(lambda: FakeDevices(MODEL, bytes=bytes_per_pair))()

    assert sizes == compared(diagnosis)
    assert diagnosis.agreement.failure is None


@pytest.mark.parametrize(("limit", "sizes"), [(7, [7]), (9, [7, 9])])
def test_a_device_too_small_for_the_larger_batches_is_not_wrong(limit: int, sizes: list[int]) -> None:
    diagnosis = doctor(with_mps(FailingProbe(limit)))()

    assert sizes == compared(diagnosis)
    assert diagnosis.agreement.failure is None


def test_a_device_that_cannot_run_the_model_at_all_fails_with_advice() -> None:
    failure = doctor(with_mps(FailingProbe(0)))().agreement.failure

    assert failure is not None
    assert failure.message.startswith("mps cannot run the model on 7 pairs: out of memory; set use_mps: false")


def test_without_a_model_everything_else_is_still_diagnosed() -> None:
    def nothing() -> Probes:
        raise UnknownModel("./model: there is no such folder")

    diagnosis = doctor(nothing)()

    assert isinstance(diagnosis.agreement.failure, UnknownModel)
    assert "./model: there is no such folder" == diagnosis.card()["agreement"]["problem"]
    assert (MACHINE, HUB, VERSIONS, "mps") == (
        diagnosis.machine,
        diagnosis.hub,
        diagnosis.versions,
        diagnosis.device.value,
    )
    assert diagnosis.card()["agreement"]["agrees"] is None


@pytest.mark.parametrize("facts", [MAC, DeviceFacts(), DeviceFacts(cuda_available=True, cuda_bfloat16=True)])
@pytest.mark.parametrize("hardware", [HardwareConfig(), HardwareConfig(use_mps=False, mixed_precision=False)])
def test_the_doctor_decides_as_a_run_does(facts: DeviceFacts, hardware: HardwareConfig) -> None:
    small = evolve(MACHINE, available_bytes=1)
    device = choose_device(facts, use_mps=hardware.use_mps)

    diagnosis = doctor(lambda: FakeDevices(MODEL, bytes=1), facts=facts, hardware=hardware, machine=small)()

    assert device == diagnosis.device
    assert choose_precision(facts, device.value, mixed_precision=hardware.mixed_precision) == diagnosis.precision


@pytest.mark.parametrize(("configured", "size", "why"), [(None, None, "measured"), (5, 5, "batch_size of")])
def test_the_batch_size_is_the_configured_one_or_measured_by_a_run(
    configured: int | None, size: int | None, why: str
) -> None:
    chosen = doctor(lambda: FakeDevices(MODEL), batch_size=configured, tick=1e6)().batch_size

    assert size == chosen.value
    assert chosen.why.startswith(why)


@pytest.mark.parametrize("factor", [1.0, 0.8, math.nan])
def test_the_card_is_strict_json_whatever_was_found(factor: float) -> None:
    diagnosis = doctor(with_mps(FaultyProbe(MODEL, LAYER, scaled_backward(factor))), tick=1e6)()

    card = json.loads(json.dumps(diagnosis.card(), allow_nan=False))

    assert card == diagnosis.card()
    assert (factor == 1.0) == card["agreement"]["agrees"]
    assert (factor == 1.0) == (card["agreement"]["problem"] is None)


def test_equal_seeds_compare_equal_batches() -> None:
    first, second = (
        check_agreement(FakeDevices(MODEL), "mps", machine=MACHINE, seed=3, clock=FixedClock(tick=1e6))
        for _ in range(2)
    )

    assert first == second
