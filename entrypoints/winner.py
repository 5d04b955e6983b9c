"""The winner of a sweep as a configuration file."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..application.tune import Swept
    from ..domain.config import Resolved
    from ..domain.sweep import Verdict

FOUND: Final = "# Found by `cliptune tune`"


def winner_yaml(resolved: "Resolved", swept: "Swept", found: "Verdict", *, seed: int) -> str:
    """The winner as a configuration: what somebody had written, the winner's keys over it, and how it was found."""
    from ..domain.config import declared_keys
    from .wiring.configuration import config_to_dict, line_of

    trial = swept.trials[found.winner.trial]
    stated = {*_stated(resolved), *trial.changes}
    values = config_to_dict(trial.of(resolved.config))
    head = (
        f"{FOUND}: {len(swept.trials)} trials, seed {seed}, successive halving on",
        f"# the validation split ({found.pictures} pictures). {_told(found)}",
        f"# after as many pairs as {swept.plan.rungs[found.winner.rung].until} steps of the configured run show.",
        "# Scores that a winner was chosen by flatter it: `cliptune train` with this file measures the test split.",
    )
    lines = (line_of(key.name, values[key.name]) for _, key in declared_keys() if key.name in stated)
    return "\n".join((*head, "", *lines)) + "\n"


def _told(found: "Verdict") -> str:
    """Who won, with scores."""
    score = f"mean recall {found.winner.score:.4f}"
    if not found.beaten:
        return f"Nothing beat the configured run: {score}"
    default = "failed" if found.default is None else f"{found.default.score:.4f}"
    return f"Winner: trial {found.winner.trial}, {score} (configured run: {default})"


def _stated(resolved: "Resolved") -> set[str]:
    """Keys that somebody wrote: said so by their origin, or to be seen where they differ from what would be there."""
    from ..domain.config import PRESETS, FineTuneConfig, flat
    from ..domain.config.origins import DEFAULT

    values = flat(resolved.config)
    unsaid = flat(FineTuneConfig()) | dict(PRESETS.get(values["domain"], {}))
    by_origin = {
        key for key, origin in resolved.origins.items() if origin != DEFAULT and not origin.startswith("preset ")
    }
    return by_origin | {key for key, value in values.items() if value != unsaid[key]}
