"""Đóng băng: mọi điều sẽ phát của một bản sửa ở một dạng chuẩn, và mã băm mà người duyệt ký vào. Thuần."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from broadcaster.database.types import canonical_json
from broadcaster.newsroom.tables import Revision


def content_of(revision: Revision) -> dict[str, Any]:
    """Nội dung đóng băng: đổi bất cứ điều gì ở đây là phải duyệt lại."""
    return {
        "title": revision.title,
        "body": revision.body,
        "genre": revision.genre.value,
        "priority": revision.priority.value,
        "origin": revision.origin.value,
        "column": revision.column.code if revision.column else None,
        "topics": sorted(topic.code for topic in revision.topics),
        "zones": sorted(zone.code for zone in revision.zones),
        "valid_from": revision.valid_from.isoformat() if revision.valid_from else None,
        "valid_to": revision.valid_to.isoformat() if revision.valid_to else None,
        "voice": revision.voice,
        "choices": dict(revision.choices),
    }


def sha256_of(content: object) -> str:
    """SHA-256 (hex) của dạng JSON chuẩn."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def reading_sha256(sentences: Sequence[str], *, title: Sequence[str] = (), engine_version: str, lexicon_version: str) -> str:
    """Mã băm của một cách đọc: đúng các câu này, tiêu đề đọc thế này, bộ đọc này, từ điển này."""
    return sha256_of([list(sentences), engine_version, lexicon_version, *([list(title)] if title else [])])
