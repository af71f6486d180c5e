"""Những góc ít gặp của tệp Word mà cán bộ vẫn mang tới: công thức, ký hiệu, mục lục, bảng dàn trang, gói lạ."""

from __future__ import annotations

import pytest

from broadcaster.newsroom.importing import Imported, import_file
from broadcaster.newsroom.importing.ooxml import W
from tests.newsroom.importing.build import NAMESPACES, p, pack, r, relations, word

STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"


def imported(body: str, **parts: str) -> Imported:
    return import_file(word(body, **parts), "tin.docx")


def said(body: str, **parts: str) -> str:
    return " ".join(imported(body, **parts).notes)


def tc(*paragraphs: str, props: str = "") -> str:
    return f"<w:tc><w:tcPr>{props}</w:tcPr>{''.join(map(p, paragraphs))}</w:tc>"


def tr(*cells: str, props: str = "") -> str:
    return f"<w:tr><w:trPr>{props}</w:trPr>{''.join(cells)}</w:tr>"


def field(code: str, result: str) -> str:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    return f"{mark('begin')}<w:r><w:instrText>{code}</w:instrText></w:r>{mark('separate')}{result}{mark('end')}"


@pytest.mark.parametrize(
    ("font", "char", "text"),
    [
        ("Wingdings", "F0E0", "→"),
        ("Symbol", "F0B7", "-"),
        ("Symbol", "F0B3", "≥"),
        ("Arial", "00BD", "½"),
        (".VnTime", "F0A7", "Đ"),
    ],
)
def test_symbols(font: str, char: str, text: str) -> None:
    assert imported(p("a ", f'<w:r><w:sym w:font="{font}" w:char="{char}"/></w:r>', " b")).text == f"a {text} b"


def test_an_unknown_symbol_is_dropped_and_reported() -> None:
    body = p("a", '<w:r><w:sym w:font="Webdings" w:char="F021"/></w:r>', "\uf0ee")
    assert imported(body).text == "a"
    assert "2 ký hiệu" in said(body)


@pytest.mark.parametrize("bullet", ["•", "\uf0b7", "–", "➢", "*", "●"])
def test_typed_bullets_become_one_kind(bullet: str) -> None:
    assert imported(p(f"{bullet} mục một") + p(f"{bullet}\tmục hai")).text.startswith("- mục một\n- mục hai")


def test_a_power_stays_a_power() -> None:
    body = p("10", r("2", '<w:vertAlign w:val="superscript"/>'), " và CO", r("2", '<w:vertAlign w:val="subscript"/>'))
    assert imported(body).text == "10² và CO2"


