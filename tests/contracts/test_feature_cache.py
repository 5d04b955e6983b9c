"""What every feature cache must do: give back the bits that were added, tower by tower and content by content."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from cliptune.adapters.features.files import FeatureFiles
from cliptune.adapters.features.memory import MemoryFeatures
from cliptune.application.ports import FeatureCache

Open = Callable[[], FeatureCache]


@pytest.fixture(params=["memory", "files"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    if request.param == "files":
        return lambda: FeatureFiles(tmp_path / "features")
    kept = MemoryFeatures()
    return lambda: kept


def rows(*contents: str, seed: int = 0) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {content: torch.randn(5, generator=generator) for content in contents}


def assert_same(expected: dict[str, Tensor], cache: FeatureCache, tower: str) -> None:
    actual = cache.read(tower)
    assert expected.keys() == actual.keys()
    assert all(torch.equal(expected[content], actual[content]) for content in expected)


def test_what_was_added_comes_back_bit_for_bit_also_to_the_next_process(opened: Open) -> None:
    first, second = rows("a", "b"), rows("c", seed=1)

    cache = opened()
    cache.add("tower", first)
    cache.add("tower", second)

    assert_same(first | second, opened(), "tower")


def test_towers_are_kept_apart(opened: Open) -> None:
    one, other = rows("a"), rows("a", seed=1)
    cache = opened()

    cache.add("one", one)
    cache.add("other", other)

    assert_same(one, cache, "one")
    assert_same(other, cache, "other")
    assert {} == cache.read("third")


def test_adding_nothing_or_the_same_again_changes_nothing(opened: Open) -> None:
    known = rows("a", "b")
    cache = opened()

    cache.add("tower", {})
    cache.add("tower", known)
    cache.add("tower", known)

    assert_same(known, cache, "tower")


def test_what_was_read_is_not_a_window_into_the_cache(opened: Open) -> None:
    known = rows("a")
    cache = opened()
    cache.add("tower", known)

    dict(cache.read("tower"))["b"] = torch.zeros(5)

    assert_same(known, opened(), "tower")
