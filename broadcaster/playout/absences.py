"""Lúc nào máy phát không phát được, và vì sao: ngủ, tắt, đồng hồ nhảy tới, cổng đồng hồ đóng. Thuần.

Điều này ghi ngay khi máy biết, vì dấu sống chỉ nói máy *đang* sống: hỏi nó sau khi máy đã thức dậy thì mọi buổi lỡ đều như thể
máy vẫn chạy mà không có đường ra nào rỗi.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from broadcaster.airlog.enums import Reason

ASLEEP = (Reason.POWER, "Máy phát đứng hình hoặc ngủ.")
OFF = (Reason.POWER, "Máy phát không chạy.")
JUMPED = (Reason.CLOCK, "Đồng hồ máy phát bị chỉnh nhảy tới.")
BACK = "Đồng hồ máy phát bị chỉnh lùi."
GATE = (Reason.CLOCK, "Đồng hồ máy phát bị lùi nên đài ngừng phát thường lệ.")
DOUBT = (Reason.CLOCK, "Đồng hồ máy phát nhảy xa nên đài ngừng phát thường lệ, chờ người xác nhận giờ.")
LONGEST_LEAP = timedelta(days=1)
"""Máy đang chạy mà giờ nhảy tới xa hơn thế thì chờ người xác nhận: tin ngay là ghi lỡ cả tháng buổi, bỏ cả tháng bản thu."""
LONGEST_OFF = timedelta(days=30)
"""Lúc bật lên đã cách lần sống cuối xa hơn thế cũng vậy: máy tắt lâu thật, hay đồng hồ sai, thì chỉ người biết."""
BOOTING_S = 300.0
"""Máy vừa bật chừng này: giờ nhảy tới là giờ mạng vừa về, máy không pin đồng hồ lần nào bật cũng thế."""
TOLD_OFF = timedelta(seconds=10)
"""Tắt ngắn hơn thế là một lần chạy lại, đã có dòng của mục dở nói."""
KEPT = 50


@dataclass(frozen=True)
class Away:
    """Một quãng nửa mở, theo giờ tường; ``note`` là một câu."""

    start: datetime
    end: datetime
    reason: Reason
    note: str

    def over(self, start: datetime, end: datetime) -> timedelta:
        """Phần của quãng [``start``, ``end``) mà máy vắng."""
        return min(self.end, end) - max(self.start, start)


def why(absences: Iterable[Away], start: datetime, end: datetime) -> Away | None:
    """Quãng vắng chiếm nhiều nhất của [``start``, ``end``); máy có mặt suốt thì ``None``."""
    found = max(absences, key=lambda one: one.over(start, end), default=None)
    return found if found is not None and found.over(start, end) > timedelta(0) else None


def after(known: Iterable[Away], one: Away) -> tuple[Away, ...]:
    """Các quãng đã biết sau khi có thêm ``one``; giờ bị chỉnh lùi thì những giờ sau chỗ ấy sẽ tới lần nữa, chưa ai vắng."""
    back = one.end < one.start
    left = [replace(past, end=min(past.end, one.end)) for past in known if past.start < one.end] if back else list(known)
    return (*left, one)[-KEPT:]


def of_body(body: Mapping[str, Any]) -> Away:
    """Từ bản ghi sổ trực hay thân dòng nhật ký. Lỗi: ``KeyError``, ``ValueError``."""
    return Away(_instant(body["from"]), _instant(body["to"]), Reason(body["reason"]), str(body["note"]))


def _instant(value: str) -> datetime:
    return datetime.fromisoformat(value)
