"""Chỉnh tiến trình, luồng để luồng bơm dậy đúng giờ."""

from __future__ import annotations

import ctypes
import os
import sys

_NICER = 5
_BELOW_NORMAL = -1


def favour_pump() -> None:
    """Chỉnh tiến trình phát cho luồng bơm dậy đúng giờ; tiến trình khác không nên gọi.

    Đổi lượt GIL mỗi 1 ms thay vì 5; trên Windows xin bộ đếm giờ 1 ms (mặc định 15,6 ms là gần một khung).
    """
    sys.setswitchinterval(0.001)
    if sys.platform == "win32":
        ctypes.windll.winmm.timeBeginPeriod(1)


def yield_to_pump() -> None:
    """Luồng này, cùng luồng và tiến trình nó sinh ra, nhường CPU: máy hai lõi mà đọc một loạt bản tin thì tiếng vẫn kịp.

    Chỉ dành cho luồng không bao giờ ghi: người cầm khoá ghi mà nhường CPU thì cả đài đợi cùng. Nơi không có ưu tiên riêng của
    luồng (macOS) thì không làm gì.
    """
    if sys.platform == "win32":
        ctypes.windll.kernel32.SetThreadPriority(ctypes.windll.kernel32.GetCurrentThread(), _BELOW_NORMAL)
    elif sys.platform == "linux":
        os.nice(_NICER)  # Linux: của riêng luồng
