"""Laws of runs that train a part of the model: what is encoded once is found again, what is exported is plain CLIP."""

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from safetensors import safe_open

from cliptune.adapters.models.loading import LoadedClip
from cliptune.domain.conditions import Conditions
from cliptune.domain.config import from_flat
from cliptune.entrypoints.python_api import fine_tune
from cliptune.entrypoints.wiring.features import known_by
from support.clips import tiny_clip
from support.drawn import drawn_table

GIVEN = Conditions("cpu", "float32", 8, 1, "sdpa", "fused", torch="2", transformers="5")


def run(folder: Path, **keys: Any) -> Path:
    values = {
        "model_name": "scratch:tiny",
        "data_path": str(folder / "world" / "captions.csv"),
        "output_dir": str(folder / "runs"),
        "train_split": 0.8,
        "val_split": 0.0,
        "test_split": 0.2,
        "max_sequence_length": 48,
        "batch_size": 8,
        "num_epochs": 2,
        "num_workers": 0,
        "precision": "fp32",
        **keys,
    }
    return fine_tune(from_flat(values)).folder


def losses(folder: Path) -> list[float]:
    events = map(json.loads, (folder / "events.jsonl").read_text(encoding="utf-8").splitlines())
    return [event["loss"] for event in events if event["event"] == "step"]


def kept(folder: Path) -> dict[str, float]:
    files = (folder / "runs" / ".cache" / "features").rglob("*.safetensors")
    return {str(path): path.stat().st_mtime_ns for path in files}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    drawn_table(tmp_path / "world", pictures=24)
    return tmp_path


def test_a_second_run_takes_the_embeddings_of_the_first_and_learns_the_same(folder: Path) -> None:
    frozen = {"image_tower": "frozen", "augment_images": False}
    first = run(folder, **frozen)
    known = kept(folder)

    second = run(folder, **frozen)

    assert 1 == len(known)
    assert known == kept(folder)
    assert losses(first) == losses(second)
    report = json.loads((first / "evaluation" / "report.json").read_text(encoding="utf-8"))
    assert 0 == report["identity"]["trained_parameters"]["image"] < report["identity"]["trained_parameters"]["text"]


def test_pictures_that_are_augmented_are_not_encoded_once(folder: Path) -> None:
    run(folder, image_tower="frozen", augment_images=True)

    assert {} == kept(folder)


def test_a_run_with_lora_leaves_a_plain_model_and_says_what_learned(folder: Path) -> None:
    plain, adapted = run(folder), run(folder, image_tower="lora", text_tower="lora", lora_rank=2)

    names = []
    for model in (plain, adapted):
        with safe_open(model / "model" / "model.safetensors", framework="pt") as weights:
            names.append(set(weights.keys()))
    assert names[0] == names[1]
    card = (adapted / "model" / "README.md").read_text(encoding="utf-8")
    assert "Learned: of the image tower LoRA of rank 2 and its projection" in card


def clip_with(**changes: Any) -> LoadedClip:
    clip = tiny_clip()
    return evolve(clip, preprocessing=evolve(clip.preprocessing, **changes))


def test_what_a_tower_is_known_by_covers_weights_picture_rule_and_arithmetic() -> None:
    names = [
        known_by(clip_with(), "image", GIVEN),
        known_by(clip_with(), "text", GIVEN),
        known_by(clip_with(mean=(0.5, 0.5, 0.5)), "image", GIVEN),
        known_by(tiny_clip(seed=1), "image", GIVEN),
        known_by(clip_with(), "image", evolve(GIVEN, precision="bfloat16")),
        known_by(clip_with(), "image", evolve(GIVEN, attention="eager")),
    ]

    assert len(names) == len(set(names))
    assert names[0] == known_by(clip_with(), "image", GIVEN)
    assert names[1] == known_by(clip_with(mean=(0.5, 0.5, 0.5)), "text", GIVEN)
