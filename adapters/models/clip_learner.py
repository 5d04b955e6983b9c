"""A Hugging Face CLIP model that learns."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from attrs import evolve, frozen
from torch import Tensor

from ...domain.batches import Batch
from ...domain.devices import ModelState
from ...domain.errors import NonFiniteLoss
from ...domain.learning import StepPlan, StepReport
from ...domain.losses import LossTerms, Objective
from ...domain.similarity import raised
from ...domain.temperature import clamped_log_scale, log_scale, temperature_of
from .clip_backend import ClipBackend, ClipTokens
from .export import export_model
from .gradient_cache import accumulate
from .loading import LoadedClip
from .optimizer import Variant, adamw, trained
from .snapshot import restore_snapshot, write_snapshot
from .towers import to_device
from .transformers_types import Clip


@frozen
class LearnerSettings:
    """
    What a learner needs to know besides model and objective.

    Attributes:
        weight_decay: Decay of weight matrices.
        max_grad_norm: Gradients are clipped to this global norm.
        slice_size: Pairs in one forward pass; a larger batch is cut into slices with the gradient of the whole.
        temperature: Where the temperature starts, or None for the model's own.
        learn_temperature: Whether it is learned.
        variant: Implementation of AdamW.
    """

    weight_decay: float
    max_grad_norm: float
    slice_size: int
    temperature: float | None
    learn_temperature: bool
    variant: Variant


class ClipLearner:
    """
    A `Learner` that trains both towers of a Hugging Face CLIP model.

    Towers may compute in 16 bit; normalisation, logits and loss are float32. A gradient scaler exists only in float16.
    """

    def __init__(self, clip: LoadedClip, *, objective: Objective, settings: LearnerSettings, state: ModelState) -> None:
        self._clip = clip
        self._objective = objective
        self._settings = settings
        self._state = state
        self._model = _on_device(clip.model, state.device_type)
        self._set_temperature()
        self._optimizer = adamw(self._model, weight_decay=settings.weight_decay, variant=settings.variant)
        self._scaler = torch.amp.GradScaler(state.device_type, enabled=state.precision == "float16")
        self._tokens = ClipTokens(clip.tokenizer, clip.max_length)
        self._model.train()

    @property
    def temperature(self) -> float:
        """The temperature in force."""
        return temperature_of(self._model.logit_scale.item())

    @property
    def trained_parameters(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.numel() for _, parameter in trained(self._model))

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """Tokens of captions, int64, shape ``(captions, length)``."""
        return self._tokens(captions)

    def step(self, batch: Batch, plan: StepPlan) -> StepReport:
        """Take one optimisation step; see the port."""
        for group in self._optimizer.param_groups:
            group["lr"] = plan.learning_rate
        self._optimizer.zero_grad(set_to_none=True)
        devices = [torch.cuda.current_device()] if self._state.device_type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            terms, temperature = self._gradients(batch, plan)
        norm, skipped = self._update()
        return StepReport(
            loss=terms.loss.item(),
            gradient_norm=norm,
            temperature=temperature,
            pairs=len(batch),
            terms={
                "image_to_text_loss": terms.image_to_text_loss.item(),
                "text_to_image_loss": terms.text_to_image_loss.item(),
                **{name: value.item() for name, value in terms.diagnostics.items()},
            },
            skipped=skipped,
        )

    @contextmanager
    def evaluating(self, *, exact: bool = False) -> Iterator[ClipBackend]:
        """The model with dropout off; ``exact`` computes the towers in float32."""
        state = evolve(self._state, mode="evaluation", precision="float32" if exact else self._state.precision)
        self._model.eval()
        try:
            yield ClipBackend(self._model, self._tokens, state)
        finally:
            self._model.train()

    def snapshot(self, folder: Path) -> None:
        """Write weights, moments and scaler into an empty folder."""
        write_snapshot(folder, self._model, self._optimizer, self._scaler)

    def restore(self, folder: Path) -> None:
        """Become what ``snapshot`` wrote, bit for bit."""
        restore_snapshot(folder, self._model, self._optimizer, self._scaler)
        self._clamp()

    def export(self, folder: Path) -> None:
        """Write model, tokenizer and picture processor in Hugging Face layout."""
        export_model(folder, evolve(self._clip, model=self._model))

    def _gradients(self, batch: Batch, plan: StepPlan) -> tuple[LossTerms, float]:
        scale, used = self._model.logit_scale, self.temperature
        temperature: float | Tensor = (-raised(scale)).exp() if self._settings.learn_temperature else used
        terms = accumulate(
            self._model,
            to_device(batch.pixel_values, self._model.device),
            to_device(batch.input_ids, self._model.device),
            objective=lambda images, texts: self._objective(images, texts, temperature=temperature),
            scale_loss=self._scaler.scale,
            slice_size=self._settings.slice_size,
            precision=self._state.precision,
            seed=plan.seed,
        )
        return terms, used

    def _update(self) -> tuple[float, bool]:
        """Clip, step and clamp; return the norm before clipping and whether float16 overflowed."""
        self._scaler.unscale_(self._optimizer)
        parameters = [parameter for _, parameter in trained(self._model)]
        norm = torch.nn.utils.clip_grad_norm_(parameters, self._settings.max_grad_norm).item()
        overflowed = norm != norm or norm == float("inf")
        if overflowed and not self._scaler.is_enabled():
            raise NonFiniteLoss(f"the gradient norm is {norm}")
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._clamp()
        return norm, overflowed

    def _set_temperature(self) -> None:
        scale = self._model.logit_scale
        if self._settings.temperature is not None:
            scale.data.fill_(log_scale(self._settings.temperature))
        scale.requires_grad_(self._settings.learn_temperature)
        self._clamp()

    def _clamp(self) -> None:
        scale = self._model.logit_scale
        scale.data.copy_(clamped_log_scale(scale.data))


def _on_device(model: Clip, device: str) -> Clip:
    """
    Move a model that was loaded on the CPU, blocking.

    Strided parameters are silently not updated by some MPS optimisers (pytorch issue 118115), so they are refused.
    """
    moved = model.to(device)
    for name, parameter in moved.named_parameters():
        if not parameter.is_contiguous():
            raise RuntimeError(f"parameter {name} is not contiguous")
    return moved
