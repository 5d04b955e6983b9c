"""
One tree of errors; every error says what is wrong, where, and what to do.

CliptuneError
├── UsageError              exit 2: a command or configuration that cannot be followed
│   ├── InvalidConfig       every problem of a configuration at once
│   └── UnknownModel        a model that is neither a folder, a hub name nor ``scratch:``
├── DataError               exit 3: the data cannot be used
│   ├── UnreadableData      a table, file or folder of pairs that cannot be read
│   ├── UnreadableImage     a picture that cannot be used; quarantined, not fatal by itself
│   ├── TooManyBadRows      more rows went to quarantine than is tolerable
│   ├── EmptySplit          a split without pairs
│   └── SharedGroup         one group stands in two splits
├── GateFailed              exit 4: a result below what was demanded
└── RunFailed               exit 1: the run could not go on
    ├── NonFiniteLoss       the loss is no longer a number
    ├── MissingArtifact     nothing is stored under a key
    ├── CorruptArtifact     what is stored does not match its checksums
    └── NotResumable        a run cannot go on exactly where it stopped
"""

from typing import ClassVar, Final

from attrs import field, frozen

from .shown import shortened, shown, shown_lines

LONGEST: Final = 1_000
LONGEST_LINE: Final = 1_500
MOST_PROBLEMS: Final = 50


@frozen
class CliptuneError(Exception):
    """Anything that a user can mend; ``message`` says what is wrong and what to do."""

    message: str
    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        # Names and values in a message are the data's own, and a terminal obeys some characters.
        return "\n".join(shortened(line, most=LONGEST_LINE) for line in shown_lines(self.message).split("\n"))


@frozen
class UsageError(CliptuneError):
    """A command or a configuration cannot be followed."""

    exit_code: ClassVar[int] = 2


@frozen
class Problem:
    """One thing that is wrong with a configuration, and where it stands."""

    key: str
    message: str
    where: str | None = None

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return shown(f"{place}{shortened(self.key)}: {shortened(self.message, most=LONGEST)}")


@frozen
class InvalidConfig(UsageError):
    """A configuration has problems; all of them are told at once."""

    problems: tuple[Problem, ...]
    message: str = field(init=False)

    @message.default  # pyright: ignore[reportAttributeAccessIssue] - attrs turns the field into a decorator
    def _every_problem(self) -> str:
        count = len(self.problems)
        head = "the configuration has a problem" if count == 1 else f"the configuration has {count} problems"
        more = (f"and {count - MOST_PROBLEMS} more",) if count > MOST_PROBLEMS else ()
        return "\n  ".join((f"{head}:", *map(str, self.problems[:MOST_PROBLEMS]), *more))


@frozen
class UnknownModel(UsageError):
    """A model name leads nowhere."""


@frozen
class DataError(CliptuneError):
    """The data cannot be used."""

    exit_code: ClassVar[int] = 3


@frozen
class UnreadableData(DataError):
    """A table, file or folder of pairs cannot be read."""

    def __str__(self) -> str:
        # A name with a line break would begin a line of its own that looks like ours.
        return shown(self.message, most=LONGEST_LINE)


@frozen
class UnreadableImage(DataError):
    """A picture cannot be used; its row goes to quarantine with this reason."""

    def __str__(self) -> str:
        return shown(self.message, most=LONGEST_LINE)


@frozen
class TooManyBadRows(DataError):
    """More rows went to quarantine than ``max_bad_fraction`` tolerates."""


@frozen
class EmptySplit(DataError):
    """A split has no pairs, or too few to train on."""


@frozen
class SharedGroup(DataError):
    """One group stands in two splits, so that a score would be a leak."""


@frozen
class GateFailed(CliptuneError):
    """A result is below what was demanded."""

    exit_code: ClassVar[int] = 4


@frozen
class RunFailed(CliptuneError):
    """The run could not go on."""


@frozen
class NonFiniteLoss(RunFailed):
    """The loss or its gradient is not a number any more."""


@frozen
class MissingArtifact(RunFailed):
    """Nothing is stored under a key."""


@frozen
class CorruptArtifact(RunFailed):
    """What is stored under a key does not match its checksums."""


@frozen
class NotResumable(RunFailed):
    """A run cannot go on exactly where it stopped."""
