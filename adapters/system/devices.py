"""What devices there are, as torch and the operating system tell."""

import platform
from collections.abc import MutableMapping
from typing import Final

from ...domain.devices import DeviceFacts
from .platform import is_apple_silicon, is_rosetta

HIGH: Final = "PYTORCH_MPS_HIGH_WATERMARK_RATIO"
LOW: Final = "PYTORCH_MPS_LOW_WATERMARK_RATIO"
HIGH_RATIO: Final = 1.0
LOW_RATIO: Final = 0.9


def device_facts() -> DeviceFacts:
    """What this machine offers; imports torch."""
    import torch

    cuda = torch.cuda.is_available()
    return DeviceFacts(
        mps_built=torch.backends.mps.is_built(),
        mps_available=torch.backends.mps.is_available(),
        cuda_built=torch.version.cuda is not None or torch.version.hip is not None,
        cuda_available=cuda,
        apple_silicon=is_apple_silicon(),
        rosetta=is_rosetta(),
        cuda_bfloat16=cuda and torch.cuda.is_bf16_supported(including_emulation=False),
        cpu_bfloat16=_cpu_bfloat16(),
    )


def prepare_mps_environment(environ: MutableMapping[str, str], *, apple_silicon: bool) -> None:
    """
    Let torch run out of memory on a Mac instead of swapping; to be called before torch is imported.

    By default torch takes up to 1.7 times what Metal recommends, more than many Macs have, so that a run becomes slow
    instead of failing. What the user has set stays. The low mark never lies above the high one, which torch refuses.
    PYTORCH_ENABLE_MPS_FALLBACK is left alone: operators that silently run on the CPU are to be seen.

    Args:
        environ: The environment, changed in place.
        apple_silicon: Whether this is an Apple-silicon Mac; nothing happens elsewhere.

    References:
        The PyTorch documentation of MPS environment variables.
    """
    if not apple_silicon:
        return
    high, low = _ratio(environ.get(HIGH)), _ratio(environ.get(LOW))
    if HIGH not in environ:
        environ[HIGH] = str(max(HIGH_RATIO, low or 0.0))
    if LOW not in environ:
        # A high mark of 0 means no limit.
        environ[LOW] = str(min(LOW_RATIO, high or LOW_RATIO))


def _ratio(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


def _cpu_bfloat16() -> bool:
    """
    Whether the processor has bfloat16 matrix instructions that torch uses.

    torch also claims bfloat16 where it only emulates it, which is slower than float32; and on a Mac it uses none.
    The names are private in torch, so that their absence means no.
    """
    import torch

    if platform.system() == "Darwin":
        return False
    if platform.machine().lower() in {"x86_64", "amd64"}:
        names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, name, bool)() for name in names)
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(value is True for name, value in capabilities.items() if "bf16" in name)
