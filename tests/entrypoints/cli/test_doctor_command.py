"""The command shows the whole diagnosis first, and then fails where something is wrong."""

import io
import json
import subprocess
import sys

import pytest

from cliptune.adapters.system.clock import FixedClock
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.doctor import Doctor
from cliptune.application.ports import GradientProbe
from cliptune.domain.config import HardwareConfig
from cliptune.domain.devices import DeviceFacts
from cliptune.domain.errors import RunFailed
from cliptune.domain.machine import CachedModel, HubFacts, Machine
from cliptune.entrypoints.cli.doctor import examine
from cliptune.entrypoints.cli.output import Output
from support.wrong_devices import FakeDevices, FaultyProbe, on_one_thread, scaled_backward, tiny_model

HUB = HubFacts("https://hub", True, "it answers", "/cache", 9, (CachedModel("a/b", 9),))
MODEL = tiny_model()
RIGHT = on_one_thread(MODEL)
WRONG = FaultyProbe(MODEL, "visual_projection", scaled_backward(0.5))


def doctor(mps: GradientProbe) -> Doctor:
    return Doctor(
        hardware=HardwareConfig(),
        batch_size=None,
        seed=42,
        facts=lambda: DeviceFacts(mps_built=True, mps_available=True, apple_silicon=True),
        machine=lambda: Machine("Apple M9 [pro]", 8, 48 * 10**9, 30 * 10**9, "macOS 19.1", "arm64", "3.11.9"),
        versions=lambda: {"torch": "2.13.0", "transformers": None},
        hub=lambda: HubFacts(
            "https://hub",
            reachable=True,
            why="it answers",
            cache="/cache",
            cache_bytes=9,
            models=(CachedModel("a/b", 9),),
        ),
        probes=lambda: FakeDevices(MODEL, {"mps": mps}),
        progress=SilentProgress(),
        clock=FixedClock(tick=1e6),
    )


def answer(mps: GradientProbe, *, as_json: bool) -> str:
    """What stands on standard output when the doctor is done."""
    stream = io.StringIO()
    output = Output(as_json=as_json, stream=stream)
    if mps is RIGHT:
        examine(doctor(mps), output=output)
    else:
        with pytest.raises(RunFailed, match="vision_model"):
            examine(doctor(mps), output=output)
    return stream.getvalue()


@pytest.mark.parametrize(("mps", "agrees"), [(RIGHT, True), (WRONG, False)])
def test_a_program_gets_one_document_whatever_was_found(mps: GradientProbe, agrees: bool) -> None:
    document = json.loads(answer(mps, as_json=True))

    assert agrees == document["agreement"]["agrees"]
    assert "mps" == document["device"]["value"]
    assert {"value": None, "why": "measured when a run starts"} == document["batch_size"]
    assert [{"name": "a/b", "bytes": 9}] == document["hub"]["models"]
    assert {"torch": "2.13.0", "transformers": None} == document["versions"]


@pytest.mark.parametrize(("mps", "said"), [(RIGHT, "7 pairs: the same"), (WRONG, "7 pairs: NOT the same")])
def test_a_person_sees_every_finding(mps: GradientProbe, said: str) -> None:
    shown = answer(mps, as_json=False)

    for finding in (
        said,
        "Apple M9 [pro] (arm64, 8 cores)",
        "48.0 GB",
        "macOS 19.1, Python 3.11.9",
        "torch 2.13.0, transformers missing",
        "mps: the GPU of this Mac",
        "float32: ",
        "open: measured when a run starts",
        "https://hub: it answers",
        "a/b, 9 bytes",
        "mps with cpu, on tiny",
    ):
        assert finding in shown
    assert (mps is RIGHT) == ("9 and 33 pairs: left out" in shown)


def test_the_command_is_light_until_it_runs() -> None:
    program = (
        "import sys; import cliptune.entrypoints.cli.doctor;"
        "print(sorted({'torch', 'transformers', 'numpy', 'psutil', 'huggingface_hub'} & set(sys.modules)))"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert "[]" == told.strip()
