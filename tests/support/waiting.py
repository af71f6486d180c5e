"""Đợi một điều thành sự thật ở tiến trình khác: hỏi lại theo nhịp, không ngủ mù; máy bận thì đợi lâu hơn."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_MOST = 6.0
_SOONEST_S, _RAREST_S, _PART = 0.05, 1.0, 0.05
"""Hỏi lại sau một phần hai mươi quãng đã đợi: hỏi dồn một trang suốt phút phát thì chính câu hỏi ăn hết máy."""


def slowness() -> float:
    """Máy đang chậm gấp mấy lần lúc vừa đủ việc (1 tới 6): hạn chờ, giờ hẹn và độ dài buổi thử giãn ra chừng ấy."""
    if not hasattr(os, "getloadavg"):
        return 1.0
    return min(_MOST, max(1.0, os.getloadavg()[0] / (2 * (os.cpu_count() or 1))))


def eventually(look: Callable[[], T], *, seconds: float = 20, what: str = "") -> T:
    """Trả về giá trị đúng đầu tiên của ``look``; quá hạn (``seconds`` trên máy rảnh) thì hỏng, kể điều đã đợi."""
    began, allowed = time.monotonic(), seconds
    pause = threading.Event()
    while True:
        found = look()
        if found:
            return found
        allowed = max(allowed, seconds * slowness())
        if time.monotonic() - began > allowed:
            raise AssertionError(f"đợi {allowed:.0f} giây mà chưa có: {what or look}")
        pause.wait(min(_RAREST_S, max(_SOONEST_S, _PART * (time.monotonic() - began))))
