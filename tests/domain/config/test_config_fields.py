from typing import Any

import pytest
from hypothesis import given

from cliptune.domain.config import FineTuneConfig, declared_keys, flat, from_flat
from cliptune.domain.config.fields import MAXIMUM, MINIMUM, bound_problem
from support.configs import configs


def test_every_key_belongs_to_one_group_and_says_what_it_means() -> None:
    names = [attribute.name for _, attribute in declared_keys()]

    assert sorted(set(names)) == sorted(names)
    assert all(attribute.metadata["help"] for _, attribute in declared_keys())


def test_every_default_is_within_its_own_bounds() -> None:
    problems = [bound_problem(attribute.default, attribute.metadata) for _, attribute in declared_keys()]

    assert {None} == set(problems)


@given(configs())
def test_flattening_and_composing_are_inverse(config: FineTuneConfig) -> None:
    assert config == from_flat(flat(config))


BOUNDED = [attribute for _, attribute in declared_keys() if {MINIMUM, MAXIMUM} & attribute.metadata.keys()]


@pytest.mark.parametrize("attribute", BOUNDED, ids=lambda attribute: attribute.name)
def test_a_bound_is_inclusive_and_what_lies_beyond_is_refused(attribute: Any) -> None:
    for name, step in ((MINIMUM, -1), (MAXIMUM, 1)):
        bound = attribute.metadata.get(name)
        if bound is not None:
            assert bound_problem(bound, attribute.metadata) is None
            assert bound_problem(bound + step, attribute.metadata) is not None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate: must be above 0, found 0"),
        ({"learning_rate": float("nan")}, "learning_rate: expected a finite number, found nan"),
        ({"max_grad_norm": float("inf")}, "max_grad_norm: expected a finite number, found inf"),
        ({"seed": 2**32}, "seed: must be at most 4294967295, found 4294967296"),
        ({"seed": 10**400}, "seed: must be at most 4294967295, found a huge number"),
        ({"multi_scale_scales": (1.0, 0.0)}, "multi_scale_scales: must be above 0, found 0"),
        ({"data_path": " "}, "data_path: must not be empty"),
        ({"data_path": "a\0b"}, "data_path: has a character that no name or path can have"),
        ({"output_dir": "a\ud800"}, "output_dir: has a character that no name or path can have"),
    ],
)
def test_a_value_out_of_bounds_cannot_be_made(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        from_flat(values)

    assert message == str(caught.value)


def test_an_unknown_key_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="unknown keys: lr"):
        from_flat({"lr": 1.0})
