"""One sweep from a resolved configuration, for the command line and for Python alike."""

import hashlib
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from ..domain.errors import RunFailed, UsageError
from . import wiring
from .fine_tuning import Stopping, prepared, unstoppable
from .winner import FOUND, winner_yaml

if TYPE_CHECKING:
    from ..application.ports import ArtifactStore, Progress
    from ..application.tune import Size, Swept
    from ..domain.conditions import Conditions
    from ..domain.config import Resolved
    from ..domain.prepared import PreparedData
    from ..domain.sweep import Verdict

MINUTES: Final = 10.0
WINNER: Final = "winner.yaml"


@frozen
class Tuned:
    """
    A sweep, and what it came to.

    Attributes:
        folder: The sweep's folder.
        swept: Its rungs, trials and how they came out.
        seed: What decided the draws.
        keys: What each trial was tried with, by key.
        verdict: Whether the best trial beats the configured run; None if the sweep was stopped.
        winner: The best configuration as a file; None if the sweep was stopped.
    """

    folder: Path
    swept: "Swept"
    seed: int
    keys: tuple[dict[str, Any], ...]
    verdict: "Verdict | None" = None
    winner: Path | None = None


def tune(
    resolved: "Resolved",
    *,
    minutes: float | None = None,
    trials: int | None = None,
    seed: int | None = None,
    out: Path | None = None,
    resume: bool = False,
    stopping: Stopping = unstoppable,
) -> Tuned:
    """
    Sweep around a configuration on its validation split, in a folder of its own.

    Args:
        resolved: The configured run, with where each value comes from.
        minutes: How long the sweep may take; 10 where neither it nor ``trials`` is given.
        trials: How many trials there are, the configured run among them, instead of a time.
        seed: Decides what is drawn; None is the configuration's own.
        out: Where to write the winner besides the sweep's folder.
        resume: Whether to go on with the sweep of equal configuration, data, size and seed.
        stopping: A context that tells whether somebody asked the sweep to stop.

    Raises:
        UsageError: If the size makes no sense, there is no validation split, or the sweep is there and not to be
            gone on with.
        RunFailed: If every trial failed.
        CliptuneError: As the parts raise it.
    """
    size = _size(minutes, trials)
    _check_out(out)
    chosen = resolved.config.training.seed if seed is None else seed
    tables, data, watcher = prepared(resolved)
    _check_validated(data)
    folder = Path(resolved.config.output.output_dir) / f"tune-{_fingerprint(resolved, data, size, chosen)}"
    with wiring.open_run(folder) as store:
        _check_resume(store, folder, resume=resume, watcher=watcher)
        given = _conditions(store, resolved, data, watcher=watcher)
        runs = wiring.SweepRuns(resolved.config, data, tables, given, folder, watcher)
        watcher.say(f"sweep {folder}")
        with stopping(watcher.say) as stop_requested:
            swept = wiring.sweep(runs, store, seed=chosen, size=size, stop_requested=stop_requested)()
        return _tuned(resolved, data, given, store, folder, swept, seed=chosen, out=out)


def _tuned(
    resolved: "Resolved",
    data: "PreparedData",
    given: "Conditions",
    store: "ArtifactStore",
    folder: Path,
    swept: "Swept",
    *,
    seed: int,
    out: Path | None,
) -> Tuned:
    from ..domain.sweep import verdict

    keys = tuple(_values(resolved, trial.changes, given) for trial in swept.trials)
    if not swept.finished:
        return Tuned(folder, swept, seed, keys)
    found = verdict(swept.state.outcomes, pictures=len(data.val))
    if found is None:
        raise RunFailed(
            f"every trial of the sweep failed, the last with: {swept.state.outcomes[-1].failed}; "
            "lower learning_rate, or look at the data"
        )
    text = winner_yaml(resolved, swept, found, seed=seed)
    store.put(WINNER, text.encode())
    if out is not None:
        out.write_text(text, encoding="utf-8")
    return Tuned(folder, swept, seed, keys, found, out or folder / WINNER)


def _values(resolved: "Resolved", changes: Any, given: "Conditions") -> dict[str, Any]:
    """What a person wants to know of a trial."""
    config = resolved.config
    tried = {
        "learning_rate": config.training.learning_rate,
        "temperature": config.loss.temperature,
        "loss_type": config.loss.loss_type if config.loss.loss_mix is None else "mix",
    }
    if config.training.effective_batch_size is None:
        return {**tried, "batch_size": config.training.batch_size or given.batch_size, **changes}
    return {**tried, "effective_batch_size": config.training.effective_batch_size, **changes}


def _size(minutes: float | None, trials: int | None) -> "Size":
    from ..application.tune import Size

    if minutes is not None and trials is not None:
        raise UsageError("give --budget or --trials, not both: the time decides how many trials there are")
    if trials is not None:
        if trials < 2:
            raise UsageError(f"--trials must be at least 2, the configured run and one to compare with, found {trials}")
        return Size(trials=trials)
    asked = MINUTES if minutes is None else minutes
    if not (math.isfinite(asked) and asked > 0):
        raise UsageError(f"--budget must be a number of minutes above 0, found {asked:g}")
    return Size(seconds=60 * asked)


def _check_out(out: Path | None) -> None:
    """Before hours are spent: the winner can be written, and over nothing that a person wrote."""
    if out is None:
        return
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.parent}")
    if out.is_dir():
        raise UsageError(f"--out {out}: is a folder; name a file")
    if out.exists() and not out.read_text(encoding="utf-8", errors="replace").startswith(FOUND):
        raise UsageError(f"--out {out}: exists and is not the winner of a sweep; choose another name")


def _check_validated(data: "PreparedData") -> None:
    if len(data.val) < 2:
        raise UsageError(
            f"a sweep chooses on the validation split, and that has {len(data.val)} pictures: at least 2 are needed to "
            "tell apart; give val_split a larger share, or name val_path"
        )


def _check_resume(store: "ArtifactStore", folder: Path, *, resume: bool, watcher: "Progress") -> None:
    from ..application.sweep_state import stored_state

    there = stored_state(store) is not None
    if resume and not there:
        watcher.say("note: there is no sweep of this configuration, data, size and seed to go on with; beginning one")
    if there and not resume:
        raise UsageError(
            f"{folder} holds a sweep of this configuration, data, size and seed; go on with it, or see what it came "
            "to, with --resume; another --seed is another sweep"
        )


def _fingerprint(resolved: "Resolved", data: "PreparedData", size: "Size", seed: int) -> str:
    from ..domain.config import config_fingerprint

    same = [config_fingerprint(resolved.config), data.fingerprint, size.seconds, size.trials, seed]
    return hashlib.sha256(json.dumps(same).encode()).hexdigest()[:12]


def _conditions(
    store: "ArtifactStore", resolved: "Resolved", data: "PreparedData", *, watcher: "Progress"
) -> "Conditions":
    here = wiring.conditions(resolved.config)
    return wiring.settled_conditions(
        store,
        resolved,
        data,
        here,
        measure=lambda: wiring.measured(
            resolved.config, data, wiring.starting_clip(resolved.config, data), here, watcher=watcher
        ),
        command=wiring.command_line(),
        watcher=watcher,
    )
