"""Laws of models that read longer captions than they were made for."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from cliptune.adapters.models.clip_backend import ClipTokens
from cliptune.adapters.models.loading import LoadedClip, load_clip
from cliptune.adapters.models.towers import text_embeds
from cliptune.domain.config import InputConfig, ModelConfig
from cliptune.domain.errors import UsageError
from cliptune.domain.learning import StepPlan
from support.clips import CAPTIONS, batch, learner
from support.legacy_clips import legacy_folder

LONG = " ".join(f"{color} gear" for color in ("red", "green", "blue", "large", "small") for _ in range(11))
TABLE = "text_model.embeddings.position_embedding.weight"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return legacy_folder(tmp_path_factory.mktemp("legacy"), vocabulary="own", positions=77)


def load(folder: Path, **given: Any) -> LoadedClip:
    return load_clip(ModelConfig(model_name=str(folder)), InputConfig(**given), seed=0)


def embeds(clip: LoadedClip, *captions: str) -> Tensor:
    with torch.no_grad():
        return text_embeds(clip.model, ClipTokens(clip.tokenizer, clip.max_length)(captions), precision="float32")


def test_at_its_own_length_a_model_stays_as_it_is(folder: Path) -> None:
    plain, asked = load(folder), load(folder, stretch_text_positions=True)
    state = asked.model.state_dict()

    assert (77, 77) == (asked.max_length, asked.model.config.text_config.max_position_embeddings)
    assert all(torch.equal(tensor, state[name]) for name, tensor in plain.model.state_dict().items())


def test_short_captions_are_read_as_before_bit_for_bit(folder: Path) -> None:
    plain, long = load(folder), load(folder, stretch_text_positions=True, max_sequence_length=248)

    assert torch.equal(plain.model.state_dict()[TABLE][:20], long.model.state_dict()[TABLE][:20])
    assert torch.equal(embeds(plain, *CAPTIONS), embeds(long, *CAPTIONS))


def test_the_end_of_a_long_caption_counts(folder: Path) -> None:
    plain, long = load(folder), load(folder, stretch_text_positions=True, max_sequence_length=248)
    captions = (f"{LONG} bolt", f"{LONG} washer")

    assert torch.equal(*embeds(plain, *captions))
    assert not torch.equal(*embeds(long, *captions))


def test_after_a_step_it_is_saved_and_plain_transformers_reads_as_many_tokens(folder: Path, tmp_path: Path) -> None:
    from transformers import CLIPModel, CLIPProcessor

    clip = load(folder, stretch_text_positions=True, max_sequence_length=248)
    teacher = learner(clip)
    teacher.step(batch(clip), StepPlan(learning_rate=1e-3, seed=1))
    teacher.export(tmp_path)
    processor: Any = CLIPProcessor.from_pretrained(tmp_path)
    model: Any = CLIPModel.from_pretrained(tmp_path)
    rows = processor(text=[f"{LONG} bolt", LONG * 9], return_tensors="pt", padding=True, truncation=True)["input_ids"]

    assert (248, 248) == (processor.tokenizer.model_max_length, model.config.text_config.max_position_embeddings)
    assert 248 == rows.shape[1]
    with torch.no_grad():
        theirs = model.get_text_features(input_ids=rows).pooler_output
    again = load(tmp_path, max_sequence_length=248)
    assert (embeds(again, f"{LONG} bolt", LONG * 9) - theirs).abs().max().item() <= 1e-5


def test_more_tokens_than_positions_are_refused_with_the_key_that_stretches_them(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="reads at most 77 tokens; stretch_text_positions: true stretches"):
        load(folder, max_sequence_length=248)
    few = legacy_folder(tmp_path, vocabulary="own", positions=16)
    with pytest.raises(UsageError, match="the first 20 positions stay as they are, and the model has 16"):
        load(few, max_sequence_length=32, stretch_text_positions=True)
