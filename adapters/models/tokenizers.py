"""CLIP tokenizers: loaded, or byte-pair trained on the captions at hand."""

import types
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ...domain.errors import UnknownModel
from .transformers_types import ClipTokenizer

BEGIN: Final = "<|startoftext|>"
END: Final = "<|endoftext|>"
LEGACY_EOS: Final = 2
VOCABULARY: Final = 8192
# A mark that somebody typed into a caption is text: taken for the end token, it would end the caption there.
PLAIN_MARKS: Final[Mapping[str, Any]] = types.MappingProxyType({"split_special_tokens": True})


def train_tokenizer(captions: Iterable[str], *, vocabulary: int = VOCABULARY) -> ClipTokenizer:
    """
    Learn a byte-pair vocabulary from captions, in CLIP's own form.

    All 256 bytes are in it, alone and at a word's end, so that no text is unknown; the special tokens come last,
    so that the end token has the highest id and pools rightly under every rule.

    References:
        Sennrich et al., *Neural Machine Translation of Rare Words with Subword Units*, 2016.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    pattern = CLIPTokenizer(vocab={BEGIN: 0, END: 1}, merges=[])
    learner = Tokenizer(models.BPE(continuing_subword_prefix="", end_of_word_suffix="</w>", fuse_unk=False))
    learner.normalizer = pattern.backend_tokenizer.normalizer
    learner.pre_tokenizer = pattern.backend_tokenizer.pre_tokenizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    learner.train_from_iterator(
        captions,
        # Pieces that end a word would else be numbered in the order of a hash map that each process seeds anew, and
        # ties between merges are broken by number: the same captions would give another vocabulary every time.
        trainers.BpeTrainer(
            vocab_size=vocabulary,
            initial_alphabet=alphabet,
            special_tokens=[f"{letter}</w>" for letter in alphabet],
            end_of_word_suffix="</w>",
            show_progress=False,
        ),
    )
    return _with_specials_last(_learned_merges(learner), alphabet)


def _learned_merges(learner: Any) -> list[Any]:
    import json

    merges = json.loads(learner.to_str())["model"]["merges"]
    return [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in merges]


def _with_specials_last(merges: list[Any], alphabet: list[str]) -> ClipTokenizer:
    from transformers import CLIPTokenizer

    words = [*alphabet, *(f"{letter}</w>" for letter in alphabet)]
    single = set(words)
    words += [word for word in dict.fromkeys(left + right for left, right in merges) if word not in single]
    words += [BEGIN, END]
    vocabulary = {word: index for index, word in enumerate(words)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, **PLAIN_MARKS)


def special_ids(tokenizer: ClipTokenizer) -> dict[str, int]:
    """The ids that the text configuration has to share with the tokenizer."""
    return {
        "bos_token_id": int(tokenizer.bos_token_id),
        "eos_token_id": int(tokenizer.eos_token_id),
        "pad_token_id": int(tokenizer.pad_token_id),
    }


def check_pooling(text_config: Any, tokenizer: ClipTokenizer, *, name: str) -> None:
    """
    Refuse a model that would pool its text features somewhere else than at the end token.

    A configuration with an end id of 2 pools at the highest id of the row: right for OpenAI's own checkpoints, where
    the end token is the highest, and silently wrong for any other vocabulary.

    Raises:
        UnknownModel: If the two disagree.

    References:
        transformers, ``CLIPTextTransformer.forward`` and pull request 24773.
    """
    declared, actual = text_config.eos_token_id, tokenizer.eos_token_id
    legacy = declared == LEGACY_EOS and actual == max(tokenizer.get_vocab().values()) and actual != LEGACY_EOS
    if declared == actual != LEGACY_EOS or legacy:
        return
    raise UnknownModel(
        f"{name}: its configuration ends captions with token {declared}, its tokenizer with token {actual}; "
        f"text features would be read at the wrong place. Set text_config.eos_token_id to {actual} in its config.json"
        + (" after moving the special tokens to the end of the vocabulary" if actual == LEGACY_EOS else "")
    )
