"""What a run computes on and with: found on the machine, stated by the configuration, or measured when it begins."""

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from ...domain.config import FineTuneConfig

if TYPE_CHECKING:
    from ...adapters.models.loading import LoadedClip
    from ...adapters.models.passes import LossOf
    from ...application.ports import Progress
    from ...domain.conditions import Conditions
    from ...domain.prepared import PreparedData
    from ...domain.synthetic import BatchShape


@frozen
class Measured:
    """
    Conditions that nothing is left open in.

    Attributes:
        conditions: What the run computes on and with.
        reasons: Why, one line for each thing that was measured.
    """

    conditions: "Conditions"
    reasons: tuple[str, ...] = ()


def conditions(config: FineTuneConfig) -> "Conditions":
    """What a run would compute on and with here and now; what it has to measure first, as it is expected to be."""
    import torch
    import transformers

    from ...adapters.models.attention import attention_for
    from ...adapters.models.optimizer import variant_for
    from ...adapters.system.devices import device_facts
    from ...domain.batch_sizes import SMALLEST
    from ...domain.conditions import Conditions
    from ...domain.devices import choose_device, choose_precision

    facts, hardware = device_facts(), config.hardware
    device = choose_device(facts, use_mps=hardware.use_mps).value
    precision = choose_precision(
        facts, device, mixed_precision=hardware.mixed_precision, asked=hardware.precision
    ).value
    return Conditions(
        device=device,
        precision=precision,
        batch_size=config.training.batch_size or SMALLEST,
        threads=torch.get_num_threads(),
        attention=attention_for(device, hardware.attention),
        adamw=variant_for(torch.device(device)),
        torch=str(torch.__version__),
        transformers=transformers.__version__,
    )


def measured(
    config: FineTuneConfig, data: "PreparedData", clip: "LoadedClip", given: "Conditions", *, watcher: "Progress"
) -> Measured:
    """
    Settle what the configuration leaves open, by trying it on the model and the device of the run.

    Args:
        config: The configuration.
        data: How many pictures there are bounds a batch that is left open.
        clip: The model as training finds it; it is moved to the device and otherwise stays as it is.
        given: What is known without measuring.
        watcher: Told what is being done.
    """
    from ...adapters.models.attention import set_attention
    from ...adapters.models.probe import ClipProbes
    from ...domain.devices import stated_precision

    hardware = config.hardware
    open_precision = not stated_precision(asked=hardware.precision, mixed_precision=hardware.mixed_precision)
    open_batch = config.training.batch_size is None
    if not open_precision and not open_batch:
        return Measured(given)
    watcher.say(f"trying what {given.device} does well")
    set_attention(clip.model, given.attention)
    clip.model.to(given.device)
    # Of several sizes of pictures the last, which is the largest, must fit.
    pixels = clip.preprocessing.crop[0]
    shape = evolve(ClipProbes(clip.model, clip.name).shape, length=clip.max_length, pixels=pixels)
    loss_of = _loss_of(config, clip)
    reasons: list[str] = []
    if open_precision:
        given, why = _with_precision(config, clip, given, loss_of=loss_of, shape=shape)
        reasons.append(why)
    if open_batch:
        given, why = _with_slice(config, data, clip, given, loss_of=loss_of, shape=shape)
        reasons.append(why)
    return Measured(given, tuple(reasons))


def _loss_of(config: FineTuneConfig, clip: "LoadedClip") -> "LossOf":
    """The objective of the run on a batch of which nothing is known."""
    import torch

    from ...domain.losses import objective, starting_bias
    from ...domain.temperature import temperature_of

    real = objective(config.loss, domain=config.model.domain)
    asked = config.loss.temperature
    temperature = temperature_of(clip.model.logit_scale.item()) if asked == "model" else asked
    return lambda images, texts: real(
        images,
        texts,
        temperature=temperature,
        bias=torch.full((), starting_bias(max(len(images), 2)), device=images.device) if real.biased else None,
    )


def _with_precision(
    config: FineTuneConfig, clip: "LoadedClip", given: "Conditions", *, loss_of: "LossOf", shape: "BatchShape"
) -> "tuple[Conditions, str]":
    from ...adapters.models.precision_probe import measured_precision
    from ...adapters.system.devices import device_facts
    from ...domain.precision import candidates

    choice = measured_precision(
        clip.model,
        loss_of,
        shape=shape,
        tried=candidates(device_facts(), given.device),
        pairs=config.training.batch_size,
        seed=config.training.seed,
    )
    return evolve(given, precision=choice.value), f"{choice.value}: {choice.why}"


def _with_slice(
    config: FineTuneConfig,
    data: "PreparedData",
    clip: "LoadedClip",
    given: "Conditions",
    *,
    loss_of: "LossOf",
    shape: "BatchShape",
) -> "tuple[Conditions, str]":
    from ...adapters.models.checkpointing import checkpoint_towers
    from ...adapters.models.slice_probe import measured_slice
    from ...adapters.system.platform import this_machine
    from ...domain.batch_sizes import largest_slice, pairs_in_a_step

    if config.hardware.gradient_checkpointing:
        checkpoint_towers(clip.model)
    choice = measured_slice(
        clip.model,
        loss_of,
        shape=shape,
        precision=given.precision,
        largest=largest_slice(config, examples=len(data.train)),
        available_bytes=this_machine().available_bytes,
    )
    pairs = pairs_in_a_step(config, slice_pairs=choice.value)
    stated = config.training.effective_batch_size is not None
    kept = "" if stated else f"; write batch_size: {choice.value} to have the same steps on any machine"
    return (
        evolve(given, batch_size=choice.value),
        f"batch_size {choice.value}: {choice.why}; the loss sees {pairs} pairs a step{kept}",
    )
