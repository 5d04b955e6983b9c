"""Versions of data sets: their manifests, and what differs between two of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ..domain.errors import GateFailed
from . import wiring
from .wiring.versions import check_manifest_name, described, write_manifest_of

if TYPE_CHECKING:
    from ..application.describe_data import Described
    from ..application.ports import Progress
    from ..domain.data_diff import DataDiff


@frozen
class Version:
    """
    A data set that was looked at.

    Attributes:
        name: As the person named it.
        found: What it is made of.
    """

    name: str
    found: "Described"

    def as_plain(self) -> dict[str, Any]:
        """Counts and root."""
        manifest = self.found.manifest
        return {
            "name": self.name,
            "root": manifest.root,
            "rows": len(manifest.rows),
            "pictures": manifest.pictures,
            "contents": len({row.sha256 for row in manifest.rows}),
            "unusable": manifest.unusable,
            "tells": sorted(manifest.tells),
        }


@frozen
class Compared:
    """Two versions, and what differs."""

    before: Version
    after: Version
    changes: "DataDiff"

    def as_plain(self, *, limit: int) -> dict[str, Any]:
        """Everything that is told, with the first ``limit`` changes of each kind."""
        return {
            "before": self.before.as_plain(),
            "after": self.after.as_plain(),
            **self.changes.as_plain(limit=limit),
        }

    def demand_equal(self) -> None:
        """
        Fail where anything differs.

        Raises:
            GateFailed: If so.
        """
        if not self.changes.equal:
            raise GateFailed(f"{self.before.name} and {self.after.name} differ")


def describe(
    data: str, *, out: Path | None, config: Path | None, overrides: Sequence[str], watcher: "Progress"
) -> Version:
    """
    Read a data set and the bytes of its pictures, and write its manifest where one is asked for.

    Raises:
        UsageError: If the manifest cannot be written as asked.
        DataError: If the data cannot be read.
    """
    if out is not None:
        check_manifest_name(out)
    known = wiring.read_config(config, overrides=overrides).config
    found = described(data, known, watcher=watcher)
    if out is not None:
        write_manifest_of(found, out)
    return Version(data, found)


def compare_versions(
    before: str, after: str, *, config: Path | None, overrides: Sequence[str], watcher: "Progress"
) -> Compared:
    """
    Compare two data sets, manifests or runs.

    Raises:
        UsageError: If one of them kept no manifest.
        DataError: If one of them cannot be read.
    """
    from ..domain.data_diff import diff

    known = wiring.read_config(config, overrides=overrides).config
    one, other = (Version(name, described(name, known, watcher=watcher)) for name in (before, after))
    return Compared(one, other, diff(one.found.manifest, other.found.manifest))
