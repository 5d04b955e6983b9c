"""What a data set is made of, with the checksums of its pictures."""

from collections.abc import Mapping

from attrs import frozen

from ..domain.config.data import DataConfig
from ..domain.contents import Content
from ..domain.data_manifest import DataManifest, manifest_of_rows, short_name
from ..domain.errors import DataError, UnreadableImage
from ..domain.pairs import Rejected, Row
from ..domain.quarantine import one_line
from .picture_contents import PictureContents, contents_of
from .ports import PairSource, Progress


@frozen
class Described:
    """
    A data set as it is.

    Attributes:
        manifest: Its rows and their root.
        rejected: Rows that cannot be used, and so are not in it.
    """

    manifest: DataManifest
    rejected: tuple[Rejected, ...]


@frozen
class DescribeData:
    """
    Read a table and the bytes of its pictures.

    Attributes:
        contents: Knows or reads the checksums of pictures.
        progress: A person watching.
        workers: Pictures read at the same time.
    """

    contents: PictureContents
    progress: Progress
    workers: int = 8

    def __call__(self, source: PairSource, columns: DataConfig) -> Described:
        """
        The manifest of a data set.

        Args:
            source: The data set.
            columns: Which of its columns tell groups and splits.

        Raises:
            UnreadableData: If the table cannot be read.
            DataError: If none of its rows can be used.
        """
        table = tuple(source.rows())
        images = {row.image.key: row.image for row in table if isinstance(row, Row)}
        found = contents_of(list(images.values()), self.contents, progress=self.progress, workers=self.workers)
        known = {key: one for key, one in found.items() if isinstance(one, Content)}
        rows, rejected = _usable(table, known, found)
        if not rows:
            first = f"; the first: {one_line(rejected[0])}" if rejected else ""
            raise DataError(f"{source.name}: none of its {len(table)} rows can be used{first}")
        manifest = manifest_of_rows(
            rows,
            known,
            name=short_name(source.name),
            group_column=columns.group_column,
            split_column=columns.split_column,
            unusable=len(rejected),
        )
        return Described(manifest, rejected)


def _usable(
    table: tuple[Row | Rejected, ...], known: Mapping[str, Content], found: Mapping[str, Content | UnreadableImage]
) -> tuple[list[Row], tuple[Rejected, ...]]:
    """The rows whose picture can be read, and all others with the reason."""
    rows, rejected = list[Row](), list[Rejected]()
    for row in table:
        if isinstance(row, Rejected):
            rejected.append(row)
        elif row.image.key in known:
            rows.append(row)
        else:
            reason = str(found[row.image.key]).removeprefix(f"{row.image.key}: ")
            rejected.append(Rejected(row.where, row.image.key, reason))
    return rows, tuple(rejected)
