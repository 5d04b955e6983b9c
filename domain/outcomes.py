"""What every query of a test set came to: all that is needed to compare two models query by query."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .errors import UsageError
from .pairs import Example

Values = NDArray[np.float64]
Groups = NDArray[np.int64]

IMAGES: Final = "i2t_"
CAPTIONS: Final = "t2i_"
BOTH: Final = "mean_recall"
VALUE: Final = "value/"
CURVE: Final = "curve/"
KS: Final = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000)


@frozen(eq=False)
class Outcomes:
    """
    One number for each query and metric; the mean over queries is the metric.

    Metrics whose name begins with ``i2t_`` or ``zero_shot_`` have one for each picture, those with ``t2i_`` and the
    alignment score one for each caption, and ``mean_recall`` one for each picture and then each caption, weighted so
    that both directions count alike; it is made of ``i2t_mean_recall`` and ``t2i_mean_recall``. NaN says that a query
    does not take part, such as a picture without a class.

    Attributes:
        fingerprint: Of the pictures and captions, in their order; outcomes of other ones cannot be compared.
        settings: Of what decides the values besides: what similar means, what says the same, classes and prompts.
        values: By metric.
        image_groups: What each picture belongs to (patient, part, scene), shape ``(pictures,)``.
        caption_groups: The same of the picture of each caption, shape ``(captions,)``.
        summary: Every metric of the evaluation, also those that are no mean over queries.
        curves: Raw recall at each of ``curve_ks``, by direction: ``i2t`` and ``t2i``.
    """

    fingerprint: str
    settings: str
    values: Mapping[str, Values]
    image_groups: Groups
    caption_groups: Groups
    summary: Mapping[str, float]
    curves: Mapping[str, Values]

    def groups_of(self, metric: str) -> Groups:
        """The group of each query of a metric."""
        if metric == BOTH:
            return np.concatenate((self.image_groups, self.caption_groups))
        return self.image_groups if of_pictures(metric) else self.caption_groups

    def of(self, metric: str) -> Values:
        """One number for each query of a metric."""
        if metric == BOTH:
            return both_directions(self.values[f"{IMAGES}{BOTH}"], self.values[f"{CAPTIONS}{BOTH}"])
        return self.values[metric]

    @property
    def metrics(self) -> tuple[str, ...]:
        """Metrics of the summary that are means over queries."""
        return tuple(name for name in self.summary if name in self.values or name == BOTH)

    def taking_part(self, metric: str) -> tuple[Values, Groups]:
        """The values of a metric and their groups, of those queries that take part."""
        values = self.of(metric)
        known = ~np.isnan(values)
        return values[known], self.groups_of(metric)[known]

    def check_same_queries(self, other: "Outcomes") -> None:
        """
        Refuse to compare what was asked of different test sets.

        Raises:
            UsageError: If pictures or captions differ, or stand in another order.
        """
        if self.fingerprint != other.fingerprint:
            raise UsageError(
                f"not measured on the same pictures and captions: {len(self.image_groups)} pictures with "
                f"{len(self.caption_groups)} captions here, {len(other.image_groups)} with "
                f"{len(other.caption_groups)} there; evaluate both on one table with --data"
            )
        if not np.array_equal(self.image_groups, other.image_groups):
            raise UsageError(
                f"not grouped alike: {len(set(self.image_groups))} groups here, {len(set(other.image_groups))} there; "
                "evaluate both with one group_column"
            )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The same as arrays by name, for a file."""
        names, numbers = list(self.summary), list(self.summary.values())
        return {
            "fingerprint": np.array(self.fingerprint),
            "settings": np.array(self.settings),
            "image_groups": self.image_groups,
            "caption_groups": self.caption_groups,
            "summary_names": np.array(names),
            "summary_values": np.array(numbers, dtype=np.float64),
            **{f"{CURVE}{name}": values for name, values in self.curves.items()},
            **{f"{VALUE}{name}": values for name, values in self.values.items()},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Outcomes":
        """
        What ``arrays`` made.

        Raises:
            KeyError: If something is missing.
        """
        summary = zip(arrays["summary_names"].tolist(), arrays["summary_values"].tolist(), strict=True)
        return cls(
            fingerprint=str(arrays["fingerprint"]),
            settings=str(arrays["settings"]),
            values={name.removeprefix(VALUE): arrays[name] for name in arrays if name.startswith(VALUE)},
            image_groups=arrays["image_groups"],
            caption_groups=arrays["caption_groups"],
            summary=dict(summary),
            curves={name.removeprefix(CURVE): arrays[name] for name in arrays if name.startswith(CURVE)},
        )


def curve_ks(candidates: int) -> tuple[int, ...]:
    """Where a curve of recall has its points; the last is the whole gallery."""
    return (*(k for k in KS if k < candidates), candidates)


def of_pictures(metric: str) -> bool:
    """Whether pictures are the queries of a metric."""
    return metric.startswith((IMAGES, "zero_shot_"))


def both_directions(of_images: Values, of_captions: Values) -> Values:
    """
    Values of pictures and of captions in one array, whose mean is the mean of both means.

    Args:
        of_images: One for each picture, such as its mean recall.
        of_captions: One for each caption.
    """
    total = len(of_images) + len(of_captions)
    return np.concatenate((of_images * (total / (2 * len(of_images))), of_captions * (total / (2 * len(of_captions)))))


def queries_fingerprint(examples: Sequence[Example]) -> str:
    """SHA-256 over pictures and captions in their order."""
    digest = hashlib.sha256()
    for example in examples:
        for part in (example.image.key, str(len(example.captions)), *example.captions):
            digest.update(f"{len(part)}:{part}".encode(errors="surrogatepass"))
    return digest.hexdigest()


def group_numbers(names: Iterable[str]) -> Groups:
    """Groups by number, in the order of their first appearance."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], dtype=np.int64)
