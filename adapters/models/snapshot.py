"""A learner's whole state on disk: safetensors and JSON, never a pickle."""

import json
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from ...domain.errors import NotResumable
from .averaging import WeightAverage
from .optimizer import moments, restore_moments
from .slicing import Slicing
from .transformers_types import Clip

WEIGHTS: Final = "model.safetensors"
MOMENTS: Final = "optimizer.safetensors"
AVERAGE: Final = "average.safetensors"
LEARNER: Final = "learner.json"


def write_snapshot(
    folder: Path,
    model: Clip,
    optimizer: torch.optim.AdamW,
    scaler: torch.amp.GradScaler,
    *,
    slicing: Slicing,
    average: WeightAverage | None = None,
) -> None:
    """Write weights, moments, scaler, slices and, where one is kept, the weights' average into an empty folder."""
    from safetensors.torch import save_file

    learner: dict[str, Any] = {"scaler": scaler.state_dict(), **slicing.as_dict()}
    save_file(_portable(dict(model.state_dict())), folder / WEIGHTS, metadata={"format": "pt"})
    save_file(_portable(moments(model, optimizer)), folder / MOMENTS)
    if average is not None:
        save_file(_portable(average.tensors()), folder / AVERAGE)
        learner["average_updates"] = average.updates
    (folder / LEARNER).write_text(json.dumps(learner, indent=2), encoding="utf-8")


def restore_snapshot(
    folder: Path,
    model: Clip,
    optimizer: torch.optim.AdamW,
    scaler: torch.amp.GradScaler,
    *,
    slicing: Slicing,
    average: WeightAverage | None = None,
) -> None:
    """
    Read back what ``write_snapshot`` wrote.

    Raises:
        NotResumable: If the weights, their average or the moments are of another model.
    """
    from safetensors.torch import load_file

    learner: dict[str, Any] = json.loads((folder / LEARNER).read_text(encoding="utf-8"))
    if (average is None) != ("average_updates" not in learner):
        raise NotResumable("the checkpoint was written under another ema_decay")
    try:
        model.load_state_dict(load_file(folder / WEIGHTS))
        restore_moments(model, optimizer, load_file(folder / MOMENTS))
        if average is not None:
            average.restore(load_file(folder / AVERAGE), updates=learner["average_updates"])
    except (RuntimeError, ValueError) as error:
        raise NotResumable(f"the checkpoint is of another model: {str(error).splitlines()[0]}") from error
    scaler.load_state_dict(learner["scaler"])
    slicing.restore(learner)


def _portable(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
