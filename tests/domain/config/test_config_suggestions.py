import random

import pytest

from cliptune.domain.config import closest, declared_keys, did_you_mean
from cliptune.domain.config.suggestions import SYNONYMS

KEYS = [attribute.name for _, attribute in declared_keys()]


def misspelled(word: str, *, seed: int) -> str:
    """One letter dropped, doubled, replaced or swapped with the next."""
    draw = random.Random(f"{word}/{seed}")
    at = draw.randrange(len(word) - 1)
    changed = (word[at + 1] + word[at], word[at] * 2 + word[at + 1], "x" + word[at + 1], word[at + 1])
    return word[:at] + draw.choice(changed) + word[at + 2 :]


def test_one_wrong_letter_leads_back_to_the_key_nine_times_in_ten() -> None:
    trials = [(key, misspelled(key, seed=seed)) for key in KEYS for seed in range(10)]

    right = sum(closest(wrong, KEYS) == key for key, wrong in trials)

    assert right >= 0.9 * len(trials)


@pytest.mark.parametrize("key", KEYS)
def test_dashes_and_capitals_lead_back_to_the_key(key: str) -> None:
    assert key == closest(key.upper().replace("_", "-"), KEYS)


def test_every_synonym_stands_for_a_key_and_is_none() -> None:
    assert set() == set(SYNONYMS.values()) - set(KEYS)
    assert set() == set(SYNONYMS) & set(KEYS)


def test_nothing_is_suggested_for_a_word_that_is_like_none() -> None:
    assert "" == did_you_mean("zzz", KEYS, synonyms=SYNONYMS)
