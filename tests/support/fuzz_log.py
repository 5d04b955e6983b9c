"""What a time of fuzzing came to."""

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from attrs import define, field

from support.fuzz_judge import MIB, Verdict


@define
class Log:
    """
    Counts inputs, and keeps the shortest input of every crash.

    Attributes:
        target: What is fuzzed.
        engine: With what.
        crashes: The folder where crashing inputs are kept.
    """

    target: str
    engine: str
    crashes: Path
    inputs: int = 0
    seconds: float = 0.0
    memory: int = 0
    began: float = field(factory=time.monotonic)
    found: dict[str, tuple[str, bytes]] = field(factory=dict)

    def add(self, data: bytes, verdict: Verdict) -> None:
        """Take note of one input."""
        self.inputs += 1
        self.seconds, self.memory = max(self.seconds, verdict.seconds), max(self.memory, verdict.memory)
        if not verdict.crash:
            return
        known = self.found.get(verdict.where)
        if known is None or len(data) < len(known[1]):
            self.found[verdict.where] = (verdict.crash, data)
            self.crashes.mkdir(parents=True, exist_ok=True)
            name = hashlib.sha256(verdict.where.encode(errors="replace")).hexdigest()[:10]
            (self.crashes / f"{self.target}-{name}").write_bytes(data)
            (self.crashes / f"{self.target}-{name}.txt").write_text(
                f"{verdict.where}\n{verdict.crash}\n", errors="replace"
            )

    def as_dict(self) -> dict[str, Any]:
        """The whole as plain values."""
        return {
            "target": self.target,
            "engine": self.engine,
            "wall_seconds": round(time.monotonic() - self.began, 1),
            "inputs": self.inputs,
            "longest_seconds": round(self.seconds, 3),
            "largest_mib": round(self.memory / MIB, 1),
            "crashes": {where: crash[:300] for where, (crash, _) in self.found.items()},
        }

    def tell(self) -> None:
        """Write it as one line of JSON on standard output."""
        sys.stdout.write(json.dumps(self.as_dict()) + "\n")
        sys.stdout.flush()
