"""Whether a machine can be trusted with a run, asked before the run."""

import math
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from attrs import asdict, field, frozen

from ..domain.config import HardwareConfig
from ..domain.devices import (
    Choice,
    DeviceFacts,
    DeviceType,
    Precision,
    choose_device,
    choose_precision,
)
from ..domain.errors import CliptuneError, RunFailed
from ..domain.gradients import Verdict, compare
from ..domain.machine import HubFacts, Machine
from ..domain.synthetic import BatchShape, synthetic_batch
from .ports import Clock, GradientProbe, Progress

# Odd sizes: faults hide at round ones, and one was seen only from nine rows on (pytorch issue 109457).
SIZES: Final = (7, 9, 33)
SMALLEST: Final = 2
MEMORY_SHARE: Final = 0.5
SECONDS: Final = 60.0
ADVICE: Final[Mapping[DeviceType, str]] = types.MappingProxyType(
    {
        "mps": "set use_mps: false, or update macOS and torch and ask the doctor again",
        "cuda": "hide the card with CUDA_VISIBLE_DEVICES=, or update its driver and torch and ask the doctor again",
        "cpu": "reinstall or update torch, or set OMP_NUM_THREADS=1 and ask the doctor again",
    }
)


class Probes(Protocol):
    """One model, to be probed on any device."""

    @property
    def name(self) -> str:
        """What a person calls the model."""
        ...

    @property
    def shape(self) -> BatchShape:
        """What one pair looks like to it."""
        ...

    def on(self, device: DeviceType, *, threads: int | None = None) -> GradientProbe:
        """A probe on a device; ``threads`` limits those of the CPU."""
        ...


@frozen
class Check:
    """How far two devices were apart on one batch."""

    pairs: int
    verdict: Verdict


@frozen
class Agreement:
    """
    Whether the chosen device computes what a trusted one does.

    Attributes:
        model: The model that was probed, or None where there was none to be had.
        between: What was compared with what.
        checks: One for each batch, smallest first.
        left_out: Sizes of batch for which there was no time or memory.
        failure: What is wrong and what to do, as the error that a command ends with; or None.
    """

    model: str | None
    between: str
    checks: tuple[Check, ...] = ()
    left_out: tuple[int, ...] = ()
    failure: CliptuneError | None = None


@frozen
class Diagnosis:
    """Everything that the doctor found."""

    machine: Machine
    versions: Mapping[str, str | None]
    device: Choice[DeviceType]
    precision: Choice[Precision]
    batch_size: Choice[int | None]
    hub: HubFacts
    agreement: Agreement

    def card(self) -> dict[str, Any]:
        """The diagnosis in plain values, for programs."""
        agreement = self.agreement
        return {
            "machine": asdict(self.machine),
            "versions": dict(self.versions),
            "device": asdict(self.device),
            "precision": asdict(self.precision),
            "batch_size": asdict(self.batch_size),
            "hub": {**asdict(self.hub), "models": [asdict(model) for model in self.hub.models]},
            "agreement": {
                "model": agreement.model,
                "between": agreement.between,
                "agrees": all(check.verdict.agrees for check in agreement.checks) if agreement.checks else None,
                "checks": [_check_card(check) for check in agreement.checks],
                "left_out": list(agreement.left_out),
                "problem": None if agreement.failure is None else str(agreement.failure),
            },
        }


@frozen(eq=False)
class Doctor:
    """
    Look at a machine, decide as a run would, and compare the chosen device with a trusted one.

    Attributes:
        hardware: What the configuration permits.
        batch_size: The configuration's, or None where a run measures.
        seed: Seed of the batches that are compared.
        facts: What devices there are.
        machine: What machine it is.
        versions: Which libraries are installed.
        hub: Whether models can be had.
        probes: The model, probed on any device; fails with a ``CliptuneError`` where it cannot be loaded.
        progress: A person waiting.
        clock: Bounds the time that is spent.
        seconds: About how long the comparison may take; the smallest batch is compared in any case.
    """

    hardware: HardwareConfig
    batch_size: int | None
    seed: int
    facts: Callable[[], DeviceFacts]
    machine: Callable[[], Machine]
    versions: Callable[[], Mapping[str, str | None]]
    hub: Callable[[], HubFacts]
    probes: Callable[[], Probes]
    progress: Progress
    clock: Clock
    seconds: float = field(default=SECONDS)

    def __call__(self) -> Diagnosis:
        """Examine; what is wrong stands in the diagnosis, nothing is raised for it."""
        facts, machine = self.facts(), self.machine()
        device = choose_device(facts, use_mps=self.hardware.use_mps)
        self.progress.say(
            f"asking the hub, then comparing {_between(device.value, machine.cores)}; at most a few minutes"
        )
        return Diagnosis(
            machine=machine,
            versions=self.versions(),
            device=device,
            precision=choose_precision(
                facts,
                device.value,
                mixed_precision=self.hardware.mixed_precision,
                asked=self.hardware.precision,
            ),
            batch_size=_batch_size(self.batch_size),
            hub=self.hub(),
            agreement=self._agreement(device.value, machine=machine),
        )

    def _agreement(self, device: DeviceType, *, machine: Machine) -> Agreement:
        try:
            probes = self.probes()
        except CliptuneError as error:
            return Agreement(None, _between(device, machine.cores), failure=error)
        return check_agreement(probes, device, machine=machine, seed=self.seed, clock=self.clock, seconds=self.seconds)


