"""A cache of embeddings that lives as long as its process."""

from collections.abc import Mapping

from attrs import field, frozen
from torch import Tensor


@frozen(eq=False)
class MemoryFeatures:
    """A `FeatureCache` in memory, for tests and small experiments."""

    _kept: dict[str, dict[str, Tensor]] = field(init=False, factory=dict, repr=False)

    def read(self, tower: str) -> Mapping[str, Tensor]:
        """Every embedding of a tower by the content that it was made from."""
        return dict(self._kept.get(tower, {}))

    def add(self, tower: str, embeddings: Mapping[str, Tensor]) -> None:
        """Keep embeddings by content, beside those that are there."""
        self._kept.setdefault(tower, {}).update({content: row.clone() for content, row in embeddings.items()})
