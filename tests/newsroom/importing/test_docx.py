"""Tệp Word thành đúng những chữ người đọc nhìn thấy, và mọi thứ đã bỏ đều được nói ra."""

from __future__ import annotations

import io

import docx
import pytest

from broadcaster.newsroom.importing import FileKind, import_file
from tests.newsroom.importing.build import NAMESPACES, level, numbered, numbering, p, r, relations, word


def text_of(body: str, **parts: str) -> str:
    return import_file(word(body, **parts), "tin.docx").text


def notes_of(data: bytes) -> str:
    return " ".join(import_file(data, "tin.docx").notes)


def test_a_document_made_by_python_docx() -> None:
    document = docx.Document()
    document.add_heading("Thông báo tiêm phòng", 0)
    document.add_paragraph("Kính thưa bà con.")
    document.add_paragraph("Mang theo sổ hộ khẩu", style="List Number")
    document.add_paragraph("Mang theo thẻ bảo hiểm", style="List Number")
    document.add_paragraph("Trẻ dưới 5 tuổi", style="List Bullet")
    buffer = io.BytesIO()
    document.save(buffer)
    imported = import_file(buffer.getvalue(), "tb.docx")
    assert imported.kind is FileKind.DOCX
    assert imported.title == "Thông báo tiêm phòng"
    assert imported.text == (
        "Thông báo tiêm phòng\nKính thưa bà con.\n1. Mang theo sổ hộ khẩu\n2. Mang theo thẻ bảo hiểm\n- Trẻ dưới 5 tuổi"
    )
    assert imported.notes == ()
    assert imported.converted == ()


def test_runs_of_one_word_are_joined() -> None:
    assert text_of(p(r("tuyên tru"), r("yền"))) == "tuyên truyền"


def test_tracked_changes_are_accepted_and_reported() -> None:
    body = p("Họp lúc ", f'<w:del w:id="1"><w:r><w:delText>7</w:delText></w:r></w:del><w:ins w:id="2">{r("8")}</w:ins>', " giờ")
    assert text_of(body) == "Họp lúc 8 giờ"
    assert "Track Changes" in notes_of(word(body))


def test_moved_text_airs_once_where_it_was_moved_to() -> None:
    body = p(
        f'<w:moveFrom w:id="1">{r("Câu chuyển. ")}</w:moveFrom>', "Câu đầu. ", f'<w:moveTo w:id="2">{r("Câu chuyển.")}</w:moveTo>'
    )
    assert text_of(body) == "Câu đầu. Câu chuyển."


def test_a_deleted_paragraph_mark_joins_two_paragraphs() -> None:
    body = p("Ủy ban ", props='<w:rPr><w:del w:id="1"/></w:rPr>') + p("nhân dân")
    assert text_of(body) == "Ủy ban nhân dân"


def test_hidden_text_is_never_taken_directly_or_through_a_style() -> None:
    styles = '<w:style w:type="character" w:styleId="An"><w:rPr><w:vanish/></w:rPr></w:style>'
    body = p("Hiện", r(" ẩn", "<w:vanish/>"), r(" ẩn nữa", '<w:rStyle w:val="An"/>'), r(" rõ", '<w:vanish w:val="0"/>'))
    assert text_of(body, styles=styles) == "Hiện rõ"
    assert "chữ ẩn" in notes_of(word(body, styles=styles))


def test_comments_and_footnotes_are_dropped_and_reported() -> None:
    body = p(
        '<w:commentRangeStart w:id="1"/>', "Nội dung", '<w:commentRangeEnd w:id="1"/>',
        '<w:r><w:commentReference w:id="1"/></w:r>', '<w:r><w:footnoteReference w:id="2"/></w:r>',
    )  # fmt: skip
    assert text_of(body) == "Nội dung"
    assert "comment" in notes_of(word(body))
    assert "chú thích" in notes_of(word(body))


def test_page_fields_are_dropped_and_other_fields_keep_their_result() -> None:
    def field(code: str, result: str) -> str:
        mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
        return mark("begin") + f"<w:r><w:instrText>{code}</w:instrText></w:r>" + mark("separate") + r(result) + mark("end")

    body = p("Trang ", field(" PAGE ", "3"), "ngày ", field(" DATE \\@ dd ", "21")) + p(
        f'<w:fldSimple w:instr="NUMPAGES">{r("9")}</w:fldSimple>', "hết"
    )
    assert text_of(body) == "Trang ngày 21\nhết"
    assert "số trang" in notes_of(word(body))