def test_formulas_are_written_on_one_line_and_reported() -> None:
    def run(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    fraction = f"<m:f><m:num>{run('a+b')}</m:num><m:den>{run('2')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{run('x')}</m:e><m:sup>{run('2')}</m:sup></m:sSup>"
    root = f"<m:rad><m:deg/><m:e>{run('y')}</m:e></m:rad>"
    body = p("S = ", f"<m:oMath>{fraction}{run('+')}{power}{run('-')}{root}</m:oMath>")
    assert imported(body).text == "S = (a+b)/2+x²-√(y)"
    assert "1 công thức" in said(body)


def test_struck_text_is_kept_and_reported() -> None:
    body = p("giá ", r("5", "<w:strike/>"), "6")
    assert imported(body).text == "giá 56"
    assert "gạch ngang" in said(body)


def test_a_drop_cap_belongs_to_its_word() -> None:
    assert imported(p("K", props='<w:framePr w:dropCap="drop"/>') + p("ính thưa bà con")).text == "Kính thưa bà con"


def test_the_last_deleted_mark_loses_no_text() -> None:
    assert imported(p("đầu") + p("cuối", props='<w:rPr><w:del w:id="1"/></w:rPr>')).text == "đầu\ncuối"


def test_a_table_does_not_swallow_the_paragraph_before_it() -> None:
    body = p("trước", props='<w:rPr><w:del w:id="1"/></w:rPr>') + "<w:tbl>" + tr(tc("a"), tc("b")) + "</w:tbl>" + p("sau")
    assert imported(body).text == "trước\na; b\nsau"


def test_an_inserted_row_is_taken_and_reported() -> None:
    body = "<w:tbl>" + tr(tc("mới"), tc("thêm"), props='<w:ins w:id="1"/>') + "</w:tbl>"
    assert imported(body).text == "mới; thêm"
    assert "Track Changes" in said(body)


def test_a_contents_list_is_dropped_in_every_form() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="M1"><w:name w:val="toc 1"/></w:style>'
    gallery = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    body = (
        f"<w:sdt>{gallery}<w:sdtContent>{p('Mục lục')}</w:sdtContent></w:sdt>"
        + p("I. Mục đích 3", style="M1")
        + p(field("TOC \\o", r("I. Mục đích") + field("PAGEREF x", r("3"))))
        + p("Thân")
    )
    assert imported(body, styles=styles).text == "Thân"
    assert "mục lục" in said(body, styles=styles)


def test_a_contents_field_may_span_paragraphs() -> None:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>TOC</w:instrText></w:r>'
    body = (
        p(begin + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + r("dòng một"))
        + p("dòng hai")
        + p('<w:r><w:fldChar w:fldCharType="end"/></w:r>')
        + p("Thân")
    )
    assert imported(body).text == "Thân"
    assert imported(body.replace('<w:fldChar w:fldCharType="end"/>', "")).text == "dòng hai\n\nThân"


def test_pictures_charts_and_embedded_objects_are_counted() -> None:
    picture = "<w:r><w:drawing><a:graphic><a:graphicData><a:blip/></a:graphicData></a:graphic></w:drawing></w:r>"
    chart = '<w:r><w:drawing><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"/></w:drawing></w:r>'
    sheet = "<w:r><w:object><v:shape><v:imagedata/></v:shape><o:OLEObject/></w:object></w:r>"
    notes = said(p("chữ", picture, chart, sheet))
    assert "2 ảnh" in notes
    assert "biểu đồ" in notes
    assert "1 đối tượng" in notes


def test_word_art_is_text() -> None:
    art = '<w:r><w:pict><v:shape><v:textpath string="Chúc mừng năm mới"/></v:shape></w:pict></w:r>'
    assert imported(p("Đầu", art)).text == "Đầu\nChúc mừng năm mới"


def test_phonetic_guides_keep_the_base_only() -> None:
    assert imported(p(f"<w:r><w:ruby><w:rt>{r('đọc')}</w:rt><w:rubyBase>{r('chữ')}</w:rubyBase></w:ruby></w:r>")).text == "chữ"


def test_an_inserted_file_is_reported() -> None:
    assert "chèn một tệp khác" in said(p("a") + '<w:altChunk w:id="r9"/>')


def test_a_layout_table_keeps_its_lines() -> None:
    table = "<w:tbl>" + tr(tc("ỦY BAN NHÂN DÂN", "PHƯỜNG BẾN CÁT"), tc("CỘNG HÒA", "Độc lập")) + "</w:tbl>"
    assert imported(table).text == "ỦY BAN NHÂN DÂN\nPHƯỜNG BẾN CÁT\nCỘNG HÒA\nĐộc lập"


def test_a_table_of_one_column_is_a_frame() -> None:
    body = "<w:tbl>" + tr(tc("một", "hai")) + tr(tc("ba")) + "</w:tbl>"
    assert imported(body).text == "một\nhai\nba"
    assert imported(body).notes == ()


def test_a_nested_table_is_read_inside_its_cell() -> None:
    inner = "<w:tbl>" + tr(tc("x"), tc("y")) + "</w:tbl>"
    body = f"<w:tbl><w:tr><w:tc>{inner}{p('')}</w:tc>{tc('z')}</w:tr></w:tbl>"
    assert imported(body).text == "x; y; z"


def test_deleted_and_hidden_rows_and_cells_are_left_out() -> None:
    body = (
        "<w:tbl>"
        + tr(tc("đã xoá"), props='<w:del w:id="1"/>')
        + tr(tc("ẩn"), props="<w:hidden/>")
        + tr(tc("còn"), tc("ô xoá", props='<w:cellDel w:id="2"/>'), tc("lại"))
        + "</w:tbl>"
    )
    assert imported(body).text == "còn; lại"
    assert "Track Changes" in said(body)


def test_rows_and_cells_inside_controls_are_found() -> None:
    wrapped = "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>".format
    row = wrapped(tr(wrapped(tc("a")), tc("b."), tc("c")))
    assert imported(f"<w:tbl>{row}</w:tbl>").text == "a; b. c"


def test_a_hidden_style_and_its_exception() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="An"><w:rPr><w:vanish/></w:rPr></w:style>'
    body = p("ẩn", r("hiện", '<w:vanish w:val="false"/>'), style="An") + p("rõ")
    assert imported(body, styles=styles).text == "hiệnrõ"


def test_hiding_twice_shows_again() -> None:
    styles = "".join(
        f'<w:style w:type="{kind}" w:styleId="{name}"><w:rPr><w:vanish/></w:rPr></w:style>'
        for kind, name in (("paragraph", "P"), ("character", "C"))
    )
    assert imported(p("ẩn", r("hiện", '<w:rStyle w:val="C"/>'), style="P"), styles=styles).text == "hiện"


def test_a_style_separator_joins_a_heading_to_its_sentence() -> None:
    assert imported(p("Mục một. ", props="<w:rPr><w:specVanish/></w:rPr>") + p("Nội dung")).text == "Mục một. Nội dung"


def test_the_branch_that_holds_the_text_is_taken() -> None:
    old = f"<w:pict><v:textbox><w:txbxContent>{p('trong khung')}</w:txbxContent></v:textbox></w:pict>"
    new = '<mc:Choice Requires="wpc"><w:drawing/></mc:Choice>'
    run = f"<w:r><mc:AlternateContent>{new}<mc:Fallback>{old}</mc:Fallback></mc:AlternateContent></w:r>"
    assert imported(p("ngoài", run)).text == "ngoài\ntrong khung"


def test_styles_that_point_at_each_other_do_not_loop() -> None:
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{one}"><w:basedOn w:val="{other}"/></w:style>' for one, other in ("AB", "BA")
    )
    assert imported(p("chữ", style="A"), styles=styles).text == "chữ"


