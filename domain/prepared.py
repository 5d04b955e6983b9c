"""Data that is ready to learn from: splits, what was left out, and a fingerprint."""

from typing import Any

from attrs import asdict, field, frozen

from .pairs import Example, Rejected
from .quarantine import reasons
from .splits import Splits


@frozen
class PreparedData:
    """
    The examples of every split.

    Attributes:
        train: What is learned from.
        val: What decides which checkpoint is best.
        test: What is looked at once, at the end.
        quarantine: Rows that cannot be used, with reasons.
        rows: How many rows the tables have, those in quarantine among them.
        fingerprint: Identifies the examples and their splits by the sizes of the pictures; see ``data_fingerprint``.
        root: Identifies them by the pictures' bytes: the root of their manifest; empty where nobody read the bytes.
        manifest: Every row with its checksums, packed; see ``manifest_lines``.
        notes: What a person should know about how the data was read.
    """

    train: tuple[Example, ...]
    val: tuple[Example, ...]
    test: tuple[Example, ...]
    quarantine: tuple[Rejected, ...] = ()
    rows: int = 0
    fingerprint: str = ""
    root: str = ""
    manifest: bytes = field(default=b"", repr=False)
    notes: tuple[str, ...] = field(default=())

    @property
    def splits(self) -> Splits:
        """The examples by split."""
        return {"train": self.train, "val": self.val, "test": self.test}

    def card(self) -> dict[str, Any]:
        """The data of a run as plain values, for its ``data.json``."""
        return {
            "fingerprint": self.fingerprint,
            **({"root": self.root} if self.root else {}),
            "rows": self.rows,
            "splits": {split: _counts(examples) for split, examples in self.splits.items()},
            "quarantine": {
                "count": len(self.quarantine),
                "reasons": reasons(self.quarantine),
                "rows": [asdict(row) for row in self.quarantine],
            },
            "notes": list(self.notes),
        }


def _counts(examples: tuple[Example, ...]) -> dict[str, int]:
    return {
        "images": len(examples),
        "captions": sum(len(example.captions) for example in examples),
        "groups": len({example.group for example in examples}),
    }