def test_an_unclosed_field_does_not_swallow_the_rest() -> None:
    body = p('<w:r><w:fldChar w:fldCharType="begin"/></w:r>', "<w:r><w:instrText>PAGE</w:instrText></w:r>") + p("Vẫn còn")
    assert text_of(body) == "Vẫn còn"


def test_breaks_hyphens_and_tabs() -> None:
    body = p(
        "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:noBreakHyphen/><w:t>c</w:t><w:softHyphen/><w:t>d</w:t><w:br/><w:t>e</w:t><w:cr/><w:t>g</w:t></w:r>"
    )
    assert text_of(body) == "a b-cd\ne\ng"


def test_automatic_numbers_on_several_levels() -> None:
    lists = numbering(
        level(0, "upperRoman", "%1."),
        level(1, "decimal", "%2.", ""),
        level(2, "lowerLetter", "%3)"),
        level(3, "bullet", "\uf0b7"),
    )
    body = "".join(
        p(text, props=numbered(1, depth))
        for text, depth in [
            ("Mục đích", 0),
            ("Chung", 1),
            ("ý a", 2),
            ("ý b", 2),
            ("chấm", 3),
            ("Riêng", 1),
            ("ý a lại", 2),
            ("Nội dung", 0),
            ("Đầu", 1),
        ]
    )
    assert text_of(body, numbering=lists) == (
        "I. Mục đích\n1. Chung\na) ý a\nb) ý b\n- chấm\n2. Riêng\na) ý a lại\nII. Nội dung\n1. Đầu"
    )


def test_header_and_footer_are_reported_only_when_they_hold_text() -> None:
    def with_header(text: str) -> bytes:
        return word(
            p("Thân"),
            parts={
                "word/_rels/document.xml.rels": relations(("header", "header1.xml")),
                "word/header1.xml": f"<w:hdr {NAMESPACES}>{p(text)}</w:hdr>",
            },
        )

    assert import_file(with_header("Công văn mật"), "a.docx").text == "Thân"
    assert "đầu trang" in notes_of(with_header("Công văn mật"))
    assert notes_of(with_header("")) == ""


def test_text_box_is_read_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{p('Trong khung')}</w:txbxContent>"
    shape = f"<a:graphic><a:graphicData><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></a:graphicData></a:graphic>"
    new = f'<mc:Choice Requires="wps"><w:drawing>{shape}</w:drawing></mc:Choice>'
    old = f"<mc:Fallback><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback>"
    alternate = f"<w:r><mc:AlternateContent>{new}{old}</mc:AlternateContent></w:r>"
    body = p("Ngoài khung", alternate) + p("Sau")
    assert text_of(body) == "Ngoài khung\nTrong khung\nSau"
    assert "1 khung chữ" in notes_of(word(body))


def test_content_controls_smart_tags_and_links_are_transparent() -> None:
    inline = f"<w:sdt><w:sdtContent>{r(' nhỏ')}</w:sdtContent></w:sdt>"
    sentence = p(f"<w:smartTag>{r('Hà Nội')}</w:smartTag>", " và ", f"<w:hyperlink>{r('trang tin')}</w:hyperlink>", inline)
    placeholder = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
    body = f"<w:sdt><w:sdtContent>{p('Trong ô')}</w:sdtContent></w:sdt>{sentence}{placeholder.format(p('Bấm để nhập chữ'))}"
    assert text_of(body) == "Trong ô\nHà Nội và trang tin nhỏ"


def test_tables_are_read_row_by_row_and_flagged() -> None:
    def cell(text: str, props: str = "") -> str:
        return f"<w:tc><w:tcPr>{props}</w:tcPr>{p(text)}</w:tc>"

    body = (
        "<w:tbl><w:tr>" + cell("Tổ 1", '<w:vMerge w:val="restart"/>') + cell("7 giờ") + cell("Nhà văn hóa") + "</w:tr><w:tr>"
        + cell("", "<w:vMerge/>") + cell("8 giờ, sân trường", '<w:gridSpan w:val="2"/>') + "</w:tr></w:tbl>"
    )  # fmt: skip
    assert text_of(body) == "Tổ 1; 7 giờ; Nhà văn hóa\n8 giờ, sân trường"
    assert "1 bảng" in notes_of(word(body))
    assert "ô gộp" in notes_of(word(body))


@pytest.mark.parametrize("main", ["word/document.xml", "word/document2.xml"])
def test_the_body_is_found_by_relation_not_by_name(main: str) -> None:
    document = f"<w:document {NAMESPACES}><w:body>{p('Thân bài')}</w:body></w:document>"
    data = word("", parts={"_rels/.rels": relations(("officeDocument", f"/{main}")), main: document})
    assert import_file(data, "a.docx").text == "Thân bài"
