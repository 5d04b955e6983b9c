"""Embed a whole data set, and encode again only what changed since the last time."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, Final

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from ..domain.embedded import CaptionRow, EmbeddingsFolder, ImageRow, embedded_fingerprint
from ..domain.embedding_table import Taken, caption_content, table_of
from ..domain.errors import DataError, UnreadableImage
from ..domain.model_identity import ModelIdentity
from ..domain.pairs import ImageRef, Rejected, Row
from ..domain.quarantine import check_undecodable
from .each_picture import each_picture
from .encode_missing import Earlier, Encoded, EncodeMissing
from .ports import Progress

MEBI: Final = 2**20


@frozen(eq=False)
class EmbeddedDataset:
    """
    A data set whose every picture and caption has an embedding.

    Attributes:
        image_rows: The pictures.
        caption_rows: The captions.
        image_counts: What became of the pictures.
        caption_counts: What became of the captions.
        undecodable: Pictures that are left out with their captions, and why.
        encoded_images: The embeddings of the pictures by content.
        encoded_captions: The embeddings of the captions by content.
    """

    image_rows: tuple[ImageRow, ...] = field(repr=False)
    caption_rows: tuple[CaptionRow, ...] = field(repr=False)
    image_counts: Taken
    caption_counts: Taken
    undecodable: tuple[Rejected, ...]
    encoded_images: Encoded = field(repr=False)
    encoded_captions: Encoded = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Equal where pictures, their bytes and their captions are the same."""
        return embedded_fingerprint(self.image_rows, self.caption_rows)

    def images(self) -> Iterator[NDArray[np.float32]]:
        """The embeddings of the pictures, a block of rows at a time: float32, shape ``(block, width)``, of length 1."""
        return self.encoded_images.blocks([row.content for row in self.image_rows])

    def captions(self) -> Iterator[NDArray[np.float32]]:
        """The embeddings of the captions, likewise."""
        return self.encoded_captions.blocks([caption_content(row.caption) for row in self.caption_rows])


@frozen(eq=False)
class EmbedDataset:
    """
    Embed every picture and caption of a data set, and take over what is known already.

    A picture is known by the SHA-256 of its encoded bytes and a caption by its text, each with what of the model
    decides its embedding. So every picture is read, and only those that changed are decoded and encoded. Of pictures
    with equal bytes, and of equal captions, one is encoded.

    Attributes:
        encode: Encodes what is missing.
        open: Opens the encoded bytes of a picture.
        progress: A person watching.
        workers: Pictures read at the same time.
    """

    encode: EncodeMissing
    open: Callable[[ImageRef], BinaryIO]
    progress: Progress
    workers: int = field(default=8, kw_only=True)

    def __call__(
        self,
        rows: Sequence[Row],
        *,
        model: ModelIdentity,
        previous: EmbeddingsFolder | None = None,
        max_bad_fraction: float = 0.0,
        locations: Callable[[ImageRef], str] = lambda image: image.location,
    ) -> EmbeddedDataset:
        """
        Embed the rows of a table.

        Args:
            rows: Usable rows.
            model: What identifies the model that encodes.
            previous: What an earlier run left, whatever its model and its data.
            max_bad_fraction: Share of pictures that may be undecodable.
            locations: The absolute path of a picture that is a file; empty text for any other.

        Raises:
            TooManyBadRows: If too many pictures cannot be decoded.
            DataError: If none can.
            RunFailed: If an embedding is not finite, or cannot be kept.
        """
        images = list({row.image.key: row.image for row in rows}.values())
        read = each_picture(
            images, self._content, title="reading pictures", progress=self.progress, workers=self.workers
        )
        contents = {key: content for key, content in read.items() if isinstance(content, str)}
        wanted = {contents[image.key]: image for image in reversed(images) if image.key in contents}
        seen = self.encode.images(
            dict(reversed(wanted.items())), key=model.image_key, earlier=_earlier_images(previous, model)
        )

        undecodable = _undecodable(rows, read, seen.refused)
        check_undecodable([row.image for row in undecodable], pictures=len(images), max_bad_fraction=max_bad_fraction)
        good = {key: content for key, content in contents.items() if content not in seen.refused}
        image_rows, caption_rows = table_of(
            rows, contents=good, locations={image.key: locations(image) for image in images}
        )
        if not image_rows:
            example = f"; {undecodable[0].image}: {undecodable[0].reason}" if undecodable else ""
            raise DataError(f"there is no picture to embed: {len(undecodable)} cannot be decoded{example}")
        texts = self.encode.captions(
            {caption_content(row.caption): row.caption for row in caption_rows},
            key=model.text_key,
            earlier=_earlier_captions(previous, model),
        )
        before = previous.image_rows if previous else ()
        said = previous.caption_rows if previous else ()
        return EmbeddedDataset(
            image_rows=image_rows,
            caption_rows=caption_rows,
            image_counts=_taken(
                seen, [row.content for row in image_rows], [row.image for row in image_rows], [r.image for r in before]
            ),
            caption_counts=_taken(
                texts,
                [row.caption for row in caption_rows],
                [row.caption for row in caption_rows],
                [r.caption for r in said],
            ),
            undecodable=undecodable,
            encoded_images=seen,
            encoded_captions=texts,
        )

    def _content(self, image: ImageRef) -> str | UnreadableImage:
        """SHA-256 of the encoded bytes, or why there is none."""
        try:
            digest = hashlib.sha256()
            with self.open(image) as stream:
                while part := stream.read(MEBI):
                    digest.update(part)
            return image.content(digest.hexdigest())
        except UnreadableImage as error:
            return error
        except OSError as error:
            return UnreadableImage(f"{image.key}: {error.strerror or error}")


def _earlier_images(previous: EmbeddingsFolder | None, model: ModelIdentity) -> Earlier:
    if previous is None or previous.model.image_key != model.image_key:
        return Earlier()
    return Earlier({row.content: place for place, row in enumerate(previous.image_rows)}, previous.images)


def _earlier_captions(previous: EmbeddingsFolder | None, model: ModelIdentity) -> Earlier:
    if previous is None or previous.model.text_key != model.text_key:
        return Earlier()
    return Earlier(
        {caption_content(row.caption): place for place, row in enumerate(previous.caption_rows)}, previous.captions
    )


def _undecodable(
    rows: Sequence[Row], read: Mapping[str, str | UnreadableImage], refused: Mapping[str, str]
) -> tuple[Rejected, ...]:
    """The pictures that have no embedding, each with the first row that names it."""
    found: dict[str, Rejected] = {}
    for row in rows:
        content = read[row.image.key]
        if isinstance(content, UnreadableImage):
            reason = content.message.removeprefix(f"{row.image.key}: ")
        elif content in refused:
            reason = refused[content]
        else:
            continue
        found.setdefault(row.image.key, Rejected(row.where, row.image.key, reason))
    return tuple(found.values())


def _taken(seen: Encoded, contents: Sequence[str], names: Iterable[str], before: Iterable[str]) -> Taken:
    distinct = len(set(contents))
    return Taken(
        rows=len(contents),
        distinct=distinct,
        encoded=seen.encoded,
        kept=distinct - seen.encoded,
        removed=len(set(before) - set(names)),
    )
