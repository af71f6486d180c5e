"""Luật phát sóng thuần: khi nào nhận buổi, khi nào chuẩn bị mục, kết quả của một lượt phát, đồng hồ có tin được không."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from broadcaster.airlog.enums import Reason, Result
from broadcaster.playout.enums import RunState, UrgentState
from broadcaster.sound.channel import LOSS_ALLOWED
from broadcaster.states import Transitions

RUN = Transitions({RunState.CLAIMED: [RunState.AIRING, RunState.LOST], RunState.AIRING: [RunState.CLOSED, RunState.LOST]})
URGENT = Transitions(
    {
        UrgentState.RESTING: [
            UrgentState.WAITING,
            UrgentState.QUEUED,
            UrgentState.SOUNDING,
            UrgentState.DONE,
            UrgentState.UNREACHED,
            UrgentState.STOPPED,
        ],
        UrgentState.WAITING: [UrgentState.QUEUED, UrgentState.SOUNDING, UrgentState.STOPPED],
        UrgentState.QUEUED: [UrgentState.QUEUED, UrgentState.SOUNDING, UrgentState.STOPPED],
        UrgentState.SOUNDING: [UrgentState.RESTING, UrgentState.STOPPED],
    }
)
CLAIM_AHEAD = timedelta(seconds=5)
ARM_AHEAD = timedelta(seconds=3)
"""Mục được ghi bền vào nhật ký trước khi vang chừng này, nên commit chậm cũng không làm hở giữa hai mục."""
LATE_START = timedelta(milliseconds=200)
"""Sớm nhất một tiếng ra được kể từ lúc quyết: đủ để sổ trực xuống đĩa và tệp được đọc trước."""
EXACT_RESUME = timedelta(seconds=2)
"""Đứt ngắn thế này thì vang tiếp từ đúng chỗ đứt; lâu hơn thì từ đầu câu."""
LONGEST_RESUME = timedelta(seconds=30)
"""Đứt lâu hơn thế này thì phát lại từ đầu, thành lần phát khác."""
GAP_TOLD = timedelta(seconds=2)
"""Khoảng lặng dài hơn thế này trong buổi là một dòng nhật ký, có nguyên nhân."""
SLACK = timedelta(seconds=1)
"""Buổi được lố giờ chừng này: mỗi mục làm tròn lên một khung, không được vì thế mà mất mục cuối."""
_ROUNDING_MS = 40
CLOCK_TOLERANCE = timedelta(seconds=2)


def first_sound(planned: datetime, now: datetime) -> datetime:
    """Mục đầu vang đúng giờ; đã muộn thì sớm nhất có thể mà vẫn kịp ghi nhật ký trước."""
    return max(planned, now + LATE_START)


def claim_from(starts_at: datetime, lead_ms: int) -> datetime:
    """Nhận buổi từ lúc nào: đủ sớm để đường ra chậm nhất kịp lên nguồn."""
    return starts_at - CLAIM_AHEAD - timedelta(milliseconds=lead_ms)


def overruns(starts_at: datetime, length_ms: int, ends_at: datetime) -> bool:
    """Mục bắt đầu lúc này có lố giờ kết thúc buổi không."""
    return starts_at >= ends_at or starts_at + timedelta(milliseconds=length_ms) > ends_at + SLACK


def clock_behind(now: datetime, newest: datetime | None, trusted_from: datetime | None = None) -> bool:
    """Giờ máy đã lùi quá hai giây so với mốc: dòng nhật ký mới nhất, hoặc lúc có người xác nhận giờ máy đúng."""
    mark = newest if trusted_from is None else trusted_from
    return mark is not None and mark - now > CLOCK_TOLERANCE


def volume_at(gain_db: float, caps: Iterable[Sequence[int]], hour: int) -> float:
    """Hệ số âm lượng của đường ra lúc ``hour`` giờ: mức khuếch đại, bị chặn bởi trần thấp nhất của các cụm loa nó nuôi.

    ``caps``: các bộ (giờ bắt đầu, giờ kết thúc, phần trăm), nửa mở.
    """
    limits = [percent for first, last, percent in caps if first <= hour < last]
    gain: float = 10.0 ** (gain_db / 20.0)
    return gain * min([100, *limits]) / 100


def result_of(*, heard_ms: int, planned_ms: int, complete: bool, why: Reason = Reason.DEVICE) -> tuple[Result, Reason | None]:
    """Đủ khi mọi mẫu đã ra (loa được bỏ không quá ``LOSS_ALLOWED``); nghe được chút ít là phát thiếu; không gì cả là không phát.

    ``why``: lý do khi thiếu.
    """
    if complete and heard_ms >= planned_ms - max(_ROUNDING_MS, planned_ms * LOSS_ALLOWED):
        return Result.FULL, None
    return (Result.PARTIAL, why) if heard_ms else (Result.NONE, why)
