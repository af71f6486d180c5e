"""Luật thuần của phòng tin: năm kế hoạch, ai được duyệt, lời đọc chọn riêng, dấu hiệu khẩn, điều đã đổi."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.newsroom.authorship import differences
from broadcaster.newsroom.enums import RevisionState as S
from broadcaster.newsroom.plan_year import plan_span, plan_year
from broadcaster.newsroom.rules import REVISION, may_decide
from broadcaster.newsroom.text import choice_problems, is_spoken, most_words, spoken_words
from broadcaster.newsroom.urgency import urgent_signs


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_day_lies_in_the_span_of_its_plan_year_and_the_spans_touch(day: date) -> None:
    first, last = plan_span(plan_year(day))
    assert first <= day <= last
    assert plan_span(plan_year(day) + 1)[0] == last + timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2026, 12, 14), 2026), (date(2026, 12, 15), 2027), (date(2027, 1, 1), 2027), (date(2026, 11, 30), 2026)],
)
def test_the_plan_year_turns_on_the_fifteenth_of_december(day: date, year: int) -> None:
    assert plan_year(day) == year
    assert plan_span(2026) == (date(2025, 12, 15), date(2026, 12, 14))


def test_whoever_had_a_hand_in_it_decides_only_where_one_person_does_all() -> None:
    for own_approval in (False, True):
        assert may_decide(hands={1, 2}, decider_id=3, own_approval=own_approval)
        assert may_decide(hands={1, 2}, decider_id=2, own_approval=own_approval) is own_approval


def test_a_revision_goes_only_where_the_table_says() -> None:
    allowed = {(old, new) for old in S for new in S if REVISION.allows(old, new)}
    assert allowed == {
        (S.DRAFT, S.SUBMITTED),
        *((S.SUBMITTED, new) for new in (S.APPROVED, S.RETURNED, S.DRAFT)),
        *((S.APPROVED, new) for new in (S.SUPERSEDED, S.WITHDRAWN, S.EXPIRED)),
    }


@pytest.mark.parametrize(
    ("text", "spoken"),
    [("quốc lộ chín", True), ("xe-lăng, a'", True), ("", False), ("QL 9", False), ("năm & mười", False), ("hết.", False)],
)
def test_what_is_spoken_is_letters_commas_and_hyphens(text: str, spoken: bool) -> None:
    assert is_spoken(text) is spoken


@pytest.mark.parametrize(
    ("reading", "count"), [("", 0), (" , - ", 0), ("một", 1), ("X", 1), ("quốc lộ, chín-mười", 4), (" hai  ba ", 2)]
)
def test_the_words_of_a_reading_are_counted(reading: str, count: int) -> None:
    assert spoken_words(reading) == count


@pytest.mark.parametrize(
    ("surface", "most"),
    [("X", 4), ("QL9", 8), ("2000", 10), ("phường", 4), ("Km", 4), ("hoa quả", 6), ("%", 2), ("Á", 4), ("karaoke", 8)],
)
def test_a_reading_may_be_as_long_as_its_letters_spelled_twice(surface: str, most: int) -> None:
    assert most_words(surface) == most


def test_a_chosen_reading_is_words_and_no_longer_than_its_letters() -> None:
    assert choice_problems([("QL9", "quốc lộ chín"), ("X", "ích xì")]) == {}
    for surface, reading in (("QL9", "quốc lộ 9"), ("", "quốc lộ")):
        told = {"choices": f"Cách đọc chọn cho “{surface}” phải là chữ, không có số hay ký hiệu."}
        assert choice_problems([(surface, reading)]) == told
    fits, long = " ".join(["lời"] * 4), " ".join(["lời"] * 5)
    assert choice_problems([("X", fits)]) == {}
    assert choice_problems([("X", fits), ("X", long)]) == {
        "choices": "Lời đọc của “X” nhiều nhất 4 tiếng. Cả câu thì hãy viết vào bản tin, nơi lãnh đạo duyệt."
    }


def test_urgent_signs_are_told_once_in_the_order_they_are_met_and_in_the_title_too() -> None:
    assert urgent_signs("Xả lũ", "Vỡ đê. Xả lũ lúc ba giờ, VỠ ĐÊ.") == ["xả lũ", "vỡ đê"]
    assert urgent_signs("Vỡ", "đê") == [], "tiêu đề và nội dung là hai câu"
    assert urgent_signs("Kỹ năng khi xả lũ", "Xả lũ.") == []
    assert urgent_signs("Kỹ năngg", "Xả lũ.") == ["xả lũ"]


def test_differences_name_what_changed_and_show_the_lines_of_the_body() -> None:
    old = {"title": "A", "genre": "news", "body": "một\nhai"}
    assert differences(old, old) == {}
    new = {"title": "B", "genre": "news", "body": "một\nba", "zones": [1]}
    assert differences(old, new) == {
        "title": {"old": "A", "new": "B"},
        "zones": {"old": None, "new": [1]},
        "body": ["- hai", "+ ba"],
    }
    assert differences({}, {"body": "một"}) == {"body": ["+ một"]}
    assert differences({"body": "x" * 400}, {"body": ""})["body"] == [f"- {'x' * 298}"]
    assert len(differences({"body": ""}, {"body": "\n".join(str(n) for n in range(100))})["body"]) == 40


def test_differences_of_long_look_alike_texts_are_told_in_one_pass() -> None:
    old = [f"Dòng thứ {number} của bản tin phường ta hôm nay" for number in range(4000)]
    new = [f"Dòng số {number + 7} trong bản tin phường mình hôm qua" for number in range(4000)]
    changed = differences({"body": "\n".join(old)}, {"body": "\n".join(new)})["body"]
    assert changed == [f"- {one}" for one in old[:20]] + [f"+ {one}" for one in new[:20]]


def test_differences_tell_lines_that_only_moved() -> None:
    assert differences({"body": "a\nb\nc"}, {"body": "a\nc\nb"})["body"] == ["- b", "- c", "+ c", "+ b"]
    assert differences({"body": "a\na"}, {"body": "a"})["body"] == ["- a"]
    assert differences({"body": "a\nb"}, {"body": "c\na\nb"})["body"] == ["+ c"]
    assert differences({"body": "c\na\nb"}, {"body": "a\nb"})["body"] == ["- c"]
