"""From a request for an audit to its findings, its files and its exit code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve, field, frozen

from ..domain.config import FineTuneConfig
from ..domain.errors import SharedGroup
from . import wiring

if TYPE_CHECKING:
    from ..application.ports import Progress
    from ..domain.audit.findings import Finding
    from ..domain.pairs import Split

Resume = Literal["auto", "never"]


@frozen(eq=False)
class AuditedData:
    """
    A data set that was audited.

    Attributes:
        document: Everything that was found, as ``--json`` prints it.
        findings: The findings, worst first.
        folder: Where ``audit.json``, ``audit.html`` and the looks at pictures are; None where nothing was written.
    """

    document: Mapping[str, Any] = field(repr=False)
    findings: "tuple[Finding, ...]"
    folder: Path | None = None

    @property
    def leaks(self) -> "tuple[Finding, ...]":
        """What stands in two splits, so that a score would be too good."""
        return tuple(finding for finding in self.findings if finding.severity == "leak")

    def demand_no_leak(self) -> None:
        """
        Fail where something stands in two splits.

        Raises:
            SharedGroup: With the leaks, and where they are told in full.
        """
        if self.leaks:
            told = "".join(f"\n  {finding.title}" for finding in self.leaks)
            place = f"; {self.folder / 'audit.html'} shows them" if self.folder else ""
            raise SharedGroup(f"a score on these splits would be too good{place}:{told}")


def audit_data(
    path: str,
    *,
    group_by: str | None = None,
    out: str | Path | None = None,
    config: FineTuneConfig | None = None,
    resume: Resume = "auto",
    near_duplicates: bool | None = None,
    watcher: "Progress | None" = None,
) -> AuditedData:
    """
    Look at everything that can be wrong with a data set, as ``cliptune data audit`` does.

    Args:
        path: A table, a captions file, a folder, or ``hub:NAME``.
        group_by: Column whose equal values must not be torn apart by a split, such as the patient; None takes the
            configuration's ``group_column``.
        out: A folder for the page, the document and the looks at pictures; None writes nothing.
        config: How the data would be used.
        resume: Whether looks at pictures that an earlier audit left in ``out`` are used.
        near_duplicates: Whether pictures are compared with one another; None does for up to 200,000.
        watcher: A person watching; None is nobody.

    Raises:
        DataError: If the data cannot be read.
        UsageError: If it is open what is meant.
    """
    given = config or FineTuneConfig()
    data = evolve(given.data, data_path=path, group_column=group_by or given.data.group_column)
    whole = evolve(given, data=data)
    tables = wiring.sources(whole)
    folder = None if out is None else Path(out)
    named: Sequence[tuple[Any, Split | None]] = ((tables.data, None), (tables.val, "val"), (tables.test, "test"))
    from .wiring.auditing import audit_of, keep_audit

    with audit_of(
        whole,
        tables,
        out=folder,
        fresh=resume == "never",
        near=near_duplicates,
        watcher=watcher or wiring.silence(),
    ) as audit:
        audited = audit([(source, split) for source, split in named if source is not None], whole)
    if folder is not None:
        keep_audit(folder, audited.document, thumbnails=audited.thumbnails)
    return AuditedData(audited.document, audited.findings, folder)
