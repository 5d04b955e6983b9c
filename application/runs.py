"""The runs of an output folder."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from attrs import frozen

from ..domain.errors import MissingArtifact
from ..domain.run_status import RunStatus
from .ports import ArtifactStore

RUN_KEY: Final = r"(?P<run>[^/]+)/(?:status\.json|checkpoints/step-(?P<step>\d+))"
ProcessAlive = Callable[[int, str], bool]


@frozen
class ListedRun:
    """
    One run as a person sees it.

    Attributes:
        id: Name of its folder.
        shown: Its status; ``stopped`` if it says that it is running and nobody works on it, ``unreadable`` if it
            cannot be told.
        step: The last step that is known of: reported, or kept in a checkpoint.
        status: What the run says of itself; None if that is unreadable.
        problem: Why it is unreadable, or why the run failed.
    """

    id: str
    shown: str
    step: int
    status: RunStatus | None
    problem: str = ""

    def card(self) -> dict[str, Any]:
        """Plain values by name, for programs."""
        known = self.status.as_dict() if self.status else {}
        return {"id": self.id, **known, "status": self.shown, "step": self.step, "message": self.problem}


def list_runs(store: ArtifactStore, *, process_alive: ProcessAlive) -> tuple[ListedRun, ...]:
    """
    All runs of an output folder, newest first; unreadable ones last.

    Args:
        store: A store on the output folder, each run a folder in it.
        process_alive: Whether the process of that id on that host still runs.
    """
    steps = _newest_steps(store.keys())
    runs = [_listed(store, name, step, process_alive) for name, step in steps.items()]
    return tuple(sorted(runs, key=lambda run: (run.status.started if run.status else "", run.id), reverse=True))


def _newest_steps(keys: Iterable[str]) -> dict[str, int]:
    """Every folder with a status, and the step of its newest checkpoint or 0."""
    found = [match for key in keys if (match := re.fullmatch(RUN_KEY, key))]
    steps = {match["run"]: 0 for match in found if match["step"] is None}
    for match in found:
        if match["run"] in steps:
            steps[match["run"]] = max(steps[match["run"]], int(match["step"] or 0))
    return steps


def _listed(store: ArtifactStore, name: str, kept_step: int, process_alive: ProcessAlive) -> ListedRun:
    try:
        status = RunStatus.from_dict(json.loads(store.get(f"{name}/status.json")))
    except (ValueError, MissingArtifact) as error:
        return ListedRun(name, "unreadable", kept_step, None, f"{name}/status.json: {error}")
    gone = status.status == "running" and not process_alive(status.pid, status.host)
    # While a run goes on, its status may be older than its newest checkpoint.
    step = max(status.step, kept_step)
    return ListedRun(name, "stopped" if gone else status.status, step, status, status.message)
