"""Laws of words that get a token of their own: nothing that was read before changes, and rows end where they end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cliptune.adapters.models.clip_backend import ClipTokens
from cliptune.adapters.models.identity import clip_identity
from cliptune.adapters.models.interpolation import ClipInterpolation
from cliptune.adapters.models.loading import LoadedClip, load_clip
from cliptune.adapters.models.new_tokens import add_tokens, check_end_tokens
from cliptune.adapters.models.towers import end_positions, text_embeds
from cliptune.domain.batches import Batch
from cliptune.domain.config import AdaptationConfig, InputConfig, ModelConfig
from cliptune.domain.errors import UnknownModel
from cliptune.domain.learning import StepPlan
from support.clips import CAPTIONS, TOKENS, batch, learner
from support.legacy_clips import legacy_folder

WORDS = ("Washerplate", "covid-19", "ground glass")
NEW = ("a washerplate (COVID-19) of steel", "ground glass opacity", "no ground  glass, large washerplate")
TABLE = "text_model.embeddings.token_embedding.weight"


@pytest.fixture(scope="module", params=["own", "real"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return legacy_folder(tmp_path_factory.mktemp("legacy"), vocabulary=request.param)


def load(folder: Path, *words: str) -> LoadedClip:
    return load_clip(
        ModelConfig(model_name=str(folder), new_tokens=words),
        InputConfig(max_sequence_length=TOKENS),
        seed=0,
        captions=lambda: (*CAPTIONS, *NEW),
    )


def tokens(clip: LoadedClip, captions: tuple[str, ...]) -> Tensor:
    return ClipTokens(clip.tokenizer, clip.max_length)(captions)


def embeds(clip: LoadedClip, captions: tuple[str, ...]) -> Tensor:
    with torch.no_grad():
        return text_embeds(clip.model, tokens(clip, captions), precision="float32")


def told(clip: LoadedClip) -> Batch:
    """A batch whose captions have new tokens."""
    captions = tuple(f"{caption} washerplate" for caption in CAPTIONS)
    return evolve(batch(clip), captions=captions, input_ids=tokens(clip, captions))


def same(expected: Mapping[str, Tensor], actual: Mapping[str, Tensor]) -> bool:
    return expected.keys() == actual.keys() and all(torch.equal(expected[name], actual[name]) for name in expected)


@pytest.fixture(scope="module")
def plain_and_grown(folder: Path) -> tuple[LoadedClip, LoadedClip]:
    return load(folder), load(folder, "qqwashqq", "covid-19", "ground glass")


@given(st.lists(st.text(max_size=40), min_size=1, max_size=3))
def test_captions_without_new_words_are_read_as_before_bit_for_bit(
    plain_and_grown: tuple[LoadedClip, LoadedClip], captions: list[str]
) -> None:
    plain, grown = plain_and_grown
    texts = (*captions, *CAPTIONS)

    assert torch.equal(tokens(plain, texts), tokens(grown, texts))
    assert torch.equal(embeds(plain, texts), embeds(grown, texts))


def test_a_new_word_is_one_token_that_starts_as_the_mean_of_its_pieces(folder: Path) -> None:
    plain, grown = load(folder), load(folder, *WORDS)
    before, after = plain.model.state_dict()[TABLE], grown.model.state_dict()[TABLE]

    assert WORDS == grown.new_tokens
    assert torch.equal(before, after[: len(before)])
    for at, word in enumerate(WORDS):
        pieces = plain.tokenizer(word, add_special_tokens=False)["input_ids"]
        assert [len(before) + at] == grown.tokenizer(word.upper(), add_special_tokens=False)["input_ids"]
        assert torch.equal(before[pieces].mean(dim=0), after[len(before) + at])


def test_every_row_is_read_out_at_its_end_and_what_follows_a_new_word_counts(folder: Path) -> None:
    clip = load(folder, *WORDS)
    captions = (*NEW, *CAPTIONS, "washerplate " * 40)
    rows, end = tokens(clip, captions), clip.tokenizer.eos_token_id
    lengths = torch.tensor([min(len(clip.tokenizer(each)["input_ids"]), TOKENS) for each in captions])

    assert end == clip.model.config.text_config.eos_token_id == clip.model.text_model.eos_token_id
    assert torch.equal(lengths - 1, end_positions(rows, end_token=end))
    first, second = embeds(clip, ("a washerplate that is red", "a washerplate that is green"))
    assert not torch.equal(first, second)


def test_a_model_that_would_read_rows_out_elsewhere_is_refused(folder: Path) -> None:
    clip = load(folder)
    add_tokens(clip.model, clip.tokenizer, WORDS)
    clip.model.config.text_config.eos_token_id = 2

    with pytest.raises(UnknownModel, match=r"'a covid-19 case' would be read out at token 3 of \d and not at its end"):
        check_end_tokens(clip.model, clip.tokenizer, ["a case", "a covid-19 case"], max_length=TOKENS)


def test_a_word_that_is_a_token_already_changes_nothing(folder: Path) -> None:
    plain = load(folder)
    known = "gear" if len(plain.tokenizer("gear", add_special_tokens=False)["input_ids"]) == 1 else "cat"
    same_words = load(folder, known)

    assert () == same_words.new_tokens
    assert same(plain.model.state_dict(), same_words.model.state_dict())
    assert clip_identity(plain) == clip_identity(same_words)


def test_a_new_word_is_read_only_where_it_stands_as_a_whole(folder: Path) -> None:
    captions = ("washerplates", "a prewasherplate", "covid-190 and xcovid-19", "underground glass", "ground glasses")

    assert torch.equal(tokens(load(folder), captions), tokens(load(folder, *WORDS), captions))


def test_of_a_word_inside_another_the_longer_is_read(folder: Path) -> None:
    clip = load(folder, "covid", "covid-19", "ground glass", "ground glass opacity")
    read = {word: clip.tokenizer(f"a {word}", add_special_tokens=False)["input_ids"][-1] for word in clip.new_tokens}

    assert read == {word: clip.tokenizer.convert_tokens_to_ids(word) for word in clip.new_tokens}
    assert 4 == len(set(read.values()))


def test_saved_and_loaded_again_the_model_is_the_same_in_plain_transformers_too(folder: Path, tmp_path: Path) -> None:
    from transformers import CLIPModel, CLIPProcessor

    clip = load(folder, *WORDS)
    learner(clip).export(tmp_path / "m")
    model: Any = CLIPModel.from_pretrained(tmp_path / "m")
    processor: Any = CLIPProcessor.from_pretrained(tmp_path / "m")
    again = load(tmp_path / "m", *WORDS)
    rows = processor(text=list(NEW), return_tensors="pt", padding=True, truncation=True)["input_ids"]

    assert () == again.new_tokens
    assert torch.equal(tokens(clip, NEW), tokens(again, NEW))
    assert torch.equal(embeds(clip, NEW), embeds(again, NEW))
    assert same(clip.model.state_dict(), again.model.state_dict())
    with torch.no_grad():
        theirs = model.get_text_features(input_ids=rows).pooler_output
    assert (embeds(clip, NEW) - theirs).abs().max().item() <= 1e-5


ADAPTATIONS = {
    "full": AdaptationConfig(),
    "frozen": AdaptationConfig(text_tower="frozen"),
    "head": AdaptationConfig(text_tower="head", image_tower="last_blocks"),
    "lora": AdaptationConfig(text_tower="lora", image_tower="lora"),
}


@pytest.mark.parametrize("kind", ADAPTATIONS)
def test_new_tokens_learn_with_the_table_and_stand_still_with_it(folder: Path, kind: str, tmp_path: Path) -> None:
    clip = load(folder, *WORDS)
    teacher = learner(clip, adaptation=ADAPTATIONS[kind], ema_decay=0.5)
    before = teacher._model.state_dict()[TABLE].clone()
    teacher.step(told(clip), StepPlan(learning_rate=1e-3, seed=1))
    after = teacher._model.state_dict()[TABLE]

    row = int(clip.tokenizer.convert_tokens_to_ids(WORDS[0]))
    assert (kind == "full") == bool((before[row] != after[row]).any())
    assert torch.equal(before[row + 1 :], after[row + 1 :]) or kind == "full"
    teacher.export(tmp_path / "m")
    assert len(before) == len(load(tmp_path / "m").model.state_dict()[TABLE])


def test_training_goes_on_from_a_snapshot_as_if_it_had_never_stopped(folder: Path, tmp_path: Path) -> None:
    first = learner(load(folder, *WORDS), ema_decay=0.9)
    shown = told(load(folder, *WORDS))
    first.step(shown, StepPlan(learning_rate=1e-3, seed=1))
    (tmp_path / "s").mkdir()
    first.snapshot(tmp_path / "s")
    first.step(shown, StepPlan(learning_rate=1e-3, seed=2))

    second = learner(load(folder, *WORDS), ema_decay=0.9)
    second.restore(tmp_path / "s")
    second.step(shown, StepPlan(learning_rate=1e-3, seed=2))
    assert same(first._model.state_dict(), second._model.state_dict())


def test_weights_between_the_base_and_the_tuned_model_have_the_new_tokens_of_both(folder: Path) -> None:
    base, tuned = load(folder, *WORDS), load(folder, *WORDS)
    teacher = learner(tuned)
    teacher.step(told(tuned), StepPlan(learning_rate=1e-2, seed=1))
    between = ClipInterpolation(base, evolve(tuned, model=teacher._model), teacher._state)
    row = int(tuned.tokenizer.convert_tokens_to_ids(WORDS[0]))
    ends = [clip.model.state_dict()[TABLE][row] for clip in (base, tuned)]

    with between.at(0.5) as model:
        assert torch.allclose((ends[0] + ends[1]) / 2, model.model.state_dict()[TABLE][row])
        assert (len(NEW), 64) == tuple(model.encode_text(model.tokenize(NEW)).shape)
