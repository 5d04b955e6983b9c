"""Tell before a run what the limit on tokens cuts off its captions."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from attrs import frozen

from ..domain.captions.cut_list import COLUMNS, CutList, cut_list
from ..domain.captions.truncation import Truncation
from ..domain.prepared import PreparedData
from ..domain.shown import cell
from .ports import ArtifactStore, Progress

LIST: Final = "captions_cut.csv"
DATA: Final = "data.json"
CHUNK: Final = 1024


@frozen(eq=False)
class CutCaptions:
    """
    Find the captions of a run that are cut.

    Attributes:
        truncations: How much of each caption is read.
        may_be_cut: Whether a caption can be cut at all, told without reading it.
        limit: Tokens that are read.
        progress: A person watching.
    """

    truncations: Callable[[Sequence[str]], Iterable[Truncation]]
    may_be_cut: Callable[[str], bool]
    limit: int
    progress: Progress

    def __call__(self, data: PreparedData) -> CutList:
        """The list for all splits; each different caption is looked at once."""
        pairs = [
            (split, example.image.key, caption)
            for split, examples in data.splits.items()
            for example in examples
            for caption in example.captions
        ]
        long = [caption for caption in dict.fromkeys(caption for _, _, caption in pairs) if self.may_be_cut(caption)]
        cuts: dict[str, Truncation] = {}
        if long:
            with self.progress.track("counting tokens of long captions", total=len(long)) as ticker:
                for start in range(0, len(long), CHUNK):
                    part = long[start : start + CHUNK]
                    cuts |= {one.caption: one for one in self.truncations(part) if one.over}
                    ticker.advance(len(part))
        return cut_list(pairs, cuts, limit=self.limit)


def keep_cuts(store: ArtifactStore, cuts: CutList) -> None:
    """Write the list into a run's folder where anything is cut, and the counts into what it tells of its data."""
    known = json.loads(store.get(DATA))
    store.put(DATA, (json.dumps({**known, "tokens": cuts.card()}, indent=2) + "\n").encode())
    if cuts.cut:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([COLUMNS, *(map(cell, one.row) for one in cuts.cut)])
        store.put(LIST, text.getvalue().encode())
