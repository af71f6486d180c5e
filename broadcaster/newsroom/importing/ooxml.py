"""Vài phép hỏi ngắn trên cây WordprocessingML, để các tệp khác không phải viết lại tên miền XML."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_OFF = ("0", "false", "off")


def w(name: str) -> str:
    """Tên đầy đủ của một thẻ hay thuộc tính miền ``w``."""
    return f"{{{W}}}{name}"


def local(node: etree._Element) -> str:
    """Tên thẻ không kèm miền; rỗng với chú thích."""
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def child(node: etree._Element | None, name: str) -> etree._Element | None:
    """Thẻ con trực tiếp ``w:name`` đầu tiên."""
    return None if node is None else node.find(w(name))


def val(node: etree._Element | None, name: str) -> str | None:
    """Giá trị ``w:val`` của thẻ con ``w:name``."""
    found = child(node, name)
    return None if found is None else found.get(w("val"))


def switch(node: etree._Element | None, name: str) -> bool | None:
    """Thuộc tính bật tắt: None khi không khai, có thẻ mà không có giá trị là bật."""
    found = child(node, name)
    return None if found is None else found.get(w("val"), "1").lower() not in _OFF


def integer(text: str | None, default: int = 0) -> int:
    """Số nguyên trong một thuộc tính; viết sai thì lấy ``default`` chứ không làm hỏng cả tệp."""
    try:
        return max(-1, min(int(text or default), 2**31))
    except ValueError:
        return default


def branch(alternate: etree._Element) -> Iterator[etree._Element]:
    """Một nhánh duy nhất của mc:AlternateContent: nhánh đầu có chữ, nếu không thì nhánh đầu tiên.

    Word ghi cùng một khung chữ hai lần (mới và cũ); đọc cả hai là phát lặp.
    """
    branches = [node for node in alternate if local(node) in ("Choice", "Fallback")]
    chosen = next((node for node in branches if has_text(node)), branches[0] if branches else None)
    if chosen is not None:
        yield from chosen


def has_text(node: etree._Element) -> bool:
    """Bên trong có chữ, ký hiệu hay chữ nghệ thuật."""
    return next(node.iter(w("t"), w("sym"), "{urn:schemas-microsoft-com:vml}textpath"), None) is not None
