"""Laws of going on: what decides the bits of a run is what it began with, or the run is refused."""

import pytest
from attrs import evolve

from cliptune.domain.conditions import Conditions, check_resumable
from cliptune.domain.errors import NotResumable

BEGUN = Conditions(
    device="cpu",
    precision="bfloat16",
    batch_size=64,
    threads=2,
    attention="eager-to-128",
    adamw="fused",
    torch="2.13.0",
    transformers="5.23.0",
)


def test_a_machine_like_the_one_it_began_on_raises_no_notes() -> None:
    assert () == check_resumable(BEGUN, BEGUN)


def test_what_was_measured_at_the_start_is_kept_without_a_word() -> None:
    """What is expected here before anything is measured says nothing about the run."""
    assert () == check_resumable(BEGUN, evolve(BEGUN, precision="float32", batch_size=8))


@pytest.mark.parametrize(
    "here",
    [
        evolve(BEGUN, device="cuda"),
        evolve(BEGUN, attention="sdpa"),
        evolve(BEGUN, attention="eager"),
        evolve(BEGUN, attention="chunked"),
        evolve(BEGUN, adamw="loop"),
    ],
)
def test_another_device_attention_or_optimizer_is_refused(here: Conditions) -> None:
    with pytest.raises(NotResumable, match="cannot go on bit for bit"):
        check_resumable(BEGUN, here)


@pytest.mark.parametrize(
    ("here", "said"),
    [
        (evolve(BEGUN, torch="2.14.0"), "torch was 2.13.0 and is 2.14.0"),
        (evolve(BEGUN, transformers="6.0.0"), "transformers was 5.23.0 and is 6.0.0"),
        (evolve(BEGUN, threads=8), "threads 2 of the run's start are kept"),
    ],
)
def test_another_version_is_told_and_threads_are_kept(here: Conditions, said: str) -> None:
    (note,) = check_resumable(BEGUN, here)

    assert note.startswith(said)
