"""Từ của phòng thu: trạng thái bản ghi, nguồn tiếng, loại âm thanh, mẫu lời dẫn."""

from __future__ import annotations

from broadcaster.enums import Word


class RecordingState(Word):
    """Trạng thái của một bản ghi."""

    WANTED = "wanted", "Đang chờ làm"
    MAKING = "making", "Đang làm"
    MADE = "made", "Đã xong"
    REJECTED = "rejected", "Không đạt kiểm tra"
    FAILED = "failed", "Chưa làm được"


class RecordingSource(Word):
    """Tiếng từ đâu mà có; giọng máy luôn mang dấu AI (Luật 134/2025)."""

    SYNTHETIC = "synthetic", "Giọng máy"
    HUMAN = "human", "Giọng người"


class SoundKind(Word):
    """Loại âm thanh trong thư viện."""

    IDENT = "ident", "Nhạc hiệu"
    JINGLE = "jingle", "Nhạc cắt chuyên mục"
    MUSIC = "music", "Nhạc"
    ATTENTION = "attention", "Tín hiệu báo"


class TemplateCode(Word):
    """Lời nói theo mẫu của một buổi phát."""

    STATION_CALL = "station_call", "Xướng đài"
    OPENING = "opening", "Lời chào và giới thiệu nội dung"
    CLOSING = "closing", "Lời kết"
    URGENT_STORM = "urgent_storm", "Khẩn cấp: bão"
    URGENT_FLOOD = "urgent_flood", "Khẩn cấp: mưa lũ, ngập"
    URGENT_FIRE = "urgent_fire", "Khẩn cấp: cháy"
    URGENT_EVACUATION = "urgent_evacuation", "Khẩn cấp: sơ tán"
    URGENT_EPIDEMIC = "urgent_epidemic", "Khẩn cấp: dịch bệnh"
    URGENT_MISSING = "urgent_missing", "Khẩn cấp: tìm người"
    URGENT_CLEAR = "urgent_clear", "Khẩn cấp: hết nguy hiểm"

    @property
    def urgent(self) -> bool:
        """Mẫu của tin khẩn cấp: chỗ trống do người ra lệnh điền."""
        return self.value.startswith("urgent_")
