"""Số thứ tự tự động được tính đúng như Word hiện."""

from __future__ import annotations

import pytest

from broadcaster.newsroom.importing import import_file
from broadcaster.newsroom.importing.numbering import format_number
from tests.newsroom.importing.build import level, numbered, numbering, p, r, word

TWO = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/>{}</w:num>'


def lines(body: str, lists: str = "", styles: str = "") -> list[str]:
    return import_file(word(body, numbering=lists, styles=styles), "a.docx").text.split("\n")


def items(*pairs: tuple[str, int]) -> str:
    return "".join(p(text, props=numbered(1, depth)) for text, depth in pairs)


@pytest.mark.parametrize(
    ("number", "style", "label"),
    [
        (1, "decimal", "1"),
        (7, "decimalZero", "07"),
        (3, "lowerLetter", "c"),
        (27, "lowerLetter", "aa"),
        (2, "upperLetter", "B"),
        (14, "upperRoman", "XIV"),
        (9, "lowerRoman", "ix"),
        (0, "upperRoman", "0"),
        (10**9, "upperRoman", str(10**9)),
        (10**9, "lowerLetter", str(10**9)),
        (5, "vietnameseCounting", "5"),
        (5, "none", ""),
    ],
)
def test_number_formats(number: int, style: str, label: str) -> None:
    assert format_number(number, style) == label


def test_a_composed_label_with_levels_never_seen() -> None:
    lists = numbering(level(0, "upperRoman", "%1."), level(1, "decimal", "%1.%2."), level(2, "decimal", "%1.%2.%3", "<w:isLgl/>"))
    assert lines(items(("a", 1), ("b", 1), ("c", 2), ("d", 0), ("e", 2)), lists) == [
        "I.1. a",
        "I.2. b",
        "1.2.1 c",
        "II. d",
        "2.1.1 e",
    ]


def test_two_lists_over_one_definition_go_on_counting() -> None:
    body = p("a", props=numbered(1)) + p("b", props=numbered(2)) + p("c", props=numbered(1))
    assert lines(body, numbering(level(0, "decimal", "%1."), lists=TWO.format(""))) == ["1. a", "2. b", "3. c"]


def test_a_start_override_restarts_once() -> None:
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    body = p("a", props=numbered(1)) + p("b", props=numbered(1)) + p("c", props=numbered(2)) + p("d", props=numbered(2))
    assert lines(body, numbering(level(0, "decimal", "%1."), lists=TWO.format(restart))) == ["1. a", "2. b", "1. c", "2. d"]


def test_a_level_that_never_restarts() -> None:
    lists = numbering(level(0, "upperRoman", "%1."), level(1, "decimal", "Điều %2.", '<w:lvlRestart w:val="0"/>'))
    assert lines(items(("A", 0), ("x", 1), ("B", 0), ("y", 1)), lists) == ["I. A", "Điều 1. x", "II. B", "Điều 2. y"]


def test_a_start_other_than_one_and_a_label_without_space() -> None:
    lists = numbering(level(0, "decimal", "(%1)", '<w:suff w:val="nothing"/>', start=5))
    assert lines(items(("năm", 0), ("sáu", 0)), lists) == ["(5)năm", "(6)sáu"]


def test_numbers_through_a_paragraph_style_and_their_cancelling() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="Goc"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Con"><w:basedOn w:val="Goc"/></w:style>'
    )
    lists = numbering(level(0, "upperRoman", "%1."), level(1, "lowerLetter", "%2)", '<w:pStyle w:val="Con"/>'))
    body = p("Một", style="Goc") + p("nhỏ", style="Con") + p("không số", style="Goc", props=numbered(0)) + p("Hai", style="Goc")
    assert lines(body, lists, styles) == ["I. Một", "a) nhỏ", "không số", "II. Hai"]


def test_a_list_defined_by_a_numbering_style() -> None:
    lists = (
        '<w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="Khung"/></w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="1"><w:styleLink w:val="Khung"/>{level(0, "upperLetter", "%1.")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="9"><w:abstractNumId w:val="1"/></w:num>'
    )
    assert lines(items(("một", 0), ("hai", 0)), lists) == ["A. một", "B. hai"]


def test_hidden_and_deleted_items_take_no_number_but_empty_ones_do() -> None:
    hidden = p(r("ẩn", "<w:vanish/>"), props=f"{numbered(1)}<w:rPr><w:vanish/></w:rPr>")
    mark = f'{numbered(1)}<w:rPr><w:del w:id="2"/></w:rPr>'
    deleted = p('<w:del w:id="1"><w:r><w:delText>xoá</w:delText></w:r></w:del>', props=mark)
    body = items(("một", 0)) + hidden + deleted + items(("hai", 0), ("", 0), ("bốn", 0))
    assert lines(body, numbering(level(0, "decimal", "%1."))) == ["1. một", "2. hai", "", "4. bốn"]


def test_a_hidden_label_is_not_spoken() -> None:
    lists = numbering(level(0, "decimal", "%1.").replace("</w:lvl>", "<w:rPr><w:vanish/></w:rPr></w:lvl>"))
    assert lines(items(("chữ", 0)), lists) == ["chữ"]


def test_wrong_numbers_do_not_break_the_file() -> None:
    assert lines(p("a", props=numbered(77)) + p("b", props='<w:numPr><w:ilvl w:val="x"/><w:numId w:val="1"/></w:numPr>')) == [
        "a",
        "b",
    ]
    assert lines(items(("sâu", 99)), numbering(level(0, "decimal", "%1."))) == ["sâu"]
