"""Văn bản thành tệp Word: phường sửa, ghi số, ký và đóng dấu ngay trong đó; kiểu đoạn thật, hàng đầu bảng lặp lại."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from broadcaster.reports.document import (
    MOTTO,
    NATION,
    NUMERIC,
    TOTAL,
    Block,
    Chart,
    Column,
    Document,
    Heading,
    Kind,
    Letterhead,
    PageBreak,
    Paragraph,
    Signature,
    Table,
    Value,
    label_span,
    number_line,
    place_and_day,
    printable,
    shown,
)
from broadcaster.reports.docx_chart import add_chart
from broadcaster.reports.square import square_png
from broadcaster.sound.files import whole_file

FONT = "Times New Roman"
_TOP, _LEFT, _RIGHT = Mm(20), Mm(30), Mm(15)
"""Lề theo Phụ lục I: trên, dưới 20-25 mm; trái 30-35 mm; phải 15-20 mm."""
_BODY = Pt(13)
_SQUARE, _NOTES_SHARES = Mm(22), (5.0, 1.0)
_NO_DAY = datetime(2020, 1, 1)  # noqa: DTZ001  ngày tạo tệp không nói gì: ngày của văn bản nằm trong văn bản


def write_docx(document: Document, path: Path) -> None:
    """Ghi ``document`` thành .docx ở ``path``, trọn hoặc không có gì."""
    document = printable(document)
    book = docx.Document()
    _styles(book)
    _page(book, landscape=document.landscape)
    book.core_properties.title = document.title[:255]
    book.core_properties.created = book.core_properties.modified = _NO_DAY
    book.core_properties.author = (document.letterhead.issuer if document.letterhead else document.unit)[:255]
    if document.letterhead:
        _letterhead(book, document.letterhead)
    elif document.unit:
        _line(book, document.unit.upper(), bold=True, size=12)
    _title(book, document)
    for block in document.blocks:
        _block(book, block)
    _ending(book, document)
    with whole_file(path) as temporary:
        book.save(str(temporary))
        _forget_the_clock(temporary)


def _forget_the_clock(path: Path) -> None:
    """Giờ nén trong tệp zip là giờ máy: bỏ đi thì hai lần xuất cùng số liệu giống nhau từng byte."""
    with zipfile.ZipFile(path) as archive:
        parts = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def _styles(book: Any) -> None:
    normal = book.styles["Normal"]
    normal.font.name, normal.font.size, normal.font.color.rgb = FONT, _BODY, RGBColor(0, 0, 0)
    _only_font(normal)
    normal.paragraph_format.space_after = Pt(0)
    for level in (1, 2):
        heading = book.styles[f"Heading {level}"]
        heading.font.name, heading.font.size, heading.font.bold = FONT, _BODY, True
        heading.font.color.rgb = RGBColor(0, 0, 0)
        _only_font(heading)
        heading.paragraph_format.space_before = heading.paragraph_format.space_after = Pt(6)
    body = book.styles.add_style("Thân văn bản", WD_STYLE_TYPE.PARAGRAPH)
    body.base_style = normal
    body.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    body.paragraph_format.first_line_indent, body.paragraph_format.space_after = Mm(10), Pt(6)
    note = book.styles.add_style("Ghi chú", WD_STYLE_TYPE.PARAGRAPH)
    note.base_style, note.font.size, note.font.italic = normal, Pt(10), True


def _only_font(style: Any) -> None:
    """Phông của mẫu có sẵn đi theo “chủ đề”; bỏ chủ đề thì tên phông ta đặt mới có hiệu lực cho mọi hệ chữ."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)


def _page(book: Any, *, landscape: bool) -> None:
    section = book.sections[0]
    wide, tall = Mm(210), Mm(297)
    section.page_width, section.page_height = (tall, wide) if landscape else (wide, tall)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = _TOP, _TOP, _LEFT, _RIGHT
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = number.add_run()
    run.font.size = Pt(13)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run._r.append(_field(kind, text))


