"""A CLIP model with its tokenizer and its picture rule: loaded from a folder, or built with random weights."""

import json
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen

from ...domain.config import FidelityConfig, InputConfig, ModelConfig
from ...domain.errors import UnknownModel, UsageError
from ...domain.input_rule import INPUT_FILE, rule_from_dict
from ...domain.preprocessing import Preprocessing, default_preprocessing, preprocessing_from_config, with_resolution
from .architectures import SCRATCH, architecture, clip_config
from .hub import model_folder
from .new_tokens import add_tokens, check_end_tokens
from .positions import check_patches, resize_image_positions, stretch_text_positions
from .tokenizers import PLAIN_MARKS, check_pooling, special_ids, train_tokenizer
from .transformers_types import Clip, ClipTokenizer

ATTENTION: Final = "sdpa"
# What the configuration asks for unless told otherwise; a model with fewer positions is then read at its own length.
CLIP_TOKENS: Final = 77
# Captions that are read on trial after new tokens came in.
TRIED: Final = 10_000


@frozen(eq=False)
class LoadedClip:
    """
    A CLIP model on the CPU in float32, with what belongs to it.

    Attributes:
        model: The two towers, in evaluation mode.
        tokenizer: Its tokenizer.
        preprocessing: How a picture becomes its input. A size other than the model's own is one that its positions are
            interpolated to, in every pass and for good when it is saved.
        max_length: Tokens of a caption that it reads.
        name: What a person calls it.
        new_tokens: Words that were given a token of their own when it was loaded.
    """

    model: Clip
    tokenizer: ClipTokenizer
    preprocessing: Preprocessing
    max_length: int
    name: str
    new_tokens: tuple[str, ...] = ()


def load_clip(
    model: ModelConfig, given: InputConfig, *, seed: int, captions: Callable[[], Iterable[str]] = tuple
) -> LoadedClip:
    """
    Load what ``model_name`` names, or build it with random weights that are a function of ``seed``.

    Args:
        model: Name, tokenizer, new tokens and attention dropout.
        given: Resolution and caption length.
        seed: Seed of random weights.
        captions: Training captions, asked for only where a tokenizer has to be learned from them, or new tokens tried.

    Raises:
        UnknownModel: If a name leads nowhere, or model and tokenizer do not belong together.
        UsageError: If the model cannot take what is asked of it.
    """
    loaded = _loaded(model, given, seed=seed, captions=captions)
    return evolve(loaded, preprocessing=evolve(loaded.preprocessing, decode=given.decode))


def _loaded(model: ModelConfig, given: InputConfig, *, seed: int, captions: Callable[[], Iterable[str]]) -> LoadedClip:
    if model.model_name.startswith(SCRATCH):
        clip = _from_scratch(model, given, seed=seed, captions=captions)
    elif model.tokenizer_name is not None:
        raise UsageError("tokenizer_name is for scratch: models; a trained model keeps its own tokenizer")
    else:
        clip = _from_folder(model, given, model_folder(model.model_name))
    return _with_new_tokens(clip, model.new_tokens, captions) if model.new_tokens else clip


def _with_new_tokens(clip: LoadedClip, words: tuple[str, ...], captions: Callable[[], Iterable[str]]) -> LoadedClip:
    added = add_tokens(clip.model, clip.tokenizer, words)
    tried = [*words, *islice(captions(), TRIED)]
    check_end_tokens(clip.model, clip.tokenizer, tried, max_length=clip.max_length)
    return evolve(clip, new_tokens=added)


