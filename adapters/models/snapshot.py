"""A learner's whole state on disk: safetensors and JSON, never a pickle."""

import json
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from ...domain.errors import NotResumable
from .optimizer import moments, restore_moments
from .transformers_types import Clip

WEIGHTS: Final = "model.safetensors"
MOMENTS: Final = "optimizer.safetensors"
LEARNER: Final = "learner.json"


def write_snapshot(folder: Path, model: Clip, optimizer: torch.optim.AdamW, scaler: torch.amp.GradScaler) -> None:
    """Write weights, moments and scaler into an empty folder."""
    from safetensors.torch import save_file

    save_file(_portable(dict(model.state_dict())), folder / WEIGHTS, metadata={"format": "pt"})
    save_file(_portable(moments(model, optimizer)), folder / MOMENTS)
    (folder / LEARNER).write_text(json.dumps({"scaler": scaler.state_dict()}, indent=2), encoding="utf-8")


def restore_snapshot(folder: Path, model: Clip, optimizer: torch.optim.AdamW, scaler: torch.amp.GradScaler) -> None:
    """
    Read back what ``write_snapshot`` wrote.

    Raises:
        NotResumable: If the weights or moments are of another model.
    """
    from safetensors.torch import load_file

    try:
        model.load_state_dict(load_file(folder / WEIGHTS))
        restore_moments(model, optimizer, load_file(folder / MOMENTS))
    except (RuntimeError, ValueError) as error:
        raise NotResumable(f"the checkpoint is of another model: {str(error).splitlines()[0]}") from error
    learner: dict[str, Any] = json.loads((folder / LEARNER).read_text(encoding="utf-8"))
    scaler.load_state_dict(learner["scaler"])


def _portable(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
