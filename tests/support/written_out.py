"""Every objective written out pair by pair in Python's own numbers: slow, and independent of what is compared."""

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import singledispatch

from attrs import field, frozen
from torch import Tensor

from cliptune.domain.config.objective import PositivesPolicy
from cliptune.domain.losses import Contrastive, DomainSpecific, Family, HardNegative, Mixture, MultiScale, Sigmoid

Matrix = Sequence[Sequence[float]]


@frozen
class Query:
    """
    One picture that looks for its caption among all, or one caption that looks for its picture.

    Attributes:
        cosines: With every candidate.
        own: Number of the candidate that belongs to it.
        related: Numbers of the others that say the same.
        alike: Cosines of its pair's caption with every pair's caption.
        temperature: Divides cosines.
        bias: Added to the logits of questions that are asked pair by pair.
        policy: What becomes of the related.
    """

    cosines: Sequence[float]
    own: int
    related: frozenset[int]
    alike: Sequence[float]
    temperature: float
    bias: float
    policy: PositivesPolicy

    @property
    def others(self) -> list[int]:
        """Candidates that say something else."""
        return [j for j in range(len(self.cosines)) if j != self.own and j not in self.related]

    @property
    def positives(self) -> list[int]:
        """Candidates that are right answers."""
        return [self.own, *sorted(self.related)] if self.policy == "multi_positive" else [self.own]

    @property
    def asked(self) -> list[int]:
        """Candidates that take part at all."""
        gone = self.related if self.policy == "mask" else frozenset[int]()
        return [j for j in range(len(self.cosines)) if j not in gone]


@frozen
class Found:
    """What one query costs, what is counted there, and what is averaged over queries."""

    loss: float
    counts: Mapping[str, float] = field(factory=dict)
    means: Mapping[str, Sequence[float]] = field(factory=dict)


@frozen
class Explained:
    """What a batch costs in both directions, and its diagnostics, each a list of numbers."""

    image_to_text: float
    text_to_image: float
    diagnostics: Mapping[str, Sequence[float]]

    @property
    def loss(self) -> float:
        """Mean of both directions."""
        return (self.image_to_text + self.text_to_image) / 2


def explained(
    family: Family,
    images: Tensor,
    texts: Tensor,
    *,
    temperature: float,
    keys: Sequence[Sequence[int]] = (),
    policy: PositivesPolicy = "mask",
    bias: float = 0.0,
) -> Explained:
    """The value of an objective on embeddings that need not be normalised; ``keys`` has one list for every kind."""
    left, right = units(images), units(texts)
    related = [frozenset(relatives(i, keys)) for i in range(len(left))]
    scores, captions = products(left, right), products(right, right)

    def side(matrix: Matrix) -> list[Found]:
        return [
            written_out(family, Query(row, i, related[i], captions[i], temperature, bias, policy))
            for i, row in enumerate(matrix)
        ]

    forth, back = side(scores), side([list(column) for column in zip(*scores, strict=True)])
    return Explained(mean(row.loss for row in forth), mean(row.loss for row in back), summary([*forth, *back]))


def units(rows: Tensor) -> list[list[float]]:
    """Rows of length 1; a row of zeros stays."""
    found = []
    for row in rows.double().tolist():
        length = math.sqrt(math.fsum(x * x for x in row)) or 1.0
        found.append([x / length for x in row])
    return found


def products(left: Matrix, right: Matrix) -> list[list[float]]:
    """Scalar products of every row with every row."""
    return [[math.fsum(a * b for a, b in zip(one, other, strict=True)) for other in right] for one in left]


def relatives(pair: int, keys: Sequence[Sequence[int]]) -> set[int]:
    """Other pairs that share any key with one; a negative key is none."""
    return {j for kind in keys for j in range(len(kind)) if j != pair and kind[j] == kind[pair] >= 0}


def mean(values: Iterable[float]) -> float:
    """The arithmetic mean."""
    known = list(values)
    return math.fsum(known) / len(known)


def summary(rows: Sequence[Found]) -> dict[str, list[float]]:
    """Diagnostics of all queries of both directions."""
    counts = {name: [math.fsum(row.counts[name] for row in rows)] for name in rows[0].counts}
    columns = {name: zip(*(row.means[name] for row in rows), strict=True) for name in rows[0].means}
    return counts | {name: [mean(column) for column in parts] for name, parts in columns.items()}


def log_sum(logits: Iterable[float]) -> float:
    """``ln Σ exp``."""
    known = list(logits)
    top = max(known)
    return top + math.log(math.fsum(math.exp(x - top) for x in known))


@singledispatch
def written_out(family: object, query: Query) -> Found:
    """What one query costs under a family of losses."""
    raise TypeError(f"nobody has written out {family!r} for {query!r}")


