"""Chữ hỏng: chắc thì sửa, ngờ thì hỏi kèm đúng chỗ; chữ lành không bị hỏi oan."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.errors import Invalid
from broadcaster.newsroom.importing import import_file
from broadcaster.newsroom.importing.damage import questions
from broadcaster.newsroom.importing.lookalikes import as_latin
from broadcaster.newsroom.importing.typed import retype, telex, viqr, vni
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.newsroom.text import clean_text, text_problems

PLAN = (Path(__file__).parents[2] / "reading" / "ke-hoach.md").read_text("utf-8")


def asked(text: str) -> list[tuple[str, str, str]]:
    """(mã, đúng chỗ, gợi ý) của mỗi câu hỏi."""
    return [(one.code, text[one.start : one.end], (*one.suggestions, "")[0]) for one in questions(text)]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Ủy ban nhân dân ph?ờng thông báo", ["ph?ờng"]),
        ("các hộ dân nộp hồ s? đăng ký", ["s?"]),
        ("Ủy ban nh?n d?n ph??ng th?ng b?o", ["nh?n d?n ph??ng th?ng b?o"]),
        ("hồ s\ufffd đăng ký tại ph\ufffdờng", ["s\ufffd", "ph\ufffdờng"]),
        ("Sau đó ?ề nghị bà con", ["?ề"]),
        ("Vì sao phải đăng ký? Đăng ký ở đâu?", []),
        ("Bà con đã có VNeID chưa?Hãy đến phường", []),
        ("Giá (?) đồng, ngày ??/3, 1?2", []),
        ("Xem https://phuong.gov.vn/tin?id=5 và https://a.vn/?q=x", []),
    ],
)
def test_letters_that_became_question_marks_are_found_at_their_place(text: str, places: list[str]) -> None:
    assert [place for code, place, _ in asked(text)] == places
    assert {code for code, _, _ in asked(text)} <= {"broken_letters"}


@pytest.mark.parametrize(
    ("text", "place", "better"),
    [
        ("Mời bà con tæ d©n phè 3 đến họp", "tæ d©n phè", "tổ dân phố"),
        ("Tại trụ sở UBND ph­êng, nộp hồ sơ đúng hạn", "ph­êng", "phường"),
        ("Đề nghị bà con phuwowngf ta đến họp", "phuwowngf", "phường"),
        ("Đề nghị bà con đến hopj đúng giờ", "hopj", "họp"),
        ("Uyr ban nhaan daan thoong baos", "Uyr ban nhaan daan thoong baos", "Ủy ban nhân dân thông báo"),
    ],
)
def test_a_word_in_another_coding_is_asked_with_what_it_would_be(text: str, place: str, better: str) -> None:
    (found,) = asked(text)
    assert found[1:] == (place, better)


@pytest.mark.parametrize(
    "code", ["Error! Reference source not found.", "Lỗi! Không tìm thấy nguồn tham chiếu.", "#REF!", "#DIV/0!"]
)
def test_an_error_of_the_office_program_is_not_news(code: str) -> None:
    assert asked(f"Xem thêm tại {code} để biết") == [("office_error", code, "")]


def test_a_line_without_marks_is_asked_whole() -> None:
    line = "Uy ban nhan dan phuong thong bao den ba con lich tiem chung"
    assert asked(f"Thông báo\n{line}\nXin cảm ơn.") == [("unmarked", line, "")]
    assert asked("Trang web: phuong.gov.vn, email: a@b.vn, TDP 1, TDP 2, TDP 3") == []


def test_real_documents_are_not_doubted() -> None:
    for text in (
        PLAN,
        "Google, Facebook, Zalo, YouTube, smartphone, food, book, keeps, rooms",
        "Müller, São Paulo · xã ÷ 2 – café",
    ):
        assert asked(text) == []


def test_the_same_broken_word_is_asked_once() -> None:
    assert [place for _, place, _ in asked("Nộp hồ s? mới.\nHồ s? cũ.\nMời hopj, rồi hopj tiếp")] == ["s?", "hopj"]


def test_questions_come_with_the_reading_and_block_the_submission() -> None:
    read = read_text("Các hộ dân ph?ờng nộp hồ s\ufffd ngày 15/3.")
    broken = [one for one in read.detail["questions"] if one["code"] == "broken_letters"]
    assert [read.detail["source"][one["start"] : one["end"]] for one in broken] == ["ph?ờng", "s\ufffd"]
    assert read.unanswered([]) == read.detail["questions"]
    assert len({(one["start"], one["end"]) for one in read.detail["questions"]}) == len(read.detail["questions"])


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("Uyr ban nhaan daan phuwowngf thoong baos hopj toor daan phoos.", "Ủy ban nhân dân phường thông báo họp tổ dân phố."),
        ("ddeef nghij baf con ddeens ddusng", "đề nghị bà con đến đúng"),
        ("Uy3 ban nha6n da6n phuo7ng2 tho6ng ba1o d9u1ng", "Ủy ban nhân dân phường thông báo đúng"),
        ("Tu+` nga`y 15 tha'ng 3, ca'c ho^. da^n no^.p ta.i tru. so+?.", "Từ ngày 15 tháng 3, các hộ dân nộp tại trụ sở."),
        ("U?y ban nha^n da^n ddu+o+.c bi'ch ba`n", "Ủy ban nhân dân được bích bàn"),
        ("Nguyeenx Vawn An, Traanf Thij Hoaf, thuyr, tuooir, mias, quar", "Nguyễn Văn An, Trần Thị Hòa, thủy, tuổi, mía, quả"),
    ],
)
def test_a_line_typed_without_its_marks_is_put_right_on_import_and_shown(typed: str, right: str) -> None:
    imported = import_file(typed.encode(), "tin.txt")
    assert imported.text == right
    assert imported.converted == ((typed, right),)


@pytest.mark.parametrize(
    "line",
    [
        "See you soon, book a room, free food for the team at the bar",
        "Tinh den ngay 5-7-2025",
        "H1N1 F0 F1 Q7 D9 A4",
        "ba hai ba",
        "",
    ],
)
def test_other_lines_are_not_retyped(line: str) -> None:
    assert retype(line) is None


@given(st.text(max_size=12))
def test_no_word_breaks_a_converter(word: str) -> None:
    for convert in (telex, vni, viqr):
        assert convert(word) is None or word


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Ðề nghị bà con Ðường Hào, ðường hẹp; HÐND, QÐ-UBND", "Đề nghị bà con Đường Hào, đường hẹp; HĐND, QĐ-UBND"),
        ("Bà соn сhú ý đến họp tối nаy.", "Bà con chú ý đến họp tối nay."),
        ("UВND phường, ΤΤHC", "UBND phường, TTHC"),
        ("ﬁle hồ sơ", "file hồ sơ"),
    ],
)
def test_letters_of_other_scripts_that_look_the_same_become_ours(text: str, right: str) -> None:
    assert clean_text(text) == right
    assert as_latin(right) == right
    assert import_file(text.encode(), "t.txt").notes


@pytest.mark.parametrize("text", ["Привет мир", "5 μm, Ω, α = 3", "hðp lý ®­îc"])
def test_real_foreign_words_and_old_codings_are_left_for_their_own_step(text: str) -> None:
    assert as_latin(text) == text


@given(st.text())
def test_cleaning_look_alikes_twice_is_cleaning_once(text: str) -> None:
    assert as_latin(as_latin(text)) == as_latin(text)


def test_a_file_whose_letters_are_gone_says_what_happened() -> None:
    with pytest.raises(Invalid, match="mất thành dấu hỏi"):
        import_file("Ủy ban nh?n d?n ph??ng th?ng b?o\nT? ng?y 15 th?ng 3, c?c h? d?n n?p h? s?".encode(), "a.txt")


def test_a_pasted_old_coding_says_which_button_helps() -> None:
    problem = text_problems("Tin", "Uû ban nh©n d©n ph­êng th«ng b¸o cho toµn thÓ nh©n d©n")["text"]
    assert "Đổi sang chữ có dấu" in problem


@pytest.mark.parametrize(
    "trigger", ["?", "a? ", "phuwowngf ", "nha6n ", "nha^n ", "d©n ", "Error! ", "#REF! ", "\ufffd", "s?", "аa ", "ð", "aw"]
)
def test_a_hundred_thousand_of_its_own_trigger_takes_bounded_time(trigger: str) -> None:
    text = trigger * (100_000 // len(trigger))
    started = time.process_time()
    questions(text)
    as_latin(text)
    assert time.process_time() - started < 8
