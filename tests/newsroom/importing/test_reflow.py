"""Dòng bị ngắt cứng thành đoạn liền; thơ, danh sách, đầu đề và chữ ký giữ nguyên dòng."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.newsroom.importing import import_file
from broadcaster.newsroom.importing.model import RawLine
from broadcaster.newsroom.importing.reflow import Reflowed, reflow

SENTENCE = (
    "Thực hiện Kế hoạch tuyên truyền cải cách hành chính năm 2025, Ủy ban nhân dân phường Phùng Chí Kiên đề nghị các "
    "tổ dân phố vận động bà con tích cực tham gia góp ý. Mọi ý kiến gửi về bộ phận một cửa trước ngày 15 tháng 3."
)

VERSE = "vầng trăng ai xẻ làm đôi cho người\nnửa in gối chiếc ngoài trời\nnửa soi dặm trường suốt đêm\nai về ai ở bên thềm"


def joined(text: str) -> str:
    return "\n".join(reflow([RawLine(line) for line in text.split("\n")]).lines)


@pytest.mark.parametrize("width", [60, 72, 80, 100])
def test_wrapped_paragraphs_become_whole(width: int) -> None:
    wrapped = "\n\n".join(textwrap.fill(SENTENCE, width, break_on_hyphens=False) for _ in range(2))
    assert joined(wrapped) == f"{SENTENCE}\n\n{SENTENCE}"


def test_the_import_says_how_many_lines_were_joined() -> None:
    imported = import_file(textwrap.fill(SENTENCE, 72).encode(), "thu.txt")
    assert imported.text == SENTENCE
    assert imported.notes == ("Đã nối 3 dòng bị ngắt giữa câu thành đoạn liền.",)


@pytest.mark.parametrize(
    "text",
    [
        VERSE,
        "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH\nPHÓ CHỦ TỊCH\nĐặng Thị Minh Trang",
        "THÔNG BÁO VỀ VIỆC TIÊM PHÒNG CHO TRẺ EM TRÊN ĐỊA BÀN\nkính gửi toàn thể bà con nhân dân các tổ dân phố",
        "- Nâng cao nhận thức của cán bộ, công chức nhà nước\n- Tăng cường sự hiểu biết của người dân về cải cách",
        "a) phối hợp với các ngành, đoàn thể để tuyên truyền\nb) hướng dẫn đài truyền thanh phường đẩy mạnh tin bài",
        "Kính thưa quý vị, sau đây là bản tin của phường.\nSáng nay, phường mình khai trương nhà văn hóa tổ 5.",
        SENTENCE + "\n" + SENTENCE,
    ],
)
def test_lines_that_stand_alone_stay_alone(text: str) -> None:
    assert joined(text) == text


def test_a_list_item_keeps_its_continuation_and_a_compound_dash_is_no_item() -> None:
    text = (
        "- Nâng cao nhận thức của cán bộ, công chức về ý nghĩa, mục tiêu\n"
        "phát triển kinh tế của phường trong giai đoạn hiện nay, kinh tế\n"
        "- xã hội phát triển.\n"
        "- Tăng cường tuyên truyền."
    )
    assert joined(text) == (
        "- Nâng cao nhận thức của cán bộ, công chức về ý nghĩa, mục tiêu "
        "phát triển kinh tế của phường trong giai đoạn hiện nay, kinh tế "
        "- xã hội phát triển.\n- Tăng cường tuyên truyền."
    )


def test_capitals_inside_a_wrapped_text_stay_alone() -> None:
    heading = "NỘI DUNG TUYÊN TRUYỀN CẢI CÁCH HÀNH CHÍNH CỦA PHƯỜNG TA NĂM 2025"
    wrapped = textwrap.fill(SENTENCE, 67)
    assert joined(f"{heading}\n{wrapped}\n{heading}") == f"{heading}\n{SENTENCE}\n{heading}"


def test_fixed_lines_are_never_joined() -> None:
    lines = [
        RawLine("Thực hiện Kế hoạch tuyên truyền cải cách hành chính năm", True),
        RawLine("hai nghìn không trăm hai mươi lăm"),
    ]
    assert reflow(lines) == Reflowed([line.text for line in lines])


@given(st.lists(st.text(alphabet="abc đôưA.-1 ", max_size=90), max_size=12))
def test_no_word_is_lost_or_moved(lines: list[str]) -> None:
    result = reflow([RawLine(line) for line in lines]).lines
    assert " ".join(result).split() == " ".join(lines).split()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Ngày mai, Trạm Y tế phường tổ chức tiêm chủng cho trẻ nhỏ ở Nhà văn hóa", "Tổ dân phố số 3."),
        ("Hồ sơ nộp trực tiếp từ thứ Hai đến thứ Sáu hằng tuần, người nhận là bà", "Nguyễn Thị A, công chức một cửa."),
        ("Các hộ trong diện hỗ trợ mang theo căn cước công dân, sổ hộ nghèo đến", "Trung tâm Phục vụ hành chính công."),
        ("Lịch cắt điện của các tổ dân phố trong phường được áp dụng bắt đầu từ ngày", "15 tháng 3 năm 2026."),
    ],
)
def test_a_break_before_a_capital_or_a_number_is_joined_where_the_line_cannot_end_there(before: str, after: str) -> None:
    assert joined(f"{before}\n{after}") == f"{before} {after}"


def test_a_break_that_may_be_a_heading_is_left_and_told() -> None:
    text = "Thông báo lịch tiêm chủng mở rộng tháng mười cho trẻ em toàn phường\nBà con chú ý theo dõi và đưa trẻ đi đúng hẹn."
    imported = import_file(text.encode(), "tb.txt")
    assert imported.text == text
    assert [note for note in imported.notes if "một câu hay hai" in note and "Bà con chú ý" in note]


def test_a_lone_dot_before_a_line_is_a_bullet() -> None:
    assert import_file("\t. Đúng giờ\n\t. Mang sổ".encode(), "x.txt").text == "- Đúng giờ\n- Mang sổ"
