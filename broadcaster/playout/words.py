"""Từ của phòng phát sóng: loại đường ra, trạng thái lượt nhận buổi."""

from __future__ import annotations

from broadcaster.database.words import Word


class OutputKind(Word):
    """Đường ra dẫn tới đâu. Mọi đường ra đều nghe được trong trình duyệt và được thu lại; loại nói thêm thiết bị của nó."""

    MONITOR = "monitor", "Nghe trong trình duyệt"
    SOUND_CARD = "sound_card", "Cạc âm thanh"
    ICECAST = "icecast", "Icecast"
    RTP = "rtp", "Loa IP (RTP)"
    PUSH = "push", "Đẩy tới thiết bị"


class RunState(Word):
    """Một máy phát đang giữ một buổi."""

    CLAIMED = "claimed", "Đã nhận buổi"
    AIRING = "airing", "Đang phát"
    CLOSED = "closed", "Đã xong"
    LOST = "lost", "Mất quyền"
