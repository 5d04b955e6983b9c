"""What runs inside a worker process: NumPy and Pillow, never torch."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait

from .look_ahead import ArrayReader, Order, Picture, read

_readers: list[ArrayReader] = []


def begin(reader: ArrayReader) -> None:
    """
    Prepare a fresh worker process.

    The reader comes once and not with every task: its opener may hold a whole table. An interrupt from the keyboard
    reaches the whole process group and is the parent's to handle. A worker outlives a parent that was killed, waiting
    for work on a pipe of which it holds both ends itself, so it watches the parent.
    """
    _readers[:] = [reader]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def work(order: Order) -> list[Picture]:
    """Read pictures with the reader of this process; one that fails comes as its error."""
    return read(_readers[0], order)
