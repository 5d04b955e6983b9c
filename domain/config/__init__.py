"""The configuration as frozen values: groups of keys, presets and the checks that span keys."""

from .data import AugmentationConfig, DataConfig, InputConfig
from .model import DOMAINS, ModelConfig
from .objective import AlignmentConfig, LossConfig
from .presets import PRESETS
from .training import HardwareConfig, OutputConfig, TrainingConfig
from .whole import GROUPS, FineTuneConfig, declared_keys, flat, from_flat

__all__ = [
    "DOMAINS",
    "GROUPS",
    "PRESETS",
    "AlignmentConfig",
    "AugmentationConfig",
    "DataConfig",
    "FineTuneConfig",
    "HardwareConfig",
    "InputConfig",
    "LossConfig",
    "ModelConfig",
    "OutputConfig",
    "TrainingConfig",
    "declared_keys",
    "flat",
    "from_flat",
]
