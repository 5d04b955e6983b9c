"""Every mistake gets one clear message that says what is wrong, where, and what to do, and the right exit code."""

import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from cliptune.entrypoints.cli.app import command_line

Prepare = Callable[[Path], Sequence[str]]

KEYS = {
    "model_name": "scratch:tiny",
    "max_sequence_length": 24,
    "batch_size": 4,
    "num_epochs": 1,
    "num_workers": 0,
    "train_split": 0.6,
    "val_split": 0.2,
    "test_split": 0.2,
}


def table(
    folder: Path, *, rows: int = 20, captions: str = "a plate of color {n}", header: str = "image_path,caption"
) -> Path:
    lines = [header]
    for n in range(rows):
        Image.new("RGB", (32, 32), (9 * n, 90, 200 - 9 * n)).save(folder / f"{n}.png")
        lines.append(f"{n}.png,{captions.format(n=n)}")
    (folder / "captions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "captions.csv"


def train(folder: Path, *, data: Path | str | None = None, **keys: object) -> Sequence[str]:
    path = folder / "my.yaml"
    given = {"data_path": data if data is not None else table(folder), "output_dir": folder / "runs", **keys}
    path.write_text("".join(f"{key}: {value}\n" for key, value in {**KEYS, **given}.items()), encoding="utf-8")
    return ["train", str(path)]


def raw(text: str) -> Prepare:
    def prepare(folder: Path) -> Sequence[str]:
        (folder / "my.yaml").write_text(text, encoding="utf-8")
        return ["train", str(folder / "my.yaml")]

    return prepare


def with_bad_pictures(write: Callable[[Path], object]) -> Prepare:
    """A table of forty whose first seven pictures are written by ``write``."""

    def prepare(folder: Path) -> Sequence[str]:
        data = table(folder, rows=40)
        for n in range(7):
            write(folder / f"{n}.png")
        return train(folder, data=data)

    return prepare


def bomb(path: Path) -> None:
    """A picture whose header claims ten thousand million pixels."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(300_001))), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in chunks))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def one_patient(folder: Path) -> Sequence[str]:
    table(folder)
    lines = ["image_path,caption,patient,part"]
    lines += [f"{n}.png,finding {n},{n // 2},{('train', 'val', 'test')[n % 3]}" for n in range(18)]
    data = written(folder, "patients.csv", "\n".join(lines))
    return train(folder, data=data, group_column="patient", split_column="part")


MISTAKES: list[tuple[str, Prepare, int, Sequence[str]]] = [
    (
        "a typo in a key",
        raw("model_name: scratch:tiny\nbatch_sise: 8\n"),
        2,
        ["my.yaml:2", "batch_sise", "did you mean batch_size"],
    ),
    ("text for a number", raw("num_epochs: ten\n"), 2, ["my.yaml:1", "num_epochs", "whole number", "'ten'"]),
    ("a fraction for a whole number", raw("num_epochs: 3.7\n"), 2, ["my.yaml:1", "num_epochs", "3.7"]),
    ("a number out of bounds", raw("learning_rate: -1\n"), 2, ["my.yaml:1", "learning_rate", "must be above 0"]),
    ("two problems at once", raw("batch_sise: 8\nnum_epochs: ten\n"), 2, ["2 problems", "batch_sise", "num_epochs"]),
    ("broken YAML", raw("model_name: [scratch\n"), 2, ["my.yaml"]),
    ("a configuration that is not there", lambda folder: ["train", str(folder / "no.yaml")], 2, ["no.yaml"]),
    ("a folder for a configuration", lambda folder: ["train", str(folder)], 2, ["folder"]),
    ("an unknown domain", lambda f: train(f, domain="medicine"), 2, ["domain", "medicine", "medical"]),
    ("an unknown model", lambda f: train(f, model_name="./nowhere"), 2, ["./nowhere", "no such folder"]),
    ("an unknown architecture", lambda f: train(f, model_name="scratch:huge"), 2, ["scratch:huge", "scratch:tiny"]),
    (
        "a hub that cannot be reached",
        lambda f: train(f, model_name="openai/clip-vit-base-patch32"),
        2,
        ["not in the local cache"],
    ),
    (
        "a caption template that says a side",
        lambda f: train(f, augment_text=True, caption_templates=["the left of {caption}"]),
        2,
        ["caption_templates", "'left'", "no sides, numbers or negations"],
    ),
    ("splits that do not sum to one", lambda f: train(f, train_split=0.9), 2, ["train_split", "1.3"]),
    ("data that is not there", lambda f: train(f, data=f / "no.csv"), 3, ["no.csv"]),
    ("an empty folder of data", lambda f: train(f, data=f), 3, [""]),
    (
        "a table without the column",
        lambda f: train(f, data=table(f, header="image_path,captoin")),
        3,
        ["captions.csv", "no column `caption`", "captoin"],
    ),
    (
        "broken JSON",
        lambda f: train(f, data=written(f, "pairs.json", '[{"image": "0.png", "caption"')),
        3,
        ["pairs.json"],
    ),
    (
        "captions that are all empty",
        lambda f: train(f, data=table(f, captions=" ")),
        3,
        ["20 of 20 rows cannot be used", "caption is empty"],
    ),
    (
        "pictures that are text",
        with_bad_pictures(lambda p: p.write_text("no picture")),
        3,
        ["7 of 40 rows", "max_bad_fraction"],
    ),
    (
        "pictures of 16 bit",
        with_bad_pictures(lambda p: Image.new("I;16", (9, 9), 40000).save(p)),
        3,
        ["16-bit", "7 of 40 rows"],
    ),
    ("picture bombs", with_bad_pictures(bomb), 3, ["7 of 40 rows", "pixels"]),
    ("a group in two splits", one_patient, 3, ["9 groups stand in more than one split", "patients.csv:2"]),
    ("one picture only", lambda f: train(f, data=table(f, rows=1)), 3, ["train split: 0", "at least 2 are needed"]),
    (
        "pictures outside the folder",
        lambda f: train(f, data=written(f, "out.csv", "image_path,caption\n" + "../x.png,c\n" * 9)),
        3,
        ["allow_outside_paths"],
    ),
    (
        "a run to resume that is not there",
        lambda f: [*train(f), "--resume", "2020-01-01_0000_abcdef"],
        2,
        ["no such run"],
    ),
    ("a model without pairs", lambda _: ["evaluate", "scratch:tiny"], 2, ["--data"]),
    ("an unknown command", lambda _: ["trian"], 2, ["trian"]),
]


@pytest.mark.parametrize(
    ("prepare", "code", "parts"), [each[1:] for each in MISTAKES], ids=[each[0] for each in MISTAKES]
)
def test_a_mistake_gets_one_clear_message_and_its_exit_code(
    tmp_path: Path, prepare: Prepare, code: int, parts: Sequence[str]
) -> None:
    done = CliRunner().invoke(command_line(), list(prepare(tmp_path)))

    told = " ".join(done.stderr.split())
    print(done.stderr)  # noqa: T201 - `pytest -rP` shows every message
    assert (code, "") == (done.exit_code, done.stdout)
    assert "Traceback" not in told
    assert [] == [part for part in parts if part not in told]
