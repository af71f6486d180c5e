"""Mở gói .docx như mở một bưu kiện lạ: đếm, cân trước khi bung; XML không được khai thực thể, không được lồng quá sâu.

Tệp .docx là ZIP chứa XML, nên một tệp vài KB có thể nở ra nhiều GB hoặc bắt máy tính chạy mãi.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator

from lxml import etree

from broadcaster.errors import Invalid
from broadcaster.newsroom.importing.sniff import SAVE_AS_DOCX

MAX_ENTRIES = 5_000
MAX_DOCUMENT_BYTES = 30 * 1024 * 1024
MAX_PART_BYTES = 8 * 1024 * 1024
MAX_RATIO = 250  # XML của Word thường nén 10-60 lần; bom nén hơn 1.000 lần
RATIO_MATTERS_FROM = 1024 * 1024
MAX_MARKUP = 2_000_000  # số thẻ và thuộc tính: mỗi cái tốn chừng 150 byte bộ nhớ khi dựng cây
MAX_DEPTH = 150

BROKEN = (
    f"Tệp Word bị hỏng hoặc thiếu phần cuối (có thể do chép hay tải dở). Hãy chép lại từ tệp gốc; nếu vẫn lỗi: {SAVE_AS_DOCX}"
)
TOO_BIG = f"Tệp Word này nở ra quá lớn khi mở nên không nhập được. Hãy chép phần chữ sang một tệp mới. {SAVE_AS_DOCX}"
STRANGE = f"Tệp Word này có cấu trúc lạ, có thể gây hại, nên không nhập được. {SAVE_AS_DOCX}"

_DEEP = "/".join(["*"] * MAX_DEPTH)
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"


class Package:
    """Gói ZIP đã qua kiểm tra; chỉ bung từng phần khi hỏi tới và không bao giờ quá giới hạn."""

    def __init__(self, data: bytes) -> None:
        """Ném ``Invalid`` khi gói hỏng hoặc có quá nhiều mục."""
        if data.count(b"PK\x01\x02") > MAX_ENTRIES:  # đếm trước khi mở: thư viện dựng một đối tượng cho mỗi mục
            raise Invalid(TOO_BIG)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as wrong:
            raise Invalid(BROKEN) from wrong
        self._entries = {_plain_name(info.filename): info for info in self._zip.infolist()}

    def names(self) -> list[str]:
        """Tên các phần, chữ thường, gạch chéo xuôi."""
        return list(self._entries)

    def read(self, name: str, limit: int = MAX_PART_BYTES) -> bytes | None:
        """Nội dung một phần, None nếu không có; ``Invalid`` khi quá ``limit`` byte, tỷ lệ nén lạ, có mật khẩu hay hỏng."""
        info = self._entries.get(_plain_name(name))
        if info is None:
            return None
        _weigh(info, limit)
        try:
            with self._zip.open(info) as part:
                return part.read(limit)  # đọc không hạn thì zipfile bung hết rồi mới cắt theo cỡ đã khai, mà cỡ có thể khai dối
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as wrong:
            raise Invalid(BROKEN) from wrong

    def xml(self, name: str, limit: int = MAX_PART_BYTES) -> etree._Element | None:
        """Gốc của một phần XML, None nếu không có."""
        content = self.read(name, limit)
        return None if content is None else parse_xml(content)

    def related(self, part: str) -> dict[str, list[str]]:
        """Loại quan hệ (từ cuối của URI) → tên các phần mà ``part`` trỏ tới; ``""`` là cả gói."""
        found: dict[str, list[str]] = {}
        for _, kind, target in self._relations(part):
            found.setdefault(kind, []).append(target)
        return found

    def by_id(self, part: str) -> dict[str, str]:
        """Mã quan hệ (``r:id``) → tên phần mà ``part`` trỏ tới."""
        return {number: target for number, _, target in self._relations(part)}

    def _relations(self, part: str) -> Iterator[tuple[str, str, str]]:
        folder, name = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        for rel in root if root is not None else ():
            target = rel.get("Target") if isinstance(rel.tag, str) and rel.get("TargetMode") != "External" else None
            if target:
                kind = (rel.get("Type") or "").rsplit("/", 1)[-1]
                yield rel.get("Id") or "", kind, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def parse_xml(content: bytes) -> etree._Element:
    """Dựng cây XML: không DTD, không thực thể, số thẻ và độ sâu có hạn; ``Invalid`` khi trái."""
    content = _as_utf8(content)
    if b"<!DOCTYPE" in content:  # thực thể chỉ khai được trong DOCTYPE
        raise Invalid(STRANGE)
    if content.count(b"<") + content.count(b"=") > MAX_MARKUP:
        raise Invalid(TOO_BIG)
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content.replace(_STRICT, _TRANSITIONAL), parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise Invalid(BROKEN) from wrong
    if root.xpath(f"boolean({_DEEP})"):
        raise Invalid(STRANGE)
    return root


def _weigh(info: zipfile.ZipInfo, limit: int) -> None:
    if info.flag_bits & 0x1:
        raise Invalid("Gói tệp này có mật khẩu. Hãy bỏ mật khẩu rồi tải lên lại.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Invalid(STRANGE)
    too_dense = info.file_size > RATIO_MATTERS_FROM and info.file_size > MAX_RATIO * max(1, info.compress_size)
    if info.file_size > limit or too_dense:
        raise Invalid(TOO_BIG)


def _plain_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _as_utf8(content: bytes) -> bytes:
    if not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content
    try:
        return content.decode("utf-16").encode("utf-8")
    except UnicodeError as wrong:
        raise Invalid(BROKEN) from wrong
