"""Laws of memory: a large batch takes what a small one takes."""

import functools
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).resolve().parents[2]
MIB: Final = 2**20
# Left alone, glibc moves its own thresholds while a program runs, and keeps tens of MiB that nobody uses any more, now
# more, now less. With a fixed one, what is freed is given back, and the peak is what was needed at once.
EXACT: Final = {"MALLOC_MMAP_THRESHOLD_": "131072", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(TESTS)}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc, which can be told to give memory back"),
]


@functools.cache
def taken(pairs: int, family: str) -> float:
    """MiB above model and inputs at the peak of one step, in a process of its own."""
    command = [sys.executable, "-m", "support.peak_memory", str(pairs), family]
    done = subprocess.run(command, env=os.environ | EXACT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout) / MIB


@pytest.mark.parametrize("family", ["contrastive", "semi-hard", "mixture"])
def test_a_batch_of_4096_takes_hardly_more_than_one_of_64(family: str) -> None:
    """Of plain InfoNCE by hand, of an objective that mines among related pairs, and of several objectives at once."""
    assert taken(4096, family) <= taken(64, "contrastive") + 16


def test_memory_does_not_grow_with_the_batch() -> None:
    """The matrix of all pairs grows from 4 MiB to 256 MiB here."""
    measured = [taken(pairs, "contrastive") for pairs in (1024, 4096, 8192)]

    assert max(measured) - min(measured) <= 10
