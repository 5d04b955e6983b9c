"""Laws of loading: what is saved loads in plain transformers, and a model that would pool wrongly is refused."""

import json
import shutil
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cliptune.adapters.models.clip_backend import ClipTokens
from cliptune.adapters.models.loading import LoadedClip, load_clip
from cliptune.adapters.models.positions import resize_image_positions
from cliptune.adapters.models.tokenizers import train_tokenizer
from cliptune.adapters.models.towers import text_embeds
from cliptune.domain.config import InputConfig, ModelConfig
from cliptune.domain.errors import UnknownModel, UsageError
from cliptune.domain.similarity import normalize
from support.clips import CAPTIONS, TOKENS, batch, learner, tiny_clip

TOKENIZER = Path(__file__).resolve().parents[4] / "shared" / "tokenizer"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    learner(tiny_clip()).export(folder)
    return folder


def load(folder: Path | str, **given_keys: Any) -> LoadedClip:
    return load_clip(ModelConfig(model_name=str(folder)), InputConfig(**given_keys), seed=0)


def test_plain_transformers_loads_the_model_and_gives_the_same_embeddings(exported: Path) -> None:
    from transformers import CLIPModel, CLIPProcessor

    chance = np.random.default_rng(0)
    picture = Image.fromarray(chance.integers(0, 256, (45, 60, 3), dtype=np.uint8))
    model = CLIPModel.from_pretrained(exported)
    processor: Any = CLIPProcessor.from_pretrained(exported)
    inputs = processor(text=list(CAPTIONS), images=[picture], return_tensors="pt", padding=True)
    with torch.no_grad():
        theirs = model(**inputs)

    clip = tiny_clip()
    with learner(clip).evaluating(exact=True) as ours:
        texts = normalize(ours.encode_text(ours.tokenize(CAPTIONS)))
        images = normalize(ours.encode_image(inputs["pixel_values"]))
    assert (texts - theirs.text_embeds).abs().max().item() <= 1e-6
    assert (images - theirs.image_embeds).abs().max().item() <= 1e-6
    assert pytest.approx((images @ texts.T / 0.07)[0].tolist(), abs=1e-4) == theirs.logits_per_image[0].tolist()


def test_saving_and_loading_keeps_ids_weights_and_picture_rule(exported: Path) -> None:
    first, second = tiny_clip(), load(exported, max_sequence_length=TOKENS)

    assert first.tokenizer(list(CAPTIONS))["input_ids"] == second.tokenizer(list(CAPTIONS))["input_ids"]
    assert first.preprocessing == second.preprocessing
    state = second.model.state_dict()
    kept = {name: value for name, value in first.model.state_dict().items() if name != "logit_scale"}
    assert all(torch.equal(value, state[name]) for name, value in kept.items())


def test_random_weights_are_a_function_of_the_seed() -> None:
    one, same, other = (tiny_clip(seed=seed).model.state_dict() for seed in (1, 1, 2))

    name = "text_model.encoder.layers.0.mlp.fc1.weight"
    assert torch.equal(one[name], same[name])
    assert not torch.equal(one[name], other[name])


def test_text_is_pooled_at_the_end_token() -> None:
    clip = tiny_clip()
    tokens = ClipTokens(clip.tokenizer, TOKENS)(CAPTIONS)
    with torch.no_grad():
        found = clip.model.text_model(input_ids=tokens)
    ends = (tokens == clip.tokenizer.eos_token_id).int().argmax(dim=1)

    expected = found.last_hidden_state[torch.arange(len(tokens)), ends]
    assert torch.equal(expected, found.pooler_output)
    assert clip.tokenizer.eos_token_id == clip.model.config.text_config.eos_token_id


@given(st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_every_row_has_its_end_token_however_long_the_caption(captions: list[str]) -> None:
    tokens = TOKENS_OF_TINY(captions)

    assert bool((tokens == TOKENS_OF_TINY.tokenizer.eos_token_id).any(dim=1).all())
    assert bool((tokens[:, 0] == TOKENS_OF_TINY.tokenizer.bos_token_id).all())
    assert tokens.shape[1] <= TOKENS


class Alone:
    """One model for all examples of a test."""

    @cached_property
    def clip(self) -> LoadedClip:
        return load_clip(
            ModelConfig(model_name="scratch:tiny"),
            InputConfig(max_sequence_length=48),
            seed=0,
            captions=lambda: CAPTIONS,
        )


ALONE = Alone()
TOKENS_OF_TINY = ClipTokens(train_tokenizer(CAPTIONS), TOKENS)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_text_is_unknown_to_a_trained_tokenizer(text: str) -> None:
    tokenizer = TOKENS_OF_TINY.tokenizer
    ids = tokenizer(text)["input_ids"]

    assert [tokenizer.bos_token_id] == ids[:1]
    assert [tokenizer.eos_token_id] == ids[-1:]
    assert tokenizer.eos_token_id not in ids[1:-1] or "<|endoftext|>" in text.lower()


def test_a_trained_tokenizer_is_a_function_of_its_captions_in_every_process() -> None:
    """A process seeds its hash maps anew, and captions as regular as these tie many merges."""
    code = (
        "import json; from cliptune.adapters.models.tokenizers import train_tokenizer; "
        f"print(json.dumps(train_tokenizer({CAPTIONS!r}).get_vocab(), sort_keys=True))"
    )
    here = train_tokenizer(CAPTIONS).get_vocab()

    there = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)]

    assert [here, here] == [json.loads(answer) for answer in there]
    assert sorted(here.values()) == list(range(len(here)))
    assert {len(here) - 2, len(here) - 1} == {here["<|startoftext|>"], here["<|endoftext|>"]}


