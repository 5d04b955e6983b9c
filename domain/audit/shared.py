"""Captions that all pictures of a group share: one sentence for a whole case tells its pictures not apart."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from .findings import SHOWN, Finding, Part, Sighting, counted, share
from .pairings import Pairings, pairings
from .repeats import PICTURES, first_wording
from .table import Codes, Column, PairTable

MANY: Final = 0.25


def shared_part(table: PairTable, said: Pairings, group: Column, *, name: str) -> Part:
    """
    Captions that several pictures of one group have in common.

    Args:
        table: The rows.
        said: Which picture says what.
        group: The group of each row.
        name: What the group column is called.
    """
    member = pairings(group.codes, table.image_of)
    several = np.flatnonzero(member.of_left(len(group.values)) > 1)
    group_of = np.full(len(table.images), -1)
    group_of[member.right] = member.left
    spoken = group_of[said.left] * table.sayings + said.right
    known = group_of[said.left] >= 0
    pairs, inverse, counts = np.unique(spoken[known], return_inverse=True, return_counts=True)
    shared = pairs[counts > 1]
    groups = np.unique(shared // max(table.sayings, 1))
    rows = int((counts[inverse] > 1).sum())
    facts = {
        "groups_of_several_images": len(several),
        "groups_that_share_a_caption": len(groups),
        "pairs_shared_inside_a_group": rows,
        "pairs": len(said),
    }
    found = tuple(_finding(table, said, group, shared=shared, counts=counts[counts > 1], name=name, facts=facts))
    return Part(facts, found)


def _finding(
    table: PairTable,
    said: Pairings,
    group: Column,
    *,
    shared: Codes,
    counts: Codes,
    name: str,
    facts: Mapping[str, int],
) -> Iterator[Finding]:
    if not len(shared):
        return
    groups, pairs = facts["groups_that_share_a_caption"], facts["pairs_shared_inside_a_group"]
    order = np.argsort(-counts, kind="stable")[:SHOWN]
    wording = first_wording(table)
    turned = said.turned
    yield Finding(
        "captions-shared-in-group",
        "warning" if pairs > MANY * len(said) else "note",
        f"in {groups:,} of {facts['groups_of_several_images']:,} groups of several pictures (`{name}`) some share "
        f"a caption: {share(pairs, len(said))} of all pairs say of two of its pictures the same",
        "a sentence about the whole case fits each of its pictures only partly and tells them not apart: write "
        "captions for single pictures, or let the pictures count as one another's positives "
        f"(`positive_keys: [caption, image, {name}]`)",
        groups,
        tuple(
            _sighting(table, turned, group, divmod(int(shared[at]), table.sayings), wording, count=int(counts[at]))
            for at in order.tolist()
        ),
    )


def _sighting(
    table: PairTable, turned: Pairings, group: Column, at: tuple[int, int], wording: Codes, *, count: int
) -> Sighting:
    which, saying = at
    start, end = np.searchsorted(turned.left, (saying, saying + 1)).tolist()
    rows = [row for row in turned.row[start:end].tolist() if group.codes[row] == which]
    return Sighting(
        f"{group.values[which]}: {counted(count, 'picture')} with “{table.captions[wording[saying]]}”",
        tuple(table.where[row] for row in rows[:3]),
        tuple(table.images[table.image_of[row]].key for row in rows[:PICTURES]),
    )
