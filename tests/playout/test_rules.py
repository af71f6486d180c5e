"""Luật phát sóng thuần, thử bằng mọi giá trị."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.airlog.bodies import DeliveryBody
from broadcaster.airlog.enums import Reason, Result
from broadcaster.playout.network import Path
from broadcaster.playout.records import Measured, ended
from broadcaster.playout.rules import (
    CLAIM_AHEAD,
    LATE_START,
    SLACK,
    claim_from,
    clock_behind,
    first_sound,
    overruns,
    result_of,
    volume_at,
)
from tests.airlog.bodies import delivery

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
SHIFTS = st.timedeltas(timedelta(days=-2), timedelta(days=2))


@given(SHIFTS)
def test_sound_is_on_time_or_leaves_room_to_log_first(shift: timedelta) -> None:
    now = NOON + shift
    at = first_sound(NOON, now)
    assert at == NOON or at - now == LATE_START
    assert at >= NOON


@given(st.integers(0, 60_000))
def test_an_output_that_wakes_slowly_is_claimed_earlier(lead_ms: int) -> None:
    assert NOON - claim_from(NOON, lead_ms) == CLAIM_AHEAD + timedelta(milliseconds=lead_ms)


@given(SHIFTS)
def test_the_gate_shuts_only_when_the_log_is_more_than_two_seconds_ahead(shift: timedelta) -> None:
    assert clock_behind(NOON, NOON + shift) is (shift > timedelta(seconds=2))
    assert not clock_behind(NOON, None)


@given(st.integers(-10_000, 10_000), st.integers(1, 600_000))
def test_an_item_never_ends_more_than_the_slack_after_its_programme(start_ms: int, length_ms: int) -> None:
    start = NOON + timedelta(milliseconds=start_ms)
    if not overruns(start, length_ms, NOON):
        assert start < NOON
        assert start + timedelta(milliseconds=length_ms) <= NOON + SLACK


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.booleans(), st.sampled_from(Reason))
def test_what_was_not_wholly_heard_is_never_told_as_full(heard_ms: int, planned_ms: int, complete: bool, why: Reason) -> None:
    result, reason = result_of(heard_ms=heard_ms, planned_ms=planned_ms, complete=complete, why=why)
    if result is Result.FULL:
        assert complete
        assert heard_ms >= planned_ms - 40 or heard_ms * 100 >= planned_ms * 98
        assert reason is None
    else:
        assert reason is why
        assert result is (Result.PARTIAL if heard_ms else Result.NONE)


@pytest.mark.parametrize(("planned_ms", "lost_ms", "result"), [
    (1_000, 40, Result.FULL),
    (1_000, 41, Result.PARTIAL),
    (100_000, 2_000, Result.FULL),
    (100_000, 2_001, Result.PARTIAL),
])  # fmt: skip
def test_a_loudspeaker_may_lose_two_frames_or_two_percent(planned_ms: int, lost_ms: int, result: Result) -> None:
    assert result_of(heard_ms=planned_ms - lost_ms, planned_ms=planned_ms, complete=True)[0] is result


def test_the_slack_is_given_after_the_end_and_to_the_millisecond() -> None:
    slack_ms = round(SLACK.total_seconds() * 1000)
    minute = NOON - timedelta(minutes=1)
    assert not overruns(minute, 60_000 + slack_ms, NOON)
    assert overruns(minute, 60_000 + slack_ms + 1, NOON)
    assert overruns(NOON, 0, NOON), "mục không được bắt đầu lúc buổi đã hết"


def test_a_confirmed_clock_is_judged_by_its_confirmation_not_by_the_log() -> None:
    ahead = NOON + timedelta(days=1)
    assert clock_behind(NOON, ahead)
    assert not clock_behind(NOON, ahead, NOON)
    assert clock_behind(NOON, NOON, ahead)
    assert not clock_behind(NOON, NOON + timedelta(seconds=2)), "đúng hai giây vẫn tin được"


def test_forty_milliseconds_short_is_still_whole() -> None:
    assert result_of(heard_ms=960, planned_ms=1000, complete=True) == (Result.FULL, None)
    assert result_of(heard_ms=959, planned_ms=1000, complete=True)[0] is Result.PARTIAL


def test_the_volume_is_the_gain_under_the_lowest_cap_of_the_hour() -> None:
    assert volume_at(0, [], 12) == 1
    assert volume_at(-20, [], 12) == pytest.approx(0.1)
    assert volume_at(20, [], 12) == pytest.approx(10)
    caps = [(5, 7, 60), (6, 8, 40), (6, 9, 150)]
    assert [volume_at(0, caps, hour) for hour in (4, 5, 6, 7, 8, 9)] == [1, 0.6, 0.4, 0.4, 1, 1]


def test_each_cluster_is_told_its_own_volume_and_its_own_start_when_it_is_another() -> None:
    body: DeliveryBody = {**delivery(), "output": "A"}
    path = Path(1, captured=False, silenced=False, name="A", clusters=((5, body),), caps=((5, 6, 50),))
    early, loud = path.targets((), hour=5), path.targets((), hour=6)
    assert [one["volume"] for one in (*early, *loud)] == [50, 100]
    assert path.targets(()) == [body], "chưa biết giờ thì không nói âm lượng"
    late = NOON + timedelta(seconds=4)
    measured = Measured(NOON, NOON, 1, 1, Result.FULL, None, "", sent=frozenset("AB"), starts={"A": late, "B": NOON})
    told = ended(measured, [*early, {**delivery(), "cluster_id": 2, "output": "B"}])["deliveries"]
    assert [(one.get("volume"), one.get("started_at")) for one in told] == [(50, late.isoformat()), (None, None)]
