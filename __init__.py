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
    from .adapters.index.memory import MemoryIndex
    from .adapters.models.memory import MemoryBackend
    from .adapters.storage.folder import FolderStore
    from .adapters.storage.memory import MemoryStore
    from .adapters.tracking.memory import MemoryTracker
    from .adapters.tracking.progress import SilentProgress
    from .application.evaluate import Evaluate
    from .application.fine_tune import FineTune
    from .application.ports import VectorIndex
    from .application.prepare_data import PrepareData
    from .application.train_run import TrainRun
    from .domain.batches import Batch
    from .domain.config import DomainTemplate, FineTuneConfig
    from .domain.devices import ModelState
    from .domain.errors import CliptuneError
    from .domain.evaluation import Evaluation
    from .domain.losses import (
        Contrastive,
        DomainSpecific,
        HardNegative,
        Mixture,
        MultiScale,
        Objective,
        Sigmoid,
        contrastive,
    )
    from .domain.pairs import Example, ImageRef, Row
    from .domain.positives import Positives
    from .domain.search import Answer, Entry, Hit, Match
    from .domain.side_by_side import SideBySide
    from .domain.similarity import similarity
    from .entrypoints.auditing import AuditedData, audit_data
    from .entrypoints.comparing import compare_runs
    from .entrypoints.embedding import Embedded, embed_dataset
    from .entrypoints.evaluation import Evaluated, evaluate_targets
    from .entrypoints.fine_tuning import Trained
    from .entrypoints.index_upkeep import remove_from_index, verify_index
    from .entrypoints.indexing import add_to_index, build_index
    from .entrypoints.plotting import (
        plot_alignment,
        plot_confusion,
        plot_pareto,
        plot_recall_curves,
        plot_reliability,
        plot_retrieval,
        plot_similarity_heatmap,
        plot_training,
    )
    from .entrypoints.python_api import Model, Pairs, batches, evaluate, fine_tune, load_model, load_pairs, tune
    from .entrypoints.retrieving import batch_retrieve, mutual_nearest_neighbours, retrieve_image, retrieve_text
    from .entrypoints.searching import Searcher, open_index
    from .entrypoints.tuning import Tuned

_HOME: Final = {
    "Answer": "domain.search",
    "AuditedData": "entrypoints.auditing",
    "Batch": "domain.batches",
    "CliptuneError": "domain.errors",
    "Contrastive": "domain.losses",
    "DomainSpecific": "domain.losses",
    "DomainTemplate": "domain.config",
    "Embedded": "entrypoints.embedding",
    "Entry": "domain.search",
    "Evaluate": "application.evaluate",
    "Evaluated": "entrypoints.evaluation",
    "Evaluation": "domain.evaluation",
    "Example": "domain.pairs",
    "FineTune": "application.fine_tune",
    "FineTuneConfig": "domain.config",
    "FolderStore": "adapters.storage.folder",
    "HardNegative": "domain.losses",
    "Hit": "domain.search",
    "ImageRef": "domain.pairs",
    "Match": "domain.search",
    "MemoryBackend": "adapters.models.memory",
    "MemoryIndex": "adapters.index.memory",
    "MemoryReader": "adapters.images.memory",
    "MemorySource": "adapters.datasets.memory",
    "MemoryStore": "adapters.storage.memory",
    "MemoryTracker": "adapters.tracking.memory",
    "Mixture": "domain.losses",
    "Model": "entrypoints.python_api",
    "ModelState": "domain.devices",
    "MultiScale": "domain.losses",
    "Objective": "domain.losses",
    "Pairs": "entrypoints.python_api",
    "Positives": "domain.positives",
    "PrepareData": "application.prepare_data",
    "Row": "domain.pairs",
    "Searcher": "entrypoints.searching",
    "SideBySide": "domain.side_by_side",
    "Sigmoid": "domain.losses",
    "SilentProgress": "adapters.tracking.progress",
    "TrainRun": "application.train_run",
    "Trained": "entrypoints.fine_tuning",
    "Tuned": "entrypoints.tuning",
    "VectorIndex": "application.ports",
    "add_to_index": "entrypoints.indexing",
    "audit_data": "entrypoints.auditing",
    "batch_retrieve": "entrypoints.retrieving",
    "batches": "entrypoints.python_api",
    "build_index": "entrypoints.indexing",
    "compare_runs": "entrypoints.comparing",
    "config_from_dict": "adapters.configuration",
    "config_to_dict": "adapters.configuration",
    "contrastive": "domain.losses",
    "embed_dataset": "entrypoints.embedding",
    "evaluate": "entrypoints.python_api",
    "evaluate_targets": "entrypoints.evaluation",
    "fine_tune": "entrypoints.python_api",
    "load_model": "entrypoints.python_api",
    "load_pairs": "entrypoints.python_api",
    "mutual_nearest_neighbours": "entrypoints.retrieving",
    "open_index": "entrypoints.searching",
    "plot_alignment": "entrypoints.plotting",
    "plot_confusion": "entrypoints.plotting",
    "plot_pareto": "entrypoints.plotting",
    "plot_recall_curves": "entrypoints.plotting",
    "plot_reliability": "entrypoints.plotting",
    "plot_retrieval": "entrypoints.plotting",
    "plot_similarity_heatmap": "entrypoints.plotting",
    "plot_training": "entrypoints.plotting",
    "read_config": "adapters.configuration",
    "remove_from_index": "entrypoints.index_upkeep",
    "retrieve_image": "entrypoints.retrieving",
    "retrieve_text": "entrypoints.retrieving",
    "similarity": "domain.similarity",
    "tune": "entrypoints.python_api",
    "verify_index": "entrypoints.index_upkeep",
}

__all__ = [
    "Answer",
    "AuditedData",
    "Batch",
    "CliptuneError",
    "Contrastive",
    "DomainSpecific",
    "DomainTemplate",
    "Embedded",
    "Entry",
    "Evaluate",
    "Evaluated",
    "Evaluation",
    "Example",
    "FineTune",
    "FineTuneConfig",
    "FolderStore",
    "HardNegative",
    "Hit",
    "ImageRef",
    "Match",
    "MemoryBackend",
    "MemoryIndex",
    "MemoryReader",
    "MemorySource",
    "MemoryStore",
    "MemoryTracker",
    "Mixture",
    "Model",
    "ModelState",
    "MultiScale",
    "Objective",
    "Pairs",
    "Positives",
    "PrepareData",
    "Row",
    "Searcher",
    "SideBySide",
    "Sigmoid",
    "SilentProgress",
    "TrainRun",
    "Trained",
    "Tuned",
    "VectorIndex",
    "add_to_index",
    "audit_data",
    "batch_retrieve",
    "batches",
    "build_index",
    "compare_runs",
    "config_from_dict",
    "config_to_dict",
    "contrastive",
    "embed_dataset",
    "evaluate",
    "evaluate_targets",
    "fine_tune",
    "load_model",
    "load_pairs",
    "mutual_nearest_neighbours",
    "open_index",
    "plot_alignment",
    "plot_confusion",
    "plot_pareto",
    "plot_recall_curves",
    "plot_reliability",
    "plot_retrieval",
    "plot_similarity_heatmap",
    "plot_training",
    "read_config",
    "remove_from_index",
    "retrieve_image",
    "retrieve_text",
    "similarity",
    "tune",
    "verify_index",
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
