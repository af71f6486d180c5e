"""Từ của phòng phát sóng: loại đường ra, trạng thái lượt nhận buổi."""

from __future__ import annotations

from broadcaster.enums import Word


class OutputKind(Word):
    """Đường ra dẫn tới đâu. Mọi đường ra đều nghe được trong trình duyệt và được thu lại; loại nói thêm thiết bị của nó."""

    MONITOR = "monitor", "Nghe trong trình duyệt"
    SOUND_CARD = "sound_card", "Cạc âm thanh"
    ICECAST = "icecast", "Icecast"
    RTP = "rtp", "Loa IP (RTP)"
    PUSH = "push", "Đẩy tới thiết bị"


class UrgentState(Word):
    """Một lệnh khẩn cấp đang ở đâu."""

    WAITING = "waiting", "Chờ người chọn"
    QUEUED = "queued", "Chờ tin kia hết"
    SOUNDING = "sounding", "Đang phát"
    RESTING = "resting", "Chờ lần sau"
    DONE = "done", "Đã xong"
    STOPPED = "stopped", "Đã dừng"
    UNREACHED = "unreached", "Không tới loa"
    """Đã hết mà không lần nào có ai nghe: đường ra im lặng hoặc hỏng."""

    @property
    def over(self) -> bool:
        """Lệnh không còn đứng."""
        return self in (UrgentState.DONE, UrgentState.STOPPED, UrgentState.UNREACHED)


class UrgentLevel(Word):
    """Cấp độ rủi ro thiên tai và màu của nó (Quyết định 18/2021/QĐ-TTg)."""

    ONE = "1", "Cấp 1: xanh dương nhạt"
    TWO = "2", "Cấp 2: vàng nhạt"
    THREE = "3", "Cấp 3: da cam"
    FOUR = "4", "Cấp 4: đỏ"
    FIVE = "5", "Cấp 5: tím"


class RunState(Word):
    """Một máy phát đang giữ một buổi."""

    CLAIMED = "claimed", "Đã nhận buổi"
    AIRING = "airing", "Đang phát"
    CLOSED = "closed", "Đã xong"
    LOST = "lost", "Mất quyền"