def test_strict_documents_utf16_parts_and_backslash_names() -> None:
    document = f"<w:document {NAMESPACES}><w:body>{p('Thân bài')}</w:body></w:document>"
    strict = document.replace(W, STRICT)
    assert import_file(word("", parts={"word/document.xml": strict}), "a.docx").text == "Thân bài"
    wide = f'<?xml version="1.0" encoding="UTF-16"?>{document}'.encode("utf-16")
    assert import_file(word("", parts={"word/document.xml": wide}), "a.docx").text == "Thân bài"
    assert import_file(pack({"word\\document.xml": document}), "a.docx").text == "Thân bài"


def test_a_document_without_styles_or_lists() -> None:
    data = word(p("Thân", style="Mat"), parts={"word/_rels/document.xml.rels": relations(("image", "media/a.png"))})
    assert import_file(data, "a.docx").text == "Thân"


def test_a_large_picture_costs_nothing() -> None:
    data = word(p("Thân"), parts={"word/media/a.bmp": bytes(40_000_000)})
    assert import_file(data, "a.docx").text == "Thân"


def test_the_name_does_not_decide() -> None:
    assert import_file(word(p("Thân")), "cong-van.doc").text == "Thân"
    plain = import_file("Chữ thường".encode(), "cong-van.docx")
    assert plain.text == "Chữ thường"
    assert "Tên tệp là tệp Word" in plain.notes[0]
