"""Công thức toán của Word (OMML) viết thẳng thành một dòng, đủ để người soạn thấy và sửa lại thành lời."""

from __future__ import annotations

import re

from lxml import etree

from broadcaster.newsroom.importing.ooxml import local

_DIGITS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_BASE = re.compile(r"(?<![^\W\d_])(?:[mcdkhµ]?m|[a-zA-Z])$|(?<![\d.,])10$")
_DEGREES = re.compile(r"(?<![\d.,])-?\d{1,3}(?:,\d{1,2})?\s?$")
_EXPONENT = re.compile(r"[+-]?\d{1,2}")
_NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,3}|\*{1,4}|†)(?:\s*,\s*\d{1,3})*[\])]?")
_SKIP = {"fPr", "sSupPr", "sSubPr", "radPr", "dPr", "naryPr", "ctrlPr", "rPr", "oMathParaPr", "del", "moveFrom"}


def linear(node: etree._Element) -> str:
    """Chữ của một công thức: phân số thành a/b, mũ thành chữ số nhỏ hoặc ^, căn thành √(…)."""
    kind = local(node)
    if kind in _SKIP:
        return ""
    if kind == "t":
        return node.text or ""
    parts = {local(part): linear(part) for part in node}
    whole = "".join(linear(part) for part in node)
    if kind == "f":
        return f"{_grouped(parts.get('num', ''))}/{_grouped(parts.get('den', ''))}"
    if kind == "sSup":
        return parts.get("e", "") + superscript(parts.get("sup", ""))
    if kind == "rad":
        return f"√({parts.get('e', '')})"
    return f"({whole})" if kind == "d" else whole


def superscript(text: str) -> str:
    """Số mũ: 10 mũ 2 phải là 10², không được thành 102."""
    if text and all(char in "0123456789+-" for char in text):
        return text.translate(_DIGITS)
    return f"^{_grouped(text)}" if text else ""


def raised(before: str, text: str) -> str | None:
    """Chữ nhỏ phía trên, đứng sau ``before``: số mũ (m², 10³) giữ là số mũ, độ thành °, dấu chú thích thì ``None``.

    Người soạn hay gõ tay chú thích sau một con số (“20.000²”): đọc thành bình phương là sai giá tiền.
    """
    mark = text.strip()
    if mark in ("o", "O", "0", "º") and _DEGREES.search(before):
        return "°"
    if _EXPONENT.fullmatch(mark) and _BASE.search(before):
        return superscript(mark)
    return None if _NOTE_MARK.fullmatch(mark) else text


def _grouped(text: str) -> str:
    return text if len(text) < 2 or text.isalnum() else f"({text})"
