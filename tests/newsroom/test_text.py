"""Chữ lưu xuống không bao giờ có ký tự vô hình, luôn NFC, và làm sạch hai lần cũng như một lần."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.newsroom.text import MAX_TEXT, MAX_TITLE, clean_text, clean_title, text_problems

ANY_TEXT = st.text(alphabet=st.characters(codec=None), max_size=80)


@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    assert clean_text(clean_text(raw)) == clean_text(raw)


@given(ANY_TEXT)
def test_clean_text_is_nfc_and_has_nothing_unseen(raw: str) -> None:
    text = clean_text(raw)
    assert unicodedata.is_normalized("NFC", text)
    assert {unicodedata.category(char) for char in text if char != "\n"}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})


@given(ANY_TEXT)
def test_clean_lines_have_no_trailing_blank_and_one_empty_line_at_most(raw: str) -> None:
    text = clean_text(raw)
    assert "\n\n\n" not in text
    assert all(line == line.rstrip() for line in text.split("\n"))


@given(ANY_TEXT)
def test_clean_text_can_always_be_stored_as_utf8(raw: str) -> None:
    assert clean_text(raw).encode("utf-8").decode("utf-8") == clean_text(raw)


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạ .,\n", max_size=60))
def test_plain_vietnamese_words_survive(raw: str) -> None:
    assert clean_text(raw).split() == raw.split()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("một\r\nhai\rba", "một\nhai\nba"),
        ("một\u2028hai", "một\nhai"),
        ("  dòng thụt  \n\n\n\nsau \t", "  dòng thụt\n\nsau"),
        ("chữ\u200b vô\ufeff hình\u202e", "chữ vô hình"),
        ("gạch\xadnối", "gạchnối"),
        ("cột\tcột", "cột cột"),
        ("10\xa0giờ", "10 giờ"),
        ("e\u0302\u0323", "ệ"),
        ("x\ud800y\uffff", "xy"),
    ],
)
def test_cleaning(raw: str, text: str) -> None:
    assert clean_text(raw) == text


def test_title_becomes_one_line() -> None:
    assert clean_title(" Thông báo \n về  việc tiêm phòng ") == "Thông báo về việc tiêm phòng"


def test_a_good_script_has_no_problem() -> None:
    assert text_problems("Thông báo", "Kính thưa bà con.") == {}


@pytest.mark.parametrize(
    ("title", "text", "field", "said"),
    [
        ("", "Có chữ", "title", "Chưa có tiêu đề"),
        ("x" * (MAX_TITLE + 1), "Có chữ", "title", "301 ký tự"),
        ("123 - 456", "Có chữ", "title", "chưa có chữ nào"),
        ("Tin", " \n ", "text", "Chưa có nội dung"),
        ("Tin", "a" * (MAX_TEXT + 1), "text", "200.001 ký tự"),
        ("Tin", "12/5 - 13/5", "text", "chưa có chữ nào"),
    ],
)
def test_problems_name_the_field_and_the_remedy(title: str, text: str, field: str, said: str) -> None:
    problems = text_problems(title, text)
    assert list(problems) == [field]
    assert said in problems[field]


def test_limits_are_inclusive() -> None:
    assert text_problems("x" * MAX_TITLE, "a" * MAX_TEXT) == {}
