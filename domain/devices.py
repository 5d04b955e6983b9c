"""Which device to use, in which precision, and why; pure decisions on facts gathered elsewhere."""

from typing import Literal

from attrs import frozen

DeviceType = Literal["mps", "cuda", "cpu"]
Precision = Literal["float32", "bfloat16", "float16"]
Mode = Literal["training", "evaluation"]


@frozen
class DeviceFacts:
    """
    What the machine offers.

    Attributes:
        mps_built: This torch was built with MPS.
        mps_available: MPS can be used now.
        cuda_available: An NVIDIA card can be used now.
        apple_silicon: The machine is an Apple-silicon Mac, also under Rosetta.
        cuda_bfloat16: The NVIDIA card computes in bfloat16.
        cpu_bfloat16: The processor has bfloat16 matrix instructions.
    """

    mps_built: bool = False
    mps_available: bool = False
    cuda_available: bool = False
    apple_silicon: bool = False
    cuda_bfloat16: bool = False
    cpu_bfloat16: bool = False


@frozen
class Choice:
    """A decision and the reason for it."""

    value: str
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
