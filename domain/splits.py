"""Which examples to learn from and which to hold out: a function of the group alone, so that it survives new rows."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from attrs import frozen

from .config.data import DataConfig
from .errors import EmptySplit, SharedGroup, UsageError
from .pairs import SPLITS, Example, Rejected, Split
from .quarantine import one_line

Splits = Mapping[Split, tuple[Example, ...]]

# Not the run's seed: two runs with different seeds are compared on the same test set.
SPLIT_SEED: Final = 0
LEAST: Final = 2
SHOWN: Final = 5


@frozen
class Shares:
    """Shares of the groups; they sum to 1."""

    train: float
    val: float
    test: float


def shares_of(columns: DataConfig) -> Shares:
    """The shares in which ``data_path`` is cut; a split with a file of its own takes none, the others grow alike."""
    val = 0.0 if columns.val_path else columns.val_split
    test = 0.0 if columns.test_path else columns.test_split
    total = columns.train_split + val + test
    return Shares(columns.train_split / total, val / total, test / total)


def position(group: str, *, seed: int = SPLIT_SEED) -> float:
    """A number in [0, 1) that depends on nothing but the group's name and the seed (the first 53 bits of SHA-256)."""
    digest = hashlib.sha256(f"split/{seed}/{group}".encode(errors="surrogatepass")).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def assign(group: str, *, shares: Shares, seed: int = SPLIT_SEED) -> Split:
    """
    The split of a group.

    Test grows from the low end and validation from the high end, so that raising a held-out share takes groups from
    training only and never gives one back.
    """
    place = position(group, seed=seed)
    if place < shares.test:
        return "test"
    return "val" if place >= 1 - shares.val else "train"


def split_examples(examples: Sequence[Example], columns: DataConfig) -> tuple[Splits, tuple[str, ...]]:
    """
    Sort the examples of ``data_path`` into splits.

    Returns:
        The examples of every split in their order, and notes for the person.

    Raises:
        UsageError: If the split column names a split that has a file of its own.
    """
    if columns.split_column is not None:
        return _split_by_column(examples, columns)
    shares = shares_of(columns)
    given = [key for key in ("val_path", "test_path") if getattr(columns, key)]
    notes: tuple[str, ...] = ()
    if given:
        parts = ", ".join(f"{getattr(shares, split):.1%} {split}" for split in SPLITS if getattr(shares, split))
        notes = (f"{' and '.join(given)} given: data_path is cut into {parts}",)
    return sort_into(examples, lambda example: assign(example.group, shares=shares)), notes


def _split_by_column(examples: Sequence[Example], columns: DataConfig) -> tuple[Splits, tuple[str, ...]]:
    for split, path in (("val", columns.val_path), ("test", columns.test_path)):
        named = next((example.where for example in examples if example.split == split), None)
        if path and named is not None:
            raise UsageError(
                f"{named}: `{columns.split_column}` names {split} rows, and {split}_path gives {split} pairs as well; "
                f"drop `{split}_path` or those rows"
            )
    named_splits = sort_into(examples, lambda example: example.split or "train")
    if named_splits["val"] or columns.val_path or not columns.val_split:
        return named_splits, ()
    total = columns.train_split + columns.val_split
    shares = Shares(columns.train_split / total, columns.val_split / total, 0.0)
    carved = sort_into(named_splits["train"], lambda example: assign(example.group, shares=shares))
    note = f"`{columns.split_column}` names no validation rows: {shares.val:.1%} of its train groups validate"
    return {**carved, "test": named_splits["test"]}, (note,)


def sort_into(examples: Iterable[Example], split_of: Callable[[Example], Split]) -> Splits:
    """The examples of each split, in their order."""
    sorted_: dict[Split, list[Example]] = {split: [] for split in SPLITS}
    for example in examples:
        sorted_[split_of(example)].append(example)
    return {split: tuple(members) for split, members in sorted_.items()}


def check_group_purity(splits: Splits, *, contents: Mapping[str, str] | None = None) -> None:
    """
    Make sure that no group and no picture stands in two splits.

    Args:
        splits: The examples of every split.
        contents: What the content of every picture is known by, by its key, where copies count as well.

    Raises:
        SharedGroup: If one does; up to five are named, with a row in each split.
    """
    named: list[tuple[str, Callable[[Example], str]]] = [
        ("group", lambda example: example.group),
        ("picture", lambda example: example.image.key),
    ]
    if contents is not None:
        named.append(("copied picture", lambda example: contents[example.image.key]))
    for kind, name_of in named:
        shared = _shared(splits, name_of)
        if shared:
            count = f"1 {kind} stands" if len(shared) == 1 else f"{len(shared)} {kind}s stand"
            more = "" if len(shared) <= SHOWN else f"\n  and {len(shared) - SHOWN} more"
            raise SharedGroup(
                f"{count} in more than one split, so that a score would be a leak; give each {kind} one split:"
                + "".join(f"\n  {line}" for line in shared[:SHOWN])
                + more
            )


def _shared(splits: Splits, name_of: Callable[[Example], str]) -> list[str]:
    first: dict[str, tuple[Split, str]] = {}
    found: dict[str, str] = {}
    for split, examples in splits.items():
        for example in examples:
            name = name_of(example)
            at = first.setdefault(name, (split, example.where))
            if at[0] != split and name not in found:
                found[name] = f"{name!r} in {at[0]} ({at[1]}) and {split} ({example.where})"
    return list(found.values())


def check_sizes(splits: Splits, columns: DataConfig, *, rejected: Sequence[Rejected] = ()) -> None:
    """
    Make sure that every split that is asked for has at least two pictures.

    Raises:
        EmptySplit: If one has fewer; it says how many groups there are, and what to change.
    """
    groups = len({example.group for examples in splits.values() for example in examples})
    for split in SPLITS:
        wanted = split == "train" or getattr(columns, f"{split}_split") or getattr(columns, f"{split}_path")
        count = len(splits[split])
        if not wanted or count >= LEAST:
            continue
        lost = ""
        if rejected:
            lost = f"; {len(rejected)} rows could not be used, the first is {one_line(rejected[0])}"
        raise EmptySplit(
            f"pictures in the {split} split: {count}; at least {LEAST} are needed "
            f"({groups} groups in all splits): {_advice(split, columns)}{lost}"
        )


def _advice(split: Split, columns: DataConfig) -> str:
    if split == "train":
        return "add pairs to data_path" + (
            f" or name more rows train in `{columns.split_column}`" if columns.split_column else ""
        )
    path = getattr(columns, f"{split}_path")
    if path:
        return f"add pairs to {path}"
    without = f"set `{split}_split: 0` and add its share to `train_split`"
    if columns.split_column and split == "test":
        return f"name test rows in `{columns.split_column}`, give `test_path`, or {without}"
    return f"add pairs, raise `{split}_split`, give `{split}_path`, or {without}"
