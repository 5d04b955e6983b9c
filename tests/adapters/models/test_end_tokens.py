"""The law that every row ends with the end token and is read out there, whatever a caption holds."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.models.caption_cuts import may_be_cut, truncations
from cliptune.adapters.models.clip_backend import ClipTokens
from cliptune.adapters.models.loading import LoadedClip, load_clip
from cliptune.adapters.models.towers import end_positions
from cliptune.domain.config import InputConfig, ModelConfig
from support.clips import TOKENS, learner
from support.legacy_clips import legacy_folder

MARKS = ("<|endoftext|>", "<|startoftext|>", "<|ENDOFTEXT|>", "</w>", "<|endoftext|")
PIECES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(MARKS),
    st.sampled_from(["👩\u200d👩\u200d👧", "\u200b", "\x00", "e\u0301", "İ", "ﷺ", "word " * 30, "\ud7ff", "  "]),
)
CAPTIONS = st.lists(st.lists(PIECES, max_size=6).map("".join), min_size=1, max_size=4)
HARD = ("", " ", "\u200b", "word " * 10_000, "😀" * 3000, "".join(MARKS), "<|endoftext|> a cat", "a" * 20_000)


@pytest.fixture(scope="module", params=["own", "real"])
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedClip:
    folder: Path = legacy_folder(tmp_path_factory.mktemp("legacy"), vocabulary=request.param)
    return load_clip(ModelConfig(model_name=str(folder)), InputConfig(max_sequence_length=TOKENS), seed=0)


def assert_ends(clip: LoadedClip, captions: list[str]) -> None:
    rows = ClipTokens(clip.tokenizer, clip.max_length)(captions)
    end = clip.tokenizer.eos_token_id
    whole = [len(clip.tokenizer(each, add_special_tokens=False)["input_ids"]) + 2 for each in captions]
    last = torch.tensor([min(length, clip.max_length) - 1 for length in whole])

    for rule in (end, 2):  # transformers' rule for new and for old configurations
        assert torch.equal(last, end_positions(rows, end_token=rule))
    assert [1] * len(captions) == (rows[:, : max(whole)] == end).cumsum(1).eq(1).any(1).int().tolist()
    assert [end] * len(captions) == rows[torch.arange(len(captions)), last].tolist()
    assert [clip.tokenizer.bos_token_id] * len(captions) == rows[:, 0].tolist()


@given(CAPTIONS)
def test_any_caption_ends_with_the_end_token_and_is_read_out_there(clip: LoadedClip, captions: list[str]) -> None:
    assert_ends(clip, captions)


@pytest.mark.parametrize("caption", HARD, ids=range(len(HARD)))
def test_a_hard_caption_ends_with_the_end_token(clip: LoadedClip, caption: str) -> None:
    assert_ends(clip, [caption, "a cat"])


def test_a_mark_that_somebody_typed_ends_nothing(clip: LoadedClip) -> None:
    plain, marked = ClipTokens(clip.tokenizer, clip.max_length)(["a cat", "<|endoftext|> a cat"])

    assert not torch.equal(plain, marked)
    assert 1 == (plain == clip.tokenizer.bos_token_id).sum() == (marked == clip.tokenizer.bos_token_id).sum()


def test_plain_transformers_reads_a_typed_mark_as_the_saved_model_does(clip: LoadedClip, tmp_path: Path) -> None:
    from transformers import CLIPProcessor

    learner(clip).export(tmp_path)
    processor: Any = CLIPProcessor.from_pretrained(tmp_path)
    rows = processor(text=list(HARD), return_tensors="pt", padding="max_length", truncation=True)["input_ids"]
    ours = ClipTokens(clip.tokenizer, clip.max_length)(HARD)

    assert torch.equal(ours, rows[:, : ours.shape[1]])


@given(CAPTIONS)
def test_what_is_cut_is_what_brute_force_finds(clip: LoadedClip, captions: list[str]) -> None:
    for caption, cut in zip(captions, truncations(clip, captions), strict=True):
        ids = clip.tokenizer(caption)["input_ids"]

        assert (caption, len(ids)) == (cut.caption, cut.tokens)
        assert (len(ids) > clip.max_length) == bool(cut.over)
        assert may_be_cut(clip, caption) or not cut.over


@given(CAPTIONS)
def test_what_is_kept_makes_the_tokens_that_are_read(clip: LoadedClip, captions: list[str]) -> None:
    for cut in truncations(clip, captions):
        own = clip.tokenizer(cut.caption, add_special_tokens=False)["input_ids"]
        kept = clip.tokenizer(cut.caption[: cut.kept], add_special_tokens=False)["input_ids"]

        # A cut inside a word leaves its beginning, which has pieces of its own; whole words are the same.
        assert cut.caption == cut.caption[: cut.kept] + cut.lost
        if not cut.over:
            assert own == kept


def test_the_lost_words_of_a_long_caption_are_told_to_the_letter(clip: LoadedClip) -> None:
    (cut,) = truncations(clip, [" ".join("abcdefghij"[at % 10] for at in range(40))])

    assert (42, 42 - TOKENS) == (cut.tokens, cut.over)
    assert " ".join("abcdefghij"[at % 10] for at in range(TOKENS - 2, 40)) == cut.lost
