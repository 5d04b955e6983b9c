"""Several models on one test set: which differences are real."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from attrs import frozen

from .comparison import Verdict, compare_outcomes
from .outcomes import BOTH, Outcomes
from .paired import Difference
from .permutation import holm
from .retrieval import is_chance

LEVEL = 0.05


@frozen(eq=False)
class Candidate:
    """
    One model.

    Attributes:
        name: What a person calls it.
        outcomes: What each query came to.
        settings: Its configuration, flat.
    """

    name: str
    outcomes: Outcomes
    settings: Mapping[str, Any]


@frozen(eq=False)
class Pair:
    """
    Two models and the one metric that decides.

    Attributes:
        first: Name of one.
        second: Name of the other; differences are the second's value minus the first's.
        difference: Of mean recall, query by query.
        adjusted: The p-value after Holm's correction for all pairs.
        verdict: What can be said of the second.
    """

    first: str
    second: str
    difference: Difference
    adjusted: float
    verdict: Verdict

    @property
    def sentence(self) -> str:
        """What a person reads."""
        if self.verdict == "cannot be told apart":
            return f"{self.first} and {self.second} cannot be told apart"
        better, worse = (self.second, self.first) if self.verdict == "better" else (self.first, self.second)
        return f"{better} is better than {worse}"


@frozen(eq=False)
class SideBySide:
    """
    Several models beside each other.

    Attributes:
        names: In the order that they were given.
        metrics: By metric, one value a model.
        settings: Keys whose values differ, one value a model.
        pairs: Every two of them.
    """

    names: tuple[str, ...]
    metrics: Mapping[str, tuple[float, ...]]
    settings: Mapping[str, tuple[Any, ...]]
    pairs: tuple[Pair, ...]


def side_by_side(candidates: Sequence[Candidate], *, resamples: int, seed: int) -> SideBySide:
    """
    Compare every two models on mean recall, with a correction for how many pairs that is.

    Args:
        candidates: At least two, measured on the same queries.
        resamples: Behind each interval and p-value.
        seed: Decides the resamples.

    Raises:
        UsageError: If they were measured on different pictures or captions.

    References:
        Holm, *A Simple Sequentially Rejective Multiple Test Procedure*, 1979.
    """
    for other in candidates[1:]:
        other.outcomes.check_same_queries(candidates[0].outcomes)
    found = [
        (first, second, _difference(first, second, resamples=resamples, seed=seed))
        for first, second in combinations(candidates, 2)
    ]
    adjusted = holm([difference.p for *_, difference in found])
    return SideBySide(
        names=tuple(candidate.name for candidate in candidates),
        metrics=_metrics(candidates),
        settings=_settings(candidates),
        pairs=tuple(
            Pair(first.name, second.name, difference, p, _verdict(difference, p))
            for (first, second, difference), p in zip(found, adjusted, strict=True)
        ),
    )


def _difference(first: Candidate, second: Candidate, *, resamples: int, seed: int) -> Difference:
    only = [_deciding(candidate.outcomes) for candidate in (first, second)]
    (row,) = compare_outcomes(*only, resamples=resamples, seed=seed)
    if row.difference is None:
        raise ValueError("mean recall has no value for each query")
    return row.difference


def _deciding(outcomes: Outcomes) -> Outcomes:
    return Outcomes(
        fingerprint=outcomes.fingerprint,
        settings=outcomes.settings,
        values=outcomes.values,
        image_groups=outcomes.image_groups,
        caption_groups=outcomes.caption_groups,
        summary={BOTH: outcomes.summary[BOTH]},
        curves={},
    )


def _verdict(difference: Difference, adjusted: float) -> Verdict:
    return difference.verdict if adjusted <= LEVEL else "cannot be told apart"


def _metrics(candidates: Sequence[Candidate]) -> dict[str, tuple[float, ...]]:
    first, *others = (candidate.outcomes.summary for candidate in candidates)
    shared = [name for name in first if not is_chance(name) and all(name in other for other in others)]
    return {name: tuple(candidate.outcomes.summary[name] for candidate in candidates) for name in shared}


def _settings(candidates: Sequence[Candidate]) -> dict[str, tuple[Any, ...]]:
    keys = dict.fromkeys(key for candidate in candidates for key in candidate.settings)
    rows = {key: tuple(candidate.settings.get(key) for candidate in candidates) for key in keys}
    return {key: values for key, values in rows.items() if any(value != values[0] for value in values)}
