"""What a run's folder says about the run."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import asdict, evolve, field, frozen
from attrs.validators import ge, in_

from .plain import from_plain
from .run_state import RunState

STATUSES: Final = ("running", "finished", "interrupted", "failed")


@frozen
class RunStatus:
    """
    How a run stands, for people and for resuming.

    Attributes:
        status: ``running``, ``finished``, ``interrupted`` or ``failed``.
        step: Steps done when this was written.
        total_steps: Steps of the whole run.
        best_score: Best validation score so far.
        started: When the run began, ISO 8601.
        updated: When this was written, ISO 8601.
        model_name: What training started from.
        data_path: What it is trained on.
        config_fingerprint: Equal for equal configurations.
        data_fingerprint: Equal for equal data and splits, where pictures are known by their size.
        pid: The process that works, or worked, on it.
        host: The machine of that process.
        message: Why it failed.
        data_root: Equal for equal data and splits, where pictures are known by their bytes; empty where nobody read
            those.
    """

    status: str = field(validator=in_(STATUSES))
    step: int = field(validator=ge(0))
    total_steps: int = field(validator=ge(0))
    best_score: float | None
    started: str
    updated: str
    model_name: str
    data_path: str
    config_fingerprint: str
    data_fingerprint: str
    pid: int
    host: str
    message: str = ""
    data_root: str = ""

    def now(self, status: str, *, state: RunState | None, updated: str, message: str = "") -> "RunStatus":
        """The status at another moment; without a ``state`` the run stands where it stood."""
        moved = self if state is None else evolve(self, step=state.step, best_score=state.best_score)
        return evolve(moved, status=status, updated=updated, message=message)

    def as_dict(self) -> dict[str, Any]:
        """Plain values by name, as they are kept."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: object) -> "RunStatus":
        """
        What ``as_dict`` gave.

        Raises:
            ValueError: If it is anything else.
        """
        # Runs of versions that did not read the bytes of pictures can be gone on with.
        return from_plain(cls, {"data_root": "", **raw} if isinstance(raw, Mapping) else raw)
