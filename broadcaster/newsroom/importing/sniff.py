"""Xem một tệp thật ra là gì, theo nội dung: tên tệp do người đặt và hay sai.

Mỗi loại không nhập được có một lời nói rõ phải lưu lại thế nào.
"""

from __future__ import annotations

from broadcaster.errors import Invalid
from broadcaster.newsroom.importing.model import MAX_FILE_BYTES

SAVE_AS_DOCX = "Hãy mở tệp bằng Word, chọn Tệp (File) → Lưu thành (Save As) → kiểu “Word Document (*.docx)” rồi tải lên lại."
COPY_TEXT = "Hãy bôi đen phần chữ, sao chép rồi dán vào ô nội dung của bản tin."

LOCKED = (
    "Tệp Word này có mật khẩu nên không đọc được. Hãy mở bằng Word, chọn Tệp → Thông tin → Bảo vệ tài liệu → "
    "Mã hoá bằng mật khẩu, xoá mật khẩu, lưu lại rồi tải lên."
)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = (
    ("EncryptedPackage", LOCKED),
    ("WordDocument", f"Đây là tệp Word đời cũ (.doc). {SAVE_AS_DOCX}"),
    ("Workbook", f"Đây là tệp Excel, không phải văn bản Word. {COPY_TEXT}"),
    ("PowerPoint Document", f"Đây là tệp PowerPoint, không phải văn bản Word. {COPY_TEXT}"),
)  # fmt: skip
_STARTS = (
    (b"{\\rtf", f"Đây là tệp RTF. {SAVE_AS_DOCX}"),
    (b"Rar!", "Đây là tệp nén RAR. Hãy giải nén rồi tải tệp .docx hoặc .txt bên trong lên."),
    (b"7z\xbc\xaf", "Đây là tệp nén 7z. Hãy giải nén rồi tải tệp .docx hoặc .txt bên trong lên."),
    (b"\x1f\x8b", "Đây là tệp nén GZIP. Hãy giải nén rồi tải tệp .docx hoặc .txt bên trong lên."),
    (b"\xff\xd8\xff", "Đây là ảnh, không phải văn bản. Hãy gõ lại nội dung trong ảnh vào ô nội dung của bản tin."),
    (b"\x89PNG", "Đây là ảnh, không phải văn bản. Hãy gõ lại nội dung trong ảnh vào ô nội dung của bản tin."),
    (b"GIF8", "Đây là ảnh, không phải văn bản. Hãy gõ lại nội dung trong ảnh vào ô nội dung của bản tin."),
    (b"ID3", "Đây là tệp âm thanh. Hãy tải lên ở mục bản thu, không phải ở mục nhập văn bản."),
    (b"RIFF", "Đây là tệp âm thanh. Hãy tải lên ở mục bản thu, không phải ở mục nhập văn bản."),
    (b"\x31\xbe\x00\x00", f"Đây là tệp Word đời rất cũ. {SAVE_AS_DOCX}"),
    (b"\xdb\xa5", f"Đây là tệp Word đời rất cũ. {SAVE_AS_DOCX}"),
)
_WEB_PAGES = (b"<html", b"<!doctype html", b"mime-version:")
_WORD_XML = (b"mso-application", b"schemas.microsoft.com/office/word/2003", b"schemas.microsoft.com/office/2006/xmlpackage")


def is_zip(data: bytes) -> bool:
    """Tệp .docx là một gói ZIP; gói trống hoặc chia nhiều đĩa cũng bắt đầu bằng PK."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


def is_web_page(data: bytes) -> bool:
    """Trang HTML (có khi Word chèn nguyên vào văn bản)."""
    return _plain_head(data[:4096]).startswith(_WEB_PAGES[:2])


def refuse_foreign(data: bytes) -> None:
    """Ném ``Invalid`` với lời chỉ cách lưu lại khi tệp chắc chắn không phải .docx hay văn bản thường."""
    if not data:
        raise Invalid("Tệp trống. Có thể lần chép trước bị lỗi: hãy mở tệp gốc kiểm tra rồi tải lên lại.")
    if len(data) > MAX_FILE_BYTES:
        raise Invalid(f"Tệp nặng hơn {MAX_FILE_BYTES // 2**20} MB. Hãy xoá bớt ảnh, hoặc chép riêng phần chữ sang tệp mới.")
    if data.startswith(_OLE):
        raise Invalid(_ole_message(data))
    for start, message in _STARTS:
        if data.startswith(start):
            raise Invalid(message)
    _refuse_by_head(data[:4096])


def _ole_message(data: bytes) -> str:
    for stream, message in _OLE_STREAMS:
        if stream.encode("utf-16-le") in data:
            return message
    return f"Đây là tệp của một phần mềm văn phòng đời cũ. {SAVE_AS_DOCX}"


def _refuse_by_head(head: bytes) -> None:
    if b"%PDF-" in head[:1024]:
        raise Invalid(f"Đây là tệp PDF. {COPY_TEXT} Nếu còn tệp Word gốc thì tải tệp Word lên là tốt nhất.")
    plain = _plain_head(head)
    if any(mark in plain for mark in _WORD_XML):
        raise Invalid(f"Đây là văn bản Word lưu dạng XML. {SAVE_AS_DOCX}")
    if plain.startswith((*_WEB_PAGES, b"<?xml")):
        raise Invalid(f"Đây là trang web hoặc tệp XML, không phải văn bản. {COPY_TEXT}")


def _plain_head(head: bytes) -> bytes:
    return head.replace(b"\x00", b"").lower().lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
