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
        ("\nXã X\n", "Xã X"),
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
        ("", "Có chữ", "title", "Chưa có tiêu đề. Hãy ghi một câu ngắn nói bản tin về việc gì."),
        ("x" * (MAX_TITLE + 1), "Có chữ", "title", "Tiêu đề dài 301 ký tự. Hãy rút xuống tối đa 300 ký tự."),
        ("123 - 456", "Có chữ", "title", "Tiêu đề chưa có chữ nào. Hãy ghi một câu ngắn nói bản tin về việc gì."),
        ("Tin", " \n ", "text", "Chưa có nội dung. Hãy gõ, dán hoặc tải tệp bản tin lên."),
        (
            "Tin",
            "a" * (MAX_TEXT + 1),
            "text",
            "Nội dung dài 200.001 ký tự, tối đa là 200.000. Hãy chia thành nhiều bản tin.",
        ),
        ("Tin", "12/5 - 13/5", "text", "Nội dung chưa có chữ nào để đọc. Hãy kiểm tra lại phần vừa dán."),
        (
            "Tin",
            "Thông báo\n§µi truyÒn thanh ph\xadêng th«ng b¸o\nlÞch tiªm chñng",
            "text",
            "Chữ đang ở dạng TCVN3 (.VnTime), không phải Unicode. Bấm “Đổi sang chữ có dấu” rồi xem lại.",
        ),
    ],
)
def test_problems_name_the_field_and_the_remedy(title: str, text: str, field: str, said: str) -> None:
    assert text_problems(title, text) == {field: said}


@pytest.mark.parametrize(
    ("unseen", "seen"),
    [("\x1f\x00", " !"), ("\x7f\x9f", "~"), ("\xad\u200b\u202e\ufeff", "\xac\xae\u02ff"), ("\ud800\udfff", "\ue000")],
)
def test_what_nobody_sees_goes_and_its_neighbours_stay(unseen: str, seen: str) -> None:
    assert clean_text(f"x{unseen}y{seen}z") == f"xy{seen}z"


@pytest.mark.parametrize(
    ("unseen", "seen"), [("\ufdd0\ufdef", "\ufdcf\ufdf0"), ("\ufffe\uffff", "\ufffd"), ("\U0001fffe\U0010ffff", "\U0001fffd")]
)
def test_what_unicode_will_never_give_a_shape_goes(unseen: str, seen: str) -> None:
    assert clean_text(f"x{unseen}y{seen}z") == f"xy{seen}z"


def test_one_line_in_an_old_coding_is_found_among_many_and_a_mixed_line_is_left_to_the_reader() -> None:
    good = "Kính thưa bà con nhân dân trong toàn phường, sáng nay Ủy ban nhân dân phường tổ chức tiêm phòng"
    assert "TCVN3" in text_problems("Tin", f"{good}\n{good}\n§µi truyÒn thanh")["text"]
    assert text_problems("Tin", f"{good} §µi truyÒn thanh") == {}, "đổi mã cả dòng thì hỏng phần đang đúng"


def test_limits_are_inclusive() -> None:
    assert text_problems("x" * MAX_TITLE, "a" * MAX_TEXT) == {}
