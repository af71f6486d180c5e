"""Đọc tệp Word .docx: kiểm tra gói, nạp kiểu và danh sách, rồi đi qua phần thân lấy chữ."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from broadcaster.errors import Invalid
from broadcaster.newsroom.importing.archive import BROKEN, MAX_DOCUMENT_BYTES, Package
from broadcaster.newsroom.importing.fields import Fields, are_balanced
from broadcaster.newsroom.importing.findings import Found, sentences, struck_out
from broadcaster.newsroom.importing.model import RawLine, RawText
from broadcaster.newsroom.importing.numbering import read_numbering
from broadcaster.newsroom.importing.ooxml import child, local, w
from broadcaster.newsroom.importing.plain import decode
from broadcaster.newsroom.importing.runs import RunReader
from broadcaster.newsroom.importing.sniff import COPY_TEXT, is_web_page, is_zip, refuse_foreign
from broadcaster.newsroom.importing.styles import read_styles
from broadcaster.newsroom.importing.walk import Walker
from broadcaster.newsroom.importing.web_page import read_web_page

_MAX_MARGINS = 20
_MAX_MARGIN_BYTES = 2 * 1024 * 1024
_OTHERS = (
    ("xl/workbook.xml", f"Đây là tệp Excel, không phải văn bản Word. {COPY_TEXT}"),
    ("xl/workbook.bin", f"Đây là tệp Excel, không phải văn bản Word. {COPY_TEXT}"),
    ("ppt/presentation.xml", f"Đây là tệp PowerPoint, không phải văn bản Word. {COPY_TEXT}"),
    ("index/document.iwa", f"Đây là tệp Pages của máy Mac. Hãy mở bằng Pages, chọn Tệp → Xuất sang → Word (.docx). {COPY_TEXT}"),
    ("meta-inf/container.xml", f"Đây là sách điện tử EPUB. {COPY_TEXT}"),
)  # fmt: skip
_ODT = "Đây là tệp OpenDocument (.odt). Hãy mở bằng LibreOffice hoặc Word, chọn Lưu thành → “Word (*.docx)” rồi tải lên lại."
_ALL_INSIDE = (
    "Toàn bộ chữ nằm trong một tệp khác được chèn vào tệp Word này. Hãy mở bằng Word, chọn tất cả, chép sang một tệp mới."
)
_JUST_ZIP = "Đây là tệp nén ZIP, không phải văn bản Word. Hãy giải nén rồi tải tệp .docx hoặc .txt bên trong lên."


def read_docx(data: bytes, *, inside: bool = False) -> RawText:
    """Các dòng chữ nhìn thấy của một tệp .docx và điều đã bỏ; ``inside``: tệp này nằm trong một tệp .docx khác.

    Lỗi: ``Invalid`` khi hỏng, quá lớn, có hại hay là tệp khác.
    """
    package = Package(data)
    part = _main_part(package)
    root = package.xml(part, MAX_DOCUMENT_BYTES)
    body = child(root, "body")
    if root is None or body is None or local(root) != "document":
        raise Invalid(BROKEN)
    related = package.related(part)
    found: Counter[Found] = Counter()
    walker = _walker(package, related, found, is_balanced=are_balanced(root))
    if not inside:
        walker.inserted = _Inserted(package, part)
    walker.blocks(body)
    walker.finish()
    _note_margins(package, related, found)
    if found[Found.UNREAD_FILES] and not any(line.text.strip() for line in walker.lines):
        raise Invalid(_ALL_INSIDE)
    return RawText(walker.lines, walker.title, [*sentences(found), *struck_out(walker.runs.struck)], walker.converted)


class _Inserted:
    """Chữ của những tệp được chèn nguyên vào văn bản (w:altChunk): trang web, .docx, chữ thường."""

    def __init__(self, package: Package, part: str) -> None:
        self._package = package
        self._names = package.by_id(part)

    def __call__(self, number: str) -> list[RawLine]:
        """Rỗng khi không đọc được; tệp chứa nó vẫn vào, chỉ phần này phải chép tay."""
        try:
            content = self._package.read(self._names.get(number, ""))
            return [] if content is None else _lines_of(content)
        except Invalid:
            return []


def _lines_of(content: bytes) -> list[RawLine]:
    if is_zip(content):
        return read_docx(content, inside=True).lines
    if is_web_page(content):
        return read_web_page(content)
    refuse_foreign(content)
    return [RawLine(line) for line in decode(content).text.splitlines()]


def _walker(package: Package, related: dict[str, list[str]], found: Counter[Found], *, is_balanced: bool) -> Walker:
    styles = read_styles(_first(package, related, "styles"))
    runs = RunReader(styles, found, Fields(found, is_balanced))
    return Walker(runs, read_numbering(_first(package, related, "numbering")))


def _first(package: Package, related: dict[str, list[str]], kind: str) -> etree._Element | None:
    parts = related.get(kind)
    return package.xml(parts[0]) if parts else None


def _main_part(package: Package) -> str:
    """Tên phần thân văn bản theo quan hệ của gói; tệp không phải Word thì nói nó là gì."""
    names = set(package.names())
    mimetype = package.read("mimetype", 1024) if "mimetype" in names else None
    if mimetype and b"opendocument" in mimetype:
        raise Invalid(_ODT)
    for name, message in _OTHERS:
        if name in names:
            raise Invalid(message)
    parts = package.related("").get("officeDocument", [])
    if parts and parts[0].lower() in names:
        return parts[0]
    if "word/document.xml" in names:
        return "word/document.xml"
    raise Invalid(BROKEN if "[content_types].xml" in names or not names else _JUST_ZIP)


def _note_margins(package: Package, related: dict[str, list[str]], found: Counter[Found]) -> None:
    """Đầu trang và chân trang ở phần riêng nên tự nhiên không vào bản tin; chỉ báo khi trong đó có chữ."""
    margins = related.get("header", []) + related.get("footer", [])
    for part in margins[:_MAX_MARGINS]:
        content = package.xml(part, _MAX_MARGIN_BYTES)
        if content is not None and any((node.text or "").strip() for node in content.iter(w("t"))):
            found[Found.HEADERS] += 1
