"""Encode once what a frozen tower would see in every epoch."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO, Final, TypeAlias, TypeVar

from attrs import field, frozen
from torch import Tensor

from ..domain.errors import UnreadableImage
from ..domain.features import KnownFeatures
from ..domain.pairs import Example, ImageRef
from ..domain.similarity import row_blocks
from .each_picture import each_picture
from .embed import embed_captions, embed_images
from .ports import FeatureCache, Learner, ModelBackend, PictureLoader, Progress, Ticker

# Embeddings that are kept at a time: what a killed process loses at most.
KEPT: Final = 4096
MEBI: Final = 2**20

Embedded: TypeAlias = Tensor | UnreadableImage
Input = TypeVar("Input")
Output = TypeVar("Output", bound=Embedded)


@frozen(eq=False)
class FrozenFeatures:
    """
    Embed every training picture or caption whose tower does not learn, and keep that for the next run.

    An embedding is known by the tower that made it, with everything else that decides its bits, and by the content of
    what was embedded: the picture's encoded bytes, the caption's tokens. They are kept before the first step, so that
    a resumed run sees the same bits.

    Attributes:
        learner: Embeds as it does in training, dropout off.
        loader: Decodes pictures.
        open: Opens the encoded bytes of a picture.
        cache: Keeps embeddings.
        progress: A person watching.
        batch_size: Pictures or captions embedded at a time.
        image_tower: What the frozen image tower is known by, its picture rule included; None where it learns, or
            pictures are shown differently every time.
        text_tower: What the frozen text tower is known by; None where it learns.
        workers: Pictures whose bytes are read at the same time.
    """

    learner: Learner
    loader: PictureLoader
    open: Callable[[ImageRef], BinaryIO]
    cache: FeatureCache
    progress: Progress
    batch_size: int
    image_tower: str | None
    text_tower: str | None
    workers: int = field(default=8, kw_only=True)

    def __call__(self, examples: Sequence[Example]) -> KnownFeatures:
        """
        What the frozen towers make of examples.

        Raises:
            RunFailed: If what was embedded cannot be kept.
        """
        images = captions = None
        if self.image_tower is not None:
            images = self._images([example.image for example in examples], self.image_tower)
        if self.text_tower is not None:
            captions = self._captions([text for example in examples for text in example.captions], self.text_tower)
        return KnownFeatures(images, captions)

    def _images(self, images: Sequence[ImageRef], tower: str) -> Mapping[str, Embedded]:
        contents = each_picture(
            images, self._content, title="reading pictures", progress=self.progress, workers=self.workers
        )
        wanted = {content: image for image in images if isinstance(content := contents[image.key], str)}
        found = self._found(tower, wanted, self._embed_images, title="encoding pictures once")
        return {key: found[content] if isinstance(content, str) else content for key, content in contents.items()}

    def _captions(self, captions: Sequence[str], tower: str) -> Mapping[str, Tensor]:
        contents = {caption: self._tokens(caption) for caption in dict.fromkeys(captions)}
        wanted = {content: caption for caption, content in contents.items()}
        found = self._found(tower, wanted, self._embed_captions, title="encoding captions once")
        return {caption: found[content] for caption, content in contents.items()}

    def _found(
        self,
        tower: str,
        wanted: Mapping[str, Input],
        embed: Callable[[Sequence[Input], ModelBackend, Ticker], Sequence[Output]],
        *,
        title: str,
    ) -> dict[str, Tensor | Output]:
        """What the cache has of the wanted contents, and what it lacked, which it then has."""
        found: dict[str, Tensor | Output] = {**self.cache.read(tower)}
        missing = [content for content in wanted if content not in found]
        if not missing:
            return found
        with self.progress.track(title, total=len(missing)) as ticker, self.learner.evaluating() as model:
            for rows in row_blocks(len(missing), size=KEPT):
                part = missing[rows]
                made = dict(zip(part, embed([wanted[content] for content in part], model, ticker), strict=True))
                self.cache.add(tower, {content: each for content, each in made.items() if isinstance(each, Tensor)})
                found |= made
        return found

    def _embed_images(self, images: Sequence[ImageRef], model: ModelBackend, ticker: Ticker) -> list[Embedded]:
        made = embed_images(images, model=model, loader=self.loader, batch_size=self.batch_size, ticker=ticker)
        by_image: dict[ImageRef, Embedded] = dict(zip(made.images, made.embeddings, strict=True))
        by_image |= dict(made.undecodable)
        return [by_image[image] for image in images]

    def _embed_captions(self, captions: Sequence[str], model: ModelBackend, ticker: Ticker) -> list[Tensor]:
        return list(embed_captions(captions, model=model, batch_size=self.batch_size, ticker=ticker))

    def _content(self, image: ImageRef) -> str | UnreadableImage:
        """SHA-256 of the encoded bytes, or why there is none."""
        try:
            digest = hashlib.sha256()
            with self.open(image) as stream:
                while read := stream.read(MEBI):
                    digest.update(read)
            return image.content(digest.hexdigest())
        except UnreadableImage as error:
            return error
        except OSError as error:
            return UnreadableImage(f"{image.key}: {error.strerror or error}")

    def _tokens(self, caption: str) -> str:
        return hashlib.sha256(self.learner.tokenize([caption]).numpy().tobytes()).hexdigest()
