from typing import Any

import pytest
from hypothesis import given

from cliptune.domain.config import FineTuneConfig, from_flat, require_built, unbuilt_notes
from cliptune.domain.errors import NotBuiltYet
from support.configs import configs

NOTES: tuple[tuple[str, Any, str], ...] = (
    ("augment_text", True, "augment_text: true is not built yet; use several captions for a picture, one row each"),
)


@pytest.mark.parametrize(("key", "value", "message"), NOTES)
def test_a_known_option_without_its_feature_is_refused_with_what_to_use_instead(
    key: str, value: object, message: str
) -> None:
    with pytest.raises(NotBuiltYet) as caught:
        require_built(from_flat({key: value}))

    assert (message, 2) == (str(caught.value), caught.value.exit_code)


def test_the_defaults_are_built() -> None:
    require_built(FineTuneConfig())

    assert () == unbuilt_notes(FineTuneConfig())


@given(configs())
def test_a_configuration_is_refused_exactly_when_it_has_notes_and_all_are_told(config: FineTuneConfig) -> None:
    notes = unbuilt_notes(config)

    if not notes:
        require_built(config)
        return
    with pytest.raises(NotBuiltYet) as caught:
        require_built(config)
    assert list(notes) == str(caught.value).split("\n")
