"""The log that a person reads while a run goes on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from attrs import field, frozen

if TYPE_CHECKING:
    from ...application.ports import RunTracker


# An evaluation has some thirty numbers; the file has them all, a line has those that people look at.
KEPT_QUIET: Final = ("chance_", "i2t_chance_", "t2i_chance_", "i2t_mean_rank", "t2i_mean_rank", "i2t_tie", "t2i_tie")
SHOWN: Final = ("learning_rate", "temperature", "pairs_per_second")


class Log(Protocol):
    """The part of a structlog logger that is used."""

    def info(self, event: str, **values: Any) -> Any:
        """Write one line."""
        ...


@frozen(eq=False)
class LoggingTracker:
    """
    A `RunTracker` that passes everything on, and also writes a log line now and then.

    Every ``logging_steps`` steps there is a line with the mean loss since the last one; every other event, such as an
    evaluation or a checkpoint, has a line of its own.

    Attributes:
        inner: Where the numbers are kept.
        log: Where the lines go: a structlog logger.
        logging_steps: Steps between lines.
    """

    inner: "RunTracker"
    log: Log
    logging_steps: int
    _losses: list[float] = field(init=False, factory=list)

    def record(self, event: str, *, step: int, values: Mapping[str, Any]) -> None:
        """Note what happened once ``step`` steps were done."""
        self.inner.record(event, step=step, values=values)
        if event != "step":
            told = {name: _short(value) for name, value in values.items() if not name.startswith(KEPT_QUIET)}
            self.log.info(event, step=step, **told)
            return
        if "loss" in values:
            self._losses.append(values["loss"])
        if step % self.logging_steps == 0:
            self.log.info("step", step=step, **self._since_last_line(values))

    def events(self) -> tuple[Mapping[str, Any], ...]:
        """Everything recorded so far, oldest first."""
        return self.inner.events()

    def cut_back(self, step: int) -> None:
        """Forget what was recorded after ``step``, so that no step stands twice."""
        self.inner.cut_back(step)
        self._losses.clear()

    def _since_last_line(self, values: Mapping[str, Any]) -> dict[str, object]:
        shown = {name: _short(values[name]) for name in SHOWN if name in values}
        if self._losses:
            shown = {"loss": _short(sum(self._losses) / len(self._losses)), **shown}
        self._losses.clear()
        return shown


def _short(value: object) -> object:
    """Four significant digits are enough for a person; every digit is in the tracker behind."""
    return float(f"{value:.4g}") if isinstance(value, float) else value
