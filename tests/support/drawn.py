"""A small drawn world on disk, and the configuration of a run on it."""

from pathlib import Path
from typing import Any

import yaml

from cliptune.adapters.datasets.worlds import write_world
from cliptune.domain.worlds import inspection_scenes


def drawn_table(folder: Path, *, pictures: int = 48, seed: int = 3) -> Path:
    """Inspection scenes with two captions each."""
    return write_world(folder, inspection_scenes(pictures, seed=seed), seed=seed)


def drawn_config(folder: Path, **keys: Any) -> Path:
    """A configuration file for a run of a few seconds on the drawn table beside it."""
    values = {
        "model_name": "scratch:tiny",
        "data_path": str(drawn_table(folder / "world")),
        "output_dir": str(folder / "runs"),
        "train_split": 0.6,
        "val_split": 0.2,
        "test_split": 0.2,
        "max_sequence_length": 48,
        "batch_size": 8,
        "num_epochs": 4,
        "learning_rate": 0.001,
        "num_workers": 2,
        **keys,
    }
    path = folder / "cliptune.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path
