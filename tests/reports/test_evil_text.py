"""Thẻ HTML, công thức, mã của mẫu ở mọi ô: tệp nào cũng hiện đúng chữ ấy, không tệp nào chạy nó hay gọi ra ngoài."""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from broadcaster.csv_text import typed_text
from broadcaster.database import Database
from broadcaster.enums import Word
from tests.reports.airings import Sounded, sound
from tests.reports.test_documents import ALL, REPORT
from tests.reports.test_log_files import write
from tests.support.scene import Scene

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|'/C calc'!A0",
    '=HYPERLINK("http://ke.xau/","Bấm")',
    "@SUM(1+1)*cmd|'/C calc'!A0",
    "+1+cmd|'/C calc'!A0",
    "http://ke.xau/tep",
    '#read("/etc/passwd") #image("x") $x$ *đậm* <nhan> @trich',
    "]]>&xxe;<!--<?xml",
    "{{7*7}}${7*7}%s",
)


_SHEET = r"(?:'(?:[^'!]|'')+'|\w+)!"
OURS = re.compile(
    rf"SUBTOTAL\(109,[A-Z]+\d+:[A-Z]+\d+\)|(?:SUM|COUNTA)\({_SHEET}[A-Z]+\d+:[A-Z]+\d+\)|{_SHEET}\$[A-Z]+\$\d+(?::\$[A-Z]+\$\d+)?"
)
"""Công thức của chính ta: hàng cộng, trang tổng hợp, và vùng số của biểu đồ."""


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Không có SQL riêng của nơi nào."""
    return sqlite


def spoilt(value: Any, text: str) -> Any:
    """Cùng văn bản, mọi ô chữ là ``text`` (mốc nhật ký do máy viết thì giữ)."""
    if isinstance(value, str) and not isinstance(value, Word):
        return text
    if isinstance(value, list | tuple):
        return type(value)(spoilt(one, text) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: spoilt(getattr(value, one.name), text) for one in fields(value) if one.name != "mark"})
    return value


def parts(path: Path) -> Iterator[tuple[str, Any]]:
    """Từng tệp XML trong một tệp Word, Excel."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                yield name, etree.fromstring(archive.read(name))


def local(element: Any) -> str:
    """Tên thẻ không kèm không gian tên."""
    return str(etree.QName(element).localname)


def reaches_out(path: Path) -> list[str]:
    """Thẻ nối ra ngoài, nhúng hay chạy thứ khác."""
    bad = {"hyperlink", "hyperlinks", "altChunk", "object", "externalLink", "oleObject", "attachedTemplate", "ddeLink"}
    every = [(name, one) for name, root in parts(path) for one in root.iter(etree.Element)]
    return [f"{name}: {one.tag}" for name, one in every if local(one) in bad or one.get("TargetMode") == "External"]


@pytest.mark.parametrize("text", EVIL)
def test_a_word_file_shows_the_text_and_runs_nothing(tmp_path: Path, text: str) -> None:
    ALL["docx"](spoilt(REPORT, text), tmp_path / "a.docx")
    found = [one for name, root in parts(tmp_path / "a.docx") if name == "word/document.xml" for one in root.iter()]
    assert "".join(one.text or "" for one in found if local(one) == "t").count(text) > 20
    commands = {"".join(one.text or "").split()[0] for _, root in parts(tmp_path / "a.docx") for one in root.iter("{*}instrText")}
    assert commands <= {"PAGE", "NUMPAGES"}
    assert reaches_out(tmp_path / "a.docx") == []


@pytest.mark.parametrize("text", EVIL)
def test_a_spreadsheet_shows_the_text_and_computes_only_our_totals(tmp_path: Path, text: str) -> None:
    ALL["xlsx"](spoilt(REPORT, text), tmp_path / "a.xlsx")
    every = [(name, one) for name, root in parts(tmp_path / "a.xlsx") for one in root.iter(etree.Element)]
    formulas = [one.text for _, one in every if local(one) == "f" and one.text]
    assert all(
        re.fullmatch(r"=?SUBTOTAL\(109,[A-Z]+\d+:[A-Z]+\d+\)|'?[^'!]+'?!\$[A-Z]+\$\d+(:\$[A-Z]+\$\d+)?", one) for one in formulas
    )
    assert text in [one.text for name, one in every if name == "xl/sharedStrings.xml"]
    assert reaches_out(tmp_path / "a.xlsx") == []


@pytest.mark.parametrize("text", EVIL)
def test_a_pdf_carries_no_link_and_no_action(tmp_path: Path, text: str) -> None:
    ALL["pdf"](spoilt(REPORT, text), tmp_path / "a.pdf")
    raw = (tmp_path / "a.pdf").read_bytes()
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", raw, re.DOTALL)
    inside = b"".join(zlib.decompressobj().decompress(one) for one in streams if one[:1] == b"x")
    assert inside, "đọc được bên trong tệp"
    assert [name for name in (b"/URI", b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"root:x:") if name in raw + inside] == []


def test_the_log_in_every_format_shows_the_text_and_runs_nothing(scene: Scene, tmp_path: Path) -> None:
    for number, text in enumerate(EVIL):
        sound(scene, Sounded(30 + number, AT, title=text, column=text, programme=30 + number, more={"voice": {"reader": text}}))
    with write(scene, tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert {typed_text(cell) for cell in cells} >= set(EVIL)
    assert [cell for cell in cells if cell.startswith(("=", "@", "+1"))] == [], "không ô nào bắt đầu như công thức"
    book = write(scene, tmp_path / "a.xlsx")
    every = [one for _, root in parts(book) for one in root.iter(etree.Element)]
    assert {one.text for one in every if local(one) == "t"} >= set(EVIL)
    assert [one.text for one in every if local(one) == "f" and not OURS.fullmatch(one.text or "")] == []
    assert reaches_out(book) == []
