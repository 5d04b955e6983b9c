"""Words of a domain as tokens of their own."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from ...domain.errors import UnknownModel
from .tokenizers import LEGACY_EOS
from .towers import end_positions
from .transformers_types import Clip, ClipTokenizer

BATCH: Final = 1024


def add_tokens(clip: Clip, tokenizer: ClipTokenizer, words: Sequence[str]) -> tuple[str, ...]:
    """
    Give words a token of their own; each starts as the mean of the pieces that it was read as before.

    Captions without these words are read as they were, with the same embeddings bit for bit. A word that is one token
    already is left alone, so that a model which has its tokens can be loaded with the same list.

    A configuration with an end id of 2 makes transformers pool at the highest id, which is a new token's from now on;
    so it gets the real one.

    Args:
        clip: Changed in place.
        tokenizer: Changed in place; it ignores case, and a word is found only as a whole word.
        words: What is to be a token.

    Returns:
        The words that were given one.
    """
    import torch
    from transformers import AddedToken

    pieces = {word: _own_ids(tokenizer, word) for word in words}
    added = tuple(word for word, ids in pieces.items() if len(ids) > 1)
    if not added:
        return ()
    tokenizer.add_tokens([AddedToken(word, single_word=True, normalized=True) for word in added])
    known = clip.text_model.embeddings.token_embedding.weight.detach()
    rows = {int(tokenizer.convert_tokens_to_ids(word)): known[pieces[word]].mean(dim=0) for word in added}
    grown = torch.zeros(max(len(known), max(rows) + 1), known.shape[1], dtype=known.dtype)
    grown[: len(known)] = known
    for row, start in rows.items():
        grown[row] = start
    clip.text_model.embeddings.token_embedding = torch.nn.Embedding(len(grown), grown.shape[1], _weight=grown)
    clip.config.text_config.vocab_size = len(grown)
    _pool_at_the_end(clip, tokenizer)
    return added


def check_end_tokens(clip: Clip, tokenizer: ClipTokenizer, captions: Sequence[str], *, max_length: int) -> None:
    """
    Make sure of captions that each is read out at its own last token, the end token, also where it was cut.

    Raises:
        UnknownModel: If one is not.
    """
    import torch

    end = clip.config.text_config.eos_token_id
    waiting = iter(captions)
    while batch := list(islice(waiting, BATCH)):
        for caption, row in zip(batch, _rows(tokenizer, batch, max_length), strict=True):
            place = int(end_positions(torch.tensor([row]), end_token=end))
            if place != len(row) - 1 or row[-1] != tokenizer.eos_token_id:
                raise UnknownModel(
                    f"the caption {caption!r} would be read out at token {place + 1} of {len(row)} and not at its end; "
                    "the tokenizer does not belong to the model"
                )


def _pool_at_the_end(clip: Clip, tokenizer: ClipTokenizer) -> None:
    if clip.config.text_config.eos_token_id == LEGACY_EOS:
        clip.config.text_config.eos_token_id = int(tokenizer.eos_token_id)
        clip.text_model.eos_token_id = int(tokenizer.eos_token_id)


def _own_ids(tokenizer: ClipTokenizer, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def _rows(tokenizer: ClipTokenizer, captions: Sequence[str], max_length: int) -> list[list[int]]:
    rows: list[list[int]] = tokenizer(list(captions), truncation=True, max_length=max_length)["input_ids"]
    return rows
