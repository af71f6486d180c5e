"""Câu chữ trước máy đọc: không mất chữ nào khi cắt đoạn, không đoạn nào dài quá hay câm."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadcaster.errors import VoiceFailed
from broadcaster.sound.voices.text import (
    CLAUSE_PAUSE_MS,
    PARAGRAPH_PAUSE_MS,
    SENTENCE_PAUSE_MS,
    WORD_PAUSE_MS,
    VoiceLine,
    lines,
    pack,
    syllables,
)

LIMIT = 100
sentence = (
    st.lists(
        st.text("aăâbcđeêghôơưýệ", min_size=1, max_size=9) | st.sampled_from(["và,", "là:", "này;", "-", "–", "...", "x" * 250]),
        min_size=1,
        max_size=80,
    )
    .map(" ".join)
    .filter(syllables)
)


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@given(sentence)
def test_packing_keeps_every_letter_in_order(text: str) -> None:
    chunks = pack(VoiceLine(text, SENTENCE_PAUSE_MS), LIMIT)
    assert letters("".join(chunk.text for chunk in chunks)) == letters(text)


@given(sentence)
def test_no_chunk_is_longer_than_the_limit(text: str) -> None:
    assert all(0 < len(chunk.text) <= LIMIT for chunk in pack(VoiceLine(text, SENTENCE_PAUSE_MS), LIMIT))


@given(sentence)
def test_no_chunk_is_mute(text: str) -> None:
    assert all(syllables(chunk.text) for chunk in pack(VoiceLine(text, SENTENCE_PAUSE_MS), LIMIT))


@given(sentence)
def test_only_the_last_chunk_carries_the_pause_of_the_sentence(text: str) -> None:
    *inner, last = pack(VoiceLine(text, PARAGRAPH_PAUSE_MS), LIMIT)
    assert last.pause_ms == PARAGRAPH_PAUSE_MS
    assert {chunk.pause_ms for chunk in inner} <= {CLAUSE_PAUSE_MS, WORD_PAUSE_MS}


def test_a_long_sentence_is_cut_where_the_announcer_breathes() -> None:
    text = (
        "Nâng cao nhận thức của tập thể lãnh đạo, người đứng đầu cơ quan, của cán bộ, công chức trong cơ quan, "
        "và nhân dân về ý nghĩa của công tác cải cách hành chính"
    )
    chunks = pack(VoiceLine(text, SENTENCE_PAUSE_MS), LIMIT)
    assert [chunk.text for chunk in chunks] == [
        "Nâng cao nhận thức của tập thể lãnh đạo, người đứng đầu cơ quan, của cán bộ,",
        "công chức trong cơ quan, và nhân dân về ý nghĩa của công tác cải cách hành chính",
    ]
    assert chunks[0].pause_ms == CLAUSE_PAUSE_MS


def test_words_are_shared_evenly_when_there_is_no_comma() -> None:
    text = " ".join(["tiếng"] * 18)  # 107 ký tự: chia đôi chứ không để rớt một từ
    assert sorted(len(chunk.text.split()) for chunk in pack(VoiceLine(text, 0), LIMIT)) == [9, 9]


def test_a_decimal_comma_is_not_a_breath() -> None:
    text = "Tỷ lệ đạt " + "9,5 " * 30
    assert all(not chunk.text.endswith("9,") for chunk in pack(VoiceLine(text.strip(), 0), LIMIT))


def test_decomposed_letters_are_composed() -> None:
    (line,) = lines([unicodedata.normalize("NFD", "Đường Nguyễn Trãi")])
    assert line.text == "Đường Nguyễn Trãi"


def test_control_characters_never_reach_the_engine() -> None:
    (line,) = lines(["\x01Xin\u200b chào\x00"])
    assert line.text == "Xin chào"


def test_mute_sentences_keep_their_place() -> None:
    assert [line.text for line in lines(["Một.", "...", "Hai."])] == ["Một.", "", "Hai."]


def test_a_line_break_ends_a_paragraph() -> None:
    assert [line.pause_ms for line in lines(["Một.", "Hai.\n"])] == [SENTENCE_PAUSE_MS, PARAGRAPH_PAUSE_MS]


@pytest.mark.parametrize("nothing", [[], [""], ["...", " \n", "—"]])
def test_nothing_to_say_is_said(nothing: list[str]) -> None:
    with pytest.raises(VoiceFailed, match="không có chữ nào"):
        lines(nothing)


NUMBERS = [
    "ba mươi phút",
    "ngày mười lăm tháng ba năm hai nghìn không trăm hai mươi sáu",
    "ba trăm năm mươi nghìn đồng",
    "chín mươi mốt phẩy bốn ba phần trăm",
]
WORDS = st.sampled_from("bà con nhân dân tổ dân phố đến họp đúng hẹn mang theo giấy tờ tùy thân và hồ sơ của gia đình".split())


@given(st.lists(WORDS, min_size=3, max_size=14), st.sampled_from(NUMBERS), st.lists(WORDS, min_size=3, max_size=14))
@example("nhân họp và nhân nhân bà của bà đúng".split(), NUMBERS[1], "tùy tùy tổ dân thân hẹn nhân thân".split())
def test_no_piece_ends_inside_a_value(before: list[str], value: str, after: list[str]) -> None:
    """“từ bảy giờ ba mươi | phút”: hai mẩu xin riêng thì máy chủ đọc thành hai câu."""
    text = " ".join([*before, value, *after])
    assert any(value in chunk.text for chunk in pack(VoiceLine(text, 0), LIMIT))


def test_a_short_piece_is_better_than_a_value_cut_in_two() -> None:
    value = NUMBERS[1]
    text = " ".join([*["bà"] * 11, value, *["nghiêng"] * 6])  # chỗ cắt ngoài giá trị nào cũng xa chỗ chia đều
    assert any(value in chunk.text for chunk in pack(VoiceLine(text, 0), LIMIT))


def test_no_piece_ends_inside_a_name_and_a_new_thought_is_preferred() -> None:
    text = (
        "Ủy ban nhân dân phường Phùng Chí Kiên và công an phường tổ chức ra quân bảo đảm trật tự đô thị trên tuyến đường "
        "Nguyễn Văn Linh"
    )
    chunks = [chunk.text for chunk in pack(VoiceLine(text, 0), LIMIT)]
    assert len(chunks) == 2
    assert chunks[1].split()[0] in ("và", "trên")
    assert any("Phùng Chí Kiên" in chunk for chunk in chunks)


def test_a_value_longer_than_a_piece_is_still_cut_between_words() -> None:
    digits = " ".join(["không chín một hai"] * 12)
    chunks = [chunk.text for chunk in pack(VoiceLine(digits, 0), LIMIT)]
    assert " ".join(chunks) == digits
    assert all(len(chunk) <= LIMIT for chunk in chunks)
