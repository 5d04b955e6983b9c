"""What embeds pictures that somebody hands over in Python."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from ...domain.config import FineTuneConfig
from ...domain.errors import UnreadableImage
from .basics import silence
from .data import picture_loader
from .evaluating import BATCH

if TYPE_CHECKING:
    from torch import Tensor

    from ...application.ports import ModelBackend
    from ...domain.preprocessing import Preprocessing


def is_pillow(picture: object) -> bool:
    """Whether it is one of Pillow's pictures."""
    from ...adapters.images.given import is_pillow as told

    return told(picture)


def embed_given_pictures(
    pictures: Sequence[Any], *, model: "ModelBackend", preprocessing: "Preprocessing", config: FineTuneConfig
) -> "Tensor":
    """
    Embed paths, encoded bytes or Pillow pictures: float32, shape ``(pictures, width)``, not normalized.

    Args:
        pictures: What ``GivenPictures`` takes.
        model: What embeds.
        preprocessing: How a picture becomes the model's input.
        config: Limits on pictures, and how many threads decode.

    Raises:
        UnreadableImage: If one cannot be read.
    """
    from ...adapters.images.given import GivenPictures
    from ...application.embed import embed_images
    from ...domain.pairs import ImageRef

    # Threads: processes take seconds to start, and a script of one's own would need the usual guard.
    threads = evolve(config, hardware=evolve(config.hardware, worker_kind="thread"))
    images = [ImageRef(_name(picture, at), str(at)) for at, picture in enumerate(pictures)]
    with (
        picture_loader(GivenPictures(tuple(pictures)).open, preprocessing, config=threads) as loader,
        silence().track("", total=len(images)) as ticker,
    ):
        seen = embed_images(
            images, model=model, loader=loader, batch_size=config.training.batch_size or BATCH, ticker=ticker
        )
    if seen.undecodable:
        raise _first_of([error for _, error in seen.undecodable])
    return seen.embeddings


def embed_given_texts(texts: Sequence[str], *, model: "ModelBackend", config: FineTuneConfig) -> "Tensor":
    """Embed texts: float32, shape ``(texts, width)``, not normalized."""
    from ...application.embed import embed_captions

    with silence().track("", total=len(texts)) as ticker:
        return embed_captions(texts, model=model, batch_size=config.training.batch_size or BATCH, ticker=ticker)


def _name(picture: object, at: int) -> str:
    return str(picture) if isinstance(picture, str | Path) else f"picture {at}"


def _first_of(errors: Sequence[UnreadableImage]) -> UnreadableImage:
    others = len(errors) - 1
    return UnreadableImage(f"{errors[0].message}; {others} more cannot be read either" if others else errors[0].message)
