"""Ctrl-C during training: finish the step, keep a checkpoint, then stop."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopping_on_interrupt(say: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """
    Turn the first interrupt into a request, and the second into a stop at once.

    Yields:
        Whether a stop has been asked for. Also SIGTERM asks, as a scheduler that ends a job sends it.
    """
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        say("stopping after this step, with a checkpoint; once more stops at once and without")

    kept = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
