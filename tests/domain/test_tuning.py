"""Laws of what a sweep tries."""

import math
from collections import Counter

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.batch_sizes import pairs_in_a_step
from cliptune.domain.config import FineTuneConfig, LossConfig, TrainingConfig, flat, from_flat
from cliptune.domain.config.checks import problems_of
from cliptune.domain.sampling import batch_count
from cliptune.domain.tuning import Space, Trial, draw_trials, search_space
from support.configs import configs

SEARCHED = {"learning_rate", "temperature", "loss_type", "batch_size", "effective_batch_size"}
seeds = st.integers(0, 2**32 - 1)


def space_of(config: FineTuneConfig, *, examples: int = 1000, slice_pairs: int = 32) -> Space:
    return search_space(config, examples=examples, slice_pairs=slice_pairs)


@given(configs(), seeds, st.integers(0, 9), st.integers(2, 5000), st.integers(2, 64))
def test_every_drawn_configuration_keeps_every_rule_and_the_other_keys(
    config: FineTuneConfig, seed: int, challengers: int, examples: int, slice_pairs: int
) -> None:
    space = space_of(config, examples=examples, slice_pairs=slice_pairs)

    for trial in draw_trials(space, seed=seed, challengers=challengers):
        drawn = flat(trial.of(config))
        assert () == problems_of(drawn, {})
        assert {key for key, value in flat(config).items() if drawn[key] != value} <= {*trial.changes} <= SEARCHED


@given(configs(), seeds, st.integers(0, 9), st.integers(0, 9))
def test_trial_0_is_the_configured_run_and_a_longer_sweep_begins_with_the_trials_of_a_shorter_one(
    config: FineTuneConfig, seed: int, few: int, more: int
) -> None:
    space = space_of(config)

    short, long = (draw_trials(space, seed=seed, challengers=count) for count in (few, few + more))

    assert config == short[0].of(config)
    assert [*range(few + more + 1)] == [trial.number for trial in long]
    assert short == long[: few + 1]
    assert [trial.changes for trial in short] == [trial.changes for trial in long[: few + 1]]


@given(seeds, seeds)
def test_another_seed_draws_other_trials(seed: int, other: int) -> None:
    space = space_of(FineTuneConfig())
    rates = [draw_trials(space, seed=one, challengers=3)[1:] for one in (seed, other)]

    same = [trial.changes for trial in rates[0]] == [trial.changes for trial in rates[1]]

    assert (seed == other) == same


@given(st.floats(1e-6, 0.05), seeds)
def test_rates_and_temperatures_lie_within_their_bounds_around_the_configured_ones(rate: float, seed: int) -> None:
    config = FineTuneConfig(training=TrainingConfig(learning_rate=rate), loss=LossConfig(temperature=0.5))

    drawn = [trial.changes for trial in draw_trials(space_of(config), seed=seed, challengers=20)[1:]]

    assert all(rate / 10 <= changes["learning_rate"] <= rate * 10 for changes in drawn)
    assert all(0.01 <= changes["temperature"] <= 0.5 for changes in drawn)


def test_draws_are_log_uniform_so_that_each_half_decade_gets_a_quarter_of_the_rates() -> None:
    config = FineTuneConfig(training=TrainingConfig(learning_rate=1e-3))

    drawn = draw_trials(space_of(config), seed=1, challengers=2000)[1:]

    parts = Counter(math.floor(2 * math.log10(trial.changes["learning_rate"] / 1e-4)) for trial in drawn)
    assert all(430 <= parts[part] <= 570 for part in range(4)), parts


@given(seeds, st.integers(1, 4))
def test_every_loss_and_every_batch_is_tried_before_any_comes_again(seed: int, rounds: int) -> None:
    space = evolve(space_of(FineTuneConfig()), batches=(16, 32, 64))
    losses, batches = len(space.losses), len(space.batches)
    drawn = [trial.changes for trial in draw_trials(space, seed=seed, challengers=losses * batches * rounds)[1:]]

    for key, choices in (("loss_type", space.losses), ("batch_size", space.batches)):
        values = [changes[key] for changes in drawn]
        for start in range(0, len(values), len(choices)):
            assert {*choices} == {*values[start : start + len(choices)]}


def test_the_models_own_temperature_is_kept() -> None:
    space = space_of(FineTuneConfig(loss=LossConfig(temperature="model")))

    assert space.temperatures is None
    assert all("temperature" not in trial.changes for trial in draw_trials(space, seed=1, challengers=5))


def test_a_mixture_is_kept() -> None:
    space = space_of(FineTuneConfig(loss=LossConfig(loss_mix={"contrastive": 1.0, "sigmoid": 0.5})))

    assert all("loss_type" not in trial.changes for trial in draw_trials(space, seed=1, challengers=5))


@pytest.mark.parametrize(("domain", "tried"), [("general", False), ("industrial", True)])
def test_a_domains_loss_is_tried_only_where_its_template_is_not_plain(domain: str, tried: bool) -> None:
    config = from_flat({"domain": domain})

    assert tried == ("domain_specific" in space_of(config).losses)


@given(st.integers(2, 300), st.integers(2, 64), st.integers(1, 4), st.none() | st.integers(2, 64))
def test_batches_are_halved_and_doubled_where_that_changes_the_steps_of_an_epoch(
    examples: int, slice_pairs: int, accumulated: int, whole: int | None
) -> None:
    keys = {"gradient_accumulation_steps": accumulated} if whole is None else {"effective_batch_size": whole}
    config = from_flat({"batch_size": slice_pairs, **keys})
    space = space_of(config, examples=examples, slice_pairs=slice_pairs)
    key, configured = ("batch_size", slice_pairs) if whole is None else ("effective_batch_size", whole)

    def steps(value: int) -> int:
        changed = from_flat({**flat(config), key: value})
        return batch_count(examples, pairs_in_a_step(changed, slice_pairs=changed.training.batch_size or 0))

    expected = {
        value for value in (configured // 2, 2 * configured) if value >= 2 and steps(value) != steps(configured)
    }
    assert (key, {configured, *expected}) == (space.batch_key, {*space.batches})


def test_a_batch_that_was_left_open_is_tried_around_the_measured_one() -> None:
    assert (8, 16, 32) == space_of(FineTuneConfig(), slice_pairs=16).batches


def test_a_trial_changes_only_what_it_says() -> None:
    changed = Trial(3, {"learning_rate": 1e-3, "loss_type": "sigmoid"}).of(FineTuneConfig())

    assert ("sigmoid", 1e-3) == (changed.loss.loss_type, changed.training.learning_rate)
    assert FineTuneConfig() == evolve(changed, loss=LossConfig(), training=TrainingConfig())
