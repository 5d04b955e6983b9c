"""Configuration groups of the training loop and of the machine it runs on."""
# ruff: noqa: RUF009 (`key` declares a field, it is no shared default)

from typing import Literal

from attrs import frozen

from .fields import key

WorkerKind = Literal["thread", "process"]
PrecisionChoice = Literal["auto", "fp32", "bf16", "fp16"]
AttentionChoice = Literal["auto", "sdpa", "eager", "chunked"]


@frozen
class TrainingConfig:
    """How long and how fast to learn, and when to look up."""

    learning_rate: float = key(5e-5, "peak learning rate of AdamW", above=0.0, maximum=1.0)
    batch_size: int | None = key(None, "pairs that are computed at once; null = measured when a run begins", minimum=2)
    effective_batch_size: int | None = key(
        None, "pairs the loss sees, in slices of batch_size; null = batch_size × gradient_accumulation_steps", minimum=2
    )
    num_epochs: int = key(10, "passes over the training images", minimum=1)
    warmup_steps: int = key(500, "steps of linear warm-up; at most a tenth of the planned steps are used", minimum=0)
    weight_decay: float = key(0.01, "decoupled decay of weight matrices", minimum=0.0, maximum=1.0)
    max_grad_norm: float = key(1.0, "gradients are clipped to this global norm", above=0.0)
    save_steps: int = key(1000, "steps between checkpoints, at least one an epoch", minimum=1)
    eval_steps: int = key(500, "steps between evaluations, at least one an epoch", minimum=1)
    logging_steps: int = key(100, "steps between lines of the log", minimum=1)
    seed: int = key(42, "every order, draw and augmentation is a function of this", minimum=0, maximum=2**32 - 1)
    early_stopping_patience: int | None = key(
        None, "stop after this many evaluations without a better mean recall; null = never", minimum=1
    )
    ema_decay: float | None = key(
        None,
        "evaluate and export a moving average of the weights with this decay; null = the weights",
        above=0.0,
        maximum=0.99999,
    )
    keep_checkpoints: int = key(3, "best checkpoints kept besides the last", minimum=1)


@frozen
class HardwareConfig:
    """Which device to use, and how hard."""

    use_mps: bool = key(default=True, meaning="use the GPU of an Apple-silicon Mac when there is one")
    mixed_precision: bool = key(
        default=True, meaning="towers in 16 bit where the hardware has it; normalization, logits and loss stay float32"
    )
    precision: PrecisionChoice = key("auto", "what the towers compute in; auto measures what this machine does well")
    gradient_checkpointing: bool = key(default=False, meaning="recompute towers backward: less memory, a third slower")
    attention: AttentionChoice = key("auto", "implementation of attention; chunked needs the least memory")
    gradient_accumulation_steps: int = key(
        1, "slices of batch_size that make up one step; the loss is that of the whole batch", minimum=1
    )
    num_workers: int = key(4, "workers that decode pictures ahead; any number gives the same batches", minimum=0)
    worker_kind: WorkerKind = key("thread", "decode in threads or in processes")
    decoded_cache: str | None = key(
        None, "folder that keeps decoded pictures for later epochs and runs; null = none; pixels stay the same"
    )
    decoded_cache_gib: float = key(20.0, "size up to which decoded_cache grows", above=0.0)


@frozen
class OutputConfig:
    """Where runs go."""

    output_dir: str = key("outputs", "folder that holds one folder for each run")
