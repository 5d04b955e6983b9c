"""Pairs of picture and caption that probably do not belong together."""

from typing import Any, Final

import numpy as np

from ..assessed import Assessed
from ..config.objective import AlignmentConfig
from ..mismatch import mismatch_scores
from ..similarity import normalize
from ..top_k import top_k

MOST: Final = 12
# A pair that a model finds as likely as chance pairs says nothing; these are nats of evidence against it.
LEAST: Final = 0.0


def suspicious(assessed: Assessed, *, alignment: AlignmentConfig, most: int = MOST) -> list[dict[str, Any]]:
    """
    The captions that their picture makes less likely instead of more, the most suspicious first.

    A weak model suspects what it does not understand: this is a list to look at, not of mistakes.
    """
    encoded = assessed.encoded
    images, texts = normalize(encoded.images), normalize(encoded.texts)
    owner = encoded.owner.numpy()
    contents = [example.content or example.image.key for example in encoded.examples]
    scores = mismatch_scores(images.numpy(), texts.numpy(), owner, contents=contents)
    chosen = np.argsort(-scores, kind="stable")[:most]
    chosen = chosen[scores[chosen] > LEAST]
    if not len(chosen):
        return []
    pictures = owner[chosen]
    _, best = top_k(
        encoded.images[pictures],
        encoded.texts,
        1,
        metric=alignment.similarity_metric,
        normalize_embeddings=alignment.normalize_embeddings,
    )
    own = (images[pictures] * texts[chosen]).sum(dim=1).tolist()
    return [
        {
            "image": encoded.examples[picture].image.key,
            "caption": encoded.captions[row],
            "where": encoded.examples[picture].where,
            "score": float(scores[row]),
            "similarity": cosine,
            "reason": f"its picture makes it less likely by {scores[row]:.1f} nats; cosine {cosine:.2f}",
            "better_caption": None if other == row else encoded.captions[other],
        }
        for row, picture, cosine, other in zip(
            chosen.tolist(), pictures.tolist(), own, best[:, 0].tolist(), strict=True
        )
    ]
