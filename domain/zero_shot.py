"""Classes as mean prompt embeddings, and how well each picture fits them."""

import torch
from torch import Tensor

from .similarity import normalize


def class_embeddings(embeddings: Tensor, owner: Tensor) -> Tensor:
    """
    One direction a class: the mean of its prompts' directions (Radford et al., 2021).

    Prompts are brought to length 1 before they are averaged, so that none is louder, and the mean after.

    Args:
        embeddings: Of the prompts, shape ``(prompts, width)``.
        owner: Int64, the class of each prompt, shape ``(prompts,)``.

    Returns:
        Shape ``(classes, width)``, at least float32, each of length 1 (0 where prompts cancel out).

    Raises:
        ValueError: If shapes do not fit, or a class between 0 and the highest has no prompt.
    """
    if embeddings.ndim != 2 or not len(embeddings) or owner.shape != embeddings.shape[:1]:
        raise ValueError(
            f"expected embeddings (prompts, width) and their owners, found {tuple(embeddings.shape)} and "
            f"{tuple(owner.shape)}"
        )
    classes = int(owner.max()) + 1
    counts = torch.bincount(owner, minlength=classes)
    if int(counts.min()) == 0:
        raise ValueError(f"class {int(counts.argmin())} of {classes} has no prompt")
    directions = normalize(embeddings)
    totals = directions.new_zeros(classes, directions.shape[1]).index_add(0, owner, directions)
    return normalize(totals / counts[:, None])


def zero_shot_logits(images: Tensor, classes: Tensor, *, scale: float) -> Tensor:
    """
    Cosine of every picture and class, times a scale.

    Equal classes are scored once: a matrix product may round equal columns differently, and a tie must be a tie.

    Args:
        images: Embeddings, shape ``(images, width)``.
        classes: Directions, shape ``(classes, width)``.
        scale: Of the logits, such as the model's own, 1 / temperature.

    Returns:
        Shape ``(images, classes)``, at least float32.

    Raises:
        ValueError: If the sides are not matrices of one width.
    """
    if images.ndim != 2 or classes.ndim != 2 or images.shape[1] != classes.shape[1]:
        raise ValueError(f"expected matrices of one width, found {tuple(images.shape)} and {tuple(classes.shape)}")
    distinct, place = torch.unique(normalize(classes), dim=0, return_inverse=True)
    scores: Tensor = (normalize(images) @ distinct.T)[:, place]
    return scale * scores
