"""iCalendar (RFC 5545) của các buổi phát: vài dòng chữ nên không kéo thêm thư viện; gập theo byte, thoát theo mục 3.3.11."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from broadcaster.traffic.public_day import PublicDay, PublicProgramme

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_LINE_BYTES = 75


def calendar_text(found: PublicDay, code: str, now: datetime) -> str:
    """Lịch của các buổi; mỗi buổi một mã không đổi, nên lịch đã đăng ký tự cập nhật."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//broadcaster//chuong-trinh//VI", "METHOD:PUBLISH"]
    lines.append(f"X-WR-CALNAME:{escaped(found.station)}")
    for programme in found.programmes:
        lines += _event(programme, code, now)
    return "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def escaped(text: str) -> str:
    """Chữ của một thuộc tính."""
    plain = _CONTROLS.sub("", text)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> str:
    """Dòng dài được gập ở 75 byte, không cắt giữa một chữ."""
    parts: list[str] = []
    part, size = "", 0
    for char in line:
        width = len(char.encode())
        if size + width > _LINE_BYTES:
            parts.append(part)
            part, size = "", 1
        part, size = part + char, size + width
    return "\r\n ".join([*parts, part])


def _event(programme: PublicProgramme, code: str, now: datetime) -> list[str]:
    titles = "\n".join(f"- {title}" for title in programme.titles)
    return [
        "BEGIN:VEVENT",
        f"UID:buoi-{programme.id}@{code}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(programme.starts_at)}",
        f"DTEND:{_utc(programme.ends_at)}",
        f"SUMMARY:{escaped(f'{programme.name} trên loa truyền thanh')}",
        f"LOCATION:{escaped(', '.join(programme.zones) or 'Cả phường')}",
        f"DESCRIPTION:{escaped(titles)}",
        "END:VEVENT",
    ]


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