@written_out.register(Contrastive)
def _contrastive(_: Contrastive, query: Query) -> Found:
    return Found(search(query, temperature=query.temperature))


def search(query: Query, *, temperature: float, margin: float = 0.0, times: Mapping[int, float] | None = None) -> float:
    """``−ln (mass on the right answers)``; a candidate counts ``times`` in the denominator."""
    logits = {j: (query.cosines[j] - margin * (j in query.positives)) / temperature for j in query.asked}
    whole = log_sum(logit + math.log((times or {}).get(j, 1.0)) for j, logit in logits.items())
    return whole - log_sum(logits[j] for j in query.positives)


@written_out.register(HardNegative)
def _hard_negative(family: HardNegative, query: Query) -> Found:
    times = mined(family, query)
    return Found(
        search(query, temperature=query.temperature, times=times),
        counts={"hard_negative_count": len(times)},
        means={"hard_negative_ratio_actual": [len(times) / max(len(query.others), 1)]},
    )


def mined(family: HardNegative, query: Query) -> dict[int, float]:
    """How often every mined negative counts."""
    own = query.cosines[query.own]
    eligible = query.others
    if family.strategy == "semi-hard":
        eligible = [j for j in eligible if own - family.margin <= query.cosines[j] < own]
    hardest = sorted(eligible, key=lambda j: -query.cosines[j])
    chosen = hardest[: math.floor(exactly(family.ratio) * len(query.others))]
    if family.strategy == "weighted":
        return {j: 1 + (family.weight - 1) * (1 + query.cosines[j]) / 2 for j in chosen}
    return dict.fromkeys(chosen, family.weight)


def exactly(number: float) -> Fraction:
    """A number as a person writes it: 0.1 is one tenth."""
    return Fraction(str(number))


@written_out.register(DomainSpecific)
def _domain_specific(family: DomainSpecific, query: Query) -> Found:
    template, others = family.template, query.others
    temperature, margin = query.temperature * template.temperature_factor, template.margin * family.weight
    stressed = band(query, low=template.band_low, high=template.band_high) if template.band_weight else []
    times = dict.fromkeys(stressed, 1 + template.band_weight * family.weight)
    hard = search(query, temperature=temperature, margin=margin, times=times)
    share = min(template.soft_targets * family.weight, 0.5) if others else 0.0
    # A softened target is a distribution: (1 − share) on the right answers, the rest on the negatives.
    loss = (1 - share) * hard
    if share:
        alike = log_sum(query.alike[j] / temperature for j in others)
        whole = hard + log_sum((query.cosines[j] - margin) / temperature for j in query.positives)
        loss += share * math.fsum(
            math.exp(query.alike[j] / temperature - alike) * (whole - query.cosines[j] / temperature) for j in others
        )
    return Found(loss, counts={"stressed_negative_count": len(stressed)} if template.band_weight else {})


def band(query: Query, *, low: float, high: float) -> list[int]:
    """Negatives between two quantiles of all negatives of the row."""
    ordered = sorted(query.others, key=lambda j: query.cosines[j])
    last = len(ordered) - 1
    return [j for rank, j in enumerate(ordered) if exactly(low) * last <= rank <= exactly(high) * last]


@written_out.register(MultiScale)
def _multi_scale(family: MultiScale, query: Query) -> Found:
    temperatures = [query.temperature * scale for scale in family.scales]
    losses = [search(query, temperature=temperature) for temperature in temperatures]
    weighted = math.fsum(weight * loss for weight, loss in zip(family.weights, losses, strict=True))
    return Found(weighted / math.fsum(family.weights), means={"scale_losses": losses, "temperatures": temperatures})


@written_out.register(Sigmoid)
def _sigmoid(_: Sigmoid, query: Query) -> Found:
    def costs(j: int) -> float:
        logit = query.cosines[j] / query.temperature + query.bias
        wrong = -logit if j in query.positives else logit
        return max(wrong, 0.0) + math.log1p(math.exp(-abs(wrong)))  # −ln σ(−wrong)

    return Found(math.fsum(costs(j) for j in query.asked))


@written_out.register(Mixture)
def _mixture(family: Mixture, query: Query) -> Found:
    found = {name: written_out(part, query) for name, _, part in family.parts}
    return Found(
        math.fsum(weight * found[name].loss for name, weight, _ in family.parts),
        counts={f"{name}/{key}": value for name, part in found.items() for key, value in part.counts.items()},
        means={f"{name}_loss": [part.loss] for name, part in found.items()}
        | {f"{name}/{key}": value for name, part in found.items() for key, value in part.means.items()},
    )
