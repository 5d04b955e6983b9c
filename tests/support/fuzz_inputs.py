"""Hostile inputs drawn by Hypothesis: seeds cut, spliced and overwritten, and text that only looks like the format."""

from hypothesis import strategies as st

from support.fuzz_seeds import NUMBERS
from support.fuzz_targets import Target

LONGEST = 1_000_000


@st.composite
def hostile(draw: st.DrawFn, target: Target) -> bytes:
    """A seed with a few changes, a stew of the format's words, or any bytes at all."""
    kind = draw(st.sampled_from(["seed", "seed", "seed", "stew", "bytes"]))
    if kind == "bytes":
        return draw(st.binary(max_size=200))
    if kind == "stew":
        return b"".join(draw(st.lists(st.sampled_from(target.words + target.seeds), max_size=30)))
    data = draw(st.sampled_from(target.seeds))
    for _ in range(draw(st.integers(1, 6))):
        data = _changed(draw, data, target)
    return data[:LONGEST]


def _changed(draw: st.DrawFn, data: bytes, target: Target) -> bytes:
    change = draw(st.sampled_from(["flip", "flip", "number", "word", "cut", "drop", "repeat", "splice", "many"]))
    at = draw(st.integers(0, len(data)))
    if change == "flip":
        return data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
    if change == "number":
        number = draw(st.sampled_from(NUMBERS))
        return data[:at] + number + data[at + len(number) :]
    if change == "word":
        return data[:at] + draw(st.sampled_from(target.words)) + data[at:]
    if change == "cut":
        return data[:at]
    end = draw(st.integers(at, min(len(data), at + 64)))
    if change == "drop":
        return data[:at] + data[end:]
    if change == "repeat":
        return data[:end] + data[at:end] + data[end:]
    if change == "many":
        return data[:end] + data[at:end] * draw(st.sampled_from([10, 100, 1000, 10_000])) + data[end:]
    return data[:at] + draw(st.sampled_from(target.seeds))[at:]
