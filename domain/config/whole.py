"""The whole configuration: groups in, flat keys out."""

import types
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
from attrs import field, frozen

from .adaptation import AdaptationConfig, RetentionConfig
from .data import AugmentationConfig, DataConfig, InputConfig
from .evaluation import EvaluationConfig
from .fidelity import FidelityConfig
from .model import ModelConfig
from .objective import AlignmentConfig, LossConfig
from .training import HardwareConfig, OutputConfig, TrainingConfig


@frozen
class FineTuneConfig:
    """
    Everything that decides a run.

    A file shows the keys flat; in code each function gets only the group it needs.
    Every key belongs to exactly one group.
    """

    model: ModelConfig = field(factory=ModelConfig)
    data: DataConfig = field(factory=DataConfig)
    fidelity: FidelityConfig = field(factory=FidelityConfig)
    augmentation: AugmentationConfig = field(factory=AugmentationConfig)
    input: InputConfig = field(factory=InputConfig)
    training: TrainingConfig = field(factory=TrainingConfig)
    hardware: HardwareConfig = field(factory=HardwareConfig)
    loss: LossConfig = field(factory=LossConfig)
    adaptation: AdaptationConfig = field(factory=AdaptationConfig)
    retention: RetentionConfig = field(factory=RetentionConfig)
    alignment: AlignmentConfig = field(factory=AlignmentConfig)
    evaluation: EvaluationConfig = field(factory=EvaluationConfig)
    output: OutputConfig = field(factory=OutputConfig)


GROUPS: Final[Mapping[str, type]] = types.MappingProxyType(
    {
        "model": ModelConfig,
        "data": DataConfig,
        "fidelity": FidelityConfig,
        "augmentation": AugmentationConfig,
        "input": InputConfig,
        "training": TrainingConfig,
        "hardware": HardwareConfig,
        "loss": LossConfig,
        "adaptation": AdaptationConfig,
        "retention": RetentionConfig,
        "alignment": AlignmentConfig,
        "evaluation": EvaluationConfig,
        "output": OutputConfig,
    }
)


def declared_keys() -> Iterator[tuple[str, "attrs.Attribute[Any]"]]:
    """Every ``(group, key)`` in the order of the file."""
    for group, kind in GROUPS.items():
        for attribute in attrs.fields(kind):
            yield group, attribute


def flat(config: FineTuneConfig) -> dict[str, Any]:
    """Return the configuration as one flat dictionary of plain values."""
    return {attribute.name: getattr(getattr(config, group), attribute.name) for group, attribute in declared_keys()}


def from_flat(values: Mapping[str, Any]) -> FineTuneConfig:
    """
    Compose a configuration from flat values that are already of the right types; what is missing keeps its default.

    Raises:
        TypeError: If a key is not known.
        ValueError: If a value is out of bounds.
    """
    unknown = values.keys() - {attribute.name for _, attribute in declared_keys()}
    if unknown:
        raise TypeError(f"unknown keys: {', '.join(sorted(unknown))}")
    groups = {
        group: kind(**{name: values[name] for name in (a.name for a in attrs.fields(kind)) if name in values})
        for group, kind in GROUPS.items()
    }
    return FineTuneConfig(**groups)