def _field(kind: str, text: str) -> Any:
    element = OxmlElement("w:fldChar" if kind else "w:instrText")
    if kind:
        element.set(qn("w:fldCharType"), kind)
    else:
        element.text = text
    return element


def _letterhead(book: Any, head: Letterhead) -> None:
    left, right = _plain_row(book, book, (0.42, 0.58))
    if head.parent:
        _cell_line(left, head.parent.upper(), size=12)
    _cell_line(left, head.issuer.upper(), bold=True, size=12)
    _rule(_cell_line(left, ""), 0.35)
    _cell_line(left, number_line(head), size=13)
    _cell_line(right, NATION, bold=True, size=12)
    _cell_line(right, MOTTO, bold=True, size=13)
    _rule(_cell_line(right, ""), 0.62)
    _cell_line(right, place_and_day(head), italic=True, size=13)
    _line(book, "")


def _rule(paragraph: Any, share: float) -> None:
    """Nét kẻ ngang dưới tên cơ quan (1/3-1/2 bề dài) hay dưới tiêu ngữ: viền trên của một đoạn lùi hai bên."""
    paragraph.paragraph_format.line_spacing = Pt(4)
    border = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    border.append(top)
    paragraph._p.get_or_add_pPr().append(border)
    side = Mm(75 * (1 - share) / 2)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = side


def _title(book: Any, document: Document) -> None:
    for text in filter(None, document.title.split("\n")):
        _line(book, text, bold=True, size=14, centre=True)
    for text in filter(None, document.subtitle.split("\n")):
        _line(book, text, bold=True, size=13, centre=True)
    _line(book, "")


def _block(book: Any, block: Block) -> None:
    if isinstance(block, Heading):
        book.add_heading(block.text, block.level)
    elif isinstance(block, Paragraph):
        run = book.add_paragraph(style="Thân văn bản").add_run(block.text)
        run.bold, run.italic = block.bold, block.italic
    elif isinstance(block, Table):
        _table(book, block)
    elif isinstance(block, Chart):
        add_chart(book, block)
    elif isinstance(block, PageBreak):
        book.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _table(book: Any, table: Table) -> None:
    if table.caption:
        _line(book, table.caption, bold=True, centre=True)
    made = book.add_table(rows=1, cols=len(table.columns), style="Table Grid")
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = _widths(book, [column.width for column in table.columns])
    _set_widths(made, widths)
    _fill_row(made.rows[0], [column.heading for column in table.columns], table.columns, heading=True)
    _repeat(made.rows[0])
    for row in table.rows:
        _fill_row(made.add_row(), row, table.columns)
    totals = table.totals()
    if totals:
        last = made.add_row()
        _fill_row(last, totals, table.columns, bold=True)
        _write(_merged(last.cells[0], last.cells[label_span(table) - 1]), TOTAL, bold=True, centre=True)
    if not table.rows:
        empty = made.add_row()
        _write(_merged(empty.cells[0], empty.cells[-1]), table.empty, centre=True)
    if table.note:
        _line(book, table.note, style="Ghi chú")
    _line(book, "")


def _merged(first: Any, last: Any) -> Any:
    """Gộp các ô thành một; mỗi ô cũ để lại một đoạn rỗng, bỏ đi kẻo hàng cao gấp mấy lần."""
    cell = first.merge(last)
    for paragraph in cell.paragraphs[1:]:
        paragraph._p.getparent().remove(paragraph._p)
    return cell


def _fill_row(row: Any, values: Any, columns: tuple[Column, ...], *, heading: bool = False, bold: bool = False) -> None:
    _whole(row)
    for cell, value, column in zip(row.cells, values, columns, strict=True):
        number = column.kind in NUMERIC and not heading
        text = value if heading or isinstance(value, str) else shown(value, column.kind)
        centre = heading or column.kind in (Kind.DAY, Kind.CLOCK, Kind.MOMENT, Kind.CODE)
        _write(cell, text, bold=heading or bold, centre=centre, right=number)


