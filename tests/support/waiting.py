"""Đợi một điều thành sự thật ở tiến trình khác: hỏi lại theo nhịp, không ngủ mù."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], *, seconds: float = 20, what: str = "") -> T:
    """Trả về giá trị đúng đầu tiên của ``look``; quá hạn thì hỏng, kể điều đã đợi."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"đợi {seconds:g} giây mà chưa có: {what or look}")
        pause.wait(0.05)
