"""What identifies a model: everything that decides its embeddings, and nothing else."""

from pathlib import Path

import torch
from attrs import evolve

from cliptune.adapters.models.export import export_model
from cliptune.adapters.models.identity import clip_identity
from cliptune.adapters.models.loading import load_clip
from cliptune.domain.config import InputConfig, ModelConfig
from support.clips import CAPTIONS, tiny_clip


def test_a_model_that_was_saved_and_loaded_is_the_same(tmp_path: Path) -> None:

    clip = tiny_clip()
    before = clip_identity(clip)
    clip.tokenizer(list(CAPTIONS), padding=True, truncation=True, max_length=9)
    export_model(tmp_path, clip)

    after = clip_identity(load_clip(ModelConfig(model_name=str(tmp_path)), InputConfig(max_sequence_length=24), seed=0))

    assert before.key == after.key
    assert () == before.differences(after)


def test_one_changed_weight_is_another_model() -> None:
    clip, changed = tiny_clip(), tiny_clip()
    with torch.no_grad():
        changed.model.text_projection.weight[0, 0] += 1e-6

    before, after = clip_identity(clip), clip_identity(changed)

    assert ("the weights",) == before.differences(after)
    assert before.key != after.key


def test_another_picture_rule_leaves_captions_what_they_are() -> None:
    clip = tiny_clip()
    blurred = evolve(clip, preprocessing=evolve(clip.preprocessing, mean=(0.5, 0.5, 0.5)))

    before, after = clip_identity(clip), clip_identity(blurred)

    assert ("the picture rule",) == before.differences(after)
    assert before.text_key == after.text_key
    assert before.image_key != after.image_key


def test_more_tokens_are_another_reading() -> None:
    clip = tiny_clip()

    assert ("the tokenizer",) == clip_identity(clip).differences(clip_identity(evolve(clip, max_length=20)))
