"""Which process, on which machine."""

import os
import socket

from attrs import frozen


@frozen
class ProcessId:
    """A process and its machine."""

    pid: int
    host: str


def this_process() -> ProcessId:
    """The process that asks."""
    return ProcessId(pid=os.getpid(), host=socket.gethostname())


def process_alive(pid: int, host: str) -> bool:
    """Whether a process still runs; one on another machine cannot be asked and counts as alive."""
    import psutil

    return host != socket.gethostname() or psutil.pid_exists(pid)
