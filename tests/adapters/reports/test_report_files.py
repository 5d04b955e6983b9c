import csv
import io
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.reports.files import ReportFiles, metrics_csv, report_json
from support.sample_report import full, minimal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def read_json(report: dict[str, Any]) -> Any:
    def refuse(literal: str) -> None:
        raise AssertionError(f"{literal} is not JSON")

    return json.loads(report_json(report), parse_constant=refuse)


def read_csv(report: dict[str, Any]) -> dict[str, dict[str, str]]:
    table = io.StringIO(metrics_csv(report).decode(), newline="")
    return {row["metric"]: row for row in csv.DictReader(table)}


def test_a_report_is_three_files() -> None:
    written = ReportFiles().write(full())

    assert ["report.json", "metrics.csv", "report.html"] == list(written)
    assert (report_json(full()), metrics_csv(full())) == (written["report.json"], written["metrics.csv"])


def test_the_parts_are_written_as_they_are() -> None:
    whole = full()

    assert {"schema_version": 2} | whole == read_json(whole)


@given(parts=st.dictionaries(st.text(), JSON))
def test_whatever_a_report_holds_is_written_as_strict_json(parts: dict[str, Any]) -> None:
    assert {"schema_version", *minimal(), *parts} == set(read_json(minimal() | parts))


@given(parts=st.dictionaries(st.text(), JSON))
def test_whatever_a_report_holds_there_is_a_page(parts: dict[str, Any]) -> None:
    assert ReportFiles().write(parts | minimal())["report.html"].startswith(b"<!DOCTYPE html>")


@given(order=st.permutations(list(minimal())))
def test_the_order_of_a_reports_parts_changes_no_byte(order: list[str]) -> None:
    whole = minimal()

    assert ReportFiles().write(whole) == ReportFiles().write({part: whole[part] for part in order})


@given(order=st.permutations(list(full())))
def test_known_parts_stand_in_a_fixed_order_and_further_ones_follow_by_name(order: list[str]) -> None:
    whole = full() | {"b_further": 1, "a_further": 2}
    written = list(read_json({part: whole[part] for part in ("b_further", *order, "a_further")}))

    assert ["schema_version", "created", "title", "identity", "data", "metrics", "intervals"] == written[:7]
    assert ["gates", "undecodable", "a_further", "b_further"] == written[-4:]


def test_a_name_that_is_not_utf_8_is_written_as_an_escape() -> None:
    written = ReportFiles().write(minimal() | {"limits": ["bad\udc80name.png"]})

    assert ["bad\udc80name.png"] == json.loads(written["report.json"])["limits"]
    assert b"bad\\udc80name.png" in written["report.html"]


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null_in_json_and_empty_in_the_table(broken: float) -> None:
    written = minimal() | {"metrics": {"alignment_score": broken}}

    assert read_json(written)["metrics"]["alignment_score"] is None
    assert {"metric": "alignment_score", "value": "", "low": "", "high": "", "chance": ""} == (
        read_csv(written)["alignment_score"]
    )


def test_the_table_has_every_metric_beside_its_chance_level() -> None:
    rows = read_csv(minimal())

    assert {"metric": "i2t_R@1", "value": "0.25", "low": "", "high": "", "chance": "0.1"} == rows["i2t_R@1"]
    assert ["i2t_R@1", "mean_recall"] == list(rows)


def test_the_interval_of_a_value_and_that_of_its_change_stand_in_columns_of_their_own() -> None:
    row = read_csv(full())["mean_recall"]
    expected = {
        "value": 0.345,
        "low": 0.325,
        "high": 0.365,
        "chance": 0.0049,
        "before": 0.23,
        "after": 0.345,
        "change": 0.115,
        "change_low": 0.085,
        "change_high": 0.145,
        "p": 0.0004,
    }

    assert "better" == row["verdict"]
    assert pytest.approx(expected) == {name: float(row[name]) for name in expected}
    assert {"metric", *expected, "verdict"} == set(row)


def test_a_comparison_that_knows_two_values_only_leaves_the_rest_empty() -> None:
    row = {"metric": "i2t_R@1", "before": 0.1, "after": 0.25, "change": 0.15, "chance": 0.1, "verdict": "higher"}
    written = read_csv(minimal() | {"comparison": [row]})["i2t_R@1"]

    assert ("0.1", "0.25", "0.15", "", "", "", "higher") == tuple(written.values())[-7:]


def test_every_row_of_the_table_has_as_many_cells_as_its_head_and_ends_as_rfc_4180_says() -> None:
    table = metrics_csv(full() | {"comparison": full()["comparison"][:3]}).decode()

    assert {12} == {len(row) for row in csv.reader(io.StringIO(table, newline=""))}
    assert table.count("\r\n") == table.count("\n")
