"""The weights between two models of one architecture."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from attrs import evolve, field, frozen
from torch import Tensor, nn

from ...domain.devices import ModelState
from ...domain.similarity import raised
from ...domain.temperature import clamped_log_scale
from ...domain.wise_ft import BASE, TUNED
from .clip_backend import ClipBackend, ClipTokens
from .export import export_model
from .loading import LoadedClip

SCALE = "logit_scale"


@frozen(eq=False)
class ClipInterpolation:
    """
    An `Interpolation` between two Hugging Face CLIP models.

    Attributes:
        base: What training started from.
        tuned: What it came to; its tokenizer and picture rule go with the weights.
        state: Device and precision that the weights between are measured in.
    """

    base: LoadedClip = field(repr=False)
    tuned: LoadedClip = field(repr=False)
    state: ModelState

    @contextmanager
    def at(self, alpha: float) -> Iterator[ClipBackend]:
        """The weights at a share of the fine-tuned ones, on the device, for as long as the context lasts."""
        tokens = ClipTokens(self.tuned.tokenizer, self.tuned.max_length)
        yield ClipBackend(self._model(alpha).to(self.state.device_type).eval(), tokens, self.state)

    def export(self, folder: Path, alpha: float) -> None:
        """Write the weights at a share of the fine-tuned ones in Hugging Face layout."""
        export_model(folder, evolve(self.tuned, model=self._model(alpha)))

    def _model(self, alpha: float) -> nn.Module:
        model: nn.Module = copy.deepcopy(self.tuned.model)
        become_between(model, self.base.model.state_dict(), self.tuned.model.state_dict(), alpha=alpha)
        return model


def become_between(model: nn.Module, base: Mapping[str, Tensor], tuned: Mapping[str, Tensor], *, alpha: float) -> None:
    """
    Give a model the weights (1 − alpha) · base + alpha · tuned, computed in at least float32.

    At 0 and 1 they are those of the base and the fine-tuned model bit for bit, scalars and buffers among them. Between,
    numbers that are no weights (integer buffers) are the fine-tuned model's, and the temperature's scale is kept within
    its bounds. What shares memory in ``model`` goes on sharing it.

    Raises:
        ValueError: If the three have not the same weights by name and shape.

    References:
        Wortsman et al., *Robust fine-tuning of zero-shot models*, 2022, equation 1.
    """
    targets = model.state_dict()
    _check_same(targets, base)
    _check_same(targets, tuned)
    with torch.no_grad():
        for name, target in targets.items():
            target.copy_(_between(base[name], tuned[name], alpha=alpha))
        if SCALE in targets and BASE < alpha < TUNED:
            targets[SCALE].copy_(clamped_log_scale(targets[SCALE]))


def _between(base: Tensor, tuned: Tensor, *, alpha: float) -> Tensor:
    if alpha == BASE:
        return base
    if alpha == TUNED or not tuned.is_floating_point():
        return tuned
    return raised(base).lerp(raised(tuned), alpha)


def _check_same(targets: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> None:
    other = {name: tensor.shape for name, tensor in weights.items()}
    own = {name: tensor.shape for name, tensor in targets.items()}
    differing = sorted(name for name in own.keys() | other.keys() if own.get(name) != other.get(name))
    if differing:
        raise ValueError(f"models of different architectures have no weights between them: {', '.join(differing[:3])}")
