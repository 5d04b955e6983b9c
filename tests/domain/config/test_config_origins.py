from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.config import PRESETS, FineTuneConfig, Stated, flat, from_flat, resolve
from cliptune.domain.errors import InvalidConfig, Problem
from support.configs import configs


def test_with_nothing_stated_every_value_is_a_default() -> None:
    resolved = resolve({})

    assert FineTuneConfig() == resolved.config
    assert {"default"} == set(resolved.origins.values())


@pytest.mark.parametrize("domain", sorted(PRESETS))
def test_a_preset_fills_what_nobody_stated(domain: str) -> None:
    resolved = resolve({"domain": Stated(domain, "my.yaml:1")})

    expected = from_flat({**flat(FineTuneConfig()), **PRESETS[domain], "domain": domain})
    assert expected == resolved.config
    assert {f"preset {domain}"} >= {resolved.origins[key] for key in PRESETS[domain]}


def test_an_override_wins_over_the_file_and_the_file_over_the_preset() -> None:
    stated = {
        "domain": Stated("medical", "my.yaml:1"),
        "num_epochs": Stated(3, "my.yaml:2"),
        "seed": Stated(1, "my.yaml:3"),
    }

    resolved = resolve(stated, {"seed": Stated(7, "--set")})

    training = resolved.config.training
    assert (3e-5, 3, 7) == (training.learning_rate, training.num_epochs, training.seed)
    assert ("preset medical", "my.yaml:2", "--set", "default") == tuple(
        resolved.origins[key] for key in ("learning_rate", "num_epochs", "seed", "batch_size")
    )


def test_the_preset_is_that_of_the_domain_that_wins() -> None:
    resolved = resolve({"domain": Stated("medical", "my.yaml:1")}, {"domain": Stated("industrial", "--set")})

    assert (12, "preset industrial") == (resolved.config.training.num_epochs, resolved.origins["num_epochs"])
    assert resolved.config.augmentation.horizontal_flip


@given(configs())
def test_a_configuration_that_states_every_key_resolves_to_itself(config: FineTuneConfig) -> None:
    resolved = resolve({key: Stated(value, "all.yaml") for key, value in flat(config).items()})

    assert config == resolved.config
    assert {"all.yaml"} == set(resolved.origins.values())


def test_problems_of_the_reader_are_told_together_with_those_found_here() -> None:
    of_reader = Problem("learning_rate", "expected a number, found 'fast'", "my.yaml:1")

    with pytest.raises(InvalidConfig) as caught:
        resolve({"num_epochs": Stated(0, "my.yaml:2")}, found=[of_reader])

    expected = (of_reader, Problem("num_epochs", "must be at least 1, found 0", "my.yaml:2"))
    assert expected == caught.value.problems


