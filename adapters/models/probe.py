"""One forward and backward pass of a CLIP model on one device, for comparing devices."""

import copy
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import torch
from attrs import field, frozen
from torch import Tensor

from ...domain.batches import Batch
from ...domain.config import AdaptationConfig, InputConfig, ModelConfig
from ...domain.devices import DeviceType
from ...domain.errors import RunFailed
from ...domain.gradients import KEY_BIAS, GradientReading
from ...domain.losses import contrastive
from ...domain.synthetic import BatchShape
from .adaptation import plan_for
from .optimizer import adamw, set_rate, trained, variant_for
from .towers import image_embeds, text_embeds
from .transformers_types import Clip

TEMPERATURE: Final = 0.07
STEP: Final = 1.0  # so large that rounding cannot hide a step from any weight
STAND_IN: Final = "scratch:base"
VOCABULARY: Final = 49408  # of OpenAI's tokenizer
ARGMAX_END: Final = 2  # with this end token, transformers reads the text out at the largest token instead


@frozen(eq=False)
class ClipProbe:
    """
    A `GradientProbe` that runs a throwaway copy of a Hugging Face CLIP model on one device, in float32.

    Dropout is off, and the temperature is a constant, so that ``logit_scale`` has no gradient and is left out.

    Attributes:
        model: The model, on the CPU; it stays as it is.
        device: Where to compute.
        threads: How many threads the CPU may use, or None for as many as it does otherwise.
        temperature: Divides the cosines.
    """

    model: Clip = field(repr=False)
    device: DeviceType
    threads: int | None = None
    temperature: float = TEMPERATURE

    def read(self, batch: Batch) -> GradientReading:
        """
        Embeddings, loss and gradients by parameter name, in float32 on the CPU.

        Raises:
            RunFailed: If the device cannot run the model: an operator is missing, or memory.
        """
        try:
            with _exactly(self.threads):
                return self._read(batch)
        except RuntimeError as error:
            first = str(error).strip().split("\n")[0]
            raise RunFailed(f"{self.device} cannot run the model on {len(batch)} pairs: {first}") from error

    def _read(self, batch: Batch) -> GradientReading:
        clone: Any = copy.deepcopy(self.model)
        model = clone.float().eval().to(self.device)
        model.logit_scale.requires_grad_(requires_grad=False)
        images = image_embeds(model, batch.pixel_values.to(self.device), precision="float32")
        texts = text_embeds(model, batch.input_ids.to(self.device), precision="float32")
        loss = contrastive(images, texts, temperature=self.temperature).loss
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = {name: _home(p.grad) for name, p in trained(model) if p.grad is not None}
        return GradientReading(_home(images), _home(texts), loss.item(), gradients, self._unmoved(model, gradients))

    def _unmoved(self, model: Clip, gradients: dict[str, Tensor]) -> tuple[str, ...]:
        """
        Step with the optimizer of training, and tell which parameters that have a gradient stayed as they were.

        Key biases are left out: their gradient is rounding.

        References:
            pytorch issue 118115, where weights of one layout were never updated on MPS.
        """
        plan = plan_for(model, AdaptationConfig(), learning_rate=STEP, learn_temperature=False)
        optimizer = adamw(model, plan=plan, weight_decay=0.0, variant=variant_for(model.device))
        set_rate(optimizer, STEP)
        optimizer.step()
        before = dict(self.model.named_parameters())
        return tuple(
            name
            for name, parameter in trained(model)
            if name in gradients and not name.endswith(KEY_BIAS) and gradients[name].any()
            if torch.equal(_home(parameter), before[name].detach().float())
        )


@frozen(eq=False)
class ClipProbes:
    """
    One model to be probed on any device.

    Attributes:
        model: The model, on the CPU.
        name: What a person calls it.
    """

    model: Clip = field(repr=False)
    name: str

    @property
    def shape(self) -> BatchShape:
        """What one pair looks like to the model."""
        config: Any = self.model.config
        text, vision = config.text_config, config.vision_config
        end = text.vocab_size - 1 if text.eos_token_id == ARGMAX_END else text.eos_token_id
        patches = (vision.image_size // vision.patch_size) ** 2 + 1
        length = text.max_position_embeddings
        memory = _activations(vision, tokens=patches) + _activations(text, tokens=length)
        return BatchShape(vision.image_size, length, text.vocab_size, end, bytes=memory)

    def on(self, device: DeviceType, *, threads: int | None = None) -> ClipProbe:
        """A probe of the model on a device."""
        return ClipProbe(self.model, device, threads)


def probes_for(model: ModelConfig, given: InputConfig, *, seed: int) -> ClipProbes:
    """
    Probes of the configured model where it lies ready, otherwise of a stand-in with random weights; never a download.

    Args:
        model: Which model.
        given: Resolution and caption length.
        seed: Seed of random weights.

    Raises:
        UnknownModel: If the model is there and cannot be loaded.
        UsageError: If it cannot take what is asked of it.
    """
    from .architectures import SCRATCH
    from .loading import load_clip

    name = model.model_name
    if name.startswith(SCRATCH):
        return _random(name, given, seed=seed, called=name)
    if _lies_ready(name):
        return ClipProbes(load_clip(model, given, seed=seed).model, name)
    return _random(STAND_IN, given, seed=seed, called=f"{STAND_IN}, since {name} is not in the cache")


def _lies_ready(name: str) -> bool:
    """Whether a model is a local path, or in the hub's cache."""
    from pathlib import Path

    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    if Path(name).expanduser().exists() or name.startswith((".", "/", "~")):
        return True
    try:
        return isinstance(try_to_load_from_cache(name, "config.json"), str)
    except HFValidationError:
        return True  # not a hub name either: loading says what is wrong


def _random(name: str, given: InputConfig, *, seed: int, called: str) -> ClipProbes:
    """A model of a known architecture with random weights, which needs no tokenizer here."""
    from transformers import CLIPModel

    from .architectures import architecture, clip_config

    shape = architecture(name)
    config = clip_config(
        shape,
        vocabulary=VOCABULARY,
        positions=given.max_sequence_length,
        pixels=given.image_resolution or shape.pixels,
        special={"bos_token_id": VOCABULARY - 2, "eos_token_id": VOCABULARY - 1, "pad_token_id": VOCABULARY - 1},
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ClipProbes(CLIPModel(config).eval(), called)


def _activations(tower: Any, *, tokens: int) -> int:
    """
    Bytes that a tower keeps for the backward pass of one input, in float32.

    References:
        Korthikanti et al., *Reducing Activation Recomputation in Large Transformer Models*, 2022, section 4.1: in half
        precision a layer keeps 34 bytes for each token and channel, and 5 for each pair of tokens and head.
    """
    layer: int = 34 * tokens * tower.hidden_size + 5 * tower.num_attention_heads * tokens**2
    layers: int = tower.num_hidden_layers
    return 2 * layer * layers


def _home(tensor: Tensor) -> Tensor:
    """A result on the CPU; the copy blocks, since on MPS one that does not can read memory that was already freed."""
    return tensor.detach().to("cpu", torch.float32)


@contextmanager
def _exactly(threads: int | None) -> Iterator[None]:
    """Compute in full float32, on so many threads of the CPU; convolutions on CUDA otherwise round to 19 bits."""
    usual = torch.get_num_threads()
    with ExitStack() as stack:
        if torch.cuda.is_available():
            stack.enter_context(torch.backends.cudnn.flags(enabled=True, allow_tf32=False))
        if threads is not None:
            stack.callback(torch.set_num_threads, usual)
            torch.set_num_threads(threads)
        yield
