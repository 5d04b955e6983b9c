"""What ``cliptune search`` finds, tells and refuses."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from cliptune.adapters.storage.embeddings import read_embeddings
from cliptune.domain.errors import DataError, UsageError
from cliptune.entrypoints.searching import open_index
from support.clips import CAPTIONS
from support.index_home import ROWS, indexed_home, refused, run, run_with_calibration, told


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return indexed_home(tmp_path_factory.mktemp("home"))


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


def test_another_models_query_is_an_error_that_names_the_difference_and_never_an_answer(home: Path) -> None:
    code, message = refused("search", home / "index", "a gear", "--model", home / "models" / "1")

    assert 2 == code
    assert "the weights" in message
    assert "is another model" in message
    code, message = refused("search", home / "index", "a gear", "--set", "max_sequence_length=9")
    assert (2, True) == (code, "the tokenizer" in message)


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