def check_agreement(
    probes: Probes, device: DeviceType, *, machine: Machine, seed: int, clock: Clock, seconds: float = SECONDS
) -> Agreement:
    """
    Compare a device with a trusted one on batches in the model's own size.

    The trusted one is the CPU. The CPU itself is compared with one thread of it, where no work has to be shared out.

    Args:
        probes: The model.
        device: The device in question.
        machine: Its cores and the memory left decide what can be compared.
        seed: Seed of the batches.
        clock: Measures what a batch took.
        seconds: A batch that would take longer than what is left of them is left out; the first never is.
    """
    reference, candidate = probes.on("cpu", threads=1 if device == "cpu" else None), probes.on(device)
    between = _between(device, machine.cores)
    sizes = _sizes(probes.shape, memory=machine.available_bytes)
    checks: list[Check] = []
    started = clock.seconds()
    for size in sizes:
        if not _is_time(size, checks, spent=clock.seconds() - started, seconds=seconds):
            break
        batch = synthetic_batch(probes.shape, pairs=size, seed=seed)
        try:
            verdict = compare(reference.read(batch), candidate.read(batch))
        except RunFailed as error:
            if checks:  # mostly memory, which says nothing about how the device computes
                break
            return Agreement(probes.name, between, failure=RunFailed(f"{error}; {ADVICE[device]}"))
        checks.append(Check(size, verdict))
        if not verdict.agrees:
            return Agreement(probes.name, between, tuple(checks), failure=_disagreement(between, verdict, device))
    left_out = tuple(size for size in SIZES if size > checks[-1].pairs)
    return Agreement(probes.name, between, tuple(checks), left_out)


def _sizes(shape: BatchShape, *, memory: int) -> tuple[int, ...]:
    """The batches that fit: a process that takes more memory than there is may be killed instead of told."""
    return tuple(size for size in SIZES if size * shape.bytes <= MEMORY_SHARE * memory) or (SMALLEST,)


def _disagreement(between: str, verdict: Verdict, device: DeviceType) -> RunFailed:
    found = "\n  ".join(verdict.problems)
    return RunFailed(f"comparing {between}: they do not compute the same\n  {found}\n{ADVICE[device]}")


def _is_time(size: int, checks: Sequence[Check], *, spent: float, seconds: float) -> bool:
    """Whether a batch fits in what is left of the time, going by those that are done."""
    done = sum(check.pairs for check in checks)
    return not done or spent + spent * size / done <= seconds


def _between(device: DeviceType, cores: int) -> str:
    if device != "cpu":
        return f"{device} with cpu"
    return f"cpu on {cores} threads with one thread" if cores > 1 else "cpu with itself, twice"


def _batch_size(configured: int | None) -> Choice[int | None]:
    if configured is not None:
        return Choice(configured, "batch_size of the configuration")
    return Choice(None, "measured when a run starts")


def _check_card(check: Check) -> dict[str, Any]:
    worst = check.verdict.worst
    return {
        "pairs": check.pairs,
        "agrees": check.verdict.agrees,
        "embeddings": _number(check.verdict.embeddings),
        "loss": _number(check.verdict.loss),
        "worst_parameter": None if worst is None else worst.parameter,
        "worst_gradient": None if worst is None else _number(worst.error),
    }


def _number(error: float) -> float | None:
    """A number that JSON can hold; an error that is no number becomes null."""
    return error if math.isfinite(error) else None
