"""A run's checkpoints: written whole, found by step, and no more of them than wanted."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from attrs import asdict, field, frozen
from attrs.validators import ge

from ..domain.errors import CorruptArtifact, MissingArtifact, NotResumable
from ..domain.plain import from_plain
from ..domain.retention import Scored, best_of
from ..domain.retention import keep as steps_to_keep
from ..domain.run_state import RunState
from .ports import ArtifactStore

FOLDER: Final = "checkpoints/"
LAST: Final = "checkpoints/last"
BEST: Final = "checkpoints/best"
SCORES: Final = "checkpoints/scores.json"
RUN: Final = "run.json"
FORMAT: Final = 1
# Fields that the first states of this format did not have, and what they stood for: left out where they are that.
LATER: Final[Mapping[str, object]] = {"skipped": 0, "adaptive_temperature": None, "pairs_related": None}


@frozen
class Checkpoint:
    """
    A checkpoint that is intact.

    Attributes:
        key: Where it is kept.
        state: Where the run stood.
        score: Of its weights on the validation split; None where they were not measured.
        skipped: What is wrong with checkpoints that would have been preferred, one line each.
    """

    key: str
    state: RunState
    score: float | None
    skipped: tuple[str, ...] = ()


@frozen(eq=False)
class Checkpoints:
    """
    The checkpoints of one run.

    Attributes:
        store: The run's folder.
        keep: How many of the best to keep besides the last.
    """

    store: ArtifactStore
    keep: int = field(validator=ge(1))

    def save(self, state: RunState, *, score: float | None, write: Callable[[Path], None]) -> str:
        """
        Keep a checkpoint, then forget those that are not worth their space any more.

        Checkpoints of later steps are forgotten, too: they belong to a course that was given up for an earlier one.

        Args:
            state: Where the run stands.
            score: Of the weights on the validation split; None where they were not measured.
            write: Fills an empty folder with the learner's state.

        Returns:
            The checkpoint's key.
        """
        scores = {step: known for step, known in self._scores().items() if step < state.step}
        scores[state.step] = _finite(score)
        # Before the folder: a score without a checkpoint is ignored, a checkpoint without its score may be lost.
        self.store.put(SCORES, json.dumps(scores).encode())
        key = checkpoint_key(state.step)
        with self.store.write_folder(key) as folder:
            write(folder)
            (folder / RUN).write_bytes(state_to_json(state, score=score))
        self.store.put(LAST, key.encode())
        scored = [Scored(step, known) for step, known in scores.items()]
        best = best_of(scored)
        if best is None:
            self.store.delete(BEST)
        else:
            self.store.put(BEST, checkpoint_key(best.step).encode())
        for step in set(self._steps()).difference(steps_to_keep(scored, best=self.keep)):
            self.store.delete(checkpoint_key(step))
        return key

    def latest(self) -> Checkpoint | None:
        """
        The newest intact checkpoint, by its step; None where there is none at all.

        Raises:
            CorruptArtifact: If there are checkpoints, and none is intact.
            NotResumable: If it was written by another version of cliptune.
        """
        steps = self._steps()
        found, skipped = self._first_intact(sorted(steps, reverse=True))
        if found is None and steps:
            raise CorruptArtifact(
                f"none of the {len(steps)} checkpoints is intact: {'; '.join(skipped)}. "
                "Start a new run, or delete the folder 'checkpoints' of this one to begin it again"
            )
        return found

    def best(self) -> Checkpoint | None:
        """
        The intact checkpoint with the best score; None where no score is a number.

        Raises:
            NotResumable: If it was written by another version of cliptune.
        """
        left = [Scored(step, score) for step, score in self._scores().items()]
        ranked = []
        while (winner := best_of(left)) is not None:
            ranked.append(winner.step)
            left.remove(winner)
        return self._first_intact(ranked)[0]

    def open(self, checkpoint: Checkpoint) -> AbstractContextManager[Path]:
        """The folder of a checkpoint, checked once more."""
        return self.store.read_folder(checkpoint.key)

    def _first_intact(self, steps: Iterable[int]) -> tuple[Checkpoint | None, tuple[str, ...]]:
        skipped: tuple[str, ...] = ()
        for step in steps:
            key = checkpoint_key(step)
            try:
                state, score = self._read(key)
            except (CorruptArtifact, MissingArtifact) as error:
                skipped = (*skipped, str(error))
            else:
                return Checkpoint(key, state, score, skipped), skipped
        return None, skipped

    def _read(self, key: str) -> tuple[RunState, float | None]:
        with self.store.read_folder(key) as folder:
            try:
                return state_from_json((folder / RUN).read_bytes())
            except (OSError, ValueError) as error:
                raise NotResumable(
                    f"{key}/{RUN} cannot be used: {error}. Was it written by another version of cliptune?"
                ) from error

    def _steps(self) -> tuple[int, ...]:
        found = (re.fullmatch(r"checkpoints/step-(\d{6,})", key) for key in self.store.keys(FOLDER))
        return tuple(int(match[1]) for match in found if match)

    def _scores(self) -> dict[int, float | None]:
        """The score of every checkpoint that is there; one that is not on the list is looked up in the checkpoint."""
        try:
            listed = _read_scores(self.store.get(SCORES))
        except MissingArtifact:
            listed = {}
        return {step: listed[str(step)] if str(step) in listed else self._own_score(step) for step in self._steps()}

    def _own_score(self, step: int) -> float | None:
        found, _ = self._first_intact([step])
        return found.score if found else None


def checkpoint_key(step: int) -> str:
    """Where the checkpoint of a step is kept."""
    return f"{FOLDER}step-{step:06}"


def state_to_json(state: RunState, *, score: float | None) -> bytes:
    """A run's state and the score of its weights as strict JSON."""
    fields = {name: value for name, value in asdict(state).items() if name not in LATER or value != LATER[name]}
    document = {"format": FORMAT, "score": _finite(score), "state": fields}
    return json.dumps(document, indent=1, allow_nan=False).encode()


def state_from_json(data: bytes) -> tuple[RunState, float | None]:
    """
    What ``state_to_json`` wrote.

    Raises:
        ValueError: If it is anything else.
    """
    match json.loads(data):
        case {"format": 1, "score": int() | float() | None as score, "state": dict(state), **rest} if not rest:
            return from_plain(RunState, {**LATER, **state}), score
        case _:
            raise ValueError(f"it is not a run's state of format {FORMAT}")


def _finite(score: float | None) -> float | None:
    """JSON has no NaN and no infinities: a score that is no number is none."""
    return score if score is not None and math.isfinite(score) else None


def _read_scores(data: bytes) -> dict[str, float | None]:
    """The list of scores; empty if it is damaged, so that each is looked up in its checkpoint."""
    try:
        listed = json.loads(data)
    except ValueError:
        return {}
    usable = isinstance(listed, dict) and all(
        score is None or isinstance(score, int | float) for score in listed.values()
    )
    return listed if usable else {}
