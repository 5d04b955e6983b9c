"""How embeddings lie, and whether there is anything to measure at all."""

from collections.abc import Iterator
from typing import Any, Final

from attrs import asdict

from ..assessed import Assessed
from ..geometry import Geometry

MANY_TIES: Final = 0.5


def geometry_part(geometry: Geometry) -> dict[str, Any]:
    """The section about embeddings."""
    part = asdict(geometry)
    part.pop("findings")
    return part


def warnings(assessed: Assessed, geometry: Geometry) -> tuple[str, ...]:
    """What makes the numbers mean something else than they seem to; in sentences."""
    return tuple(_warnings(assessed, geometry))


def _warnings(assessed: Assessed, geometry: Geometry) -> Iterator[str]:
    yield from (f"{finding[0].upper()}{finding[1:]}." for finding in geometry.findings)
    summary = assessed.outcomes.summary
    for prefix, words in (("i2t", "pictures"), ("t2i", "captions")):
        tied = summary[f"{prefix}_tie_rate"]
        if tied > MANY_TIES:
            yield (
                f"For {tied:.0%} of {words} the right answer has the very score of a wrong one. Such a query counts by "
                "its expectation over all orders of what is tied, so that ties win nothing."
            )
    chance = summary["chance_mean_recall"]
    if summary["mean_recall"] <= chance:
        yield f"Mean recall is not above chance ({chance:.3f}): the model has not learned which belongs to which."
