"""From one format of pairs to another: pictures byte for byte, and resumable after any interruption."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from attrs import asdict, field, frozen

from ..domain.captioned import Captioned, by_picture
from ..domain.errors import UnreadableImage
from ..domain.pairs import Rejected, Row
from ..domain.quarantine import check_quarantine
from ..domain.reviewed_rows import rows_fingerprint
from .ports import PairSource, Progress

FORMAT: Final = "cliptune-conversion/1"
LARGEST_PICTURE: Final = 2**30


class Conversion(Protocol):
    """A new data set that is being written."""

    @property
    def done(self) -> int:
        """How many pictures an interrupted conversion has brought already."""
        ...

    @property
    def lost(self) -> Mapping[int, str]:
        """Of those, the pictures that could not be read, by number, with the reason."""
        ...

    def take(self, number: int, picture: Captioned, data: bytes) -> None:
        """
        Write a picture with its rows.

        Raises:
            RunFailed: If it cannot be written.
        """
        ...

    def leave_out(self, number: int, reason: str) -> None:
        """Go on without a picture that cannot be read."""
        ...

    def finish(self, rows: Sequence[Row], *, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """
        Write what is left, and let the data set appear, whole.

        Args:
            rows: The rows of all pictures that were taken, in the order of the table.
            manifest: What is to be known of it.

        Returns:
            The manifest, with what was written.

        Raises:
            RunFailed: If it cannot be written.
        """
        ...


class ConversionTarget(Protocol):
    """Where a new data set goes, and in which format."""

    @property
    def name(self) -> str:
        """What a person calls it, such as its path."""
        ...

    def check(self, pictures: Sequence[Captioned]) -> None:
        """
        Make sure that the rows can be written without loss.

        Raises:
            UsageError: If the format cannot hold them, or there is something at the path already.
        """
        ...

    def begin(self, pictures: Sequence[Captioned], *, fingerprint: str) -> AbstractContextManager[Conversion]:
        """
        Begin a conversion, or go on with one that was interrupted, if it was made of the same.

        Args:
            pictures: All that is to be written.
            fingerprint: Of their rows; a target may look at more, such as the times of their files.

        Raises:
            RunFailed: If another process is at it.
        """
        ...


@frozen
class ConvertData:
    """
    Write a data set anew in another format.

    Attributes:
        source: The data set; it is only read.
        target: The new one.
        progress: A person watching.
        max_bad_fraction: Which share of the rows may be unusable.
        state: Changes when files that hold pictures of the source do; a conversion of another one begins anew.
    """

    source: PairSource
    target: ConversionTarget
    progress: Progress
    max_bad_fraction: float
    state: str = field(default="", kw_only=True)

    def __call__(self) -> dict[str, Any]:
        """
        Convert, and return what was done; rows that cannot be used are left out and listed.

        Raises:
            UnreadableData: If the source cannot be read.
            TooManyBadRows: If too many of its rows cannot be used.
            UsageError: If the new data set cannot be written as asked.
            RunFailed: If it cannot be written.
        """
        table = tuple(map(_checked, self.source.rows()))
        rows = tuple(row for row in table if isinstance(row, Row))
        rejected = [row for row in table if isinstance(row, Rejected)]
        self._check(rejected, rows=len(table))
        pictures = by_picture(rows)
        self.target.check(pictures)
        with self.target.begin(pictures, fingerprint=rows_fingerprint(rows) + self.state) as conversion:
            begun = conversion.done
            lost = self._carry(pictures, conversion)
            unusable = [*rejected, *_without(pictures, lost)]
            self._check(unusable, rows=len(table))
            keys = {pictures[number].image.key for number in lost}
            left = tuple(row for row in rows if row.image.key not in keys)
            return conversion.finish(left, manifest=self._manifest(left, unusable)) | {"resumed_at": begun}

    def _carry(self, pictures: Sequence[Captioned], conversion: Conversion) -> dict[int, str]:
        """Write every picture that is not there yet; the numbers of those that cannot be read, with the reason."""
        lost = dict(conversion.lost)
        with self.progress.track("converting", total=len(pictures), done=conversion.done) as ticker:
            for number in range(conversion.done, len(pictures)):
                data = self._read(pictures[number])
                if isinstance(data, str):
                    lost[number] = data
                    conversion.leave_out(number, data)
                else:
                    conversion.take(number, pictures[number], data)
                ticker.advance()
        return lost

    def _read(self, picture: Captioned) -> bytes | str:
        """The encoded bytes as they are, or why there are none."""
        try:
            with self.source.open(picture.image) as stream:
                data = stream.read(LARGEST_PICTURE + 1)
        except UnreadableImage as error:
            return error.message.removeprefix(f"{picture.image.key}: ")
        except OSError as error:
            return f"cannot be read ({error.strerror or error})"
        if not data:
            return "the picture is empty"
        return data if len(data) <= LARGEST_PICTURE else f"has more than {LARGEST_PICTURE:,} bytes"

    def _check(self, unusable: Sequence[Rejected], *, rows: int) -> None:
        check_quarantine(unusable, rows=rows, max_bad_fraction=self.max_bad_fraction)

    def _manifest(self, left: Sequence[Row], unusable: Sequence[Rejected]) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "source": self.source.name,
            "rows": len(left),
            "pictures": len({row.image.key for row in left}),
            "rows_fingerprint": rows_fingerprint(left),
            "unusable": [asdict(row) for row in unusable],
        }


def _checked(row: Row | Rejected) -> Row | Rejected:
    """A row, or why a column of it can be written in no format."""
    if isinstance(row, Rejected):
        return row
    bad = next((name for name, value in row.columns.items() if not (_is_text(name) and _is_text(value))), None)
    if bad is None:
        return row
    shown = bad.encode(errors="replace").decode()
    return Rejected(row.where, row.image.key, f"column `{shown}` holds half a surrogate pair or a NUL character")


def _is_text(text: str) -> bool:
    return "\0" not in text and (text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text))


def _without(pictures: Sequence[Captioned], lost: Mapping[int, str]) -> list[Rejected]:
    return [
        Rejected(row.where, row.image.key, reason) for number, reason in lost.items() for row in pictures[number].rows
    ]
