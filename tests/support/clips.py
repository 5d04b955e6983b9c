"""Tiny CLIP models with random weights, their learners and their batches."""

import torch

from cliptune.adapters.models.clip_learner import ClipLearner, LearnerSettings
from cliptune.adapters.models.loading import LoadedClip, load_clip
from cliptune.domain.batches import Batch
from cliptune.domain.config import AdaptationConfig, InputConfig, ModelConfig
from cliptune.domain.devices import ModelState, Precision
from cliptune.domain.losses import Objective, contrastive

CAPTIONS = tuple(
    f"a {size} {color} {part}"
    for part in ("gear", "washer", "bolt", "plate")
    for color in ("red", "green", "blue")
    for size in ("small", "large")
)
TOKENS = 24


def tiny_clip(*, seed: int = 0, attention_dropout: float | None = None) -> LoadedClip:
    """Two layers, width 64, 32 pixels; its tokenizer is trained on ``CAPTIONS``."""
    return load_clip(
        ModelConfig(model_name="scratch:tiny", attention_dropout=attention_dropout),
        InputConfig(max_sequence_length=TOKENS),
        seed=seed,
        captions=lambda: CAPTIONS,
    )


def learner(
    clip: LoadedClip,
    *,
    slice_size: int = 64,
    precision: Precision = "float32",
    learn_temperature: bool = True,
    temperature: float | None = 0.07,
    weight_decay: float = 0.01,
    ema_decay: float | None = None,
    gradient_checkpointing: bool = False,
    adaptation: AdaptationConfig = AdaptationConfig(),  # noqa: B008 - a frozen value
    learning_rate: float = 1e-3,
    seed: int = 0,
    objective: Objective = contrastive,
) -> ClipLearner:
    """A learner on the CPU."""
    settings = LearnerSettings(
        weight_decay=weight_decay,
        max_grad_norm=1.0,
        slice_size=slice_size,
        temperature=temperature,
        learn_temperature=learn_temperature,
        variant="fused",
        ema_decay=ema_decay,
        gradient_checkpointing=gradient_checkpointing,
        adaptation=adaptation,
        learning_rate=learning_rate,
        seed=seed,
    )
    state = ModelState(
        device_type="cpu",
        apple_silicon=False,
        mps_available=False,
        precision=precision,
        domain="general",
        mode="training",
    )
    return ClipLearner(clip, objective=objective, settings=settings, state=state)


def batch(clip: LoadedClip, *, pairs: int = len(CAPTIONS), seed: int = 0) -> Batch:
    """Random pictures with the first ``pairs`` captions."""
    pixels = torch.randn(pairs, 3, 32, 32, generator=torch.Generator().manual_seed(seed))
    captions = CAPTIONS[:pairs]
    rows = clip.tokenizer(list(captions), padding="max_length", max_length=16)["input_ids"]
    return Batch(
        pixel_values=pixels,
        input_ids=torch.tensor(rows),
        captions=captions,
        images=tuple(f"{index}.png" for index in range(pairs)),
    )
