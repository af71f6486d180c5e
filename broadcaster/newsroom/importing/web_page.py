"""Chữ nhìn thấy của một trang HTML, mỗi khối một dòng; chỉ dùng cho trang được chèn nguyên vào tệp Word."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from broadcaster.newsroom.importing.model import RawLine
from broadcaster.newsroom.importing.ooxml import local

_UNSEEN = {"script", "style", "head", "title", "template", "noscript", "del", "s", "strike"}
_BLOCKS = set("p div br li tr table h1 h2 h3 h4 h5 h6 ul ol dl dt dd section article header footer blockquote pre hr".split())


def read_web_page(content: bytes) -> list[RawLine]:
    """Các dòng chữ; trang hỏng tới đâu cũng đọc được phần còn hiểu được."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    declared = None if b"charset" in content[:2048].lower() else "utf-8"  # trang tự khai bảng mã thì theo trang
    root = etree.fromstring(content, etree.HTMLParser(encoding="utf-16" if wide else declared, no_network=True))
    text = "".join(_texts(root)) if root is not None else ""
    return [RawLine(line) for raw in text.split("\n") if (line := " ".join(raw.split()))]


def _texts(node: etree._Element) -> Iterator[str]:
    name = local(node).lower()
    if name and name not in _UNSEEN:
        edge = "\n" if name in _BLOCKS else "; " if name in ("td", "th") and node.getprevious() is not None else ""
        yield edge
        yield _inside(node.text)
        for part in node:
            yield from _texts(part)
        yield "\n" if name in _BLOCKS else ""
    yield _inside(node.tail)


def _inside(text: str | None) -> str:
    return (text or "").replace("\n", " ").replace("\r", " ")