RULES: dict[str, tuple[dict[str, Any], str, str]] = {
    "domain": (
        {"domain": "medcal"},
        "domain",
        "unknown domain 'medcal'; known are general, medical, industrial, scientific; did you mean medical?",
    ),
    "shares above one": (
        {"train_split": 0.9},
        "train_split",
        "train_split, val_split and test_split must not add up to more than 1, found 0.9 + 0.1 + 0.1 = 1.1",
    ),
    "shares above one beside a file to validate on": (
        {"val_path": "val.csv", "val_split": 0.3},
        "val_split",
        "train_split, val_split and test_split must not add up to more than 1, found 0.8 + 0.3 + 0.1 = 1.2",
    ),
    "shares below one": (
        {"test_split": 0.0},
        "test_split",
        "train_split, val_split and test_split must add up to 1, found 0.8 + 0.1 + 0 = 0.9",
    ),
    "learned and scheduled": (
        {"learnable_temp": True, "temperature_scheduling": True},
        "temperature_scheduling",
        "the temperature is either learned or scheduled; set learnable_temp or temperature_scheduling to false",
    ),
    "patience without validation": (
        {"early_stopping_patience": 2, "train_split": 0.9, "val_split": 0.0},
        "early_stopping_patience",
        "nothing can be waited for without a validation split; give val_split a share, or name val_path",
    ),
    "range": (
        {"temperature_max": 0.005},
        "temperature_max",
        "temperature_min (0.01) must be at most temperature_max (0.005)",
    ),
    "scheduled temperature out of range": (
        {"temperature_scheduling": True, "temperature": 0.5},
        "temperature",
        "a scheduled temperature must lie between temperature_min and temperature_max (0.01 to 0.1), found 0.5",
    ),
    "scheduled temperature too sharp": (
        {"temperature_scheduling": True, "temperature_min": 0.005},
        "temperature_min",
        "a scheduled temperature cannot fall below 0.01, where the scale is 100; found 0.005",
    ),
    "nothing learns": (
        {"image_tower": "frozen", "text_tower": "frozen"},
        "image_tower",
        "nothing is left to train; let a tower learn, or set learnable_temp: true",
    ),
    "a rate for a frozen tower": (
        {"text_tower": "frozen", "text_learning_rate": 1e-5},
        "text_learning_rate",
        "the text tower is frozen and has no learning rate; set text_learning_rate: null",
    ),
    "scales of other length": (
        {"multi_scale_weights": (1.0,)},
        "multi_scale_weights",
        "multi_scale_scales has 3 numbers and multi_scale_weights 1; they go in pairs",
    ),
    "no scales": (
        {"multi_scale_scales": (), "multi_scale_weights": ()},
        "multi_scale_scales",
        "multi_scale_scales and multi_scale_weights must not be empty",
    ),
    "an unknown encoding": (
        {"encoding": "cp1225"},
        "encoding",
        "Python knows no encoding 'cp1225'; usual ones are utf-8, cp1252, utf-16, latin-1, cp1250, cp1251, gb18030, "
        "shift_jis, euc_kr, big5; did you mean cp1252?",
    ),
    "a codec that is no encoding of text": (
        {"encoding": "base64"},
        "encoding",
        "Python knows no encoding 'base64'; usual ones are utf-8, cp1252, utf-16, latin-1, cp1250, cp1251, gb18030, "
        "shift_jis, euc_kr, big5",
    ),
    "a mark as a token": (
        {"new_tokens": ("<|endoftext|>",)},
        "new_tokens",
        "'<|endoftext|>' cannot be a token; write a word, without spaces around it",
    ),
    "a token twice": ({"new_tokens": ("ARDS", "ards")}, "new_tokens", "names a word twice; case is ignored"),
    "a caption template without a caption": (
        {"caption_templates": ("{caption}", "a photo")},
        "caption_templates",
        "'a photo' says the same of every picture: write {caption} where the caption goes",
    ),
    "captions that vary in nothing": (
        {"augment_text": True, "caption_dropout": 0.0, "clause_shuffle": 0.0},
        "augment_text",
        "nothing of a caption varies; set caption_dropout, clause_shuffle or caption_templates",
    ),
    "no weight": (
        {"multi_scale_weights": (0.0, 0.0, 0.0)},
        "multi_scale_weights",
        "multi_scale_weights must not all be 0",
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_a_broken_rule_is_told_once_at_a_key_that_somebody_wrote(name: str) -> None:
    values, key, message = RULES[name]

    with pytest.raises(InvalidConfig) as caught:
        resolve({stated: Stated(value, f"my.yaml:{stated}") for stated, value in values.items()})

    assert (Problem(key, message, f"my.yaml:{key}"),) == caught.value.problems


@pytest.mark.parametrize("elsewhere", ["val_path", "test_path", "split_column"])
def test_shares_may_leave_something_out_where_a_split_comes_from_elsewhere(elsewhere: str) -> None:
    resolved = resolve({elsewhere: Stated("x"), "test_split": Stated(0.0)})

    assert 0.0 == resolved.config.data.test_split


def test_a_fixed_temperature_may_lie_outside_the_range_of_schedules() -> None:
    assert 0.5 == resolve({"temperature": Stated(0.5)}).config.loss.temperature


@given(st.integers(1, 98), st.integers(0, 98))
def test_hundredths_that_add_up_to_a_whole_are_accepted(train: int, other: int) -> None:
    held_out = 100 - train
    validated = min(other, held_out)
    shares = {"train_split": train / 100, "val_split": validated / 100, "test_split": (held_out - validated) / 100}

    resolved = resolve({key: Stated(share) for key, share in shares.items()})

    assert train / 100 == resolved.config.data.train_split


@given(st.integers(1, 99), st.integers(1, 99), st.integers(1, 99))
def test_hundredths_that_do_not_add_up_to_a_whole_are_refused(train: int, validated: int, tested: int) -> None:
    shares = {"train_split": train, "val_split": validated, "test_split": tested}
    refused = sum(shares.values()) != 100

    try:
        resolve({key: Stated(share / 100) for key, share in shares.items()})
    except InvalidConfig:
        assert refused
    else:
        assert not refused
