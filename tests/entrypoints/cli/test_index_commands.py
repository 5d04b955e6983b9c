"""What ``cliptune index`` and ``cliptune search`` leave, tell and refuse."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
import usearch.index
from PIL import Image
from typer.testing import CliRunner, Result

from cliptune.adapters.models.export import export_model
from cliptune.adapters.models.identity import clip_identity
from cliptune.adapters.storage.embeddings import read_embeddings, write_embeddings
from cliptune.adapters.storage.manifest import seal
from cliptune.domain.embedded import CaptionRow, EmbeddingsFolder, ImageRow
from cliptune.domain.errors import DataError, UsageError
from cliptune.entrypoints.cli.index import add, build, remove, verify
from cliptune.entrypoints.cli.search import search
from cliptune.entrypoints.embedding import embed_dataset
from cliptune.entrypoints.searching import open_index
from support.clips import CAPTIONS, tiny_clip
from support.vectors import unit_vectors

ROWS = len(CAPTIONS)


def run(*arguments: object) -> Result:
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
    done = run(*arguments, "--json")
    assert 0 == done.exit_code, done.output
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def refused(*arguments: object) -> tuple[int, str]:
    done = run(*arguments, "--json")
    return done.exit_code, json.loads(done.stdout)["error"]["message"]


def table(folder: Path, *, first: int = 0, count: int = ROWS, shade: int = 90) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["image_path,caption,part,size"]
    for number in range(first, first + count):
        caption = CAPTIONS[number % ROWS]
        Image.new("RGB", (32, 32), (10 * number, shade, 250 - 10 * number)).save(folder / f"{number}.png")
        lines.append(f"{number}.png,{caption},{caption.split()[-1]},{caption.split()[1]}")
    (folder / "pairs.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "pairs.csv"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models, a table, its embeddings by the first of them, and an index of its pictures."""
    home = tmp_path_factory.mktemp("home")
    for seed in (0, 1):
        export_model(home / "models" / str(seed), tiny_clip(seed=seed))
    embed_dataset(table(home / "pairs"), model=home / "models" / "0", out=home / "embeddings")
    told("index", "build", home / "embeddings", "--out", home / "index")
    return home


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


def test_a_text_finds_what_its_embedding_is_nearest_to(home: Path) -> None:
    embeddings = read_embeddings(home / "embeddings")
    row = [row.caption for row in embeddings.caption_rows].index(CAPTIONS[4])
    scores = embeddings.images @ embeddings.captions[row]

    document = told("search", home / "index", CAPTIONS[4], "--top-k", 5)

    matches = document["matches"]
    assert [1, 2, 3, 4, 5] == [match["rank"] for match in matches]
    best = np.argsort(-scores, kind="stable")[:5]
    assert pytest.approx(scores[best].tolist(), abs=1e-5) == [match["score"] for match in matches]
    assert {f"{at}.png" for at in best} == {match["key"] for match in matches}
    first = int(matches[0]["key"].removesuffix(".png"))
    assert CAPTIONS[first] == matches[0]["caption"]
    assert str(home / "pairs" / f"{first}.png") == matches[0]["location"]
    assert (False, None) == (document["abstained"], document["threshold"])


def test_a_picture_finds_itself_and_a_person_reads_a_table(home: Path) -> None:
    document = told("search", home / "index", "--image", home / "pairs" / "7.png", "--top-k", 1)

    assert ("7.png", pytest.approx(1.0, abs=1e-5)) == tuple(document["matches"][0][key] for key in ("key", "score"))
    shown = run("search", home / "index", "--image", home / "pairs" / "7.png", "-k", 1).stdout
    assert all(part in shown for part in ("rank", "score", "7.png", "1.0000", CAPTIONS[7], "part=", "size="))


