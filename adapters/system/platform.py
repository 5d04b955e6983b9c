"""The machine: chip, memory, operating system, Python."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Final

from ...domain.machine import Machine

CPU_INFO: Final = Path("/proc/cpuinfo")
CHIP_KEYS: Final = ("model name", "Model", "Hardware")  # Intel and AMD; Raspberry Pi and other ARM boards
SYSCTL: Final = "/usr/sbin/sysctl"
SECONDS: Final = 2.0


def this_machine() -> Machine:
    """The machine that this process runs on."""
    import psutil

    memory = psutil.virtual_memory()
    return Machine(
        chip=_chip(),
        cores=usable_cores(),
        memory_bytes=memory.total,
        available_bytes=memory.available,
        system=_system(),
        architecture=platform.machine(),
        python=platform.python_version(),
    )


def usable_cores() -> int:
    """Logical processors that this process may use; a container or taskset may leave it fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def is_rosetta() -> bool:
    """Whether this Python is Intel code, translated on an Apple-silicon Mac."""
    return platform.system() == "Darwin" and sysctl("sysctl.proc_translated") == "1"


def is_apple_silicon() -> bool:
    """Whether the machine is an Apple-silicon Mac; under Rosetta Python itself believes it is not."""
    return platform.system() == "Darwin" and (platform.machine() == "arm64" or is_rosetta())


def sysctl(name: str) -> str | None:
    """A value that the macOS kernel knows, or None where it knows none."""
    try:
        found = subprocess.run(  # noqa: S603 - a fixed program, names from this package only
            [SYSCTL, "-n", name], capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None


def chip_of(cpu_info: str) -> str | None:
    """What ``/proc/cpuinfo`` calls the processor, or None where it does not say."""
    lines = (line.partition(":") for line in cpu_info.splitlines())
    named = {key.strip(): value.strip() for key, _, value in lines}
    return next((named[key] for key in CHIP_KEYS if named.get(key)), None)


def _chip() -> str:
    if platform.system() == "Darwin":
        named = sysctl("machdep.cpu.brand_string")
    else:
        named = chip_of(CPU_INFO.read_text(encoding="utf-8", errors="replace")) if CPU_INFO.is_file() else None
    return named or platform.processor() or platform.machine()


def _system() -> str:
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return f"{platform.system()} {platform.release()}"
