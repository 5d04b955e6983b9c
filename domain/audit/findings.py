"""What an audit has to say: findings with a severity, a sentence, what to do, and examples."""

import types
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from attrs import asdict, field, frozen

Severity = Literal["leak", "error", "warning", "note"]
SEVERITIES: Final[Mapping[Severity, str]] = types.MappingProxyType(
    {
        "leak": "a score on this data would be too good",
        "error": "something is wrong and should be mended before training",
        "warning": "training will probably suffer, or the numbers will mean less than they seem to",
        "note": "good to know",
    }
)
SHOWN: Final = 8


@frozen
class Sighting:
    """
    One example of a finding.

    Attributes:
        text: What is to be seen, such as the caption or the reason.
        where: Rows where it is to be found, such as ``captions.csv:12``.
        images: Keys of the pictures that it is about.
    """

    text: str
    where: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


@frozen
class Finding:
    """
    One thing that a person should know about a data set.

    Attributes:
        code: What programs call it; a code keeps its meaning.
        severity: How bad it is.
        title: What was found, in one sentence.
        advice: What to do about it: a key of the configuration, a command, or a look at the pictures.
        count: How many rows, pictures, captions or groups it is about, as the title says.
        sightings: Some examples.
    """

    code: str
    severity: Severity
    title: str
    advice: str
    count: int
    sightings: tuple[Sighting, ...] = ()


@frozen
class Part:
    """
    What one look at a data set gave.

    Attributes:
        facts: Plain values for programs, for the page and for the summary.
        findings: What of it a person should know.
    """

    facts: Mapping[str, Any] = field(factory=dict)
    findings: tuple[Finding, ...] = ()


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by severity, and within one in the order in which they came."""
    order = list(SEVERITIES)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))


def leaks(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that make a score too good."""
    return tuple(finding for finding in findings if finding.severity == "leak")


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 picture``, ``1,200 pictures``."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def share(part: int, whole: int) -> str:
    """A part of a whole as a person reads it: ``50 %``, and ``< 1 %`` for what is little."""
    if not whole:
        return "0 %"
    fraction = 100 * part / whole
    if 0 < fraction < 1:
        return "< 1 %"
    return "> 99 %" if 99 < fraction < 100 else f"{fraction:.0f} %"


def plain_findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as plain values for programs."""
    return [asdict(finding) for finding in findings]
