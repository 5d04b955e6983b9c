"""What the machine is called, which libraries it has, and which devices."""

import os
import platform
import subprocess
import sys

import psutil
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.system.devices import HIGH, LOW, device_facts, prepare_mps_environment
from cliptune.adapters.system.platform import chip_of, is_apple_silicon, is_rosetta, sysctl, this_machine, usable_cores
from cliptune.adapters.system.versions import PACKAGES, installed_versions

ratios = st.floats(0.0, 2.0)


def test_a_machine_is_described_in_words_and_numbers() -> None:
    machine = this_machine()

    assert machine.chip
    assert machine.system.startswith(("macOS ", "Linux ", "Windows "))
    assert platform.python_version() == machine.python
    assert psutil.virtual_memory().total == machine.memory_bytes
    assert 0 < machine.available_bytes <= machine.memory_bytes
    assert 1 <= machine.cores <= (os.cpu_count() or 1)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux ties a process to processors")
def test_processors_that_the_process_may_not_use_do_not_count() -> None:
    program = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "from cliptune.adapters.system.platform import usable_cores; print(usable_cores())"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert "1" == told.strip()
    assert usable_cores() >= 1


@pytest.mark.parametrize(
    ("told", "chip"),
    [
        (
            "processor\t: 0\nmodel name\t: AMD EPYC 9354\n\nprocessor\t: 1\nmodel name\t: AMD EPYC 9354\n",
            "AMD EPYC 9354",
        ),
        ("processor\t: 0\nBogoMIPS\t: 50.0\nModel\t: Raspberry Pi 5: 8 GB\n", "Raspberry Pi 5: 8 GB"),
        ("processor\t: 0\nmodel name\t:\nHardware\t: Board\n", "Board"),
        ("BogoMIPS\t: 50.0\n", None),
        ("", None),
    ],
)
def test_the_kernel_names_the_chip(told: str, chip: str | None) -> None:
    assert chip == chip_of(told)


def test_what_the_kernel_does_not_know_is_none() -> None:
    assert sysctl("no.such.value") is None


def test_versions_come_from_metadata_without_importing_anything() -> None:
    program = (
        "import sys; from cliptune.adapters.system.versions import installed_versions; installed_versions();"
        "print({'torch', 'transformers', 'numpy'} & set(sys.modules))"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert "set()" == told.strip()


def test_a_library_that_is_missing_has_no_version() -> None:
    versions = installed_versions((*PACKAGES, "no-such-library-anywhere"))

    assert torch.__version__ == versions["torch"]
    assert versions["cliptune"] is not None
    assert versions["no-such-library-anywhere"] is None


def test_device_facts_are_those_of_torch() -> None:
    facts = device_facts()

    assert (torch.cuda.is_available(), torch.backends.mps.is_available()) == (facts.cuda_available, facts.mps_available)
    assert facts.mps_built or not facts.mps_available
    assert facts.cuda_built or not facts.cuda_available
    assert facts.cuda_available or not facts.cuda_bfloat16
    assert is_apple_silicon() == facts.apple_silicon
    assert is_rosetta() == facts.rosetta


@pytest.mark.skipif(platform.system() == "Darwin", reason="a Mac may be one")
def test_a_machine_that_is_no_mac_is_no_apple_silicon() -> None:
    assert (False, False) == (is_apple_silicon(), is_rosetta())


@pytest.mark.apple_silicon
def test_an_apple_silicon_mac_is_known_as_one() -> None:
    if not (platform.system() == "Darwin" and platform.machine() == "arm64"):
        pytest.skip("this machine is no Apple-silicon Mac")

    assert is_apple_silicon()
    assert this_machine().chip.startswith("Apple ")


def test_on_a_mac_both_watermarks_are_set_and_nothing_else() -> None:
    environ = {"HOME": "/home/someone"}

    prepare_mps_environment(environ, apple_silicon=True)

    assert {"HOME": "/home/someone", HIGH: "1.0", LOW: "0.9"} == environ


def test_elsewhere_the_environment_stays() -> None:
    environ: dict[str, str] = {}

    prepare_mps_environment(environ, apple_silicon=False)

    assert {} == environ


@given(st.fixed_dictionaries({}, optional={HIGH: ratios, LOW: ratios}))
def test_what_the_user_set_stays_and_the_low_mark_fits_below_the_high_one(given_ratios: dict[str, float]) -> None:
    environ = {name: str(ratio) for name, ratio in given_ratios.items()}
    before = dict(environ)

    prepare_mps_environment(environ, apple_silicon=True)

    assert before.items() <= environ.items()
    if len(before) < 2:
        assert float(environ[HIGH]) == 0 or float(environ[LOW]) <= float(environ[HIGH])


def test_a_mark_that_is_no_number_is_left_to_torch() -> None:
    environ = {HIGH: "plenty"}

    prepare_mps_environment(environ, apple_silicon=True)

    assert {HIGH: "plenty", LOW: "0.9"} == environ
