"""Laws of the report: it says what was measured, and does not say more than that."""

import json
from typing import Any

import numpy as np
import pytest

from cliptune.application.outcome_file import outcomes_from_npz, outcomes_to_npz
from cliptune.application.write_report import Findings
from cliptune.domain.errors import CorruptArtifact, RunFailed, UsageError
from cliptune.domain.gates import Gate
from cliptune.domain.outcomes import BOTH
from cliptune.domain.report.retention import Retained
from support.assessing import Broken, Collapsed, Skilled, assessed, numbered, written

LABELED = {"label_column": "color", "prompt_templates": ("{label}",), "slice_columns": ("part",)}


def document(findings: Findings, **keys: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written(findings, keys=keys).files["report.json"])
    return found


def test_a_model_that_knows_every_pair_is_said_to() -> None:
    report = document(Findings(assessed(Skilled(), numbered(40, captions=2))))

    assert (1.0, 1.0) == (report["metrics"]["mean_recall"], report["metrics"]["t2i_mAP@R"])
    assert "no comparison" == report["headline"]["verdict"]
    assert [] == report.get("failures", [])
    assert [] == report.get("warnings", [])


def test_of_a_perfect_score_the_interval_is_still_wider_than_nothing() -> None:
    interval = document(Findings(assessed(Skilled(), numbered(40))))["intervals"]["t2i_R@1"]

    assert 1.0 == interval["high"]
    assert interval["low"] < 0.95


def test_a_median_rank_lies_inside_its_interval() -> None:
    report = document(Findings(assessed(Skilled(noise=2.0), numbered(60, captions=2))))

    for metric in ("i2t_median_rank", "t2i_filtered_median_rank"):
        interval = report["intervals"][metric]
        assert interval["low"] <= report["metrics"][metric] <= interval["high"]
        assert interval["low"] < interval["high"]


def test_a_clearly_better_model_is_called_better_and_the_other_way_round_worse() -> None:
    examples = numbered(120)
    good, bad = assessed(Skilled(noise=0.5), examples), assessed(Skilled(noise=5.0), examples)

    better = document(Findings(good, before=bad.outcomes, before_name="bad"))
    worse = document(Findings(bad, before=good.outcomes, before_name="good"))

    assert ("better", "worse") == (better["headline"]["verdict"], worse["headline"]["verdict"])
    assert better["headline"]["sentence"].startswith("Better: mean recall went from")
    assert better["improved"]
    assert worse["worsened"]


def test_a_model_cannot_be_told_apart_from_itself() -> None:
    same = assessed(Skilled(noise=2.0), numbered(60))

    report = document(Findings(same, before=same.outcomes, before_name="itself"))

    assert "cannot be told apart" == report["headline"]["verdict"]
    assert {"cannot be told apart"} == {row["verdict"] for row in report["comparison"] if "p" in row}
    assert {1.0} == {row["p"] for row in report["comparison"] if "p" in row}


def test_two_models_of_equal_skill_are_not_called_different() -> None:
    examples = numbered(80)
    one, other = (assessed(Skilled(noise=2.0, salt=salt), examples) for salt in (1, 2))

    assert "cannot be told apart" == document(Findings(one, before=other.outcomes))["headline"]["verdict"]


def test_a_collapsed_model_gets_what_chance_gets_and_is_called_collapsed() -> None:
    report = document(Findings(assessed(Collapsed(), numbered(40, captions=2))))

    for metric in ("i2t_R@1", "t2i_R@10", "t2i_MRR", "i2t_mAP@R", "t2i_nDCG@10"):
        chance = report["metrics"][f"{metric[:4]}chance_{metric[4:]}"]
        assert pytest.approx(chance) == report["metrics"][metric]
    said = " ".join(report["warnings"])
    assert "All image embeddings are the same" in said
    assert "All caption embeddings are the same" in said
    assert "not above chance" in said
    assert 1.0 == report["metrics"]["t2i_tie_rate"]


def test_an_embedding_that_is_no_number_ends_the_evaluation() -> None:
    with pytest.raises(RunFailed, match="1 of 40 image embeddings are not finite, the first is row 3"):
        assessed(Broken(), numbered(40))


def test_seven_pairs_are_reported_with_what_they_cannot_show() -> None:
    examples = numbered(7)
    after, before = (assessed(Skilled(noise=noise), examples, keys=LABELED) for noise in (2.0, 2.5))
    report = document(Findings(after, before=before.outcomes), **LABELED)

    assert "cannot be told apart" == report["headline"]["verdict"]
    limits = " ".join(report["limits"])
    assert "7 pictures are few: one of them more or less moves recall by 14.3 points" in limits
    assert "Each picture counts as independent" in limits
    assert "random weights" in limits
    assert all(row["small"] for row in report["zero_shot"]["per_class"])
    assert report["slices"][0]["worst"] is None


