"""What a run's folder tells about the run."""

import json
from pathlib import Path
from typing import Any, Final

# Sections that only training can write, and facts that only it knows.
SECTIONS: Final = ("wise_ft", "by_resolution")
FACTS: Final = ("run", "model", "from_scratch", "config_fingerprint", "data_fingerprint", "data_root", "wise_ft_alpha")


def kept_sections(run: Path) -> dict[str, Any]:
    """The sections of a run's own report that an evaluation cannot measure again."""
    report = _report(run)
    return {name: report[name] for name in SECTIONS if name in report}


def run_facts(run: Path) -> dict[str, Any]:
    """What a run's own report says about how it was made."""
    identity = _report(run).get("identity", {})
    return {"run": run.name} | {name: identity[name] for name in FACTS if name in identity}


def _report(run: Path) -> dict[str, Any]:
    path = run / "evaluation" / "report.json"
    if not path.is_file():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
