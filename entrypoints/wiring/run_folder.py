"""A run's folder: opened for one process, and told what the run was started from."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import asdict

from ...domain.config import Resolved

if TYPE_CHECKING:
    from ...application.ports import ArtifactStore, Progress
    from ...domain.conditions import Conditions
    from ...domain.prepared import PreparedData
    from ...domain.run_status import RunStatus
    from .measuring import Measured

ENVIRONMENT: Final = "environment.json"


@contextmanager
def open_run(folder: Path) -> "Iterator[ArtifactStore]":
    """The store of a run's folder, for this process alone, free of what a killed process left half written."""
    from ...adapters.storage.folder import FolderStore
    from ...adapters.storage.lock import run_lock

    with run_lock(folder):
        store = FolderStore(folder)
        store.sweep()
        yield store


def keep_status(store: "ArtifactStore", status: "RunStatus") -> None:
    """Write how a run stands."""
    from ...application.train_run import STATUS

    store.put(STATUS, _json(status.as_dict()))


def mark_failed(store: "ArtifactStore", *, message: str) -> None:
    """Say of a run that it failed, and why; where it stands is left as it is."""
    from ...application.train_run import STATUS
    from ...domain.run_status import RunStatus
    from .basics import clock

    known = RunStatus.from_dict(json.loads(store.get(STATUS)))
    keep_status(store, known.now("failed", state=None, updated=clock().now(), message=message))


def settled_conditions(
    store: "ArtifactStore",
    resolved: Resolved,
    data: "PreparedData",
    here: "Conditions",
    *,
    measure: "Callable[[], Measured]",
    command: str,
    watcher: "Progress",
) -> "Conditions":
    """
    What a run computes on and with: as it began where it has begun, otherwise as it is measured here, once for all.

    Raises:
        NotResumable: If the run needs what is not to be had here.
    """
    from ...domain.conditions import Conditions, check_resumable
    from ...domain.errors import MissingArtifact

    try:
        stored = Conditions(**json.loads(store.get(ENVIRONMENT))["conditions"])
    except MissingArtifact:
        found = measure()
        for reason in found.reasons:
            watcher.say(reason)
        _describe(store, resolved, data, found, command=command)
        return found.conditions
    for note in check_resumable(stored, here):
        watcher.say(f"note: {note}")
    return stored


def _describe(
    store: "ArtifactStore", resolved: Resolved, data: "PreparedData", given: "Measured", *, command: str
) -> None:
    """Write what a run was started from; the conditions last, so that where they are, everything is."""
    from ...adapters.configuration import config_to_yaml
    from ...adapters.system.platform import this_machine
    from ...adapters.system.versions import installed_versions
    from ...application.packed_manifest import RUN_MANIFEST

    environment = {
        "conditions": asdict(given.conditions),
        "measured": list(given.reasons),
        "command": command,
        "machine": asdict(this_machine()),
        "versions": installed_versions(),
    }
    store.put("config.yaml", config_to_yaml(resolved.config).encode())
    store.put("config.origin.json", _json(dict(resolved.origins)))
    if data.manifest:
        store.put(RUN_MANIFEST, data.manifest)
    store.put("data.json", _json(data.card()))
    store.put(ENVIRONMENT, _json(environment))


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, default=list) + "\n").encode()
