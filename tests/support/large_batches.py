"""One batch in two ways: embedded and worked off at once, and as the learner does it, slice by slice."""

from collections.abc import Callable, Mapping
from typing import Final

import torch
from attrs import frozen
from torch import Tensor

from cliptune.adapters.models.bias import NAME, attach_bias
from cliptune.adapters.models.gradient_cache import accumulate
from cliptune.adapters.models.sides import Side, sides_of
from cliptune.adapters.models.tiled_loss import loss_backward
from cliptune.adapters.models.transformers_types import Clip
from cliptune.domain.batches import Batch
from cliptune.domain.config.objective import PositivesPolicy
from cliptune.domain.losses import Family, LossTerms, Objective, Sides
from cliptune.domain.positives import Positives
from support.clips import CAPTIONS, batch, tiny_clip

PAIRS: Final = 70
SEED: Final = 5
WHOLE: Final = 10**9


def shown(dtype: torch.dtype) -> Batch:
    """More pairs than there are captions, so that most say what others say."""
    clip, numbers = tiny_clip(), torch.arange(PAIRS) % len(CAPTIONS)
    pixels = torch.randn(PAIRS, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    known = batch(clip)
    return Batch(
        pixel_values=pixels.to(dtype),
        input_ids=known.input_ids[numbers],
        captions=tuple(CAPTIONS[number] for number in numbers),
        images=tuple(f"{number}.png" for number in range(PAIRS)),
        positives=Positives(numbers[None]),
    )


def clip_of(dtype: torch.dtype, *, dropout: float | None = None) -> Clip:
    """A tiny model with a learned scale and a learned bias."""
    model = tiny_clip(attention_dropout=dropout).model
    attach_bias(model, start=-3.0)
    return model.to(dtype).train()


class Towers(torch.nn.Module):
    """Two towers of one layer each, quick enough for every objective, with a learned scale and a learned bias."""

    def __init__(self, *, dropout: float = 0.0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        weights = (torch.randn(6, 8, generator=generator, dtype=torch.float64) for _ in range(2))
        self.image, self.text = (torch.nn.Parameter(weight) for weight in weights)
        self.logit_scale, self.logit_bias = (
            torch.nn.Parameter(torch.tensor(x, dtype=torch.float64)) for x in (2.5, -3.0)
        )
        self.dropout = dropout

    def side(self, weight: Tensor, inputs: Tensor) -> Side:
        """One tower with what goes in."""
        return Side(lambda rows: (torch.nn.functional.dropout(inputs[rows], self.dropout) @ weight).tanh(), learns=True)


@frozen(eq=False)
class Numbers:
    """What such towers see."""

    images: Tensor
    texts: Tensor
    positives: Positives

    def __len__(self) -> int:
        return len(self.images)


def numbers_of(pairs: int) -> Numbers:
    """Random inputs, some of which say the same."""
    generator = torch.Generator().manual_seed(1)
    images, texts = (torch.randn(pairs, 6, generator=generator, dtype=torch.float64) for _ in range(2))
    return Numbers(images, texts, Positives(torch.randint(-1, pairs // 2, (2, pairs), generator=generator)))


Model = Clip | Towers
Shown = Batch | Numbers


def both_sides(model: Model, of: Shown) -> tuple[Side, Side]:
    """Pictures and captions on their way to embeddings."""
    if isinstance(model, Towers):
        assert isinstance(of, Numbers)
        return model.side(model.image, of.images), model.side(model.text, of.texts)
    assert isinstance(of, Batch)
    return sides_of(model, of, precision="float32")


def objective_backward(
    model: Model, objective: Objective, positives: Positives | None, *, whole: int
) -> Callable[[Tensor, Tensor], LossTerms]:
    """What the learner does with the embeddings of a batch."""

    def backward(images: Tensor, texts: Tensor) -> LossTerms:
        temperature, bias = (-model.logit_scale).exp(), getattr(model, NAME)
        sides = Sides(images, texts, temperature, bias if objective.biased else None, positives)
        return loss_backward(objective, sides, scale_loss=lambda loss: loss, whole=whole)

    return backward


def cached(
    model: Model, of: Shown, family: Family, *, size: int, whole: int = WHOLE, policy: PositivesPolicy = "mask"
) -> Mapping[str, Tensor]:
    """The gradients of the real thing."""
    accumulate(
        *both_sides(model, of),
        pairs=len(of),
        loss_backward=objective_backward(model, Objective(family, policy), of.positives, whole=whole),
        slice_size=size,
        seed=SEED,
    )
    return taken(model)


def at_once(model: Model, of: Shown, family: Family, *, policy: PositivesPolicy = "mask") -> Mapping[str, Tensor]:
    """The gradients of one forward and one backward pass over everything."""
    images, texts = both_sides(model, of)
    everything = slice(0, len(of))
    backward = objective_backward(model, Objective(family, policy), of.positives, whole=WHOLE)
    backward(images.embed(everything), texts.embed(everything))
    return taken(model)


def taken(model: Model) -> Mapping[str, Tensor]:
    """The gradients that were left, which are forgotten there."""
    found = {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}
    model.zero_grad(set_to_none=True)
    return found


def assert_same_gradient(expected: Mapping[str, Tensor], actual: Mapping[str, Tensor], *, within: float) -> None:
    """``‖Δg‖ / ‖g‖`` over all parameters, and for those that every pair shares each by itself."""
    assert expected.keys() == actual.keys()
    shared = [name for name in expected if name in ("logit_scale", NAME)]
    for names in (list(expected), *([name] for name in shared)):
        apart = sum(float((expected[name] - actual[name]).square().sum()) for name in names) ** 0.5
        length = sum(float(expected[name].square().sum()) for name in names) ** 0.5
        assert apart / length <= within, names