def _from_scratch(
    model: ModelConfig, given: InputConfig, *, seed: int, captions: Callable[[], Iterable[str]]
) -> LoadedClip:
    import torch
    from transformers import CLIPModel

    shape = architecture(model.model_name)
    tokenizer = _tokenizer(model_folder(model.tokenizer_name)) if model.tokenizer_name else _learned(captions())
    pixels = given.image_resolution or shape.pixels
    for size in given.image_resolutions or ():
        check_patches(size, patch=shape.patch, key="image_resolutions")
    config = clip_config(
        shape,
        vocabulary=len(tokenizer),
        positions=given.max_sequence_length,
        pixels=pixels,
        special=special_ids(tokenizer),
    )
    _set_dropout(config, model.attention_dropout)
    config._attn_implementation = ATTENTION
    check_pooling(config.text_config, tokenizer, name=model.tokenizer_name or model.model_name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        clip = CLIPModel(config).eval()
    rule = default_preprocessing(given.image_resolutions[-1] if given.image_resolutions else pixels)
    return LoadedClip(clip, tokenizer, rule, given.max_sequence_length, model.model_name)


def _learned(captions: Iterable[str]) -> ClipTokenizer:
    known = tuple(captions)
    if not known:
        raise UsageError(
            "a scratch: model without tokenizer_name learns its tokenizer from captions, and there are none"
        )
    return train_tokenizer(known)


def _from_folder(model: ModelConfig, given: InputConfig, folder: Path) -> LoadedClip:
    tokenizer = _tokenizer(folder)
    clip = _weights(folder, name=model.model_name, attention_dropout=model.attention_dropout)
    check_pooling(clip.config.text_config, tokenizer, name=model.model_name)
    if given.stretch_text_positions:
        stretch_text_positions(clip, length=given.max_sequence_length)
    positions = clip.config.text_config.max_position_embeddings
    if given.max_sequence_length > max(positions, CLIP_TOKENS):
        raise UsageError(
            f"max_sequence_length: {model.model_name} reads at most {positions} tokens; stretch_text_positions: true "
            "stretches its positions"
        )
    clip, rule = _sized(clip, _picture_rule(folder, pixels=clip.config.vision_config.image_size), given, model)
    length = min(given.max_sequence_length, positions)
    return LoadedClip(clip.eval(), tokenizer, rule, length, model.model_name)


def _sized(clip: Clip, rule: Preprocessing, given: InputConfig, model: ModelConfig) -> tuple[Clip, Preprocessing]:
    vision = clip.config.vision_config
    pixels, sizes = given.image_resolution, given.image_resolutions
    if pixels is not None:
        clip = clip if pixels == vision.image_size else resize_image_positions(clip, pixels=pixels)
        return clip, with_resolution(rule, pixels)
    if sizes:
        for size in sizes:
            check_patches(size, patch=vision.patch_size, key="image_resolutions")
        # The last size is what the model is measured and saved at; its own positions stay, and are interpolated.
        return clip, with_resolution(rule, sizes[-1])
    if rule.crop != (vision.image_size, vision.image_size):
        raise UsageError(
            f"{model.model_name}: its pictures become {rule.crop[0]} × {rule.crop[1]} pixels and its image tower takes "
            f"{vision.image_size}; set image_resolution"
        )
    return clip, rule


def _tokenizer(folder: Path) -> ClipTokenizer:
    from transformers import CLIPTokenizer

    try:
        tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True, **PLAIN_MARKS)
    except (OSError, ValueError) as error:
        raise UnknownModel(f"{folder}: no CLIP tokenizer can be read there: {_first_line(error)}") from error
    return tokenizer


def _weights(folder: Path, *, name: str, attention_dropout: float | None) -> Clip:
    import torch
    from transformers import CLIPConfig, CLIPModel

    try:
        config = CLIPConfig.from_pretrained(folder, local_files_only=True)
        if config.model_type != "clip":
            raise UnknownModel(f"{name}: a {config.model_type} model; cliptune trains models of type clip")
        _set_dropout(config, attention_dropout)
        loaded: Any = CLIPModel.from_pretrained(
            folder,
            config=config,
            attn_implementation=ATTENTION,
            dtype=torch.float32,
            local_files_only=True,
            output_loading_info=True,
        )
        clip, found = loaded
    except (OSError, ValueError, RuntimeError) as error:
        raise UnknownModel(f"{name}: its weights cannot be read: {_first_line(error)}") from error
    if found["missing_keys"]:
        lacking = ", ".join(sorted(found["missing_keys"])[:3])
        raise UnknownModel(f"{name}: its weights lack {len(found['missing_keys'])} parameters, such as {lacking}")
    return clip


def _picture_rule(folder: Path, *, pixels: int) -> Preprocessing:
    """How pictures become the input, and by which rule those that the model learned from became 256 levels."""
    rule, learned = _processor_rule(folder, pixels=pixels), kept_rule(folder)
    return rule if learned is None else evolve(rule, fidelity=learned)


def kept_rule(folder: Path) -> FidelityConfig | None:
    """
    The rule by which the pictures that a model learned from became 256 levels; None where its folder tells none.

    Raises:
        UsageError: If it tells one that cannot be followed.
    """
    path = folder / INPUT_FILE
    if not path.is_file():
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read: {_first_line(error)}") from error
    return rule_from_dict(raw, name=str(path))


def _processor_rule(folder: Path, *, pixels: int) -> Preprocessing:
    for file in ("preprocessor_config.json", "processor_config.json"):
        path = folder / file
        if path.is_file():
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return preprocessing_from_config(found.get("image_processor", found))
    return default_preprocessing(pixels)


def _set_dropout(config: Any, attention_dropout: float | None) -> None:
    """Both towers read the rate from their own part of the configuration; one on the top is ignored in silence."""
    if attention_dropout is not None:
        config.text_config.attention_dropout = attention_dropout
        config.vision_config.attention_dropout = attention_dropout


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0]
