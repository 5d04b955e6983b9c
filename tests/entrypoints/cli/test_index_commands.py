"""What ``cliptune index`` leaves, tells and refuses."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import usearch.index
from PIL import Image

from cliptune.adapters.storage.embeddings import read_embeddings
from cliptune.adapters.storage.manifest import seal
from cliptune.entrypoints.embedding import embed_dataset
from support.index_home import ROWS, embeddings_of, indexed_home, refused, run, table, told
from support.vectors import unit_vectors


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return indexed_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def index(home: Path, tmp_path: Path) -> Path:
    """A copy of the index."""
    return Path(shutil.copytree(home / "index", tmp_path / "index"))


def test_an_index_says_what_it_is(home: Path) -> None:
    document = told("index", "build", home / "embeddings", "--out", home / "again")

    assert (ROWS, 0, 0, ROWS) == tuple(document[key] for key in ("added", "replaced", "unchanged", "size"))
    assert ("flat", "float32", "images", None) == tuple(
        document[key] for key in ("kind", "storage", "of", "approximation")
    )
    assert str(home / "models" / "0") == document["target"] == document["model"]["name"]
    assert ["part", "size"] == document["columns"]


def test_another_models_embeddings_are_not_added(home: Path, index: Path, tmp_path: Path) -> None:
    embed_dataset(home / "pairs" / "pairs.csv", model=home / "models" / "1", out=tmp_path / "other")

    code, message = refused("index", "add", index, tmp_path / "other")

    assert (2, True) == (code, "another model: the weights differ" in message)
    assert ROWS == told("index", "verify", index)["count"]


def test_pairs_are_embedded_by_the_model_and_found_by_it_with_its_settings(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "index"
    settings = ("--set", "max_sequence_length=9", "--set", "num_workers=0")

    document = told(
        "index", "build", home / "pairs" / "pairs.csv", "--out", out, "--model", home / "models" / "0", *settings
    )

    assert ROWS == document["added"]
    assert ROWS == len(read_embeddings(out / "embeddings").images)
    assert 10 == len(told("search", out, "a gear")["matches"])
    more = told("index", "add", out, table(tmp_path / "more", first=100, count=3), "--set", "num_workers=0")
    assert (3, ROWS + 3) == (more["added"], more["size"])
    assert 2 == len(more["data"])
    code, message = refused("index", "build", home / "pairs" / "pairs.csv", "--out", tmp_path / "none")
    assert (2, True) == (code, "--model" in message)


def test_adding_again_changes_only_what_changed(home: Path, index: Path, tmp_path: Path) -> None:
    assert (0, 0, ROWS) == counts(told("index", "add", index, home / "embeddings"))

    pairs = home / "pairs"
    moved = Path(shutil.copytree(pairs, tmp_path / "pairs"))
    Image.new("RGB", (32, 32), (1, 2, 3)).save(moved / "5.png")
    embed_dataset(moved / "pairs.csv", model=home / "models" / "0", out=tmp_path / "embeddings")
    assert (ROWS, 0, 0) == counts(told("index", "add", index, tmp_path / "embeddings"))
    Image.new("RGB", (32, 32), (3, 2, 1)).save(moved / "5.png")
    embed_dataset(moved / "pairs.csv", model=home / "models" / "0", out=tmp_path / "embeddings")
    assert (0, 1, ROWS - 1) == counts(told("index", "add", index, tmp_path / "embeddings"))
    assert 2 * ROWS == told("index", "verify", index)["count"]


def counts(document: dict[str, Any]) -> tuple[int, ...]:
    return tuple(document[name] for name in ("added", "replaced", "unchanged"))


def test_removing_takes_what_any_key_or_condition_names(index: Path) -> None:
    removed = told("index", "remove", index, "--where", "part=gear", "--id", "0.png", "--id", f"{ROWS - 1}.png")
    gears = ROWS // 4

    assert (gears + 1, ROWS - gears - 1) == (removed["removed"], removed["size"])
    assert {"washer", "bolt", "plate"} == {
        match["columns"]["part"] for match in told("search", index, "a gear", "-k", 100)["matches"]
    }
    code, message = refused("index", "remove", index, "--id", "none.png")
    assert (3, True) == (code, "nothing was removed" in message)
    assert 2 == refused("index", "remove", index)[0]


@pytest.mark.parametrize(
    ("choices", "approximation"),
    [((), None), (("--storage", "float16"), "rounded"), (("--kind", "hnsw"), "graph"), (("--of", "captions"), None)],
    ids=["flat", "float16", "hnsw", "captions"],
)
def test_every_index_is_verified_against_sorting(
    home: Path, tmp_path: Path, choices: tuple[str, ...], approximation: str | None
) -> None:
    built = told("index", "build", home / "embeddings", "--out", tmp_path / "index", *choices)

    document = told("index", "verify", tmp_path / "index", "--at-least", "0.98", "--queries", "9")

    for one in (built, document):
        assert one["approximation"] is None if approximation is None else approximation in one["approximation"]
    assert (1.0, 9, 10, True) == (*(document["recall"][key] for key in ("mean", "queries", "at")), document["passed"])
    assert "embeddings of the other side" == document["recall"]["probes"]
    shown = run("index", "verify", tmp_path / "index").stdout
    assert "recall@10 1.0000" in shown


def test_a_damaged_index_is_told_by_verify(index: Path) -> None:
    vectors = next(index.glob("vectors-*/vectors.npy"))
    vectors.write_bytes(vectors.read_bytes()[:-4] + b"\0\0\0\0")

    code, message = refused("index", "verify", index)

    assert (1, True) == (code, "does not match the checksum" in message)


def test_a_recall_below_the_demanded_one_fails_the_gate(home: Path, tmp_path: Path) -> None:
    """A graph that leads elsewhere is whole by its checksums, and is found out by what it misses."""
    many = embeddings_of(3000, home, tmp_path / "embeddings")
    index = tmp_path / "index"
    told("index", "build", many, "--out", index, "--kind", "hnsw")
    assert told("index", "verify", index, "--at-least", "0.9", "--queries", "50")["passed"]
    part = next(index.glob("graph-*"))
    other = unit_vectors(3000, read_embeddings(many).model.width, seed=9)
    graph = usearch.index.Index(ndim=other.shape[1], metric="ip", dtype="f16")
    graph.add(np.arange(3000, dtype=np.uint64), other)
    graph.save(str(part / "graph.usearch"))
    (part / "manifest.json").unlink()
    seal(part)

    done = run("index", "verify", index, "--at-least", "0.98", "--queries", "50", "--json")

    assert 4 == done.exit_code
    document = json.loads(done.stdout)
    assert not document["passed"]
    assert document["recall"]["mean"] < 0.5
    assert "0.98 was demanded" in done.stderr


def test_a_build_replaces_an_index_and_nothing_else(home: Path, index: Path, tmp_path: Path) -> None:
    assert "captions" == told("index", "build", home / "embeddings", "--out", index, "--of", "captions")["of"]
    assert ROWS == told("index", "verify", index)["count"]
    assert {"vectors-000002", "probes-000002"} == {path.name for path in index.glob("*-*")}

    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("years of work")
    code, message = refused("index", "build", home / "embeddings", "--out", tmp_path / "thesis")
    assert (2, True) == (code, "holds something else" in message)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (("--kind", "qdrant"), "belong together"),
        (("--qdrant", "http://localhost:1"), "belong together"),
        (("--kind", "qdrant", "--qdrant", "http://x:1", "--storage", "float16"), "decides itself"),
    ],
)
def test_choices_that_do_not_fit_are_usage_errors(
    home: Path, tmp_path: Path, choices: tuple[str, ...], message: str
) -> None:
    code, told_message = refused("index", "build", home / "embeddings", "--out", tmp_path / "index", *choices)

    assert (2, True) == (code, message in told_message)
    assert not (tmp_path / "index").exists()


def test_a_server_that_does_not_answer_is_told(home: Path, tmp_path: Path) -> None:
    arguments = ("--kind", "qdrant", "--qdrant", "http://127.0.0.1:9")

    code, message = refused("index", "build", home / "embeddings", "--out", tmp_path / "index", *arguments)

    assert (1, True) == (code, "http://127.0.0.1:9 does not answer" in message)
    assert 3 == refused("index", "verify", tmp_path / "index")[0]


def test_what_is_no_index_is_a_data_error(home: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere", home / "embeddings"):
        for arguments in (
            ("search", folder, "a gear"),
            ("index", "verify", folder),
            ("index", "remove", folder, "--id", "x"),
        ):
            assert 3 == refused(*arguments)[0]
