"""Laws of a sweep's state as it is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.storage.memory import MemoryStore
from cliptune.application.sweep_state import SweepState, keep_state, state_from_json, state_to_json, stored_state
from cliptune.domain.errors import NotResumable
from cliptune.domain.halving import Cost
from cliptune.domain.sweep import Outcome
from support.sweeps import LedgerTrainer, sweep

outcomes = st.builds(Outcome, st.integers(0, 99), st.integers(0, 4), st.none() | st.floats(0, 1), st.text(max_size=20))
states = st.builds(
    SweepState,
    st.none() | st.builds(Cost, st.floats(0, 1e3), st.floats(0, 1e3)),
    st.lists(outcomes, max_size=6).map(tuple),
)


@given(states)
def test_a_state_reads_back_as_it_was_written(state: SweepState) -> None:
    store = MemoryStore()
    keep_state(store, state)

    assert state == state_from_json(state_to_json(state)) == stored_state(store)


@pytest.mark.parametrize(
    "damaged",
    [b"", b"[]", b'{"format": 2, "cost": null, "outcomes": []}', b'{"format": 1, "cost": null, "outcomes": [{}]}'],
)
def test_what_is_no_state_is_not_gone_on_with(damaged: bytes) -> None:
    store = MemoryStore()
    store.put("tune.json", damaged)

    with pytest.raises(NotResumable, match="Delete the sweep's folder"):
        sweep(store, LedgerTrainer({}))
