"""Laws of the tree of checksums."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.merkle import leaf, multiset_root, tree_root

records = st.binary(max_size=3)
leaves = st.lists(records.map(leaf), max_size=20)


def by_definition(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    cut = 1
    while cut * 2 < len(hashes):
        cut *= 2
    return hashlib.sha256(b"\x01" + by_definition(hashes[:cut]) + by_definition(hashes[cut:])).digest()


@given(leaves)
def test_the_tree_is_that_of_the_standard(hashes: list[bytes]) -> None:
    assert by_definition(hashes) == tree_root(hashes)


# From the tests of Google's Certificate Transparency, merkle_tree_test.cc.
INPUTS = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
}


@pytest.mark.parametrize("count", sorted(ROOTS))
def test_known_roots_are_found(count: int) -> None:
    assert ROOTS[count] == tree_root(map(leaf, INPUTS[:count])).hex()


@given(st.lists(records.map(leaf), max_size=8).flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_the_root_of_records_does_not_depend_on_their_order(both: tuple[list[bytes], list[bytes]]) -> None:
    one, other = both
    assert multiset_root(one) == multiset_root(other)


@given(leaves, leaves)
def test_the_root_of_two_lists_together_is_the_same_whichever_comes_first(one: list[bytes], other: list[bytes]) -> None:
    assert multiset_root(one + other) == multiset_root(other + one)


@given(leaves, leaves)
def test_two_lists_have_one_root_only_if_they_hold_the_same_records_equally_often(
    one: list[bytes], other: list[bytes]
) -> None:
    assert (sorted(one) == sorted(other)) == (multiset_root(one) == multiset_root(other))


def test_a_record_counts_as_often_as_it_is_there() -> None:
    one = leaf(b"one")
    assert 3 == len({multiset_root([one] * count) for count in (1, 2, 3)})


def test_a_record_made_of_two_checksums_is_not_taken_for_their_node() -> None:
    left, right = sorted((leaf(b"a"), leaf(b"b")))
    assert multiset_root([left, right]) != multiset_root([leaf(left + right)])
