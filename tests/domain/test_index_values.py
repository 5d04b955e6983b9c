"""Laws of what an index says of itself, what is put into it, and how its answers are judged."""

import json

import numpy as np
import pytest
from attrs import evolve

from cliptune.domain.embedded import CaptionRow, EmbeddingsFolder, ImageRow
from cliptune.domain.errors import DataError, GateFailed, UnreadableData, UsageError
from cliptune.domain.index_entries import indexed, probes, refresh
from cliptune.domain.index_manifest import IndexFiles, ServerCollection, manifest_from
from cliptune.domain.recall import recall
from cliptune.domain.search import Answer, Entry, Hit, Threshold, matches_of
from cliptune.domain.thresholds import fitted_threshold
from support.vectors import MODEL, entries, manifest, unit_vectors

FILES = IndexFiles(3, ("vectors-000001", "vectors-000003"), "removed-000002", None, "probes-000001")


def embedded(pictures: int = 3) -> EmbeddingsFolder:
    """Pictures with two captions each."""
    return EmbeddingsFolder(
        model=MODEL,
        images=unit_vectors(pictures),
        captions=unit_vectors(2 * pictures, seed=1),
        image_rows=tuple(ImageRow(f"{at}", f"/p/{at}", f"c{at}", {"part": f"{at}"}) for at in range(pictures)),
        caption_rows=tuple(
            CaptionRow(f"{at // 2}", f"caption {at}", f"t.csv:{at}", {"line": f"{at}"}) for at in range(2 * pictures)
        ),
    )


def test_a_manifest_survives_being_written() -> None:
    whole = manifest(files=FILES, server=ServerCollection("http://q", "c"), columns=("a",), count=2, next_id=7)

    assert whole == manifest_from(json.loads(json.dumps(whole.as_plain())), place="m")


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "cliptune-index/2"},
        {"format": None},
        {"kind": "ivf"},
        {"width": 0},
        {"count": 5, "next_id": 3},
        {"count": "5"},
        {"surplus": 1},
        {"files": {**manifest().as_plain()["files"], "vectors": ["../secrets-000001"]}},
        {"files": {**manifest().as_plain()["files"], "graph": "/etc"}},
    ],
    ids=str,
)
def test_a_damaged_manifest_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(UnreadableData, match="build"):
        manifest_from({**manifest().as_plain(), **changes}, place="m")
    with pytest.raises(UnreadableData):
        manifest_from(["format"], place="m")


def test_another_model_is_refused_with_what_differs() -> None:
    manifest().check_model(evolve(MODEL, name="renamed"), place="index")

    with pytest.raises(UsageError, match=r"the weights, the picture rule and the tokenizer\s*differ"):
        manifest().check_model(evolve(MODEL, weights="w", preprocessing="p", tokenizer="t"), place="index")
    with pytest.raises(UsageError, match=r"another model: the picture rule differ.*--model"):
        manifest().check_model(evolve(MODEL, preprocessing="p"), place="index")


@pytest.mark.parametrize(
    ("kind", "storage", "told"),
    [("flat", "float32", None), ("flat", "float16", "rounded"), ("hnsw", "float32", "graph")],
)
def test_an_approximation_is_told(kind: str, storage: str, told: str | None) -> None:
    found = manifest(kind=kind, storage=storage).approximation

    assert found is None if told is None else told in (found or "")


def test_a_picture_is_shown_with_its_first_caption_and_a_caption_with_its_picture() -> None:
    of_images, of_captions = indexed(embedded(), "images"), indexed(embedded(), "captions")

    assert Entry("1", "caption 2", "/p/1", {"part": "1"}, "c1") == of_images.entries[1]
    assert Entry("1", "caption 3", "/p/1", {"line": "3"}, "c1") == of_captions.entries[3]
    assert (3, 6) == (len(of_images.vectors), len(of_captions.vectors))


def test_the_probes_are_of_the_other_side() -> None:
    assert np.array_equal(embedded().captions, probes(embedded(), "images"))
    assert np.array_equal(embedded().images, probes(embedded(), "captions"))
    assert 1000 == len(probes(evolve(embedded(), captions=unit_vectors(1200)), "images"))


