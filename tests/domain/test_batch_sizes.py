"""Laws of the batch: memory and time decide how many pairs go through at once, never what a step is."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.batch_sizes import (
    LARGEST,
    MEMORY_SHARE,
    NEAR,
    SMALLEST,
    STEPS,
    SliceTrial,
    choose_slice,
    largest_slice,
    next_slice,
    pairs_in_a_step,
)
from cliptune.domain.config import FineTuneConfig, from_flat

GIB = 2**30


@st.composite
def courses(draw: st.DrawFn) -> tuple[SliceTrial, ...]:
    """Trials of 8, 16, 32 … pairs, of any speed and size."""
    count = draw(st.integers(1, 8))
    return tuple(
        SliceTrial(SMALLEST * 2**turn, draw(st.floats(1e-3, 10)), draw(st.integers(0, 8 * GIB)))
        for turn in range(count)
    )


def asked(**keys: object) -> FineTuneConfig:
    return from_flat(keys)


@given(courses(), st.integers(0, 16 * GIB))
def test_the_chosen_slice_is_the_smallest_near_the_best_that_fits(trials: tuple[SliceTrial, ...], free: int) -> None:
    chosen = choose_slice(trials, free_bytes=free).value

    fitting = [trial for trial in trials if trial.bytes <= MEMORY_SHARE * free]
    if not fitting:
        assert trials[0].pairs == chosen
        return
    best = max(trial.rate for trial in fitting)
    near = [trial.pairs for trial in fitting if trial.rate >= NEAR * best]
    assert min(near) == chosen


@given(courses(), st.integers(0, 16 * GIB))
def test_more_memory_never_makes_the_fastest_pass_slower(trials: tuple[SliceTrial, ...], free: int) -> None:
    rate = {trial.pairs: trial.rate for trial in trials}

    less, more = (rate[choose_slice(trials, free_bytes=free * factor).value] for factor in (1, 2))

    fits = any(trial.bytes <= MEMORY_SHARE * free for trial in trials)
    assert not fits or more >= NEAR * less


@given(courses(), st.integers(1, LARGEST), st.integers(0, 16 * GIB), st.floats(-1, 20))
def test_nothing_is_tried_that_would_not_fit_or_be_worth_it(
    trials: tuple[SliceTrial, ...], largest: int, free: int, left: float
) -> None:
    size = next_slice(trials, largest=largest, free_bytes=free, seconds_left=left)

    if size is not None:
        assert 2 * trials[-1].pairs == size <= largest
        assert 2 * trials[-1].bytes <= MEMORY_SHARE * free
        assert 2 * trials[-1].seconds <= left


def test_doubling_ends_when_it_gains_nothing_twice() -> None:
    rates = (100, 150, 151, 150)
    trials = [SliceTrial(8 * 2**turn, 8 * 2**turn / rate, 0) for turn, rate in enumerate(rates)]

    def following(count: int) -> int | None:
        return next_slice(trials[:count], largest=LARGEST, free_bytes=GIB, seconds_left=1e9)

    assert [8, 16, 32, 64, None] == [following(count) for count in range(5)]


@given(st.integers(0, 10**7), st.integers(1, 64))
def test_a_batch_that_is_left_open_leaves_an_epoch_its_steps(examples: int, accumulated: int) -> None:
    largest = largest_slice(asked(gradient_accumulation_steps=accumulated), examples=examples)

    assert SMALLEST <= largest <= LARGEST
    assert SMALLEST == largest or examples // (largest * accumulated) >= STEPS


@given(st.integers(2, 10**6), st.integers(1, 10**4))
def test_a_stated_effective_batch_is_the_step_whatever_the_slice(effective: int, slice_pairs: int) -> None:
    config = asked(effective_batch_size=effective)

    assert effective == pairs_in_a_step(config, slice_pairs=slice_pairs)
    assert largest_slice(config, examples=10**6) <= effective


@given(st.integers(1, 512), st.integers(1, 64))
def test_otherwise_a_step_is_so_many_slices(slice_pairs: int, accumulated: int) -> None:
    config = asked(gradient_accumulation_steps=accumulated)

    assert slice_pairs * accumulated == pairs_in_a_step(config, slice_pairs=slice_pairs)


def test_the_reason_names_rate_and_memory() -> None:
    trial = SliceTrial(32, 0.5, GIB)

    why = choose_slice([evolve(trial, pairs=16), trial], free_bytes=4 * GIB).why

    assert "64 of 64 pairs/s" in why
    assert "1.0 of 4.0 GiB free" in why
