"""What ``cliptune embed`` leaves, tells and refuses."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from cliptune.adapters.models.export import export_model
from cliptune.adapters.storage.embeddings import read_embeddings
from cliptune.entrypoints.cli.embed import embed
from support.clips import tiny_clip
from support.pairs import pack

ROWS = 40


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for seed in (0, 1):
        export_model(folder / str(seed), tiny_clip(seed=seed))
    return folder


def table(folder: Path, *, captions: str = "a plate of color {n}") -> Path:
    lines = ["image_path,caption,site"]
    for n in range(ROWS):
        Image.new("RGB", (32, 32), (5 * n, 90, 200 - 5 * n)).save(folder / f"{n}.png")
        lines.append(f"{n}.png,{captions.format(n=n)},site {n % 3}")
    (folder / "captions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "captions.csv"


def run(*arguments: object) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(embed)
    return CliRunner().invoke(app, [*map(str, arguments), "--set", "num_workers=0", "--set", "max_sequence_length=24"])


def embedded(data: Path, model: Path, out: Path, *more: object) -> dict[str, Any]:
    result = run(data, "--model", model, "--out", out, "--json", *more)
    assert 0 == result.exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_every_picture_and_caption_has_its_row_with_where_it_comes_from(tmp_path: Path, models: Path) -> None:
    told = embedded(table(tmp_path), models / "0", tmp_path / "out")
    found = read_embeddings(tmp_path / "out", thoroughly=True)

    assert {"rows": ROWS, "distinct": ROWS, "encoded": ROWS, "kept": 0, "removed": 0} == told["images"]
    assert told["images"] == told["captions"]
    assert (str(tmp_path / "out"), found.data_fingerprint) == (told["out"], told["data"]["fingerprint"])
    assert (ROWS, ROWS) == (len(found.images), len(found.captions))
    assert ("3.png", str(tmp_path / "3.png"), {"site": "site 0"}) == (
        found.image_rows[3].image,
        found.image_rows[3].location,
        found.image_rows[3].columns,
    )
    assert ("3.png", "a plate of color 3", "captions.csv:5") == (
        found.caption_rows[3].image,
        found.caption_rows[3].caption,
        found.caption_rows[3].where,
    )
    np.testing.assert_allclose(np.linalg.norm(found.images, axis=1), 1, atol=1e-6)


def test_a_person_is_told_what_was_encoded_kept_and_removed(tmp_path: Path, models: Path) -> None:
    data, out = table(tmp_path, captions="a plate"), tmp_path / "out"
    embedded(data, models / "0", out)
    Image.new("RGB", (32, 32), (1, 2, 3)).save(tmp_path / "7.png")
    lines = data.read_text(encoding="utf-8").splitlines()
    data.write_text("\n".join([*lines[:-1], "0.png,a bolt,site 0"]) + "\n", encoding="utf-8")

    result = run(data, "--model", models / "0", "--out", out)

    assert [
        "encoded 1 of 39 pictures, 1 of 2 different captions (40 rows); "
        "kept 38 pictures and 1 caption; removed 1 picture and 0 captions",
        f"embeddings: {out}",
    ] == result.stdout.splitlines()


def test_an_edited_table_gives_the_bits_of_a_fresh_embedding(tmp_path: Path, models: Path) -> None:
    data = table(tmp_path)
    embedded(data, models / "0", tmp_path / "out")
    Image.new("RGB", (32, 32), (9, 2, 3)).save(tmp_path / "11.png")
    data.write_text(data.read_text(encoding="utf-8").replace("color 5,", "color five,"), encoding="utf-8")

    told = embedded(data, models / "0", tmp_path / "out")
    embedded(data, models / "0", tmp_path / "fresh")

    assert (1, 39, 0) == tuple(told["images"][key] for key in ("encoded", "kept", "removed"))
    assert (1, 39, 1) == tuple(told["captions"][key] for key in ("encoded", "kept", "removed"))
    for name in ("images.npy", "captions.npy", "images.jsonl", "captions.jsonl"):
        assert (tmp_path / "fresh" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_another_model_encodes_everything_again_and_says_so(tmp_path: Path, models: Path) -> None:
    data = table(tmp_path)
    embedded(data, models / "0", tmp_path / "out")

    result = run(data, "--model", models / "1", "--out", tmp_path / "out", "--json")

    told = json.loads(result.stdout)
    assert (ROWS, ROWS) == (told["images"]["encoded"], told["captions"]["encoded"])
    assert ["the weights"] == told["model_differences"]
    assert "note: the model is another, in the weights: every picture and every caption is encoded again" in (
        result.stderr
    )


def test_the_same_model_elsewhere_encodes_nothing(tmp_path: Path, models: Path) -> None:
    shutil.copytree(models / "0", tmp_path / "copy")
    data = table(tmp_path)
    embedded(data, models / "0", tmp_path / "out")

    told = embedded(data, tmp_path / "copy", tmp_path / "out")

    assert (0, 0) == (told["images"]["encoded"], told["captions"]["encoded"])


def test_a_damaged_folder_is_told_and_made_anew(tmp_path: Path, models: Path) -> None:
    data = table(tmp_path)
    embedded(data, models / "0", tmp_path / "out")
    (tmp_path / "out" / "images.npy").write_bytes(b"damaged")

    result = run(data, "--model", models / "0", "--out", tmp_path / "out", "--json")

    assert ROWS == json.loads(result.stdout)["images"]["encoded"]
    assert "the embeddings are damaged" in result.stderr
    assert "everything is encoded again" in result.stderr
    assert ROWS == len(read_embeddings(tmp_path / "out", thoroughly=True).images)


def test_rows_and_pictures_that_cannot_be_used_are_listed(tmp_path: Path, models: Path) -> None:
    data = table(tmp_path)
    (tmp_path / "4.png").write_bytes(b"no picture")
    (tmp_path / "5.png").unlink()

    result = run(data, "--model", models / "0", "--out", tmp_path / "out", "--json")

    told = json.loads(result.stdout)
    assert [("captions.csv:7", "5.png")] == [(row["where"], row["image"]) for row in told["rejected"]]
    assert [("captions.csv:6", "4.png")] == [(row["where"], row["image"]) for row in told["undecodable"]]
    assert ROWS - 2 == told["images"]["rows"] == told["captions"]["rows"]
    assert "left out: captions.csv:6: 4.png: not a picture" in result.stderr


def test_an_interrupted_run_goes_on(tmp_path: Path, models: Path) -> None:
    data = table(tmp_path)
    for n in range(10):
        (tmp_path / f"{n}.png").write_bytes(b"no picture")

    stopped = run(data, "--model", models / "0", "--out", tmp_path / "out")
    told = embedded(data, models / "0", tmp_path / "out", "--set", "max_bad_fraction=0.3")

    assert 3 == stopped.exit_code
    assert "what was encoded so far is kept; the same command goes on from there" in stopped.stderr
    assert (0, 30) == (told["images"]["encoded"], told["images"]["kept"])
    assert [] == [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["{data}", "--out", "{out}"], 2, "--model"),
        (["{data}", "--model", "{model}"], 2, "--out"),
        (["{data}", "--model", "{folder}/nowhere", "--out", "{out}"], 2, "nowhere"),
        (["{folder}/nowhere.csv", "--model", "{model}", "--out", "{out}"], 3, "no such file or folder"),
        (["{data}", "--model", "{model}", "--out", "{folder}"], 2, "holds something else"),
        (["{data}", "--model", "{model}", "--out", "{data}"], 2, "is a file; --out names a folder"),
        (["{data}", "--model", "{model}", "--out", "{data}/out"], 1, "choose another --out"),
        (["{empty}", "--model", "{model}", "--out", "{out}"], 3, "no row can be used"),
        (["{data}", "--model", "{model}", "--out", "{out}", "--set", "no_such_key=1"], 2, "no_such_key"),
        (["{data}", "--model", "{model}", "--out", "{out}", "--set", "caption_column=text"], 3, "no column `text`"),
    ],
)
def test_a_mistake_is_one_clear_error(
    tmp_path: Path, models: Path, arguments: list[str], code: int, message: str
) -> None:
    (tmp_path / "empty.csv").write_text("image_path,caption\n", encoding="utf-8")
    known = {
        "data": table(tmp_path),
        "model": models / "0",
        "out": tmp_path / "out",
        "folder": tmp_path,
        "empty": tmp_path / "empty.csv",
    }

    result = run(*(part.format(**known) for part in arguments))

    assert (code, True) == (result.exit_code, message in result.output), result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()
    assert [] == [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_real_aerial_pictures_are_encoded_once_and_then_kept(tmp_path: Path, models: Path) -> None:
    data = pack("rsicd_aerial") / "captions_test.txt"

    first = embedded(data, models / "0", tmp_path / "out")
    second = embedded(data, models / "0", tmp_path / "out")

    assert (300, 300, 0) == tuple(first["images"][key] for key in ("rows", "encoded", "kept"))
    assert (1121, 1067) == tuple(first["captions"][key] for key in ("rows", "encoded"))
    assert (0, 300, 0, 1067) == (
        second["images"]["encoded"],
        second["images"]["kept"],
        second["captions"]["encoded"],
        second["captions"]["kept"],
    )
