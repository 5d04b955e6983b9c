"""How much memory this process had at its peak."""

from pathlib import Path

KIB = 1024


def most_resident() -> int:
    """Bytes at this program's own peak.

    ``getrusage`` will not do: what it tells starts from the peak of the process that launched this one (Linux carries
    it over ``exec``), which for a test in the middle of a long run is larger than everything that happens here.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) * KIB for line in lines if line.startswith("VmHWM:"))
