"""Điều không bao giờ sai, với mọi chữ vào: đoạn phủ kín không chồng, chỉ chữ Việt đi ra, chỗ trong chữ gốc đúng chỗ."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.reading import read
from broadcaster.reading.claims import Claims, Said
from broadcaster.reading.lexicon import built_in
from broadcaster.reading.model import Kind
from broadcaster.reading.normal import normal
from broadcaster.reading.rules.order import NAMES, RULES
from broadcaster.reading.scan import Anchors
from tests.reading.test_golden import PAIRS

VIETNAMESE = set("abcdefghijklmnopqrstuvwxyzăâđêôơư")
PAUSES = set(" \n.,;:!?…-–—")
SIGNS = "0 1 5 12 31 2025 . , / - – : ; ( ) % + < > = ~ → ½ ² ₂ Ⅳ ① ㎡ ≠ ÷ √ ^ … ₫ & @ # * _ |".split()
CARRIERS = ["\t", "\n", "\u00a0", "\u200b", "\u0301", "😀", "∮", "Ж", "漢"]
WORDS = """
    ngày tháng năm giờ h đồng đ tr hộ người TDP UBND ĐT TT CN T7 quý I số 0912 345 678 Nơi nhận: TM. KT. Ng. a. đ/c /QĐ-UBND x A B
    """.split()
pieces = st.lists(st.sampled_from([*SIGNS, *CARRIERS, *WORDS]), max_size=40)
texts = st.one_of(st.text(max_size=200), pieces.map("".join), pieces.map(" ".join))


def is_vietnamese(text: str) -> bool:
    """Mọi chữ cái là chữ Việt (hay f j w z), mọi thứ khác là chỗ nghỉ."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))
    return set(bare) <= VIETNAMESE | PAUSES


@settings(max_examples=300, deadline=None)
@given(texts)
def test_only_vietnamese_letters_leave_and_nothing_is_lost_or_said_twice(text: str) -> None:
    reading = read(text)
    assert is_vietnamese(reading.spoken), reading.spoken
    assert "".join(reading.source[span.start : span.end] for span in reading.spans) == reading.source
    assert all(question.start <= question.end <= len(reading.source) for question in reading.questions)


@settings(max_examples=200, deadline=None)
@given(texts)
def test_what_was_read_is_read_as_itself(text: str) -> None:
    said = " ".join(read(text).sentences)
    assert not re.search(r"\d", said)
    assert is_vietnamese(" ".join(read(said).sentences))


@settings(max_examples=200, deadline=None)
@given(texts)
def test_places_point_into_the_text_as_given(text: str) -> None:
    reading = read(text)
    first = last = 0
    for span in reading.spans:
        place = reading.place(span.start, span.end)
        assert first <= place["given_start"] <= place["given_end"]
        first, last = place["given_start"], place["given_end"]
        assert normal(text[place["given_start"] : last]).text.strip(" \t") in reading.source
        assert len(text[: place["given_start"]].encode("utf-16-le")) == 2 * place["utf16_start"]
        assert len(text[:last].encode("utf-16-le")) == 2 * place["utf16_end"]


def test_places_of_a_text_with_decomposed_letters_blanks_and_emoji() -> None:
    text = "😀 Ho\u0323p   lu\u0301c 7h30"
    reading = read(text)
    span = next(span for span in reading.spans if span.kind is Kind.TIME)
    place = reading.place(span.start, span.end)
    assert text[place["given_start"] : place["given_end"]] == "7h30"
    assert place["utf16_start"] == place["given_start"] + 1


def test_a_claim_refuses_what_is_taken() -> None:
    claims = Claims("0123456789")
    assert claims.add(2, 5, Kind.NUMBER, "a", "x")
    for start, end in ((2, 5), (4, 6), (0, 3), (0, 10), (5, 5)):
        assert not claims.add(start, end, Kind.NUMBER, "b", "y")
    assert claims.add(5, 6, Kind.NUMBER, Said("c", ("d",)), "z")
    assert not claims.release(4, 6)
    assert claims.release(2, 6)
    assert claims.add(0, 10, Kind.NUMBER, "e", "w")
    assert [span.spoken for span in claims.in_order()] == ["e"]


def test_no_short_form_has_two_meanings_without_a_context() -> None:
    plain: dict[str, set[str]] = {}
    for entry in built_in().all:
        if not entry.contexts:
            plain.setdefault(entry.surface.lower() if entry.any_case else entry.surface, set()).add(entry.reading)
    assert {surface: readings for surface, readings in plain.items() if len(readings) > 1} == {}


FAMILIES = {rule.name.removesuffix("_signed") for rule in (*NAMES, *RULES) if rule.at}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_rule_starts_only_where_it_says(family: str) -> None:
    """Mọi chỗ mẫu của luật khớp trong tệp vàng đều nằm trong các chỗ bắt đầu mà luật (và luật cùng mẫu xét dấu) khai."""
    text = "\n".join(written for written, _ in PAIRS)
    anchors, rules = Anchors(text), [rule for rule in (*NAMES, *RULES) if rule.name.removesuffix("_signed") == family]
    if not all(rule.at for rule in rules):
        return  # một luật của họ này tìm khắp văn bản
    allowed = {start for rule in rules for start in anchors.of(rule.at, rule.follow)}
    missed = {match[0] for rule in rules for match in rule.pattern.finditer(text) if match.start() not in allowed}
    assert missed == set()
