"""Dự báo bốn tuần: mỗi bản tin về đúng một loại đoạn, chỗ tính theo bản tin thật, lời khuyên đúng với con số."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.newsroom.enums import Genre
from broadcaster.traffic.autofill import SegmentRule
from broadcaster.traffic.forecast import TYPICAL_MS, WEEKS, Outlook, forecast
from tests.traffic.test_choosing import candidate, reform

NEWS = (SegmentRule(1, 200_000, genres=frozenset({Genre.NEWS})), "tin")
REFORM = (SegmentRule(2, 300_000, column_id=9), "CCHC")
AGAIN = (SegmentRule(3, 900_000, rerun_of="s1"), "phát lại")
WEEK = [[NEWS, REFORM], [NEWS, AGAIN]]


def told(outlooks: list[Outlook]) -> dict[str, tuple[int, int, int, tuple[int, ...]]]:
    return {one.label: (one.stock, one.arriving, one.places, one.waiting) for one in outlooks}


def test_places_are_the_room_of_the_week_over_the_length_of_a_bulletin_and_reruns_are_no_place() -> None:
    stock = [candidate(n, length_ms=60_000) for n in range(1, 4)]
    lately = [candidate(n, length_ms=40_000) for n in range(4, 7)]
    found = forecast(WEEK, stock, lately, 2)
    assert told(found) == {"tin": (3, 2, 8, (0, 0, 0, 0)), "CCHC": (0, 0, 300_000 // TYPICAL_MS, (0, 0, 0, 0))}


def test_a_bulletin_goes_to_the_narrowest_kind_that_takes_it_and_to_one_only() -> None:
    stock = [reform(1, genre=Genre.NEWS), candidate(2), candidate(3, genre=Genre.FEATURE)]
    found = forecast(WEEK, stock, [], 1)
    assert {one.label: one.stock for one in found} == {"tin": 1, "CCHC": 1}, "không đoạn nào nhận thì không đếm"


def test_the_narrow_kind_wins_whatever_it_is_called_and_a_place_is_a_whole_one() -> None:
    wide = (SegmentRule(1, 119_999), "A: tin chung")
    narrow = (SegmentRule(2, 120_000, column_id=9), "Z: CCHC")
    found = forecast([[wide, narrow]], [reform(1), candidate(2)], [], 1)
    assert told(found) == {"A: tin chung": (1, 0, 1, (0,) * 4), "Z: CCHC": (1, 0, 2, (0,) * 4)}


def test_what_has_no_place_waits_and_grows() -> None:
    stock = [candidate(n, length_ms=100_000) for n in range(1, 11)]
    (news, _) = forecast(WEEK, stock, stock[:6], 1)
    assert (news.stock, news.arriving, news.places, news.waiting) == (10, 6, 4, (12, 14, 16, 18))
    assert news.short
    assert news.advice == "Dư 2 mục tin mỗi tuần: thêm một buổi, nới đoạn, hay duyệt ít hơn."


def test_the_advice_says_what_the_figures_say() -> None:
    left = Outlook("tin", 9, 2, 2, (9, 9, 9, 9))
    assert left.short
    assert left.advice == "Còn 9 mục tin chưa có chỗ sau 4 tuần: thêm một buổi hay nới đoạn."
    none = Outlook("tin", 0, 0, 3, (0, 0, 0, 0))
    assert not none.short
    assert none.advice == "Không có mục tin nào đang chờ: hãy soạn thêm, nếu không chỗ này chỉ phát lại."
    for even in (
        Outlook("tin", 1, 0, 3, (0,)),
        Outlook("tin", 0, 1, 3, (0,)),
        Outlook("tin", 0, 0, 0, ()),
        Outlook("t", 5, 1, 1, ()),
    ):
        assert (even.short, even.advice) == (False, "")


def test_a_week_without_history_counts_as_one() -> None:
    (news, _) = forecast(WEEK, [], [candidate(1), candidate(2)], 0)
    assert news.arriving == 2
    (news, _) = forecast(WEEK, [], [candidate(n) for n in range(1, 6)], 2)
    assert news.arriving == 3, "làm tròn lên"


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 8), st.integers(10_000, 200_000))
def test_nothing_is_lost_between_the_weeks(stock: int, lately: int, weeks: int, length_ms: int) -> None:
    waiting = [candidate(n + 1, length_ms=length_ms) for n in range(stock)]
    (news, _) = forecast(WEEK, waiting, [candidate(n + 1, length_ms=length_ms) for n in range(lately)], weeks)
    assert len(news.waiting) == WEEKS
    for before, after in zip((news.stock, *news.waiting), news.waiting, strict=False):
        assert after == max(0, before + news.arriving - news.places)
    assert news.short is (news.arriving > news.places or news.waiting[-1] > 0)
