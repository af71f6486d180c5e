"""Cầu chì của giọng trực tuyến: vừa hỏng thì nghỉ một lúc, để bản tin kế tiếp sang giọng ngoại tuyến ngay chứ không chờ mạng."""

from __future__ import annotations

import threading

from broadcaster.clock import Clock
from broadcaster.errors import VoiceFailed

FIRST_REST_SECONDS = 60.0
LONGEST_REST_SECONDS = 900.0


class Breaker:
    """Nghỉ 60 giây sau lần hỏng đầu, hỏng tiếp thì nghỉ gấp đôi, tối đa 15 phút; đọc được là quên hết."""

    def __init__(self, clock: Clock) -> None:
        """``clock``: giờ đơn điệu, nên chỉnh giờ máy không làm cầu chì kẹt."""
        self._clock = clock
        self._lock = threading.Lock()
        self._rest = FIRST_REST_SECONDS
        self._until = float("-inf")

    def check(self) -> None:
        """Báo ``VoiceFailed`` khi đang nghỉ."""
        left = self._until - self._clock.monotonic()
        if left > 0:
            raise VoiceFailed(f"Giọng trực tuyến vừa không trả lời, sẽ thử lại sau {left:.0f} giây.")

    def failed(self) -> None:
        """Ghi một lần hỏng của máy chủ hoặc của mạng."""
        with self._lock:
            self._until = self._clock.monotonic() + self._rest
            self._rest = min(self._rest * 2, LONGEST_REST_SECONDS)

    def succeeded(self) -> None:
        """Máy chủ vừa trả lời tốt."""
        with self._lock:
            self._rest = FIRST_REST_SECONDS
            self._until = float("-inf")
