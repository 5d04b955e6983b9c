"""Laws of run names."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.run_ids import run_id

moments = st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC))
fingerprints = st.text("0123456789abcdef", min_size=6, max_size=64)


def test_a_name_has_date_minute_and_six_digits_of_the_configuration() -> None:
    assert "2026-11-23_1012_a1b2c3" == run_id("2026-11-23T10:12:59+00:00", "a1b2c3d4e5")
    assert "2026-11-23_1012_a1b2c3" == run_id("2026-11-23T10:12:59Z", "a1b2c3")


@given(moments, fingerprints)
def test_every_name_is_a_plain_folder_name(now: datetime, fingerprint: str) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d{4}_[0-9a-f]{6}", run_id(now.isoformat(), fingerprint))


@given(moments, st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=900)), fingerprints)
def test_names_sort_by_time(now: datetime, later: timedelta, fingerprint: str) -> None:
    if now.year < 9990:
        assert run_id(now.isoformat(), fingerprint) < run_id((now + later).isoformat(), fingerprint)


@pytest.mark.parametrize(
    ("now", "fingerprint"),
    [("yesterday", "a1b2c3"), ("2026-11-23T10:12:59Z", "a1b2c"), ("2026-11-23T10:12:59Z", "../../x")],
)
def test_anything_else_is_refused(now: str, fingerprint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(now if now == "yesterday" else fingerprint)):
        run_id(now, fingerprint)