def test_pictures_of_one_group_alone_have_no_interval() -> None:
    report = document(Findings(assessed(Skilled(noise=1.0), numbered(20, pictures_a_group=20))), group_column="patient")

    interval = report["intervals"][BOTH]
    assert (None, None) == (interval["low"], interval["high"])
    assert interval["method"].startswith("unknown")
    assert "1 group (patient): too few" in report["limits"][0]


def test_fewer_groups_make_wider_intervals() -> None:
    alone, grouped = (
        document(Findings(assessed(Skilled(noise=2.0), numbered(120, pictures_a_group=size))))["intervals"][BOTH]
        for size in (1, 12)
    )

    assert (120, 10) == (alone["groups"], grouped["groups"])
    assert alone["high"] - alone["low"] < grouped["high"] - grouped["low"]


def test_slices_have_their_own_recall_in_the_whole_gallery_and_add_up_to_it() -> None:
    found = assessed(Skilled(noise=2.0), numbered(60), keys=LABELED)
    report = document(Findings(found), **LABELED)
    (part,) = report["slices"]

    assert {"even", "odd"} == {row["value"] for row in part["rows"]}
    mean = np.average([row["estimate"] for row in part["rows"]], weights=[row["images"] for row in part["rows"]])
    assert pytest.approx(report["metrics"]["mean_recall"]) == mean
    assert part["rows"][0]["value"] == part["worst"]


def test_zero_shot_is_by_the_labels_and_beside_what_guessing_gets() -> None:
    zero_shot = document(Findings(assessed(Skilled(), numbered(30), keys=LABELED)), **LABELED)["zero_shot"]

    assert ["blue", "green", "red"] == zero_shot["classes"]
    assert (30, 0) == (zero_shot["pictures"], zero_shot["left_out"])
    assert pytest.approx(1 / 3) == zero_shot["chance"]
    # A prompt names the first picture of its color, so that those three are known; the others are a matter of luck.
    assert zero_shot["accuracy"] >= 3 / 30


def test_a_threshold_is_fitted_on_validation_and_judged_on_the_test_set() -> None:
    test, val = assessed(Skilled(noise=0.3), numbered(80)), assessed(Skilled(noise=0.3, salt=5), numbered(80))

    done = written(Findings(test, val=val))

    assert done.calibration is not None
    search = done.report["calibration"]["abstention"][0]
    assert ("search by text", 0.1) == (search["of"], search["demanded"])
    assert search["coverage"] > 0.5
    assert search["risk"] <= 0.1


def test_without_validation_nothing_is_fitted_and_that_is_said() -> None:
    done = written(Findings(assessed(Skilled(noise=1.0), numbered(30))))

    assert done.calibration is None
    assert any("no validation split" in limit for limit in done.report["limits"])


def test_forgetting_is_told_query_by_query() -> None:
    examples = numbered(100)
    known, forgotten = assessed(Skilled(noise=0.5), examples), assessed(Skilled(noise=6.0), examples)

    part = document(Findings(known, retained=Retained("general", known.outcomes, forgotten.outcomes)))["retention"]

    assert part["sentence"].startswith("Something was forgotten: mean recall went from")
    assert "worse" == next(row for row in part["rows"] if row["metric"] == "mean_recall")["verdict"]


def test_models_on_different_queries_are_not_compared() -> None:
    with pytest.raises(UsageError, match="40 pictures with 40 captions here, 41 with 41 there"):
        written(Findings(assessed(Skilled(), numbered(40)), before=assessed(Skilled(), numbered(41)).outcomes))


def test_gates_are_held_against_the_report_and_listed_in_it() -> None:
    gates = [Gate("t2i_R@1", "min", 0.9), Gate("t2i_R@1", "lower_min", 0.99)]

    done = written(Findings(assessed(Skilled(), numbered(40))), gates=gates)

    assert [True, False] == [row["passed"] for row in done.report["gates"]]
    assert 1 == len(done.failed)
    assert "t2i_R@1 has an interval that begins at or above 0.99" in done.failed[0]


def test_outcomes_come_back_from_their_file_as_they_were() -> None:
    before = assessed(Skilled(noise=1.0), numbered(20, captions=2), keys=LABELED).outcomes

    after = outcomes_from_npz(outcomes_to_npz(before), name="outcomes.npz")

    assert before.fingerprint == after.fingerprint
    assert before.summary == pytest.approx(after.summary, nan_ok=True)
    assert all(np.array_equal(before.values[name], after.values[name], equal_nan=True) for name in before.values)
    assert outcomes_to_npz(before) == outcomes_to_npz(after)


@pytest.mark.parametrize("damage", [b"", b"PK no archive", slice(0, -40)])
def test_a_damaged_file_of_outcomes_is_told(damage: bytes | slice) -> None:
    whole = outcomes_to_npz(assessed(Skilled(), numbered(5)).outcomes)

    with pytest.raises(CorruptArtifact, match=r"outcomes\.npz: damaged"):
        outcomes_from_npz(whole[damage] if isinstance(damage, slice) else damage, name="outcomes.npz")
