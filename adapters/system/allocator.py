"""How the C library hands memory back."""

import ctypes
import platform
from typing import Final

# malloc.h of glibc
M_TRIM_THRESHOLD: Final = -1
M_MMAP_MAX: Final = -4


def keep_freed_pages() -> bool:
    """
    Let glibc keep freed pages for the next step instead of giving them back and faulting them in again.

    A training step frees and takes the same blocks each time. The process keeps its peak until it ends, which it does
    not exceed. Nothing happens with another C library.

    Returns:
        Whether anything was changed.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_MMAP_MAX, 0)) and bool(mallopt(M_TRIM_THRESHOLD, -1))
