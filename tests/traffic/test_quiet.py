"""Giờ yên tĩnh: nửa mở, qua nửa đêm, ngoại lệ thắng, và điểm dừng cứng đúng từng giây."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.traffic.quiet import QuietHours, Span

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
INSTANTS = st.integers(0, 14 * 24 * 60).map(lambda minutes: datetime(2026, 2, 25, tzinfo=UTC) + timedelta(minutes=minutes))
TIMES = st.integers(0, 1439).map(lambda minutes: time(minutes // 60, minutes % 60))
SPANS = st.builds(lambda start, minutes: Span(start, start + timedelta(minutes=minutes)), INSTANTS, st.integers(1, 3000))
HOURS = st.builds(QuietHours, TIMES, TIMES, st.just(VIETNAM), st.lists(SPANS, max_size=3).map(tuple))
NIGHT = QuietHours(time(21), time(6), VIETNAM)


def local(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, second, tzinfo=VIETNAM)


def test_the_interval_is_half_open_over_midnight() -> None:
    assert [NIGHT.quiet_at(at) for at in (local(20, 59, 59), local(21), local(0), local(5, 59, 59), local(6))] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_the_hour_of_the_known_accident_is_quiet() -> None:
    assert NIGHT.quiet_at(local(3, 15))


def test_a_stored_exception_passes_only_inside_itself() -> None:
    quiet = QuietHours(time(21), time(6), VIETNAM, (Span(local(5), local(5, 30)),))
    assert [quiet.quiet_at(local(4, 59)), quiet.quiet_at(local(5)), quiet.quiet_at(local(5, 30))] == [True, False, True]


def test_the_hard_stop_of_an_exempt_programme_is_the_end_of_the_exception() -> None:
    quiet = QuietHours(time(21), time(6), VIETNAM, (Span(local(5), local(5, 30)),))
    assert quiet.next_quiet_start(local(5, 10)) == local(5, 30)
    assert quiet.touches(local(5), local(5, 31))
    assert not quiet.touches(local(5), local(5, 30))


def test_equal_ends_mean_no_quiet_hours() -> None:
    quiet = QuietHours(time(0), time(0), VIETNAM)
    assert not quiet.quiet_at(local(3))
    assert quiet.next_quiet_start(local(3)) is None


@given(HOURS, INSTANTS)
def test_the_next_quiet_start_is_the_first_quiet_minute(quiet: QuietHours, instant: datetime) -> None:
    minutes = (instant + timedelta(minutes=n) for n in range(18 * 24 * 60))
    first = next((at for at in minutes if quiet.quiet_at(at)), None) if quiet.starts != quiet.ends else None
    assert quiet.next_quiet_start(instant) == first


@given(HOURS, INSTANTS)
def test_quiet_is_the_local_interval_less_the_exceptions(quiet: QuietHours, instant: datetime) -> None:
    at = instant.astimezone(VIETNAM).time()
    inside = quiet.starts <= at < quiet.ends if quiet.starts <= quiet.ends else at >= quiet.starts or at < quiet.ends
    free = any(span.starts_at <= instant < span.ends_at for span in quiet.exceptions)
    assert quiet.quiet_at(instant) == (inside and not free)
