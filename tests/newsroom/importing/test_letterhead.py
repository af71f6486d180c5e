"""Phần giấy tờ tách khỏi lời phát khi chắc; lời chào bà con, thơ, danh sách không bị tách oan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.newsroom.enums import Genre
from broadcaster.newsroom.importing.letterhead import split
from broadcaster.newsroom.importing.titles import propose_genre

HEAD = [
    "UBND PHƯỜNG A; CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "TRẠM Y TẾ",
    "Độc lập – Tự do – Hạnh phúc",
    "-------",
    "Số:     /TB-TYT",
    "Phường A, ngày … tháng 3 năm 2026",
]
BODY = ["THÔNG BÁO", "Về việc tiêm chủng", "Trạm Y tế phường tiêm chủng ngày 5/3 tại Nhà văn hóa."]
TAIL = ["Nơi nhận:; TRƯỞNG TRẠM", "- Như trên;", "- Lưu: VT.", "(Đã ký)", "Bs. Nguyễn Thị Bích Hà"]


@pytest.mark.parametrize("head", [HEAD, HEAD[:3], HEAD[4:], []])
@pytest.mark.parametrize("tail", [TAIL, TAIL[:3], ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "Trần Văn B"], []])
def test_head_and_tail_are_set_aside_and_the_body_stays(head: list[str], tail: list[str]) -> None:
    found = split("\n".join([*head, *BODY, *tail]))
    assert (found.head.split("\n"), found.body, found.tail.split("\n")) == (head or [""], "\n".join(BODY), tail or [""])


def test_the_offices_addressed_leave_and_the_people_greeted_stay() -> None:
    text = "\n".join([*BODY[:2], "Kính gửi:", "- Các tổ dân phố;", "- Công an phường", BODY[2]])
    assert split(text).body == "\n".join(BODY)
    greeting = "Kính gửi: Toàn thể bà con nhân dân phường\nPhường mời bà con họp."
    assert split(greeting).body == greeting


@pytest.mark.parametrize(
    "text",
    [
        "Kính thưa bà con!\nPhường tổ chức dọn vệ sinh.",
        "ỦY BAN NHÂN DÂN PHƯỜNG THÔNG BÁO\nLịch cắt điện ngày 5/3.",
        "Chủ tịch phường phát biểu.\n- Tổ 1\n- Tổ 2",
        "Số: 16/KH-UBND",
        "Nơi nhận hồ sơ: Trung tâm phục vụ hành chính công.\nThời gian: 7 giờ.",
        "",
    ],
)
def test_what_is_not_paperwork_stays(text: str) -> None:
    assert split(text).body == text


@given(st.lists(st.sampled_from([*HEAD, *BODY, *TAIL, "", "Kính gửi: Các tổ"]), max_size=14))
def test_no_line_is_lost(lines: list[str]) -> None:
    parts = split("\n".join(lines))
    together = "\n".join([parts.head, parts.body, parts.tail]).split("\n")
    assert sorted(filter(None, together)) == sorted(filter(None, lines))


@pytest.mark.parametrize(
    ("heading", "genre"),
    [
        ("THÔNG BÁO", Genre.NOTICE),
        ("GIẤY MỜI", Genre.NOTICE),
        ("HỎI - ĐÁP VỀ BẢO HIỂM Y TẾ", Genre.QA),
        ("TRẢ LỜI PHẢN ÁNH CỦA CÔNG DÂN", Genre.COMPLAINT_ANSWER),
        ("BÀI TUYÊN TRUYỀN", Genre.FEATURE),
        ("BẢN TIN", Genre.NEWS),
        ("KẾ HOẠCH", None),
        ("Tinh thần đoàn kết", None),
    ],
)
def test_the_heading_proposes_the_genre(heading: str, genre: Genre | None) -> None:
    assert propose_genre(f"{heading}\nNội dung nào đó.") is genre
