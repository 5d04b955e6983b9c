"""The configuration as frozen values: groups of keys, presets and the checks that span keys."""

from .adaptation import AdaptationConfig, RetentionConfig, TowerMode
from .data import AugmentationConfig, DataConfig, InputConfig
from .evaluation import EvaluationConfig
from .fidelity import FidelityConfig
from .identity import config_fingerprint
from .model import DOMAINS, ModelConfig
from .objective import AlignmentConfig, LossConfig
from .origins import Resolved, Stated, resolve
from .presets import PRESETS
from .suggestions import closest, did_you_mean
from .templates import DomainTemplate, template_of
from .training import HardwareConfig, OutputConfig, TrainingConfig
from .whole import GROUPS, FineTuneConfig, declared_keys, flat, from_flat

__all__ = [
    "DOMAINS",
    "GROUPS",
    "PRESETS",
    "AdaptationConfig",
    "AlignmentConfig",
    "AugmentationConfig",
    "DataConfig",
    "DomainTemplate",
    "EvaluationConfig",
    "FidelityConfig",
    "FineTuneConfig",
    "HardwareConfig",
    "InputConfig",
    "LossConfig",
    "ModelConfig",
    "OutputConfig",
    "Resolved",
    "RetentionConfig",
    "Stated",
    "TowerMode",
    "TrainingConfig",
    "closest",
    "config_fingerprint",
    "declared_keys",
    "did_you_mean",
    "flat",
    "from_flat",
    "resolve",
    "template_of",
]
