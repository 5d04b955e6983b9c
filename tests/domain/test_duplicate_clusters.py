"""Laws of joining pairs to clusters."""

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.duplicate_clusters import clusters, joined

links = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=30)


def reachable(start: int, pairs: list[tuple[int, int]]) -> set[int]:
    """What chains of pairs lead to, step by step."""
    found = {start}
    while True:
        more = found | {b for a, b in pairs if a in found} | {a for a, b in pairs if b in found}
        if more == found:
            return found
        found = more


@given(links)
def test_a_cluster_is_what_chains_of_pairs_lead_to(pairs: list[tuple[int, int]]) -> None:
    expected = {tuple(sorted(found)) for pair in pairs if len(found := reachable(pair[0], pairs)) > 1}

    assert sorted(expected) == list(clusters(pairs))


@given(links)
def test_the_order_of_pairs_does_not_matter(pairs: list[tuple[int, int]]) -> None:
    shuffled = sorted(pairs, key=lambda pair: (hash(pair) ^ 0x5BD1, pair[::-1]))

    assert clusters(pairs) == clusters(shuffled)
    assert clusters(pairs) == clusters([(other, one) for one, other in pairs])


@given(links)
def test_the_representative_is_the_member_that_occurs_first(pairs: list[tuple[int, int]]) -> None:
    order = [member for pair in pairs for member in pair]
    found = joined(pairs)

    for member, first in found.items():
        assert first == min((m for m in found if found[m] == found[member]), key=order.index)


def test_a_long_chain_is_one_cluster() -> None:
    assert (tuple(range(100_001)),) == clusters((place, place + 1) for place in range(100_000))
