"""The two halves of a batch, each with the way from its rows to embeddings."""

from collections.abc import Callable

from attrs import frozen
from torch import Tensor

from ...domain.batches import Batch
from ...domain.devices import Precision
from ...domain.places import TowerName, tower_of
from .towers import image_embeds, text_embeds, to_device
from .transformers_types import Clip


@frozen(eq=False)
class Side:
    """
    Pictures or captions of a batch.

    Attributes:
        embed: Embeds some of its rows, float32 on the model's device, shape ``(rows, width)``.
        learns: Whether anything on the way there learns; the embeddings of a side that does not need no second pass.
    """

    embed: Callable[[slice], Tensor]
    learns: bool


def sides_of(model: Clip, batch: Batch, *, precision: Precision) -> tuple[Side, Side]:
    """Pictures and captions of a batch; inputs, and embeddings that are known, go to the model's device row by row."""

    def images(rows: slice) -> Tensor:
        if batch.image_embeds is not None:
            return to_device(batch.image_embeds[rows], model.device)
        return image_embeds(model, to_device(batch.pixel_values[rows], model.device), precision=precision)

    def texts(rows: slice) -> Tensor:
        if batch.text_embeds is not None:
            return to_device(batch.text_embeds[rows], model.device)
        return text_embeds(model, to_device(batch.input_ids[rows], model.device), precision=precision)

    return Side(images, learns=_learns(model, "image")), Side(texts, learns=_learns(model, "text"))


def _learns(model: Clip, tower: TowerName) -> bool:
    return any(parameter.requires_grad for name, parameter in model.named_parameters() if tower_of(name) == tower)