def test_indexing_again_changes_only_what_changed() -> None:
    known = list(enumerate(entries(5)))
    moved = evolve(known[3][1], location="/elsewhere/3.png")
    new = [
        known[0][1],
        evolve(known[1][1], content="other"),
        evolve(known[2][1], columns={}),
        moved,
        *entries(1, start=9),
    ]

    change = refresh(known, new, "images")

    assert ((1, 2, 3, 4), (1, 2), 1) == (change.rows, change.replaced, change.unchanged)


def test_a_picture_that_nobody_looked_at_may_have_changed() -> None:
    unknown = evolve(entries(1)[0], content="")

    assert (0,) == refresh([(0, unknown)], [unknown], "images").rows
    assert () == refresh([(0, unknown)], [unknown], "captions").rows


def test_another_caption_of_a_picture_is_another_entry() -> None:
    one = entries(1)[0]
    other = evolve(one, caption="another")

    assert ((0,), ()) == (
        refresh([(4, one)], [other], "captions").rows,
        refresh([(4, one)], [other], "captions").replaced,
    )
    assert (4,) == refresh([(4, one)], [other], "images").replaced


def test_recall_counts_what_is_as_good_as_the_last_true_one() -> None:
    true = [(Hit(1, 0.9), Hit(2, 0.5)), ()]

    assert (1.0, 1.0) == (recall(true, true).mean, recall(true, true).perfect)
    assert 1.0 == recall([(Hit(1, 0.9), Hit(7, 0.5)), ()], true).mean
    half = recall([(Hit(1, 0.9), Hit(7, 0.4)), ()], true)
    assert (0.75, 0.5) == (half.mean, half.perfect)
    half.demand(0.75, place="index")
    with pytest.raises(GateFailed, match=r"recall@10 is 0\.7500 on 2 queries, and 0\.98 was demanded"):
        half.demand(0.98, place="index")


@pytest.mark.parametrize(("best", "abstained"), [(0.21, True), (0.27, False), (0.3, False)])
def test_a_best_score_below_the_threshold_is_no_match(best: float, abstained: bool) -> None:
    answer = Answer(matches_of([Hit(0, best)], entries(1)), Threshold(0.27, "fitted"))

    assert (abstained, abstained) == (answer.abstained, answer.as_plain()["abstained"])
    expected = "no good match: best score 0.21 is below 0.27 (fitted)" if abstained else None
    assert expected == answer.verdict


def test_without_a_threshold_nothing_is_judged_and_without_matches_nothing_is_good() -> None:
    assert not Answer(()).abstained
    assert Answer((), Threshold(-1.0, "fitted")).abstained


def calibration(**changes: object) -> dict[str, object]:
    identity = {
        "name": "x",
        "weights": "weights",
        "preprocessing": "preprocessing",
        "tokenizer": "tokenizer",
        "width": 8,
    }
    found = {"threshold": 0.25, "coverage": 0.8, "risk": 0.05}
    return {"model": identity, "risk": 0.1, "search": found, "image_search": None, **changes}


def test_a_fitted_threshold_holds_for_its_own_model_only() -> None:
    threshold = fitted_threshold(calibration(), "search", model=MODEL)

    assert threshold is not None
    assert (0.25, True) == (threshold.score, "10%" in threshold.origin)
    assert fitted_threshold(calibration(), "search", model=evolve(MODEL, weights="w")) is None
    assert fitted_threshold(calibration(), "image_search", model=MODEL) is None
    assert fitted_threshold(calibration(search={"threshold": None}), "search", model=MODEL) is None


@pytest.mark.parametrize("changes", [{"search": {"threshold": "a"}}, {"search": {"threshold": True}}, {"model": {}}])
def test_a_damaged_calibration_is_told(changes: dict[str, object]) -> None:
    with pytest.raises(DataError, match="damaged"):
        fitted_threshold(calibration(**changes), "search", model=MODEL)
