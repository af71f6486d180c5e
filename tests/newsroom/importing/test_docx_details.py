"""Những góc ít gặp của tệp Word mà cán bộ vẫn mang tới: công thức, ký hiệu, mục lục, bảng dàn trang, gói lạ."""

from __future__ import annotations

import pytest

from broadcaster.errors import Invalid
from broadcaster.newsroom.importing import Imported, import_file
from broadcaster.newsroom.importing.ooxml import W
from tests.newsroom.importing.build import NAMESPACES, OFFICE, p, pack, r, relations, word

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


def test_struck_text_is_left_out_and_quoted() -> None:
    body = p("giá ", r("5", "<w:strike/>"), "6")
    assert imported(body).text == "giá 6", "giữ lại thì “5” gạch bỏ dính vào thành năm mươi sáu"
    assert "“5”" in said(body)


@pytest.mark.parametrize(
    ("before", "mark", "after", "text"),
    [
        ("Phí 20.000", "2", " đồng", "Phí 20.000 đồng"),
        ("diện tích 30 m", "2", "", "diện tích 30 m²"),
        ("thể tích 5 cm", "3", "", "thể tích 5 cm³"),
        ("có 10", "6", " con", "có 10⁶ con"),
        ("có 1.010", "6", " con", "có 1.010 con"),
        ("nhiệt độ 38,5", "o", "C", "nhiệt độ 38,5°C"),
        ("nhiệt độ 38", "0", "C", "nhiệt độ 38°C"),
        ("người cao tuổi", "(1)", " được khám", "người cao tuổi được khám"),
        ("theo mẫu", "*", " kèm theo", "theo mẫu kèm theo"),
        ("", "1", " Theo quyết định", "Theo quyết định"),
        ("hạng A", "th", "", "hạng Ath"),
    ],
)
def test_small_raised_letters_are_a_power_a_degree_or_a_typed_note(before: str, mark: str, after: str, text: str) -> None:
    body = p(before, r(mark, '<w:vertAlign w:val="superscript"/>'), after)
    assert imported(body).text == text
    dropped = len(text) == len((before + after).strip())
    assert ("dấu chú thích" in said(body)) is dropped


def form_field(data: str, name: str, result: str = "") -> str:
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r>'
        f'<w:r><w:instrText> {name} </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'{r(result) if result else ""}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def drop_down(chosen: str, result: str = "") -> str:
    entries = "".join(f'<w:listEntry w:val="{one}"/>' for one in ("tổ 1", "tổ 2"))
    return form_field(f"<w:ddList>{chosen}{entries}</w:ddList>", "FORMDROPDOWN", result)


@pytest.mark.parametrize(
    ("control", "text"),
    [
        (drop_down('<w:result w:val="1"/>'), "nơi: tổ 2."),
        (drop_down('<w:result w:val="1"/>', "tổ 2"), "nơi: tổ 2."),
        (drop_down(""), "nơi: tổ 1."),
        (drop_down('<w:result w:val="9"/>'), "nơi: ."),
        (form_field("<w:checkBox><w:checked/></w:checkBox>", "FORMCHECKBOX"), "nơi: ☒."),
        (form_field('<w:checkBox><w:checked w:val="0"/></w:checkBox>', "FORMCHECKBOX"), "nơi: ☐."),
        (form_field('<w:checkBox><w:default w:val="1"/></w:checkBox>', "FORMCHECKBOX"), "nơi: ☒."),
        (form_field("<w:textInput/>", "FORMTEXT", "15/4"), "nơi: 15/4."),
    ],
)
def test_what_was_chosen_in_a_form_is_taken(control: str, text: str) -> None:
    assert imported(p("nơi: ", control, ".")).text == text


def test_a_form_tells_its_lists_and_boxes() -> None:
    told = said(p("a ", drop_down(""), form_field("<w:checkBox/>", "FORMCHECKBOX")))
    assert "1 ô chọn" in told
    assert "1 ô đánh dấu" in told
    new = f'<w:sdt><w:sdtPr><w14:checkbox xmlns:w14="urn:x"/></w:sdtPr><w:sdtContent>{r("☒")}</w:sdtContent></w:sdt>'
    assert "1 ô đánh dấu" in said(p(new, " có"))


def test_a_date_that_changes_by_itself_is_told() -> None:
    assert "ngày giờ tự động" in said(p("Hạn ", field(" DATE \\@ dd/MM ", "05/04")))


INSERTED = {
    "html": ("word/a.html", "<html><head><title>x</title></head><body><p>Phun thuốc<br>lúc 6 giờ</p><script>y</script>"
             "<table><tr><td>Tổ 1</td><td>Tổ 2</td></tr></table><p>Giá <s>5</s> 6</p></body></html>",
             "Phun thuốc\nlúc 6 giờ\nTổ 1; Tổ 2\nGiá 6"),
    "docx": ("word/a.docx", word(p("Trong tệp chèn")), "Trong tệp chèn"),
    "txt": ("word/a.txt", "Chữ thường", "Chữ thường"),
    "rtf": ("word/a.rtf", "{\\rtf1 x}", ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", INSERTED)
def test_a_file_inserted_whole_is_read_at_its_place_or_told(kind: str) -> None:
    name, content, text = INSERTED[kind]
    chunk = f'<w:altChunk xmlns:r="{OFFICE}" r:id="r0"/>'
    parts = {name: content, "word/_rels/document.xml.rels": relations(("aFChunk", name.removeprefix("word/")))}
    found = import_file(word(p("Trước") + chunk + p("Sau"), parts=parts), "tin.docx")
    assert found.text == "\n".join(filter(None, ["Trước", text, "Sau"]))
    assert ("đã lấy chữ" in " ".join(found.notes)) is bool(text)
    assert ("không lấy được chữ" in " ".join(found.notes)) is not bool(text)


def test_a_document_whose_text_is_all_inside_an_unread_file_says_so() -> None:
    chunk = f'<w:altChunk xmlns:r="{OFFICE}" r:id="r0"/>'
    parts = {"word/a.rtf": "{\\rtf1 x}", "word/_rels/document.xml.rels": relations(("aFChunk", "a.rtf"))}
    with pytest.raises(Invalid, match="tệp khác được chèn"):
        import_file(word(chunk, parts=parts), "tin.docx")


def test_files_inside_files_are_opened_once() -> None:
    """Tệp chèn lại chứa tệp chèn: không đi sâu mãi."""
    chunk = f'<w:altChunk xmlns:r="{OFFICE}" r:id="r0"/>'
    rels = {"word/_rels/document.xml.rels": relations(("aFChunk", "a.docx"))}
    deep = word(
        p("Ngoài") + chunk,
        parts={**rels, "word/a.docx": word(p("Giữa") + chunk, parts={**rels, "word/a.docx": word(p("Trong"))})},
    )
    assert import_file(deep, "tin.docx").text == "Ngoài\nGiữa"


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