def _write(cell: Any, text: Value, *, bold: bool = False, centre: bool = False, right: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(str(text))
    run.bold, run.font.size = bold, Pt(11)
    if centre or right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.CENTER


def _repeat(row: Any) -> None:
    head = OxmlElement("w:tblHeader")
    head.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(head)


def _widths(book: Any, shares: list[float]) -> list[Any]:
    section = book.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    return [int(room * share / sum(shares)) for share in shares]


def _ending(book: Any, document: Document) -> None:
    """Ghi chú rồi chữ ký trong một hàng không cắt được: chữ ký không bao giờ đứng một mình trên trang cuối.

    “Giữ cùng đoạn sau” thì không đủ: LibreOffice không giữ hai bảng liền nhau.
    """
    [cell] = _plain_row(book, book, (1.0,))
    cell.paragraphs[0].style = book.styles["Ghi chú"]
    _notes(book, cell, document)
    _closing(book, cell, document)


def _notes(book: Any, place: Any, document: Document) -> None:
    """Ghi chú; có mốc nhật ký thì mã vuông đứng bên phải lời của nó, như bản PDF."""
    if not document.mark:
        for note in document.footnotes:
            place.add_paragraph(note, style="Ghi chú")
        return
    words, square = _plain_row(book, place, _NOTES_SHARES)
    for number, note in enumerate(document.footnotes):
        paragraph = words.add_paragraph() if number else words.paragraphs[0]
        paragraph.style = book.styles["Ghi chú"]
        paragraph.add_run(note)
    square.paragraphs[0].add_run().add_picture(io.BytesIO(square_png(document.mark)), width=_SQUARE)
    square.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _closing(book: Any, place: Any, document: Document) -> None:
    """Nơi nhận bên trái, chữ ký bên phải; không có nơi nhận thì các chữ ký chia đều bề ngang."""
    columns = (1 if document.recipients else 0) + len(document.signatures)
    if not columns:
        return
    cells = _plain_row(book, place, (1.0 / columns,) * columns)
    if document.recipients:
        _cell_line(cells[0], "Nơi nhận:", bold=True, italic=True, size=12, centre=False)
        for text in document.recipients:
            _cell_line(cells[0], f"- {text}", size=11, centre=False)
    for cell, signature in zip(cells[len(cells) - len(document.signatures) :], document.signatures, strict=True):
        _sign(cell, signature)


def _sign(cell: Any, signature: Signature) -> None:
    for text in signature.lines:
        _cell_line(cell, text, bold=True, size=13)
    if signature.hint:
        _cell_line(cell, signature.hint, italic=True, size=12)
    for _ in range(4):
        _cell_line(cell, "")
    _cell_line(cell, signature.name, bold=True, size=13)


def _plain_row(book: Any, place: Any, shares: tuple[float, ...]) -> list[Any]:
    """Các ô của một bảng một hàng không kẻ ở ``place`` (văn bản hay một ô); hàng không bị cắt qua trang."""
    table = place.add_table(rows=1, cols=len(shares))
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    _set_widths(table, _widths(book, list(shares)))
    _whole(table.rows[0])
    return list(table.rows[0].cells)


def _whole(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _set_widths(table: Any, widths: list[Any]) -> None:
    """Word theo bề rộng của ô, LibreOffice theo lưới của bảng: đặt cả hai."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width


def _cell_line(cell: Any, text: str, *, bold: bool = False, italic: bool = False, size: int = 13, centre: bool = True) -> Any:
    """Thêm một dòng vào ô; ô mới tinh đã có sẵn một đoạn chưa định dạng thì dùng đoạn ấy."""
    first = cell.paragraphs[0]
    paragraph = first if first._p.pPr is None else cell.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


def _line(book: Any, text: str, *, bold: bool = False, size: int = 13, centre: bool = False, style: str | None = None) -> None:
    paragraph = book.add_paragraph(style=style)
    run = paragraph.add_run(text)
    run.bold = bold or None
    if style is None:
        run.font.size = Pt(size)
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
