"""Laws of telling which captions a run cuts."""

import csv
import io
import json
from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.storage.memory import MemoryStore
from cliptune.application.cut_captions import DATA, LIST, CutCaptions, keep_cuts
from cliptune.domain.captions.cut_list import COLUMNS, CutList
from cliptune.domain.captions.truncation import Truncation, truncation_of
from cliptune.domain.pairs import Example, ImageRef
from cliptune.domain.prepared import PreparedData
from support.pairs import CountingProgress

LIMIT = 6
WORDS = st.lists(st.sampled_from(["a", "big", "dog"]), min_size=1, max_size=9).map(" ".join)


def words(captions: Sequence[str]) -> Iterator[Truncation]:
    """A tokenizer that makes a token of each letter but spaces."""
    for caption in captions:
        spans = [(at, at + 1) for at, letter in enumerate(caption) if letter != " "]
        yield truncation_of(caption, spans, limit=LIMIT)


def cuts(data: PreparedData, progress: CountingProgress | None = None) -> CutList:
    find = CutCaptions(words, lambda caption: len(caption) > LIMIT - 2, LIMIT, progress or CountingProgress())
    return find(data)


def data(**splits: list[list[str]]) -> PreparedData:
    examples = {
        split: tuple(
            Example(ImageRef(f"{split}{n}.png", ""), tuple(dict.fromkeys(captions)), f"{split}{n}")
            for n, captions in enumerate(each)
        )
        for split, each in splits.items()
    }
    return PreparedData(**{"train": (), "val": (), "test": (), **examples})  # type: ignore[arg-type]


captions = st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=4)


@given(captions, captions)
def test_the_list_is_that_of_brute_force(train: list[list[str]], test: list[list[str]]) -> None:
    prepared = data(train=train, test=test)
    pairs = [
        (split, example.image.key, caption)
        for split, examples in prepared.splits.items()
        for example in examples
        for caption in example.captions
    ]
    found = cuts(prepared)

    long = [(split, image, text) for split, image, text in pairs if len(text.replace(" ", "")) + 2 > LIMIT]
    assert long == [(one.split, one.image, one.cut.caption) for one in found.cut]
    assert (len(pairs), len(long)) == (found.captions, found.card()["cut"])
    assert len(long) == sum(found.card()["cut_by_split"].values())
    assert (found.note is None) == (not long)


def test_each_different_long_caption_is_looked_at_once() -> None:
    progress = CountingProgress()
    cuts(data(train=[["big dogs"], ["big dogs"], ["dog"]], val=[["big dogs", "a big dog"]]), progress)

    assert [(2, 2)] == [(total, bar.done) for _, total, bar in progress.bars]


def test_what_is_lost_is_told_and_kept_with_the_data_of_the_run() -> None:
    store = MemoryStore()
    store.put(DATA, b'{"fingerprint": "f"}')
    found = cuts(data(train=[["dog"], ["a big dog"]], test=[["big dog"]]))
    keep_cuts(store, found)

    assert "2 of 3 captions (66.7%) have more than the 6 tokens that are read; train1.png has 9 and loses 'dog'" == (
        found.note
    )
    assert [
        list(COLUMNS),
        ["train", "train1.png", "9", "6", "dog", "a big dog"],
        ["test", "test0.png", "8", "6", "og", "big dog"],
    ] == list(csv.reader(io.StringIO(store.get(LIST).decode())))
    assert {
        "fingerprint": "f",
        "tokens": {"captions": 3, "limit": 6, "cut": 2, "cut_by_split": {"train": 1, "test": 1}},
    } == json.loads(store.get(DATA))


def test_where_nothing_is_cut_there_is_no_list_and_a_count_of_none() -> None:
    store = MemoryStore()
    store.put(DATA, b"{}")
    keep_cuts(store, cuts(data(train=[["dog"]])))

    assert [DATA] == list(store.keys(""))
    assert 0 == json.loads(store.get(DATA))["tokens"]["cut"]
