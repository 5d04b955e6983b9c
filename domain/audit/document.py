"""An audit as one document for programs: facts by part, findings worst first."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .findings import SEVERITIES, Finding, Part, counted, leaks, plain_findings, worst_first

SCHEMA_VERSION: Final = 1


def audit_document(parts: Mapping[str, Part], *, source: str, created: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """
    Everything that an audit found, as plain values.

    Args:
        parts: What each look gave, by the name of its facts.
        source: What a person calls the data set.
        created: When.
        asked: The keys of the configuration that decided something.
    """
    findings = worst_first(finding for part in parts.values() for finding in part.findings)
    return {
        "schema_version": SCHEMA_VERSION,
        "source": source,
        "created": created,
        "asked": dict(asked),
        "verdict": verdict(findings),
        "severities": {severity: sum(one.severity == severity for one in findings) for severity in SEVERITIES},
        "findings": plain_findings(findings),
        **{name: dict(part.facts) for name, part in parts.items() if part.facts},
    }


def verdict(findings: Sequence[Finding]) -> str:
    """The whole in one sentence."""
    found = leaks(findings)
    if found:
        return f"{counted(len(found), 'leak')}: a score on these splits would be too good"
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = sum(finding.severity == "warning" for finding in findings)
    if errors or warnings:
        told = [counted(count, name) for count, name in ((errors, "error"), (warnings, "warning")) if count]
        return f"no leak found; {' and '.join(told)} to look at"
    return "nothing found that would harm training"
