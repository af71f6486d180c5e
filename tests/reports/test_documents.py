"""Văn bản hành chính: thể thức Nghị định 30, chữ giữ nguyên như gõ, mở được bằng LibreOffice, hai lần xuất cùng từng byte."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from broadcaster.errors import Invalid
from broadcaster.reports.document import (
    Bar,
    Chart,
    Column,
    Document,
    Heading,
    Kind,
    Letterhead,
    Paragraph,
    Signature,
    Table,
    label_span,
    place_and_day,
    shown,
)
from broadcaster.reports.docx import write_docx
from broadcaster.reports.pdf import write_pdf
from broadcaster.reports.xlsx import MAX_ROWS, write_xlsx
from tests.conftest import leave_out
from tests.support.office import OfficeMissing, convert

MADE = datetime(2026, 2, 3, 1, 0, tzinfo=UTC)
HEAD = Letterhead(
    "Ủy ban nhân dân phường Phùng Chí Kiên", "Phùng Chí Kiên", date(2026, 2, 3), "BC-UBND", parent="UBND tỉnh Hưng Yên"
)
TABLE = Table(
    (
        Column("STT", Kind.COUNT, 0.6),
        Column("Nội dung", Kind.TEXT, 4),
        Column("Lượt phát", Kind.COUNT, 1, total=True),
        Column("Phút", Kind.MINUTES, 1, total=True),
        Column("Lần đầu", Kind.DAY, 1.4),
        Column("Đạt", Kind.PERCENT),
    ),
    [
        [1, "=1+1", 1200, 45.25, date(2026, 2, 3), 0.5],
        [2, "- Thông báo", 34, 10.0, None, 1],
        [3, "Chữ\x00 có ký tự #let điều khiển", 1, 0.1, date(2024, 2, 29), 0.333],
    ],
    caption="Kết quả: [quý I]/2026?",
    note="Lượt phát: một mục được phát tới hết một lần.",
)
REPORT = Document(
    "BÁO CÁO",
    "Kết quả tuyên truyền cải cách hành chính quý I năm 2026",
    (
        Heading("I. KẾT QUẢ"),
        Paragraph("Trong quý I, Đài đã phát 12 tin./."),
        TABLE,
        Chart("Lượt", (Bar("C1", 3, 12), Bar("C2", 5, None))),
    ),
    letterhead=HEAD,
    signatures=(Signature(("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "Nguyễn Văn Hùng"),),
    recipients=("Như trên;", "Lưu: VT."),
    footnotes=("Tính đến dòng nhật ký số 1234.",),
)
ALL = {
    "docx": write_docx,
    "pdf": write_pdf,
    "xlsx": lambda document, path: write_xlsx(document, path, made_at=MADE),
}


@pytest.mark.parametrize("kind", ALL)
def test_two_exports_are_the_same_to_the_byte_and_leave_nothing_else(tmp_path: Path, kind: str) -> None:
    for name in ("a", "b"):
        ALL[kind](REPORT, tmp_path / f"{name}.{kind}")
    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a.{kind}", f"b.{kind}"]


def test_word_file_has_the_form_of_decree_30(tmp_path: Path) -> None:
    write_docx(REPORT, tmp_path / "a.docx")
    book = docx.Document(str(tmp_path / "a.docx"))
    section = book.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert (round(section.top_margin.mm), round(section.left_margin.mm), round(section.right_margin.mm)) == (20, 30, 15)
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    assert "PAGE" not in section.first_page_header._element.xml
    assert book.styles["Normal"].font.name == "Times New Roman"
    assert {paragraph.style.name for paragraph in book.paragraphs} >= {"Heading 1", "Thân văn bản"}
    ending = book.tables[-1].rows[0]
    assert ending._tr.trPr.find(qn("w:cantSplit")) is not None, "chữ ký không đứng một mình trên trang cuối"
    within = "".join(ending._tr.itertext())
    assert all(text in within for text in (*REPORT.footnotes, *(line for one in REPORT.signatures for line in one.lines)))
    [table] = [one for one in book.tables if one.rows[0].cells[0].text == "STT"]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [cell.text for cell in table.rows[-1].cells][-4:] == ["1.235", "55,4", "", ""]
    assert {len(cell.paragraphs) for row in table.rows for cell in row.cells} == {1}, "ô gộp không cao hơn ô thường"
    texts = [cell.text for row in book.tables[0].rows for cell in row.cells]
    assert "Số:        /BC-UBND" in texts[0]
    assert "Độc lập - Tự do - Hạnh phúc" in texts[1]
    assert "Phùng Chí Kiên, ngày 03 tháng 02 năm 2026" in texts[1]


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_libreoffice_opens_it_and_shows_what_was_written(tmp_path: Path, kind: str) -> None:
    ALL[kind](REPORT, tmp_path / f"a.{kind}")
    try:
        made = convert(tmp_path / f"a.{kind}", "pdf", tmp_path)
    except OfficeMissing as missing:
        leave_out(str(missing))
    assert made.stat().st_size > 10_000


def test_totals_are_formulas_that_another_program_computes_alike(tmp_path: Path) -> None:
    write_xlsx(REPORT, tmp_path / "a.xlsx", made_at=MADE)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert "SUBTOTAL(109,C2:C4)" in archive.read("xl/worksheets/sheet2.xml").decode()
    try:
        convert(tmp_path / "a.xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,2", tmp_path)
    except OfficeMissing as missing:
        leave_out(str(missing))
    [made] = tmp_path.glob("*.csv")
    rows = list(csv.reader(io.StringIO(made.read_text("utf-8"))))
    assert rows[1][:4] == ["1", "=1+1", "1200", "45.25"]
    assert rows[2][1] == "- Thông báo"
    assert rows[4][2:4] == ["1235", "55.35"]


def test_the_note_under_a_table_is_in_every_form(tmp_path: Path) -> None:
    """“Còn 3 phần chưa có mức” nằm ở ghi chú của bảng: người làm bằng bảng tính cũng phải đọc thấy."""
    table = Table((Column("Tên"), Column("Số", Kind.COUNT, total=True)), [["A", 1]], note="Còn ba phần chưa có mức.")
    document = Document("BẢNG KÊ", "", (table,), unit="Đài")
    for kind, write in (("docx", write_docx), ("xlsx", partial(write_xlsx, made_at=datetime(2026, 3, 2, tzinfo=UTC)))):
        write(document, tmp_path / f"a.{kind}")
        with zipfile.ZipFile(tmp_path / f"a.{kind}") as archive:
            assert sum("Còn ba phần chưa có mức." in archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def test_text_beyond_a_cell_says_there_is_more(tmp_path: Path) -> None:
    exact, long, emoji = "a" * 32_767, "b" * 32_768, "😀" * 20_000
    document = Document("BẢNG", "", (Table((Column("Chữ"),), [[exact], [long], [emoji]]),), unit="Đài")
    write_xlsx(document, tmp_path / "a.xlsx", made_at=datetime(2026, 3, 2, tzinfo=UTC))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        found = re.findall(r"<t[^>]*>([ab😀][^<]*)</t>", archive.read("xl/sharedStrings.xml").decode())
    assert found[0] == exact
    assert all(one.endswith("… (còn nữa: xem tệp Word)") for one in found[1:])
    assert all(len(one.encode("utf-16-le")) <= 2 * 32_767 for one in found)
    assert len(found) == 3


def test_a_sheet_that_does_not_fit_is_refused_in_words(tmp_path: Path) -> None:
    long = replace(TABLE, rows=[TABLE.rows[0]] * MAX_ROWS)
    with pytest.raises(Invalid, match="kỳ ngắn hơn"):
        write_xlsx(replace(REPORT, blocks=(long,)), tmp_path / "a.xlsx", made_at=MADE)
    assert list(tmp_path.iterdir()) == []


def test_sheets_never_share_a_name(tmp_path: Path) -> None:
    write_xlsx(replace(REPORT, blocks=(TABLE, TABLE, replace(TABLE, caption="Trang đầu"))), tmp_path / "a.xlsx", made_at=MADE)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        book = archive.read("xl/workbook.xml").decode()
    assert book.count("<sheet ") == 4
    assert "Kết quả   quý I  2026" in book


def test_a_long_name_of_emoji_still_names_a_sheet(tmp_path: Path) -> None:
    write_xlsx(replace(REPORT, blocks=(replace(TABLE, caption="🎉" * 20),) * 2), tmp_path / "a.xlsx", made_at=MADE)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        names = re.findall(r'<sheet name="([^"]+)"', archive.read("xl/workbook.xml").decode())
    assert names == ["Trang đầu", "🎉" * 14, "🎉" * 13 + " 2"]


def test_an_empty_table_says_so_everywhere(tmp_path: Path) -> None:
    empty = replace(REPORT, blocks=(replace(TABLE, rows=[]),))
    for kind, write in ALL.items():
        write(empty, tmp_path / f"a.{kind}")
    book = docx.Document(str(tmp_path / "a.docx"))
    assert any(
        cell.text == "Không có." and len(cell.paragraphs) == 1
        for table in book.tables
        for row in table.rows
        for cell in row.cells
    )
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert "Không có." in archive.read("xl/sharedStrings.xml").decode()


def test_a_sheet_prints_on_one_page_wide_and_its_long_headings_are_not_cut(tmp_path: Path) -> None:
    heading = "Lượt gửi khi cụm loa đang báo hỏng (không kể)"
    table = replace(TABLE, columns=(*TABLE.columns[:-1], replace(TABLE.columns[-1], heading=heading)))
    write_xlsx(replace(REPORT, blocks=(table,)), tmp_path / "a.xlsx", made_at=MADE)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        sheets = [archive.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2)]
    assert all('fitToHeight="0"' in sheet for sheet in sheets)
    (height,) = re.findall(r'<row r="1"[^>]* ht="([\d.]+)"', sheets[1])
    assert float(height) >= 4 * 15, "tiêu đề bốn dòng thì hàng cao bốn dòng"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, Kind.COUNT, ""),
        (1234567, Kind.COUNT, "1.234.567"),
        (12.54, Kind.MINUTES, "12,5"),
        (12.0, Kind.MINUTES, "12"),
        (0.3333, Kind.PERCENT, "33,3%"),
        (date(2024, 2, 29), Kind.DAY, "29/02/2024"),
        (datetime(2026, 2, 3, 6, 0, 15), Kind.CLOCK, "06:00:15"),
        (datetime(2026, 2, 3, 6, 0, 15), Kind.MOMENT, "03/02/2026 06:00:15"),
        ("=1+1", Kind.TEXT, "=1+1"),
    ],
)
def test_values_are_written_as_people_write_them(value: object, kind: Kind, text: str) -> None:
    assert shown(value, kind) == text  # type: ignore[arg-type]


def test_day_and_month_have_the_digits_of_the_decree() -> None:
    assert place_and_day(replace(HEAD, day=date(2026, 11, 5))) == "Phùng Chí Kiên, ngày 05 tháng 11 năm 2026"
    assert place_and_day(replace(HEAD, day=date(2026, 3, 15))) == "Phùng Chí Kiên, ngày 15 tháng 3 năm 2026"


def test_the_word_total_spans_up_to_the_first_summed_column() -> None:
    assert label_span(TABLE) == 2
    assert label_span(replace(TABLE, columns=tuple(replace(one, total=False) for one in TABLE.columns))) == 6


@settings(deadline=None, max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.text(max_size=400))
def test_any_text_makes_a_file_that_opens(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    document = replace(REPORT, title=text, blocks=(Paragraph(text), Table((Column("A"),), [[text]], caption=text)))
    for kind, write in ALL.items():
        write(document, folder / f"a.{kind}")
    assert docx.Document(str(folder / "a.docx")).tables[1].rows[1].cells[0].text is not None
