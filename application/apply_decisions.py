"""Decisions of a review become a new version of a data set."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from attrs import asdict, frozen

from ..domain.decisions import Decision, in_force
from ..domain.errors import DataError
from ..domain.pairs import Rejected, Row
from ..domain.reviewed_rows import SAME_AS, Applied, apply_decisions, rows_fingerprint
from .ports import Clock, PairSource

FORMAT: Final = "cliptune-decisions-applied/1"


class PairWriter(Protocol):
    """A new data set to be written."""

    @property
    def name(self) -> str:
        """What a person calls it, such as its path."""
        ...

    def check(self, rows: Sequence[Row]) -> None:
        """
        Make sure that the rows can be written without loss.

        Raises:
            UsageError: If the format cannot hold them, or the data set is already there.
        """
        ...

    def write(self, rows: Sequence[Row], *, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """
        Write the data set and what is to be known of it, whole or not at all.

        Returns:
            The manifest with ``manifest``, where it stands, and ``pictures``, how they are named.

        Raises:
            RunFailed: If it cannot be written.
        """
        ...


@frozen
class ApplyDecisions:
    """
    Apply decisions to every row of a data set, and write what comes of it.

    Attributes:
        source: The data set; it is only read.
        writer: Writes the new one.
        clock: Tells when.
    """

    source: PairSource
    writer: PairWriter
    clock: Clock

    def __call__(self, decisions: Sequence[Decision], *, name: str) -> dict[str, Any]:
        """
        Write the new data set, and return its manifest.

        Args:
            decisions: Everything decided, oldest first.
            name: What a person calls the decisions, such as their path.

        Raises:
            DataError: If there are decisions, and none fits the data.
            UsageError: If the new data set cannot be written as asked.
        """
        table = tuple(self.source.rows())
        rows = tuple(row for row in table if isinstance(row, Row))
        rejected = [row for row in table if isinstance(row, Rejected)]
        applied = apply_decisions(rows, decisions)
        held = sum(map(len, in_force(decisions).values()))
        if held and len(applied.stale) == held:
            raise DataError(
                f"{name}: none of its {held} decisions fits {self.source.name}: no row has the picture and the caption "
                f"that they are about, such as {applied.stale[0].decision.image!r}; name the data that was reviewed"
            )
        self.writer.check(applied.rows)
        manifest = self._manifest(applied, rows, rejected, decisions=held, name=name)
        return self.writer.write(applied.rows, manifest=manifest)

    def _manifest(
        self,
        applied: Applied,
        rows: Sequence[Row],
        rejected: Sequence[Rejected],
        *,
        decisions: int,
        name: str,
    ) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "created": self.clock.now(),
            "source": {"name": self.source.name, "rows": len(rows), "fingerprint": rows_fingerprint(rows)},
            "decisions": {"name": name, "in_force": decisions, "undone": applied.undone},
            "result": {
                "name": self.writer.name,
                "rows": len(applied.rows),
                "fingerprint": rows_fingerprint(applied.rows),
            },
            "rows": {
                "dropped": applied.dropped,
                "edited": applied.edited,
                "same_as": applied.marked,
                "unusable": len(rejected),
            },
            "kept": applied.kept,
            "stale": [{**asdict(one.decision), "reason": one.reason} for one in applied.stale],
            "unusable": [asdict(row) for row in rejected],
            "positive_keys": ["caption", "image", SAME_AS] if applied.marked else None,
        }
