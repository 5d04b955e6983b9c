"""Where a sweep stands, as it is kept."""

import json
from typing import Any, Final

from attrs import asdict, frozen

from ..domain.errors import MissingArtifact, NotResumable
from ..domain.halving import Cost
from ..domain.plain import from_plain
from ..domain.sweep import Outcome
from .ports import ArtifactStore

STATE: Final = "tune.json"
FORMAT: Final = 1


@frozen
class SweepState:
    """
    Everything that decides how a sweep goes on.

    Attributes:
        cost: What a step and a visit take, by which a time was planned; None where no time is given, or not yet.
        outcomes: How trials came out of their rungs, in order.
    """

    cost: Cost | None = None
    outcomes: tuple[Outcome, ...] = ()


def keep_state(store: ArtifactStore, state: SweepState) -> None:
    """Keep a state over the one before it."""
    store.put(STATE, state_to_json(state))


def stored_state(store: ArtifactStore) -> SweepState | None:
    """
    Where a sweep stands; None where there is none.

    Raises:
        NotResumable: If what is stored is something else.
    """
    try:
        data = store.get(STATE)
    except MissingArtifact:
        return None
    try:
        return state_from_json(data)
    except ValueError as error:
        raise NotResumable(
            f"{STATE} cannot be used: {error}. Was it written by another version of cliptune? "
            "Delete the sweep's folder to begin it again"
        ) from error


def state_to_json(state: SweepState) -> bytes:
    """A sweep's state as strict JSON."""
    return (json.dumps({"format": FORMAT, **asdict(state)}, indent=1, allow_nan=False) + "\n").encode()


def state_from_json(data: bytes) -> SweepState:
    """
    What ``state_to_json`` wrote.

    Raises:
        ValueError: If it is anything else.
    """
    known: Any = json.loads(data)
    match known:
        case {"format": 1, "cost": cost, "outcomes": list(outcomes), **rest} if not rest:
            return SweepState(
                None if cost is None else from_plain(Cost, cost),
                tuple(from_plain(Outcome, outcome) for outcome in outcomes),
            )
        case _:
            raise ValueError(f"it is not a sweep's state of format {FORMAT}")
