"""Which device to use, in which precision, and why; pure decisions on facts gathered elsewhere."""

import types
from collections.abc import Mapping
from typing import Final, Generic, Literal, TypeVar

from attrs import frozen

from .config.training import PrecisionChoice

DeviceType = Literal["mps", "cuda", "cpu"]
Precision = Literal["float32", "bfloat16", "float16"]
Mode = Literal["training", "evaluation"]
ValueT = TypeVar("ValueT")

STATED: Final[Mapping[PrecisionChoice, Precision]] = types.MappingProxyType(
    {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
)


@frozen
class DeviceFacts:
    """
    What the machine offers.

    Attributes:
        mps_built: This torch was built with MPS.
        mps_available: MPS can be used now.
        cuda_built: This torch was built with CUDA.
        cuda_available: An NVIDIA card can be used now.
        apple_silicon: The machine is an Apple-silicon Mac, also under Rosetta.
        rosetta: Python itself is translated from Intel code.
        cuda_bfloat16: The NVIDIA card computes in bfloat16.
        cpu_bfloat16: The processor has bfloat16 matrix instructions.
    """

    mps_built: bool = False
    mps_available: bool = False
    cuda_built: bool = False
    cuda_available: bool = False
    apple_silicon: bool = False
    rosetta: bool = False
    cuda_bfloat16: bool = False
    cpu_bfloat16: bool = False


@frozen
class Choice(Generic[ValueT]):
    """A decision and the reason for it."""

    value: ValueT
    why: str


@frozen
class ModelState:
    """How a model stands: where it computes, how, and for what."""

    device_type: DeviceType
    apple_silicon: bool
    mps_available: bool
    precision: Precision
    domain: str
    mode: Mode


def choose_device(facts: DeviceFacts, *, use_mps: bool) -> Choice[DeviceType]:
    """
    The fastest device that can be used: MPS before CUDA before the CPU.

    Args:
        facts: What the machine offers.
        use_mps: The configuration's permission to use MPS.

    Returns:
        The device; the reason also says what kept each faster one away.
    """
    no_mps = _against_mps(facts, use_mps=use_mps)
    if no_mps is None:
        return Choice("mps", "the GPU of this Mac, through MPS")
    no_cuda = _against_cuda(facts)
    if no_cuda is None:
        return Choice("cuda", f"an NVIDIA card; no MPS: {no_mps}")
    return Choice("cpu", f"no MPS: {no_mps}; no CUDA: {no_cuda}")


def stated_precision(*, asked: PrecisionChoice, mixed_precision: bool) -> Choice[Precision] | None:
    """The precision that the configuration names; None where a run measures and chooses."""
    if not mixed_precision:
        return Choice("float32", "mixed_precision: false")
    return Choice(STATED[asked], f"precision: {asked}") if asked in STATED else None


def choose_precision(
    facts: DeviceFacts, device: DeviceType, *, mixed_precision: bool, asked: PrecisionChoice = "auto"
) -> Choice[Precision]:
    """
    The precision in which the towers compute, as far as it can be told without a model.

    Where the configuration leaves it open, a run measures this one against float32 before it uses it. Normalization,
    logits and loss are float32 in any case.

    Args:
        facts: What the machine offers.
        device: Where the towers compute.
        mixed_precision: The configuration's permission to use 16 bit.
        asked: What the configuration asks for.
    """
    stated = stated_precision(asked=asked, mixed_precision=mixed_precision)
    if stated is not None:
        return stated
    if device == "mps":
        return Choice("float32", "16 bit on MPS is used only where a run measures that it is right and faster")
    if device == "cuda":
        if facts.cuda_bfloat16:
            return Choice("bfloat16", "the card computes in bfloat16")
        return Choice("float16", "the card has no bfloat16; float16 with a gradient scaler")
    if facts.cpu_bfloat16:
        return Choice("bfloat16", "the processor has bfloat16 matrix instructions")
    return Choice("float32", "the processor has no bfloat16 matrix instructions, and 16 bit would be slower")


def _against_mps(facts: DeviceFacts, *, use_mps: bool) -> str | None:
    """Why MPS is not used, or None."""
    if not use_mps:
        return "switched off by use_mps: false"
    if facts.mps_available:
        return None
    if facts.rosetta:
        return "Python runs under Rosetta; install Python for Apple silicon (arm64)"
    if not facts.apple_silicon:
        return "not an Apple-silicon Mac"
    if not facts.mps_built:
        return "torch was built without it"
    return "torch cannot use it here; macOS may be too old for this torch, or no GPU is visible to this session"


def _against_cuda(facts: DeviceFacts) -> str | None:
    """Why CUDA is not used, or None."""
    if facts.cuda_available:
        return None
    if not facts.cuda_built:
        return "torch was built without it"
    return "no NVIDIA card can be used; look at nvidia-smi and CUDA_VISIBLE_DEVICES"
