"""Từ của phòng lịch phát: đoạn của khuôn, trạng thái buổi và mục, ngày ngoại lệ."""

from __future__ import annotations

from broadcaster.enums import Word


class SegmentKind(Word):
    """Một đoạn của khuôn chương trình chứa gì."""

    SOUND = "sound", "Nhạc hiệu"
    TEMPLATE = "template", "Lời theo mẫu"
    SCRIPTS = "scripts", "Tin bài"
    FILLER = "filler", "Nhạc đệm (co giãn cho vừa giờ)"
    RELAY = "relay", "Tiếp âm"
    LIVE = "live", "Trực tiếp"


class SegmentFill(Word):
    """Ai xếp tin bài vào một đoạn."""

    AUTO = "auto", "Máy xếp từ kho đã duyệt"
    HAND = "hand", "Chỉ người vận hành xếp"


class ItemKind(Word):
    """Một mục phát là gì."""

    SCRIPT = "script", "Tin bài"
    SOUND = "sound", "Âm thanh"
    TEMPLATE = "template", "Lời theo mẫu"
    FILLER = "filler", "Nhạc đệm"
    RELAY = "relay", "Tiếp âm"
    LIVE = "live", "Trực tiếp"
    URGENT = "urgent", "Tin khẩn cấp"
    """Chỉ có trong nhật ký: tin khẩn cấp không nằm trong buổi nào."""


class PlacedBy(Word):
    """Ai xếp mục này."""

    RULE = "rule", "Tự động"
    PERSON = "person", "Người vận hành"


class ProgrammeState(Word):
    """Trạng thái của một buổi phát."""

    PLANNED = "planned", "Đã lên lịch"
    LOCKED = "locked", "Đã chốt"
    AIRING = "airing", "Đang phát"
    CLOSED = "closed", "Đã phát xong"
    MISSED = "missed", "Bỏ lỡ"
    CANCELLED = "cancelled", "Đã huỷ"


class ItemState(Word):
    """Trạng thái của một mục phát."""

    WAITING = "waiting", "Chờ phát"
    ARMED = "armed", "Sắp phát"
    ON_AIR = "on_air", "Đang phát"
    AIRED = "aired", "Đã phát"
    CUT = "cut", "Bị cắt"
    SKIPPED = "skipped", "Bỏ qua"
    PREEMPTED = "preempted", "Nhường khẩn cấp"
    FAILED = "failed", "Không phát được"
    DROPPED = "dropped", "Đã gỡ"


class DayExceptionKind(Word):
    """Ngày khác lệ thường."""

    OFF = "off", "Nghỉ phát"
    EXTRA = "extra", "Phát thêm"
