"""Văn bản thành JSON chuẩn và trở lại: báo cáo đã lập được giữ nguyên từng chữ, không phụ thuộc số liệu về sau."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from broadcaster.database.types import canonical_json
from broadcaster.enums import Word
from broadcaster.reports.document import (
    Bar,
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
)

_TYPES: dict[str, type] = {
    one.__name__: one for one in (Bar, Chart, Column, Document, Heading, Letterhead, PageBreak, Paragraph, Signature, Table)
}


def as_json(document: Document) -> dict[str, Any]:
    """Dạng lưu được của văn bản."""
    packed: dict[str, Any] = _pack(document)
    return packed


def from_json(value: dict[str, Any]) -> Document:
    """Văn bản như lúc lập. Lỗi: ``KeyError``, ``TypeError`` khi không phải dạng của ``as_json``."""
    document: Document = _unpack(value)
    return document


def figures_digest(document: Document) -> str:
    """SHA-256 của con số và chữ trong thân: ngày lập, số dòng nhật ký và chữ ký không làm nó đổi."""
    return _sha256(_pack(document.blocks))


def stored_figures_digest(value: Any) -> str:
    """Như ``figures_digest``, thẳng từ dạng đã lưu; dạng không phải của ``as_json`` thì không khớp băm nào."""
    return _sha256(value.get("blocks") if isinstance(value, dict) else None)


def stored_digest(value: Any) -> str:
    """SHA-256 của cả văn bản đã lưu: ngày, tên gọi, chữ ký, ghi chú."""
    return _sha256(value)


def _sha256(value: Any) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _pack(value: Any) -> Any:
    if isinstance(value, Word):
        return {"": "Kind", "v": value.value}
    if isinstance(value, datetime):
        return {"": "datetime", "v": value.isoformat()}
    if isinstance(value, date):
        return {"": "date", "v": value.isoformat()}
    if isinstance(value, list | tuple):
        return [_pack(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {"": type(value).__name__, **{one.name: _pack(getattr(value, one.name)) for one in fields(value)}}
    return value


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpack(one) for one in value)
    if not isinstance(value, dict):
        return value
    kind = value[""]
    if kind == "Kind":
        return Kind(value["v"])
    if kind in ("datetime", "date"):
        return (datetime if kind == "datetime" else date).fromisoformat(value["v"])
    return _TYPES[kind](**{name: _unpack(one) for name, one in value.items() if name})
