"""Families of losses, batches whose pairs may be related, and the gradient of a loss on them."""

from typing import Final

import torch
from attrs import evolve, frozen
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.config.objective import PositivesPolicy
from cliptune.domain.config.templates import TEMPLATES, DomainTemplate
from cliptune.domain.losses import (
    Contrastive,
    DomainSpecific,
    Family,
    HardNegative,
    Mixture,
    MultiScale,
    Objective,
    Rows,
    Sigmoid,
)
from cliptune.domain.positives import Positives
from support.embeddings import temperatures

POLICIES: Final[tuple[PositivesPolicy, ...]] = ("ignore", "mask", "multi_positive")

# Every family, every branch.
FAMILIES: Final[dict[str, Family]] = {
    "contrastive": Contrastive(),
    "semi-hard": HardNegative("semi-hard"),
    "hard": HardNegative("hard"),
    "weighted": HardNegative("weighted", ratio=1.0, weight=5.0),
    **{name: DomainSpecific(template, weight=1.5) for name, template in TEMPLATES.items()},
    "own-template": DomainSpecific(
        DomainTemplate(temperature_factor=0.5, margin=0.3, band_low=0.2, band_weight=3.0, soft_targets=0.2)
    ),
    "multi-scale": MultiScale(),
    "sigmoid": Sigmoid(),
    "mixture": Mixture(
        (("contrastive", 1.0, Contrastive()), ("sigmoid", 0.5, Sigmoid()), ("hard_negative", 0.3, HardNegative()))
    ),
}

shares = st.integers(0, 100).map(lambda percent: percent / 100)
templates = st.builds(
    DomainTemplate,
    temperature_factor=st.floats(0.3, 3.0),
    margin=st.sampled_from([0.0, 0.05, 0.5]),
    band_low=st.integers(0, 50).map(lambda percent: percent / 100),
    band_high=st.integers(51, 100).map(lambda percent: percent / 100),
    band_weight=st.sampled_from([0.0, 1.0, 7.0]),
    soft_targets=st.sampled_from([0.0, 0.1, 0.5]),
)
weights = st.floats(1.0, 10.0)
hard_negatives = st.builds(
    HardNegative,
    strategy=st.sampled_from(["semi-hard", "hard", "weighted"]),
    ratio=shares,
    weight=weights,
    margin=st.floats(0.01, 2.0),
)
domain_specifics = st.builds(DomainSpecific, template=templates, weight=st.floats(1.0, 3.0))
multi_scales = st.lists(st.tuples(st.floats(0.2, 5.0), st.floats(0.1, 5.0)), min_size=1, max_size=4).map(
    lambda pairs: MultiScale(scales=tuple(s for s, _ in pairs), weights=tuple(w for _, w in pairs))
)
single_families: st.SearchStrategy[Family] = st.one_of(
    st.just(Contrastive()), hard_negatives, domain_specifics, multi_scales, st.just(Sigmoid())
)
mixtures = st.lists(st.tuples(st.floats(0.1, 3.0), single_families), min_size=1, max_size=3).map(
    lambda parts: Mixture(tuple((f"part{number}", weight, family) for number, (weight, family) in enumerate(parts)))
)
families: st.SearchStrategy[Family] = st.one_of(single_families, mixtures)


@frozen(eq=False)
class Scene:
    """A batch, not normalised, with keys of its pairs, what divides its cosines, and a bias."""

    images: Tensor
    texts: Tensor
    keys: Tensor
    temperature: float
    bias: float

    @property
    def positives(self) -> Positives:
        """Which of its pairs say the same."""
        return Positives(self.keys)

    def as_type(self, dtype: torch.dtype) -> "Scene":
        """The same with embeddings of another type."""
        return evolve(self, images=self.images.to(dtype), texts=self.texts.to(dtype))


@st.composite
def scenes(draw: st.DrawFn, *, least: int = 1, most: int = 9, dtype: torch.dtype = torch.float32) -> Scene:
    """Up to two kinds of keys, some of them shared, some of them none; captions that share the first key are equal."""
    pairs, width = draw(st.integers(least, most)), draw(st.integers(4, 6))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32 - 1)))
    kinds = draw(st.integers(0, 2))
    keys = torch.randint(-1, max(2, pairs), (kinds, pairs), generator=generator)
    images, texts = (torch.randn(pairs, width, generator=generator, dtype=torch.float64).to(dtype) for _ in range(2))
    return Scene(images, texts, keys, draw(temperatures), draw(st.floats(-10, 2)))


@frozen(eq=False)
class Gradients:
    """The value of an objective with its gradient."""

    loss: Tensor
    images: Tensor
    texts: Tensor
    temperature: Tensor
    bias: Tensor | None


def gradients(
    family: Family, scene: Scene, *, policy: PositivesPolicy = "mask", positives: Positives | None = None
) -> Gradients:
    """Value and gradient on a batch, the temperature learned, the bias too where there is one."""
    images, texts = (side.clone().requires_grad_() for side in (scene.images, scene.texts))
    dtype = torch.promote_types(images.dtype, torch.float32)
    temperature, bias = (torch.tensor(x, dtype=dtype, requires_grad=True) for x in (scene.temperature, scene.bias))
    terms = Objective(family, policy)(
        images, texts, temperature=temperature, positives=positives, bias=bias if family.biased else None
    )
    terms.loss.backward()  # type: ignore[no-untyped-call]
    assert images.grad is not None
    assert texts.grad is not None
    assert temperature.grad is not None
    return Gradients(terms.loss.detach(), images.grad, texts.grad, temperature.grad, bias.grad)


def same_bits(one: Gradients, other: Gradients) -> bool:
    """Whether value and every gradient are equal bit for bit."""
    known = [(a, b) for a, b in zip(numbers(one), numbers(other), strict=True)]
    return all(torch.equal(a, b) for a, b in known)


def numbers(found: Gradients) -> list[Tensor]:
    """Value and gradients, one after the other."""
    parts = (found.loss, found.images, found.texts, found.temperature, found.bias)
    return [part for part in parts if part is not None]


def rows(
    cosines: Tensor,
    *,
    related: Tensor | None = None,
    policy: PositivesPolicy = "mask",
    temperature: float = 0.5,
    bias: float = -1.0,
) -> Rows:
    """A whole batch as a family sees it, from its cosines; its captions are at right angles."""
    captions = torch.eye(len(cosines), dtype=cosines.dtype)
    return Rows(
        cosines,
        first=0,
        temperature=temperature,
        captions=captions,
        gallery=captions,
        bias=cosines.new_tensor(bias),
        related=related,
        policy=policy,
    )
