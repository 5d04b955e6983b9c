"""The most memory that this process has held."""

import resource
import sys
from typing import Final

from ...domain.devices import DeviceType

KIBIBYTE: Final = 1024


def peak_memory(device: DeviceType) -> int:
    """
    Bytes at the peak: of the card where it has memory of its own, otherwise of the process.

    On Linux the system counts in KiB, on macOS in bytes (getrusage(2)).
    """
    if device == "cuda":
        import torch

        return torch.cuda.max_memory_allocated()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if device == "mps":
        import torch

        return max(peak, torch.mps.driver_allocated_memory())
    return peak if sys.platform == "darwin" else peak * KIBIBYTE
