"""A Hugging Face CLIP model that learns."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from attrs import evolve, field, frozen
from torch import Tensor

from ...domain.adaptation import AdaptationPlan
from ...domain.batches import Batch
from ...domain.config import AdaptationConfig
from ...domain.devices import ModelState
from ...domain.errors import NonFiniteLoss
from ...domain.learning import StepPlan, StepReport
from ...domain.losses import LossTerms, Objective, Sides
from ...domain.positives import Positives
from ...domain.similarity import raised
from ...domain.temperature import clamped_log_scale, log_scale, temperature_of
from .adaptation import apply_plan, plan_for, shapes_of, train_mode, with_lora
from .averaging import WeightAverage
from .bias import attach_bias
from .clip_backend import ClipBackend, ClipTokens
from .export import export_model
from .gradient_cache import accumulate
from .loading import LoadedClip
from .optimizer import Variant, adamw, set_rate, trained
from .sides import sides_of
from .slicing import Slicing
from .snapshot import restore_snapshot, write_snapshot
from .tiled_loss import loss_backward
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
        bias: Where the bias of a pairwise objective starts; not needed by any other.
        adaptation: What of the model learns.
        learning_rate: The peak that the plan of steps starts from; rates of single towers are set against it.
        seed: Seed of what LoRA starts from.
        ema_decay: Decay of the moving average of weights that is evaluated and exported; None keeps none.
        gradient_checkpointing: Whether the towers recompute in the backward pass instead of keeping.
    """

    weight_decay: float
    max_grad_norm: float
    slice_size: int
    temperature: float | None
    learn_temperature: bool
    variant: Variant
    bias: float = 0.0
    adaptation: AdaptationConfig = field(factory=AdaptationConfig)
    learning_rate: float = 1.0
    seed: int = 0
    ema_decay: float | None = None
    gradient_checkpointing: bool = False


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
        self._model = _on_device(with_lora(clip.model, settings.adaptation, seed=settings.seed), state.device_type)
        self._set_temperature()
        if objective.biased:
            attach_bias(self._model, start=settings.bias)
        self._plan = plan_for(
            self._model,
            settings.adaptation,
            learning_rate=settings.learning_rate,
            learn_temperature=settings.learn_temperature,
        )
        apply_plan(self._model, self._plan)
        self._optimizer = adamw(
            self._model, plan=self._plan, weight_decay=settings.weight_decay, variant=settings.variant
        )
        self._scaler = torch.amp.GradScaler(state.device_type, enabled=state.precision == "float16")
        self._average = None if settings.ema_decay is None else WeightAverage(self._model, decay=settings.ema_decay)
        self._tokens = ClipTokens(clip.tokenizer, clip.max_length)
        self._slicing = Slicing(self._model, size=settings.slice_size, checkpointed=settings.gradient_checkpointing)
        train_mode(self._model)

    @property
    def temperature(self) -> float:
        """The temperature in force."""
        return temperature_of(self._model.logit_scale.item())

    @property
    def plan(self) -> AdaptationPlan:
        """What happens to each parameter."""
        return self._plan

    @property
    def trained_by_tower(self) -> Mapping[str, int]:
        """How many numbers are learned in the image tower, in the text tower, and outside both."""
        return self._plan.trained_numbers(shapes_of(self._model))

    @property
    def trained_parameters(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.numel() for _, parameter in trained(self._model))

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """Tokens of captions, int64, shape ``(captions, length)``."""
        return self._tokens(captions)

    def step(self, batch: Batch, plan: StepPlan) -> StepReport:
        """Take one optimisation step; see the port."""
        set_rate(self._optimizer, plan.learning_rate)
        if plan.temperature is not None:
            self._put_temperature(plan.temperature)
        self._optimizer.zero_grad(set_to_none=True)
        devices = [torch.cuda.current_device()] if self._state.device_type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            (terms, temperature), notes = self._slicing.run(
                lambda size: self._gradients(batch, plan, slice_size=size), pairs=len(batch)
            )
        with self._slicing.fatal("the optimiser's moments"):
            norm, skipped = self._update()
        return StepReport(
            loss=terms.loss.item(),
            gradient_norm=norm,
            temperature=temperature,
            pairs=len(batch),
            terms={
                "image_to_text_loss": terms.image_to_text_loss.item(),
                "text_to_image_loss": terms.text_to_image_loss.item(),
                **{name: value.tolist() for name, value in terms.diagnostics.items()},
            },
            skipped=skipped,
            notes=notes,
        )

    @contextmanager
    def evaluating(self, *, exact: bool = False) -> Iterator[ClipBackend]:
        """The model with dropout off, averaged where an average is kept; ``exact`` computes the towers in float32."""
        state = evolve(self._state, mode="evaluation", precision="float32" if exact else self._state.precision)
        self._model.eval()
        try:
            with self._averaged():
                yield ClipBackend(self._model, self._tokens, state)
        finally:
            train_mode(self._model)

    def snapshot(self, folder: Path) -> None:
        """Write weights, their average, moments, scaler and slices into an empty folder."""
        write_snapshot(folder, self._model, self._optimizer, self._scaler, slicing=self._slicing, average=self._average)

    def restore(self, folder: Path) -> None:
        """Become what ``snapshot`` wrote, bit for bit."""
        restore_snapshot(
            folder, self._model, self._optimizer, self._scaler, slicing=self._slicing, average=self._average
        )
        self._clamp()

    def export(self, folder: Path) -> None:
        """Write model, averaged where an average is kept, tokenizer and picture processor in Hugging Face layout."""
        with self._averaged():
            export_model(folder, evolve(self._clip, model=self._model))

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The model with its averaged weights for as long as the context lasts, as it is where there is no average."""
        if self._average is None:
            yield
            return
        with self._average.in_force(self._model):
            self._clamp()
            yield

    def _gradients(self, batch: Batch, plan: StepPlan, *, slice_size: int | None = None) -> tuple[LossTerms, float]:
        scale, used = self._model.logit_scale, self.temperature
        temperature: float | Tensor = (-raised(scale)).exp() if self._settings.learn_temperature else used
        positives = _related(batch.positives, self._model.device)
        terms = accumulate(
            *sides_of(self._model, batch, precision=self._state.precision),
            pairs=len(batch),
            loss_backward=lambda images, texts: loss_backward(
                self._objective,
                Sides(images, texts, temperature, getattr(self._model, "logit_bias", None), positives),
                scale_loss=self._scaler.scale,
            ),
            slice_size=slice_size or self._slicing.size,
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
        if not overflowed:
            self._scaler.step(self._optimizer)
            self._clamp()
            if self._average is not None:
                self._average.update(self._model)
        self._scaler.update()
        return norm, overflowed

    def _set_temperature(self) -> None:
        if self._settings.temperature is not None:
            self._put_temperature(self._settings.temperature)
        self._model.logit_scale.requires_grad_(self._settings.learn_temperature)
        self._clamp()

    def _put_temperature(self, temperature: float) -> None:
        """Into the model itself, so that what is evaluated, kept and exported agrees with what was trained with."""
        self._model.logit_scale.data.fill_(log_scale(temperature))
        self._clamp()

    def _clamp(self) -> None:
        scale = self._model.logit_scale
        scale.data.copy_(clamped_log_scale(scale.data))


def _related(positives: Positives | None, device: torch.device) -> Positives | None:
    """The relation where the embeddings are; None where no two pairs are related, told before a device has to wait."""
    if positives is None or not positives.any:
        return None
    return Positives(positives.keys.to(device))


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
