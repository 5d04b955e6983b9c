"""A small indexed data set on disk, and the commands that work on it."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from cliptune.adapters.models.export import export_model
from cliptune.adapters.models.identity import clip_identity
from cliptune.adapters.storage.embeddings import read_embeddings, write_embeddings
from cliptune.domain.embedded import CaptionRow, EmbeddingsFolder, ImageRow
from cliptune.entrypoints.cli.index import add, build, remove, verify
from cliptune.entrypoints.cli.search import search
from cliptune.entrypoints.embedding import embed_dataset
from support.clips import CAPTIONS, tiny_clip
from support.vectors import unit_vectors

ROWS = len(CAPTIONS)


def run(*arguments: object) -> Result:
    """Run ``index`` or ``search``."""
    app = typer.Typer(pretty_exceptions_enable=False)
    group = typer.Typer()
    group.command("build")(build)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("verify")(verify)
    app.add_typer(group, name="index")
    app.command("search")(search)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def told(*arguments: object) -> dict[str, Any]:
    """What a command that succeeds tells a program."""
    done = run(*arguments, "--json")
    assert 0 == done.exit_code, done.output
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def refused(*arguments: object) -> tuple[int, str]:
    """The exit code and the message of a command that fails."""
    done = run(*arguments, "--json")
    return done.exit_code, json.loads(done.stdout)["error"]["message"]


def table(folder: Path, *, first: int = 0, count: int = ROWS, shade: int = 90) -> Path:
    """Pictures of one color each, with a caption, a part and a size."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["image_path,caption,part,size"]
    for number in range(first, first + count):
        caption = CAPTIONS[number % ROWS]
        Image.new("RGB", (32, 32), (10 * number, shade, 250 - 10 * number)).save(folder / f"{number}.png")
        lines.append(f"{number}.png,{caption},{caption.split()[-1]},{caption.split()[1]}")
    (folder / "pairs.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "pairs.csv"


def indexed_home(home: Path) -> Path:
    """Two models, a table of pairs, its embeddings by the first of them, and an index of its pictures."""
    for seed in (0, 1):
        export_model(home / "models" / str(seed), tiny_clip(seed=seed))
    embed_dataset(table(home / "pairs"), model=home / "models" / "0", out=home / "embeddings")
    told("index", "build", home / "embeddings", "--out", home / "index")
    return home


def embeddings_of(count: int, home: Path, folder: Path) -> Path:
    """Embeddings drawn at random, of pictures that nobody has."""
    made = EmbeddingsFolder(
        model=read_embeddings(home / "embeddings").model,
        images=np.empty((0, 0), dtype=np.float32),
        captions=np.empty((0, 0), dtype=np.float32),
        image_rows=tuple(ImageRow(f"{number}.png", "", "") for number in range(count)),
        caption_rows=tuple(CaptionRow(f"{number}.png", "a gear", "") for number in range(count)),
    )
    folder.mkdir()
    pictures, captions = (unit_vectors(count, made.model.width, seed=seed) for seed in (0, 1))
    write_embeddings(folder, made, images=[pictures], captions=[captions])
    return folder


def run_with_calibration(home: Path, folder: Path, **thresholds: float) -> Path:
    """A run of the first model, with thresholds that an evaluation might have fitted."""
    shutil.copytree(home / "models" / "0", folder / "model")
    (folder / "status.json").write_text("{}")
    (folder / "config.yaml").write_text("{}\n")
    (folder / "evaluation").mkdir()
    identity = clip_identity(tiny_clip())
    model = {name: getattr(identity, name) for name in ("weights", "preprocessing", "tokenizer", "width")}
    fitted = {name: {"threshold": score, "coverage": 0.9, "risk": 0.05} for name, score in thresholds.items()}
    document = {"format": "cliptune-calibration/1", "model": {"name": "run", **model}, "risk": 0.1, **fitted}
    embedded = read_embeddings(home / "embeddings").model
    assert not embedded.differences(identity)
    (folder / "evaluation" / "calibration.json").write_text(json.dumps(document))
    return folder
