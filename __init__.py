"""
Fine-tune CLIP models on your own image-text pairs, and prove whether the result is better.

Importing cliptune is cheap: torch and transformers are imported when something that needs them is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .adapters.configuration import config_from_dict, config_to_dict, read_config
    from .adapters.datasets.memory import MemorySource
    from .adapters.images.memory import MemoryReader
    from .adapters.models.memory import MemoryBackend
    from .adapters.storage.folder import FolderStore
    from .adapters.storage.memory import MemoryStore
    from .adapters.tracking.memory import MemoryTracker
    from .adapters.tracking.progress import SilentProgress
    from .application.evaluate import Evaluate
    from .application.fine_tune import FineTune
    from .application.prepare_data import PrepareData
    from .application.train_run import TrainRun
    from .domain.batches import Batch
    from .domain.config import FineTuneConfig
    from .domain.devices import ModelState
    from .domain.errors import CliptuneError
    from .domain.evaluation import Evaluation
    from .domain.losses import contrastive
    from .domain.pairs import Example, ImageRef, Row
    from .domain.similarity import similarity
    from .entrypoints.fine_tuning import Trained
    from .entrypoints.python_api import Model, Pairs, batches, evaluate, fine_tune, load_model, load_pairs

_HOME: Final = {
    "Batch": "domain.batches",
    "CliptuneError": "domain.errors",
    "Evaluate": "application.evaluate",
    "Evaluation": "domain.evaluation",
    "Example": "domain.pairs",
    "FineTune": "application.fine_tune",
    "FineTuneConfig": "domain.config",
    "FolderStore": "adapters.storage.folder",
    "ImageRef": "domain.pairs",
    "MemoryBackend": "adapters.models.memory",
    "MemoryReader": "adapters.images.memory",
    "MemorySource": "adapters.datasets.memory",
    "MemoryStore": "adapters.storage.memory",
    "MemoryTracker": "adapters.tracking.memory",
    "Model": "entrypoints.python_api",
    "ModelState": "domain.devices",
    "Pairs": "entrypoints.python_api",
    "PrepareData": "application.prepare_data",
    "Row": "domain.pairs",
    "SilentProgress": "adapters.tracking.progress",
    "TrainRun": "application.train_run",
    "Trained": "entrypoints.fine_tuning",
    "batches": "entrypoints.python_api",
    "config_from_dict": "adapters.configuration",
    "config_to_dict": "adapters.configuration",
    "contrastive": "domain.losses",
    "evaluate": "entrypoints.python_api",
    "fine_tune": "entrypoints.python_api",
    "load_model": "entrypoints.python_api",
    "load_pairs": "entrypoints.python_api",
    "read_config": "adapters.configuration",
    "similarity": "domain.similarity",
}

__all__ = [
    "Batch",
    "CliptuneError",
    "Evaluate",
    "Evaluation",
    "Example",
    "FineTune",
    "FineTuneConfig",
    "FolderStore",
    "ImageRef",
    "MemoryBackend",
    "MemoryReader",
    "MemorySource",
    "MemoryStore",
    "MemoryTracker",
    "Model",
    "ModelState",
    "Pairs",
    "PrepareData",
    "Row",
    "SilentProgress",
    "TrainRun",
    "Trained",
    "batches",
    "config_from_dict",
    "config_to_dict",
    "contrastive",
    "evaluate",
    "fine_tune",
    "load_model",
    "load_pairs",
    "read_config",
    "similarity",
]


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that ``import cliptune`` stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
