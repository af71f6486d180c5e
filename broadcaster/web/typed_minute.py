"""Giờ như người dân nói: “4 giờ 45”, “4h45”, “5 giờ kém 15”, “4 rưỡi chiều”."""

from __future__ import annotations

import re
from datetime import time

from broadcaster.errors import Invalid
from broadcaster.search_text import fold

_MINUTE = re.compile(
    r"(?:luc )?(?P<hour>\d{1,2})\s*(?:gio|h|g|:|\.)?\s*"
    r"(?:(?P<half>ruoi)|kem (?P<less>\d{1,2})|(?P<minute>\d{1,2}))?\s*(?:phut|p)?(?::\d{2})?\s*(?P<part>sang|trua|chieu|toi|dem)?"
)
PROBLEM = "Hãy ghi giờ, ví dụ 4 giờ 45, 16h30 hay 5 giờ kém 15."


def read_minute(typed: str) -> time:
    """Phút trong ngày. Lỗi: ``Invalid``."""
    match = _MINUTE.fullmatch(" ".join(fold(typed).split()))
    if match is None:
        raise Invalid(problems={"luc": PROBLEM})
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["half"]:
        minute = 30
    if match["less"]:
        hour, minute = hour - 1, 60 - int(match["less"])
    if match["part"] in ("chieu", "toi") and hour < 12:
        hour += 12
    if match["part"] == "trua" and hour < 10:
        hour += 12
    if match["part"] == "dem" and 6 < hour <= 12:
        hour = (hour + 12) % 24
    try:
        return time(hour, minute)
    except ValueError as error:
        raise Invalid(problems={"luc": PROBLEM}) from error
