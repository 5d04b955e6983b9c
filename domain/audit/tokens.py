"""Captions that are longer than the model reads."""

from collections.abc import Iterator

import numpy as np

from ..captions.truncation import Truncation, count_truncations
from .findings import SHOWN, Finding, Part, counted, share
from .spread import summary
from .table import PairTable
from .texts import sightings


def tokens_part(table: PairTable, each: tuple[Truncation, ...], *, limit: int, tokenizer: str) -> Part:
    """
    What a limit on tokens cuts off.

    Args:
        table: The rows.
        each: What is left of each caption, in the order of the table's captions.
        limit: Tokens that are read, begin and end included.
        tokenizer: Which tokenizer counted.
    """
    cut = [at for at, one in enumerate(each) if one.over]
    lengths = np.array([one.tokens for one in each], dtype=np.int64)
    found = count_truncations(each, limit=limit)
    facts = {
        "tokenizer": tokenizer,
        "limit": limit,
        "tokens": summary(lengths),
        "captions_over_limit": len(found.cut),
        "share_over_limit": found.share,
        "tokens_lost": sum(one.over for one in found.cut),
        "words_lost": sum(len(one.lost.split()) for one in found.cut),
    }
    return Part(facts, tuple(_finding(table, each, cut, limit=limit)))


def _finding(table: PairTable, each: tuple[Truncation, ...], cut: list[int], *, limit: int) -> Iterator[Finding]:
    if not cut:
        return
    first = sorted(cut, key=lambda at: (-each[at].over, at))[:SHOWN]
    yield Finding(
        "captions-cut",
        "warning",
        f"{counted(len(cut), 'caption')} of {len(each):,} ({share(len(cut), len(each))}) "
        f"{'is' if len(cut) == 1 else 'are'} longer than the {limit} tokens that are read; what stands behind is lost",
        "put what matters first, split long captions into several, or lengthen the text positions "
        "(`max_sequence_length`)",
        len(cut),
        sightings(table, first, [f"{each[at].over} tokens lost: … {each[at].lost.strip()}" for at in first]),
    )