def test_an_end_id_of_2_is_refused_unless_it_is_the_legacy_checkpoint(exported: Path, tmp_path: Path) -> None:
    """With special tokens last the old rule pools at the highest id, which is the end token; first, it does not."""
    legacy = _with_end_id(exported, tmp_path / "legacy", end=2)
    load(legacy)

    wrong = _with_end_id(exported, tmp_path / "wrong", end=49407)
    with pytest.raises(UnknownModel, match=r"ends captions with token 49407, its tokenizer with token \d+"):
        load(wrong)


def _with_end_id(model: Path, folder: Path, *, end: int) -> Path:
    shutil.copytree(model, folder)
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["eos_token_id"] = end
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_the_rate_of_attention_dropout_reaches_both_towers() -> None:
    config = tiny_clip(attention_dropout=0.25).model.config

    assert 0.25 == config.text_config.attention_dropout
    assert 0.25 == config.vision_config.attention_dropout


def test_positions_at_the_models_own_size_are_unchanged_and_others_interpolated() -> None:
    model = tiny_clip().model
    name = "vision_model.embeddings.position_embedding.weight"

    same, larger = (resize_image_positions(model, pixels=pixels) for pixels in (32, 64))

    assert torch.equal(model.state_dict()[name], same.state_dict()[name])
    assert (1 + 8 * 8, 64) == tuple(larger.state_dict()[name].shape)
    assert torch.equal(model.state_dict()[name][0], larger.state_dict()[name][0])


def test_a_model_is_loaded_at_another_resolution(exported: Path) -> None:
    clip = load(exported, max_sequence_length=TOKENS, image_resolution=64)

    assert (64, 64) == clip.preprocessing.crop
    assert (2, 64) == tuple(clip.model.get_image_features(pixel_values=torch.zeros(2, 3, 64, 64)).pooler_output.shape)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("scratch:huge", "'scratch:huge' is not an architecture; choose one of scratch:tiny, scratch:small"),
        ("./nowhere", "there is no such folder"),
        ("some one/model", "it is not the form of a hub name"),
        ("owner/model", "not in the local cache, and HF_HUB_OFFLINE is set"),
    ],
)
def test_a_name_that_leads_nowhere_says_what_would(name: str, message: str) -> None:
    with pytest.raises(UnknownModel, match=message):
        load_clip(ModelConfig(model_name=name), InputConfig(), seed=0, captions=lambda: CAPTIONS)


def test_an_empty_folder_and_a_file_are_no_models(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match=r"holds no config\.json"):
        load(tmp_path)
    (tmp_path / "model.bin").touch()
    with pytest.raises(UnknownModel, match="and this is a file"):
        load(tmp_path / "model.bin")


def test_weights_that_lack_parameters_are_refused(exported: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(exported, tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(UnknownModel, match=r"its weights lack 1 parameters, such as visual_projection\.weight"):
        load(folder)


def test_more_tokens_than_the_model_has_positions_are_refused(exported: Path) -> None:
    with pytest.raises(UsageError, match="reads at most 24 tokens"):
        load(exported, max_sequence_length=78)


@pytest.mark.skipif(not TOKENIZER.is_dir(), reason="the real CLIP vocabulary is not beside the project")
def test_the_real_vocabulary_serves_a_scratch_model() -> None:
    clip = load_clip(
        ModelConfig(model_name="scratch:tiny", tokenizer_name=str(TOKENIZER)),
        InputConfig(max_sequence_length=TOKENS),
        seed=0,
    )

    assert 49407 == clip.model.config.text_config.eos_token_id
    assert 49408 == clip.model.config.text_config.vocab_size
    assert [49406, 320, 1125, 539, 320, 2368, 49407] == clip.tokenizer("a photo of a cat")["input_ids"]


def test_shorter_padding_does_not_change_what_a_caption_means() -> None:
    clip = tiny_clip()
    with learner(clip).evaluating(exact=True) as model:
        short = model.encode_text(batch(clip).input_ids)
        padding = torch.full((len(CAPTIONS), 8), clip.tokenizer.pad_token_id)
        long = model.encode_text(torch.cat([batch(clip).input_ids, padding], dim=1))

    assert (short - long).abs().max().item() <= 1e-5


@given(st.lists(st.sampled_from([" ".join(["a small red gear"] * n) for n in (1, 2, 5, 9)]), min_size=1, max_size=9))
def test_each_caption_means_the_same_beside_longer_ones(captions: list[str]) -> None:
    clip = ALONE.clip
    tokens = ClipTokens(clip.tokenizer, 48)

    together = text_embeds(clip.model, tokens(captions), precision="float32")
    alone = torch.cat([text_embeds(clip.model, tokens([caption]), precision="float32") for caption in captions])
    whole = clip.model.get_text_features(input_ids=tokens(captions)).pooler_output

    assert (together - alone).abs().max().item() <= 1e-5
    assert (together - whole).abs().max().item() <= 1e-5


def test_plain_transformers_cuts_long_captions_where_the_model_ends(exported: Path) -> None:
    from transformers import CLIPProcessor

    processor: Any = CLIPProcessor.from_pretrained(exported)

    (ids,) = processor(text=["a small red gear " * 40], truncation=True)["input_ids"]

    assert (TOKENS, processor.tokenizer.eos_token_id) == (len(ids), ids[-1])
