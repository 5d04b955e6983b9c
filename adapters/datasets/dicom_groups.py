"""Groups that DICOM files name themselves: the patient or the study, without saying who that is."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Final

from attrs import evolve, field, frozen

from ...domain.errors import UnreadableImage
from ...domain.pairs import ImageRef, Rejected, Row
from ..images.decoding import HEAD

if TYPE_CHECKING:
    from ...application.ports import PairSource

COLUMNS: Final[Mapping[str, str]] = MappingProxyType({"dicom_patient": "PatientID", "dicom_study": "StudyInstanceUID"})
SECRET: Final = "CLIPTUNE_DICOM_SECRET"  # noqa: S105 - the name of a variable
DIGITS: Final = 20


@frozen
class DicomGroups:
    """
    A `PairSource` that adds a column with a keyed hash of each DICOM file's patient, or study, to the rows.

    Equal identifiers have equal hashes under one secret. Without a secret anybody who can guess an identifier can tell
    whose hash it is. Rows that have the column already keep it, and rows of other kinds of pictures get none.

    Attributes:
        source: Where the rows come from.
        column: ``dicom_patient`` or ``dicom_study``.
        secret: What the hash is keyed with.
    """

    source: "PairSource"
    column: str
    secret: str = field(repr=False)

    @property
    def name(self) -> str:
        """The name of the source of the rows."""
        return self.source.name

    def rows(self) -> Iterator[Row | Rejected]:
        """
        Yield the rows of the source with their group.

        Raises:
            UsageError: If pydicom is not installed.
        """
        known: dict[str, str] = {}
        for row in self.source.rows():
            if isinstance(row, Rejected) or self.column in row.columns:
                yield row
                continue
            if row.image.file not in known:
                known[row.image.file] = self._group(row.image)
            group = known[row.image.file]
            yield evolve(row, columns={**row.columns, self.column: group}) if group else row

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture where the source has it."""
        return self.source.open(image)

    def _group(self, image: ImageRef) -> str:
        from ..images.dicom import read_raw

        try:
            with self.source.open(image) as stream:
                if stream.read(HEAD)[128:] != b"DICM":
                    return ""
                identifier = read_raw(stream, COLUMNS[self.column])
        except (UnreadableImage, OSError, ValueError):
            # Whoever decodes the picture says what is wrong with it.
            return ""
        return keyed_hash(identifier, secret=self.secret, purpose=self.column) if identifier else ""


def keyed_hash(identifier: bytes, *, secret: str, purpose: str) -> str:
    """A short name for an identifier: HMAC with SHA-256, cut to 80 bits; equal for equal identifiers and secrets."""
    key = f"cliptune:{secret}".encode(errors="surrogateescape")
    return hmac.new(key, purpose.encode() + b":" + identifier, hashlib.sha256).hexdigest()[:DIGITS]
