"""Configuration groups of the objective and of similarity."""
# ruff: noqa: RUF009 (`key` declares a field, it is no shared default)

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from .fields import key

LossType = Literal["contrastive", "hard_negative", "domain_specific", "multi_scale", "sigmoid"]
MiningStrategy = Literal["semi-hard", "hard", "weighted"]
TemperatureSchedule = Literal["constant", "warmup", "cosine", "exponential", "adaptive"]
PositivesPolicy = Literal["ignore", "mask", "multi_positive"]
BatchPlan = Literal["shuffle", "avoid"]
SimilarityMetric = Literal["cosine", "dot", "euclidean"]
ModelTemperature = Literal["model"]


@frozen
class LossConfig:
    """What the model is taught to do, and how sharply."""

    loss_type: LossType = key("contrastive", "objective")
    loss_mix: Mapping[str, float] | None = key(
        None, "weighted sum of objectives instead of one, such as {contrastive: 1.0, hard_negative: 0.5}", minimum=0.0
    )
    positives: PositivesPolicy = key("mask", "what a loss does with other pairs of a batch that say the same")
    positive_keys: tuple[str, ...] = key(
        ("caption", "image"), "two pairs say the same when one of these is equal; other names are columns of the table"
    )
    batch_plan: BatchPlan = key("shuffle", "`avoid` keeps pairs that say the same out of one another's batch")
    temperature: float | ModelTemperature = key(
        0.07, "softmax temperature, or `model` to start from the checkpoint's own", minimum=0.01, maximum=1.0
    )
    learnable_temp: bool = key(default=False, meaning="learn the temperature, kept between 1/100 and 1")
    hard_negative_ratio: float = key(0.5, "largest share of a row's negatives that is mined", minimum=0.0, maximum=1.0)
    hard_negative_mining_strategy: MiningStrategy = key("semi-hard", "which negatives are mined")
    hard_negative_margin: float = key(
        0.2, "a semi-hard negative is less similar than the positive by at most this cosine", above=0.0, maximum=2.0
    )
    hard_negative_weight: float = key(2.0, "how often a mined negative counts in the denominator", minimum=1.0)
    domain_weight: float = key(1.0, "strength of a domain template's emphases", minimum=1.0)
    domain_template: Mapping[str, float] | None = key(
        None,
        "a domain's own template: temperature_factor, margin, band_low, band_high, band_weight, soft_targets",
    )
    temperature_scheduling: bool = key(default=False, meaning="let the temperature follow a schedule")
    temperature_schedule_type: TemperatureSchedule = key("warmup", "shape of the temperature schedule")
    temperature_min: float = key(0.01, "lowest scheduled temperature", above=0.0, maximum=1.0)
    temperature_max: float = key(0.1, "highest scheduled temperature", above=0.0, maximum=1.0)
    temperature_warmup_steps: int = key(1000, "steps from the highest temperature to `temperature`", minimum=0)
    multi_scale_scales: tuple[float, ...] = key(
        (1.0, 0.75, 0.5), "temperature factors of the multi-scale loss", above=0.0
    )
    multi_scale_weights: tuple[float, ...] = key((1.0, 0.75, 0.5), "weights of the scales", minimum=0.0)


@frozen
class AlignmentConfig:
    """How images and captions are compared after training."""

    similarity_metric: SimilarityMetric = key("cosine", "what similar means")
    normalize_embeddings: bool = key(default=True, meaning="bring embeddings to length 1 before comparing")
    retrieval_top_k: int = key(5, "results of a search", minimum=1)
    alignment_visualization: bool = key(default=False, meaning="draw plots during evaluation")
    visualization_output_dir: str = key("outputs/visualizations", "folder for plots")