def test_conditions_choose_what_is_searched(home: Path) -> None:
    arguments = ("search", home / "index", "a gear", "--top-k", 100)

    gears = told(*arguments, "--where", "part=gear", "--where", "size!=small")["matches"]
    both = told(*arguments, "--where", "part=gear", "--where", "part=bolt")["matches"]

    assert {"gear"} == {match["columns"]["part"] for match in gears}
    assert {"large"} == {match["columns"]["size"] for match in gears}
    assert {"gear", "bolt"} == {match["columns"]["part"] for match in both}
    assert len(both) == 2 * ROWS // 4
    code, message = refused(*arguments, "--where", "prat=gear")
    assert (2, True) == (code, "the columns are `part`, `size`; did you mean `part`?" in message)
    assert "no entry meets" in run(*arguments, "--where", "part=nothing").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "either a text or --image"),
        (("a gear", "--image", "x.png"), "either a text or --image"),
        (("  ",), "empty"),
        (("a gear", "--min-score", "much"), "neither a number nor auto"),
        (("a gear", "--min-score", "1.5"), "between -1 and 1"),
        (("a gear", "--min-score", "nan"), "between -1 and 1"),
        (("a gear", "--where", "part"), "is no condition"),
    ],
)
def test_a_search_that_cannot_be_followed_is_a_usage_error(
    home: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, told_message = refused("search", home / "index", *arguments)

    assert (2, True) == (code, message in told_message)


def test_a_best_score_below_the_demanded_one_is_no_match_and_is_listed(home: Path) -> None:
    document = told("search", home / "index", "a gear", "--min-score", "0.99")

    assert (True, 10) == (document["abstained"], len(document["matches"]))
    assert document["verdict"].startswith("no good match: best score ")
    assert "is below 0.99 (as demanded)" in document["verdict"]
    shown = run("search", home / "index", "a gear", "--min-score", "0.99").stdout
    assert shown.startswith("no good match")
    assert not told("search", home / "index", "a gear", "--min-score", "-1")["abstained"]


def test_the_fitted_threshold_of_the_run_is_used(home: Path, tmp_path: Path) -> None:
    fitted = run_with_calibration(home, tmp_path / "run", search=0.999, image_search=-0.999)
    pictures, captions = tmp_path / "pictures", tmp_path / "captions"
    for out, of in ((pictures, "images"), (captions, "captions")):
        told("index", "build", home / "embeddings", "--out", out, "--model", fitted, "--of", of)
    picture = ("--image", home / "pairs" / "3.png")

    by_text = told("search", pictures, "a gear")
    by_picture = told("search", captions, *picture)

    assert (True, 0.999) == (by_text["abstained"], by_text["threshold"]["score"])
    assert "fitted on the validation split" in by_text["verdict"]
    assert (False, -0.999) == (by_picture["abstained"], by_picture["threshold"]["score"])
    # Pictures among pictures, and texts among texts, were never judged.
    assert told("search", pictures, *picture)["threshold"] is None
    assert told("search", captions, "a gear")["threshold"] is None


def run_with_calibration(home: Path, folder: Path, **thresholds: float) -> Path:
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


def test_another_models_query_is_an_error_that_names_the_difference_and_never_an_answer(home: Path) -> None:
    code, message = refused("search", home / "index", "a gear", "--model", home / "models" / "1")

    assert 2 == code
    assert "the weights" in message
    assert "is another model" in message
    code, message = refused("search", home / "index", "a gear", "--set", "max_sequence_length=9")
    assert (2, True) == (code, "the tokenizer" in message)


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


def test_in_python_an_open_index_is_searched_again_and_again(home: Path) -> None:
    searcher = open_index(home / "index")
    vector = read_embeddings(home / "embeddings").images[3]

    assert "3.png" == searcher.search_vector(5 * vector, top_k=1).matches[0].entry.key
    with pytest.raises(DataError, match="one finite embedding"):
        searcher.search_vector(vector * 0)
    with pytest.raises(DataError, match="width"):
        searcher.search_vector(vector[:7])
    first = searcher.search_text("a gear", where=["part=gear"], top_k=3)
    model = searcher.model()
    assert first == searcher.search_text("a gear", where=["part=gear"], top_k=3)
    assert "3.png" == searcher.search_image((home / "pairs" / "3.png").read_bytes(), top_k=1).matches[0].entry.key
    assert model is searcher.model()
    assert not first.abstained
    assert searcher.search_text("a gear", min_score=0.999).abstained
    with pytest.raises(UsageError, match="empty"):
        searcher.search_text(" ")


def test_a_model_that_is_gone_is_told_and_may_be_named_anew(home: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(home / "models" / "0", tmp_path / "model"))
    told("index", "build", home / "embeddings", "--out", tmp_path / "index", "--model", model)
    shutil.rmtree(model)

    code, message = refused("search", tmp_path / "index", "a gear")

    assert (2, True) == (code, "with --model" in message)
    assert told("search", tmp_path / "index", "a gear", "--model", home / "models" / "0")["matches"]
