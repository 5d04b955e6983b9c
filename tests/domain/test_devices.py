"""Laws of the decisions on device, precision and batch size."""

import attrs
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.devices import DeviceFacts, DeviceType, choose_device, choose_precision

facts = st.builds(DeviceFacts, **{attribute.name: st.booleans() for attribute in attrs.fields(DeviceFacts)})
devices: st.SearchStrategy[DeviceType] = st.sampled_from(["mps", "cuda", "cpu"])


@given(facts, st.booleans())
def test_a_device_is_chosen_only_where_it_can_be_used(machine: DeviceFacts, use_mps: bool) -> None:
    chosen = choose_device(machine, use_mps=use_mps).value

    assert chosen != "mps" or (machine.mps_available and use_mps)
    assert chosen != "cuda" or machine.cuda_available


@given(facts)
def test_mps_comes_first_where_it_can_be_used_and_may_be(machine: DeviceFacts) -> None:
    assert "mps" == choose_device(evolve(machine, mps_available=True), use_mps=True).value


@given(facts)
def test_a_mac_without_permission_is_a_machine_without_mps(machine: DeviceFacts) -> None:
    without = choose_device(evolve(machine, mps_available=False), use_mps=True).value

    assert without == choose_device(machine, use_mps=False).value


@given(facts, st.booleans())
def test_the_reason_names_every_faster_device_that_was_passed_over(machine: DeviceFacts, use_mps: bool) -> None:
    choice = choose_device(machine, use_mps=use_mps)

    assert (choice.value != "mps") == ("no MPS: " in choice.why)
    assert (choice.value == "cpu") == ("no CUDA: " in choice.why)


@given(facts)
def test_a_key_that_forbids_is_named_in_the_reason(machine: DeviceFacts) -> None:
    assert "use_mps: false" in choose_device(machine, use_mps=False).why
    assert "mixed_precision: false" == choose_precision(machine, "cpu", mixed_precision=False).why


@given(facts, devices)
def test_without_mixed_precision_everything_is_float32(machine: DeviceFacts, device: DeviceType) -> None:
    assert "float32" == choose_precision(machine, device, mixed_precision=False).value


@given(facts, devices, st.booleans())
def test_bfloat16_needs_hardware_that_has_it(machine: DeviceFacts, device: DeviceType, mixed: bool) -> None:
    hardware = {"cuda": machine.cuda_bfloat16, "cpu": machine.cpu_bfloat16, "mps": False}

    chosen = choose_precision(machine, device, mixed_precision=mixed).value

    assert (chosen == "bfloat16") == (mixed and hardware[device])


@given(facts, st.booleans())
def test_float16_is_for_cards_without_bfloat16_only(machine: DeviceFacts, mixed: bool) -> None:
    assert "float16" != choose_precision(machine, "cpu", mixed_precision=mixed).value
    assert "float32" == choose_precision(machine, "mps", mixed_precision=mixed).value
    assert mixed == ("float32" != choose_precision(machine, "cuda", mixed_precision=mixed).value)


@pytest.mark.parametrize(
    ("machine", "why"),
    [
        (DeviceFacts(), "no MPS: not an Apple-silicon Mac; no CUDA: torch was built without it"),
        (
            DeviceFacts(cuda_built=True),
            "no MPS: not an Apple-silicon Mac; no CUDA: no NVIDIA card can be used; "
            "look at nvidia-smi and CUDA_VISIBLE_DEVICES",
        ),
        (
            DeviceFacts(apple_silicon=True),
            "no MPS: torch was built without it; no CUDA: torch was built without it",
        ),
        (
            DeviceFacts(apple_silicon=True, rosetta=True),
            "no MPS: Python runs under Rosetta; install Python for Apple silicon (arm64); "
            "no CUDA: torch was built without it",
        ),
        (
            DeviceFacts(apple_silicon=True, mps_built=True),
            "no MPS: torch cannot use it here; macOS may be too old for this torch, or no GPU is visible to this "
            "session; no CUDA: torch was built without it",
        ),
    ],
)
def test_the_cpu_is_chosen_with_what_stood_against_the_others(machine: DeviceFacts, why: str) -> None:
    choice = choose_device(machine, use_mps=True)

    assert ("cpu", why) == (choice.value, choice.why)
