"""The symmetric contrastive objective."""

from torch import Tensor

from ..similarity import normalize
from .terms import LossTerms


def contrastive(image_embeds: Tensor, text_embeds: Tensor, *, temperature: float | Tensor) -> LossTerms:
    """
    Symmetric InfoNCE: each image must find its caption among the batch's, and each caption its image.

    Half precision is raised to float32 before anything is computed.

    Args:
        image_embeds: Shape ``(pairs, width)``; need not be normalised.
        text_embeds: Shape ``(pairs, width)``; row ``i`` belongs to row ``i`` of the images.
        temperature: Divides the cosines; a number, or a scalar tensor where it is learned.

    Returns:
        Terms whose ``loss`` is the mean of both directions: at least 0, and ``log(pairs)`` where all scores are equal.

    Raises:
        ValueError: If the two sides are not matrices of one shape.

    References:
        van den Oord et al., *Representation Learning with Contrastive Predictive Coding*, 2018;
        Radford et al., *Learning Transferable Visual Models From Natural Language Supervision*, 2021.
    """
    check_sides(image_embeds, text_embeds)
    logits = normalize(image_embeds) @ normalize(text_embeds).T / temperature  # (pairs, pairs)
    match = logits.diagonal()
    image_to_text = (logits.logsumexp(dim=1) - match).mean()
    text_to_image = (logits.logsumexp(dim=0) - match).mean()
    return LossTerms(
        loss=(image_to_text + text_to_image) / 2,
        image_to_text_loss=image_to_text,
        text_to_image_loss=text_to_image,
    )


def check_sides(image_embeds: Tensor, text_embeds: Tensor) -> None:
    """Raise ValueError unless both sides are matrices of one shape with at least one row."""
    if image_embeds.ndim != 2 or image_embeds.shape != text_embeds.shape or not len(image_embeds):
        raise ValueError(
            "images and captions must be embedded as matrices of one shape (pairs, width), "
            f"found {tuple(image_embeds.shape)} and {tuple(text_embeds.shape)}"
        )
