"""Bộ đọc đơn giản: giá trị không bao giờ sai, đoạn phủ kín, không còn chữ số hay ký hiệu, và hỏi khi ngờ."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.reading import Lexicon, Style, read, spoken
from broadcaster.reading.numbers import cardinal
from tests.reading.test_golden import PAIRS

PLAN = (Path(__file__).parent / "ke-hoach.md").read_text("utf-8")
"""Kế hoạch thật của phường, ba lỗi gõ còn nguyên."""

DIGITS = dict(zip(["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"], range(10), strict=True)) | {
    "mốt": 1,
    "tư": 4,
    "lăm": 5,
}
SCALES = {"nghìn": 10**3, "triệu": 10**6, "tỷ": 10**9}


def value_of(words: str) -> int:
    """Đọc ngược chữ thành số, viết độc lập với bộ đọc."""
    total = group = last = 0
    for word in words.split():
        if word in DIGITS:
            last = DIGITS[word]
            group += last
        elif word == "mươi":
            group += last * 9
        elif word == "mười":
            group += 10
        elif word == "trăm":
            group += last * 99
        elif word == "tỷ":
            total, group = (total + group) * 10**9, 0
        elif word in SCALES:
            total, group = total + group * SCALES[word], 0
    return total + group


@settings(deadline=None)
@given(st.integers(0, 10**15))
def test_numbers_round_trip(number: int) -> None:
    assert value_of(cardinal(number)) == number


@pytest.mark.parametrize("year", range(1900, 2101))
def test_every_date_of_two_centuries(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366 if calendar.isleap(year) else 365)]
    said = read("\n".join(f"Ngày {day:%d/%m/%Y}" for day in days)).sentences
    for day, line in zip(days, said, strict=True):
        match = re.fullmatch(r"Ngày (?:mùng )?(.+?) tháng (.+?) năm (.+)\n", line)
        assert match is not None, line
        assert tuple(value_of(part) for part in match.groups()) == (day.day, day.month, day.year)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_ends_covered_and_without_digit_or_symbol(text: str) -> None:
    reading = read(text)
    assert "".join(reading.source[span.start : span.end] for span in reading.spans) == reading.source
    assert not re.search(r"[0-9%&@/+=<>]", reading.spoken)


def test_spoken_text_is_read_as_itself() -> None:
    plain = [re.sub(r"\b[A-ZĐ]\b|[A-ZĐ]{2,}", "e", said) for _written, said in PAIRS]
    assert [spoken(text).lower() for text in plain] == [text.lower() for text in plain]


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from("phường tổ dân phố họp tối nay mời bà con tới nhà văn hóa nghe lãnh đạo trả lời".split()), min_size=1
    )
)
def test_plain_vietnamese_is_unchanged(words: list[str]) -> None:
    text = " ".join(words).capitalize() + "."
    assert spoken(text) == text


def test_spans_cover_the_plan_and_its_three_slips_are_all_that_is_asked() -> None:
    style = Style(places=("thị xã|Mỹ Hào",))
    reading = read(PLAN, style=style)
    assert "".join(reading.source[span.start : span.end] for span in reading.spans) == reading.source
    assert [reading.source[one.start : one.end] for one in reading.questions] == ["HÌNH TỨC", "Mỹ Hòa", "CHCC"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "Kế hoạch số 16/KH-UBND ngày 21/01/2025",
            "Kế hoạch số mười sáu ngày hai mươi mốt tháng một năm hai nghìn không trăm hai mươi lăm của ủy ban nhân dân",
        ),
        ("Chỉ thị số 24-CT/ThU", "Chỉ thị số hai mươi tư của thị ủy"),
        ("Nghị định 30/2020/NĐ-CP", "Nghị định ba mươi, năm hai nghìn không trăm hai mươi của Chính phủ"),
        ("giai đoạn 2021-2030", "giai đoạn hai nghìn không trăm hai mươi mốt đến hai nghìn không trăm ba mươi"),
        ("đạt 91,43%", "đạt chín mươi mốt phẩy bốn mươi ba phần trăm"),
        ("25.000 đồng/người/tháng", "hai mươi lăm nghìn đồng một người một tháng"),
        ("từ ngày 1-3/5", "từ ngày mùng một đến ngày mùng ba tháng năm"),
        ("17h00-17h30", "mười bảy giờ đến mười bảy giờ ba mươi phút"),
        ("cải cách hành chính (CCHC) tại các TDP", "cải cách hành chính tại các tổ dân phố"),
        ("Cải cách hành chính của phường.", "Cải cách hành chính của phường."),
        ("NỘI DUNG TUYÊN TRUYỀN", "NỘI DUNG TUYÊN TRUYỀN"),
    ],
)
def test_official_forms(written: str, said: str) -> None:
    assert spoken(written) == said


def test_decomposed_text_is_read_like_composed() -> None:
    import unicodedata

    assert spoken(unicodedata.normalize("NFD", "UBND phường")) == "ủy ban nhân dân phường"


def test_doubts_are_asked_never_guessed() -> None:
    codes = {question.code for question in read("Chỉ số CHCC ngày 31/02/2025, khoảng 20-15 người, gọi 0912345678, XQZ").questions}
    assert codes == {"slip", "impossible_date", "range_order", "personal_data", "unknown_capitals"}


def test_station_lexicon_wins_and_changes_the_version() -> None:
    mine = Lexicon({"TDP": "tổ dân phố số một"})
    assert spoken("TDP", lexicon=mine) == "tổ dân phố số một"
    assert mine.version != read("x").lexicon_version
