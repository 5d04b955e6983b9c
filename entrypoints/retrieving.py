"""Let pictures and texts find each other, in Python."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from attrs import evolve, frozen

from ..domain.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image
    from torch import Tensor

    from .python_api import Model

    Embeddings: TypeAlias = Tensor | NDArray[Any]
    Picture: TypeAlias = str | Path | bytes | Image
    Given: TypeAlias = str | Path | bytes | Image | Embeddings

Kind: TypeAlias = Literal["text", "picture"]
KINDS: Final = "a text is a str, a picture a path, bytes or a Pillow picture, an embedding a tensor or a NumPy array"


def retrieve_text(
    image: "Picture | Embeddings", texts: "Sequence[str] | Embeddings", top_k: int | None = None, *, model: "Model"
) -> list[tuple[Any, float]]:
    """
    The texts that fit a picture best, each with its score, the best first; of equal scores the first text first.

    Args:
        image: A path (a ``str`` is one, too), encoded bytes, a Pillow picture, or an embedding of shape ``(width,)``.
        texts: Texts, or their embeddings, of shape ``(texts, width)``, of which the numbers come back.
        top_k: How many at most; None is the configuration's ``retrieval_top_k``.
        model: What embeds; its configuration says how embeddings are compared.

    Raises:
        UsageError: If what is given is empty, of the wrong kind or width, or not finite.
        UnreadableImage: If the picture cannot be read.
    """
    limit = _limit(top_k, model)
    query, found = _one("image", image, text_is="picture", takes="picture"), _side("texts", texts, takes="text")
    return _best(_embedded(query, model), _embedded(found, model), limit, model)[0]


def retrieve_image(
    text: "str | Embeddings",
    images: "Sequence[Picture | Embeddings] | Embeddings",
    top_k: int | None = None,
    *,
    model: "Model",
) -> list[tuple[int, float]]:
    """
    The numbers of the pictures that fit a text best, each with its score, in the same order.

    Args:
        text: A text, or its embedding, of shape ``(width,)``.
        images: Paths (a ``str`` is one, too), encoded bytes, Pillow pictures, or embeddings of shape
            ``(images, width)``.
        top_k: How many at most; None is the configuration's ``retrieval_top_k``.
        model: What embeds; its configuration says how embeddings are compared.

    Raises:
        UsageError: If what is given is empty, of the wrong kind or width, or not finite.
        UnreadableImage: If a picture cannot be read.
    """
    limit = _limit(top_k, model)
    query = _one("text", text, takes="text")
    found = _embedded(_side("images", images, text_is="picture", takes="picture"), model)
    return _best(_embedded(query, model), evolve(found, keys=tuple(range(len(found.keys)))), limit, model)[0]


def batch_retrieve(
    queries: "Sequence[Given] | Embeddings",
    candidates: "Sequence[Given] | Embeddings",
    top_k: int | None = None,
    *,
    model: "Model",
) -> dict[Any, list[tuple[Any, float]]]:
    """
    The best candidates of every query, each with its score, in the same order.

    A ``str`` is a text and a ``pathlib.Path`` a picture; bytes and Pillow pictures are pictures; tensors and NumPy
    arrays are embeddings. Texts and paths come back as they were given, all else as its number among its side.

    Args:
        queries: What looks for something; equal texts, or equal paths, have one answer.
        candidates: What is found.
        top_k: How many at most for each; None is the configuration's ``retrieval_top_k``.
        model: What embeds; its configuration says how embeddings are compared.

    Raises:
        UsageError: If what is given is empty, of the wrong kind or width, or not finite.
        UnreadableImage: If a picture cannot be read.
    """
    limit = _limit(top_k, model)
    given = _side("queries", queries), _side("candidates", candidates)
    asked, found = (_embedded(side, model) for side in given)
    return dict(zip(asked.keys, _best(asked, found, limit, model), strict=True))


def mutual_nearest_neighbours(
    images: "Sequence[Picture | Embeddings] | Embeddings", texts: "Sequence[str] | Embeddings", *, model: "Model"
) -> list[tuple[int, int, float]]:
    """
    The pairs in which each is the best of all for the other: number of the picture, number of the text, score.

    The best pair comes first, and of equal ones that of the first picture; of several that are equally good for one,
    the first counts.

    Args:
        images: Pictures, as ``retrieve_image`` takes them.
        texts: Texts, as ``retrieve_text`` takes them.
        model: What embeds; its configuration says how embeddings are compared.

    Raises:
        UsageError: If what is given is empty, of the wrong kind or width, or not finite.
        UnreadableImage: If a picture cannot be read.
    """
    from ..domain.top_k import mutual_nearest, top_k

    given = _side("images", images, text_is="picture", takes="picture"), _side("texts", texts, takes="text")
    left, right = (_embedded(side, model) for side in given)
    _check_widths(left, right)
    how = _comparison(model)
    pairs = mutual_nearest(left.rows, right.rows, **how)
    scores = top_k(left.rows[pairs[:, 0]], right.rows, 1, **how)[0][:, 0]
    found = [(image, text, score) for (image, text), score in zip(pairs.tolist(), scores.tolist(), strict=True)]
    return sorted(found, key=lambda pair: -pair[2])


@frozen(eq=False)
class _Side:
    """One side as it was given: items, each with its kind, or all of them as a matrix of embeddings."""

    name: str
    items: Sequence[Any] = ()
    kinds: tuple[str, ...] = ()
    rows: "Tensor | None" = None


@frozen(eq=False)
class _Embedded:
    """One side: what each item comes back as, and its embedding, float32 on the CPU, shape ``(items, width)``."""

    name: str
    keys: tuple[Hashable, ...]
    rows: "Tensor"


def _best(asked: _Embedded, found: _Embedded, limit: int, model: "Model") -> list[list[tuple[Any, float]]]:
    from ..domain.top_k import top_k

    _check_widths(asked, found)
    scores, numbers = top_k(asked.rows, found.rows, limit, **_comparison(model))
    return [
        [(found.keys[number], score) for number, score in zip(places, row, strict=True)]
        for places, row in zip(numbers.tolist(), scores.tolist(), strict=True)
    ]


def _side(name: str, given: Any, *, text_is: Kind = "text", takes: Kind | None = None) -> _Side:
    """A list of items, or a matrix of embeddings; nothing is embedded yet, so that a mistake is told at once."""
    if _is_array(given):
        return _Side(name, rows=_rows(name, given))
    if isinstance(given, str | Path | bytes) or not isinstance(given, Sequence):
        raise UsageError(f"{name}: expected a list, found {_shown(given)}; give a list, even of one")
    if not given:
        raise UsageError(f"{name}: expected at least one item, found none")
    return _Side(name, given, tuple(_kind(name, item, text_is=text_is, takes=takes) for item in given))


def _one(name: str, item: Any, *, takes: Kind, text_is: Kind = "text") -> _Side:
    return _Side(name, [item], (_kind(name, item, text_is=text_is, takes=takes),))


def _embedded(side: _Side, model: "Model") -> _Embedded:
    """The embeddings of a side; items of one kind are embedded together."""
    import torch

    from .wiring.retrieving import embed_given_pictures, embed_given_texts

    if side.rows is not None:
        return _Embedded(side.name, tuple(range(len(side.rows))), side.rows)
    items = side.items
    texts, pictures, arrays = (
        [at for at, kind in enumerate(side.kinds) if kind == wanted] for wanted in ("text", "picture", "embedding")
    )
    parts = {at: _one_row(side.name, items[at]) for at in arrays}
    if texts:
        made = embed_given_texts([items[at] for at in texts], model=model.backend, config=model.config)
        parts |= zip(texts, made, strict=True)
    if pictures:
        made = embed_given_pictures(
            [items[at] for at in pictures], model=model.backend, preprocessing=model.preprocessing, config=model.config
        )
        parts |= zip(pictures, made, strict=True)
    widths = sorted({len(row) for row in parts.values()})
    if len(widths) > 1:
        raise UsageError(f"{side.name}: embeddings of widths {' and '.join(map(str, widths))} are of different models")
    keys = tuple(item if isinstance(item, str | Path) else at for at, item in enumerate(items))
    return _Embedded(side.name, keys, torch.stack([parts[at] for at in range(len(items))]))


def _kind(name: str, item: object, *, text_is: Kind, takes: Kind | None) -> str:
    from .wiring.retrieving import is_pillow

    if _is_array(item):
        return "embedding"
    if isinstance(item, str):
        kind: Kind | None = text_is
    else:
        kind = "picture" if isinstance(item, Path | bytes) or is_pillow(item) else None
    if kind is None or takes not in (None, kind):
        raise UsageError(f"{name}: expected {takes or 'texts, pictures or embeddings'}, found {_shown(item)}; {KINDS}")
    return kind


def _one_row(name: str, item: Any) -> "Tensor":
    rows = _rows(name, item)
    if len(rows) > 1:
        raise UsageError(f"{name}: expected one embedding, of shape (width,), found shape {tuple(item.shape)}")
    return rows[0]


def _rows(name: str, given: Any) -> "Tensor":
    """Embeddings of shape ``(items, width)``, or ``(width,)`` of one, as a matrix: float32 on the CPU."""
    import numpy as np
    import torch

    if given.ndim not in (1, 2) or 0 in given.shape:
        raise UsageError(
            f"{name}: embeddings have shape (width,) or (items, width), found {tuple(given.shape)}; {KINDS}"
        )
    if isinstance(given, np.ndarray):
        # A copy of an array: torch warns of those that cannot be written, such as one that lies in a file.
        rows = torch.from_numpy(np.array(given, dtype=np.float32)) if given.dtype.kind == "f" else None
    else:
        rows = given.detach().cpu().float() if given.is_floating_point() else None
    if rows is None or not rows.isfinite().all():
        raise UsageError(f"{name}: embeddings must be floating-point numbers, and all of them finite")
    return rows.reshape(-1, rows.shape[-1])


def _check_widths(left: _Embedded, right: _Embedded) -> None:
    widths = left.rows.shape[1], right.rows.shape[1]
    if widths[0] != widths[1]:
        raise UsageError(
            f"{left.name} have width {widths[0]} and {right.name} have width {widths[1]}: embeddings of different "
            "models cannot be compared"
        )


def _limit(top_k: object, model: "Model") -> int:
    limit = model.config.alignment.retrieval_top_k if top_k is None else top_k
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise UsageError(f"top_k: expected a whole number from 1 on, found {limit!r}")
    return limit


def _comparison(model: "Model") -> dict[str, Any]:
    alignment = model.config.alignment
    return {"metric": alignment.similarity_metric, "normalize_embeddings": alignment.normalize_embeddings}


def _is_array(given: object) -> bool:
    import numpy as np
    import torch

    return isinstance(given, torch.Tensor | np.ndarray)


def _shown(item: object) -> str:
    return repr(item) if isinstance(item, str | Path) else f"a {type(item).__name__}"
