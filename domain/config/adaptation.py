"""Configuration groups of what is trained, and of what must not be forgotten."""
# ruff: noqa: RUF009 (`key` declares a field, it is no shared default)

from typing import Literal

from attrs import frozen

from .fields import key

TowerMode = Literal["full", "frozen", "last_blocks", "head", "lora"]


@frozen
class AdaptationConfig:
    """Which part of each tower learns, and how fast."""

    image_tower: TowerMode = key("full", "what of the image tower learns")
    text_tower: TowerMode = key("full", "what of the text tower learns")
    last_blocks: int = key(2, "blocks that learn where a tower is set to last_blocks", minimum=1)
    lora_rank: int = key(8, "rank of LoRA's updates", minimum=1, maximum=1024)
    lora_alpha: float = key(16.0, "LoRA's updates are scaled by lora_alpha / lora_rank", above=0.0)
    lora_dropout: float = key(0.0, "dropout before LoRA's updates", minimum=0.0, maximum=0.9)
    image_learning_rate: float | None = key(
        None, "peak learning rate of the image tower; null = learning_rate", above=0.0, maximum=1.0
    )
    text_learning_rate: float | None = key(
        None, "peak learning rate of the text tower; null = learning_rate", above=0.0, maximum=1.0
    )
    layer_decay: float = key(1.0, "each block learns this much slower than the one above it", above=0.0, maximum=1.0)


@frozen
class RetentionConfig:
    """What a fine-tuned model must not forget."""

    retention_path: str | None = key(
        None, "pairs that must not be forgotten; weights are then interpolated with the base's (WiSE-FT)"
    )
    max_general_drop: float = key(0.02, "mean recall on retention_path that may be lost", minimum=0.0, maximum=1.0)
    wise_ft_alphas: tuple[float, ...] = key(
        (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
        "shares of the fine-tuned weights that are tried",
        minimum=0.0,
        maximum=1.0,
    )
