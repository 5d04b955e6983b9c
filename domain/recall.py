"""How many of the true nearest neighbours a search found."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from .errors import GateFailed
from .search import Hit

RECALL_AT: Final = 10


@frozen
class Recall:
    """
    Recall of an index.

    Attributes:
        at: How many nearest neighbours were looked for.
        queries: How many searches were made.
        mean: Mean share of the true ones that were found; 1 where there are none.
        perfect: Share of the searches that found all.
        probes: What was asked, in a person's words.
    """

    at: int
    queries: int
    mean: float
    perfect: float
    probes: str

    def demand(self, least: float, *, place: str) -> None:
        """
        Refuse a recall below ``least``.

        Raises:
            GateFailed: If it is.
        """
        if not self.mean >= least:
            raise GateFailed(
                f"{place}: recall@{self.at} is {self.mean:.4f} on {self.queries} queries, and {least:g} was demanded; "
                "build the index with --kind flat, which is exact"
            )


def recall(
    found: Sequence[Sequence[Hit]], true: Sequence[Sequence[Hit]], *, at: int = RECALL_AT, probes: str = ""
) -> Recall:
    """
    Compare what a search found with what an exact one did; a hit as good as the last true one is as true.

    Args:
        found: Hits of each query.
        true: The exact hits of each, best first.
        at: How many hits were asked for.
        probes: What the queries are.
    """
    shares = [_share(some, exact) for some, exact in zip(found, true, strict=True)]
    count = len(shares)
    return Recall(
        at=at,
        queries=count,
        mean=sum(shares) / count if count else 1.0,
        perfect=sum(share == 1.0 for share in shares) / count if count else 1.0,
        probes=probes,
    )


def _share(found: Sequence[Hit], true: Sequence[Hit]) -> float:
    if not true:
        return 1.0
    ids, least = {hit.id for hit in true}, true[-1].score
    return min(1.0, sum(hit.id in ids or hit.score >= least for hit in found) / len(true))
