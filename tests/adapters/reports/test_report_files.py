import csv
import json
import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.reports.files import ReportFiles, metrics_csv, report_json
from cliptune.domain.evaluation import Evaluation, evaluation_report
from cliptune.domain.pairs import Rejected
from cliptune.domain.ranking import rank_counts_from_scores
from cliptune.domain.retrieval import RetrievalMetrics

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def evaluation(scores: torch.Tensor) -> Evaluation:
    match = torch.eye(len(scores), dtype=torch.bool)
    forth, back = rank_counts_from_scores(scores, match), rank_counts_from_scores(scores.T, match)
    return Evaluation(
        metrics=RetrievalMetrics.of(forth, back),
        images=len(scores),
        captions=len(scores),
        undecodable=(Rejected("pairs.csv:7", "röntgen.png", "not a picture"),),
        image_to_text=forth,
        text_to_image=back,
    )


def report(*, before: dict[str, float] | None = None) -> dict[str, Any]:
    return evaluation_report(
        evaluation(torch.eye(4)),
        created="2026-11-23T10:12:00Z",
        identity={"model": "openai/clip-vit-base-patch32", "seed": 42},
        data={"fingerprint": "a1b2"},
        before=before,
    )


def read_json(report: dict[str, Any]) -> Any:
    def refuse(literal: str) -> None:
        raise AssertionError(f"{literal} is not JSON")

    return json.loads(report_json(report), parse_constant=refuse)


def read_csv(report: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(ReportFiles().write(report)["metrics.csv"].decode().splitlines()))


def test_a_report_is_two_files() -> None:
    assert {"report.json": report_json(report()), "metrics.csv": metrics_csv(report())} == ReportFiles().write(report())


def test_a_report_tells_who_what_and_how_well() -> None:
    written = read_json(report())

    assert ["schema_version", "created", "identity", "data", "metrics", "undecodable"] == list(written)
    assert 1 == written["schema_version"]
    assert {"fingerprint": "a1b2", "images": 4, "captions": 4} == written["data"]
    assert 1.0 == written["metrics"]["i2t_R@1"]
    assert 0.25 == written["metrics"]["i2t_chance_R@1"]
    assert [{"where": "pairs.csv:7", "image": "röntgen.png", "reason": "not a picture"}] == written["undecodable"]


def test_a_report_with_an_earlier_evaluation_compares_every_metric() -> None:
    written = read_json(report(before=evaluation(torch.zeros(4, 4)).metrics.flat()))
    row = {row["metric"]: row for row in written["comparison"]}["t2i_R@1"]

    assert 0.25 == written["before"]["t2i_R@1"]
    assert {
        "metric": "t2i_R@1",
        "before": 0.25,
        "after": 1.0,
        "chance": 0.25,
        "lower_is_better": False,
        "queries": 4,
        "change": 0.75,
        "verdict": "higher",
    } == row


@given(parts=st.dictionaries(st.text(), JSON))
def test_whatever_a_report_holds_is_written_as_strict_json(parts: dict[str, Any]) -> None:
    assert {"schema_version", *report(), *parts} == set(read_json(report() | parts))


@given(order=st.permutations(list(report())))
def test_the_order_of_a_reports_parts_changes_no_byte(order: list[str]) -> None:
    whole = report()

    assert ReportFiles().write(whole) == ReportFiles().write({part: whole[part] for part in order})


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null_in_json_and_empty_in_the_table(broken: float) -> None:
    written = report() | {"metrics": {"alignment_score": broken}}

    assert read_json(written)["metrics"]["alignment_score"] is None
    assert [{"metric": "alignment_score", "value": "", "chance": ""}] == read_csv(written)


def test_the_table_has_every_metric_beside_its_chance_level() -> None:
    rows = read_csv(report())

    assert {"metric": "i2t_R@5", "value": "1.0", "chance": "1.0"} in rows
    assert {"metric": "alignment_score", "value": "1.0", "chance": ""} in rows
    assert 16 == len(rows)


def test_the_table_of_a_comparison_has_before_after_and_change() -> None:
    rows = read_csv(report(before=evaluation(torch.zeros(4, 4)).metrics.flat()))

    assert {"metric": "i2t_median_rank", "before": "2.5", "after": "1.0", "change": "-1.5", "chance": "2.5"} in rows
