"""A caption said a little differently every epoch, and never something else."""

import random
from typing import Final

from attrs import evolve, frozen

from .clauses import MARKS, Part, Sentence, sentences_of
from .meaning import weighty_words

SLOT: Final = "{caption}"


@frozen
class Variation:
    """
    What may change about a caption.

    Attributes:
        dropout: Chance of each clause that may be left out to be left out.
        shuffle: Chance of a caption's clauses to stand in another order.
        templates: Sentences with ``{caption}`` in them, one of which is drawn; none leave the caption alone.
    """

    dropout: float = 0.0
    shuffle: float = 0.0
    templates: tuple[str, ...] = ()


def varied(caption: str, variation: Variation, *, seed: int, epoch: int, image: str) -> str:
    """
    How epoch ``epoch`` says the caption of picture ``image``; a pure function of its arguments.

    Sides, numbers and negations are kept, each in the clause that it stands in: a clause with one of them is never left
    out, and none is cut open. The first clause, which names what is seen, is never left out either.
    """
    chance = random.Random(f"words/{seed}/{epoch}/{image}")
    sentences = sentences_of(caption)
    said = _reordered(_thinned(sentences, variation.dropout, chance), variation.shuffle, chance)
    told = caption if list(map(tuple, said)) == list(sentences) else _joined(said, ended=bool(sentences[-1][-1].mark))
    return chance.choice(variation.templates).replace(SLOT, told) if variation.templates else told


def has_clauses(caption: str) -> bool:
    """Whether a caption has more than one clause, so that one can be moved or left out."""
    return sum(map(len, sentences_of(caption))) > 1


def template_problem(template: str) -> str | None:
    """Why a template cannot be used; None where it can."""
    if SLOT not in template:
        return f"{template!r} says the same of every picture: write {SLOT} where the caption goes"
    weighty = weighty_words(template.replace(SLOT, " "))
    if weighty:
        return f"{template!r} says {weighty[0]!r}, which may be wrong of a picture; no sides, numbers or negations"
    return None


def _thinned(sentences: tuple[Sentence, ...], dropout: float, chance: random.Random) -> list[list[Part]]:
    """What is left of each sentence; the end mark of one stays with its last clause."""
    kept = [
        [part for at, part in enumerate(sentence) if _stays(part, chance, dropout, first=number == at == 0)]
        for number, sentence in enumerate(sentences)
    ]
    return [
        [*parts[:-1], evolve(parts[-1], mark=sentence[-1].mark)]
        for parts, sentence in zip(kept, sentences, strict=True)
        if parts
    ]


def _stays(part: Part, chance: random.Random, dropout: float, *, first: bool) -> bool:
    # Drawn whatever becomes of it, so that the draws of one clause do not hang on another's.
    dropped = chance.random() < dropout
    return first or part.weighty or not dropped


def _reordered(sentences: list[list[Part]], shuffle: float, chance: random.Random) -> list[list[Part]]:
    if chance.random() >= shuffle:
        return sentences
    mixed = []
    for parts in sentences:
        order = [evolve(part, mark="") for part in parts]
        chance.shuffle(order)
        mixed.append([*order[:-1], evolve(order[-1], mark=parts[-1].mark)])
    chance.shuffle(mixed)
    return mixed


def _joined(sentences: list[list[Part]], *, ended: bool) -> str:
    """Clauses in their new order; the last ends as the caption did, with a mark or without, never with a semicolon."""
    told = [", ".join(part.text for part in parts) + (parts[-1].mark or ".") for parts in sentences]
    body = told[-1].rstrip(MARKS)
    told[-1] = body if not ended else told[-1] if not told[-1].endswith(";") else f"{body}."
    return " ".join(told)
