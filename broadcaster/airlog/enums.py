"""Từ của nhật ký phát thanh: sự kiện, kết quả, lý do, chế độ, giao nhận theo cụm loa."""

from __future__ import annotations

from broadcaster.enums import Word


class Event(Word):
    """Loại dòng nhật ký."""

    PROGRAMME_PLANNED = "programme_planned", "Lên lịch buổi"
    PROGRAMME_LOCKED = "programme_locked", "Chốt buổi"
    PROGRAMME_CLAIMED = "programme_claimed", "Nhận buổi"
    PROGRAMME_CLOSED = "programme_closed", "Kết thúc buổi"
    PROGRAMME_MISSED = "programme_missed", "Bỏ lỡ buổi"
    PROGRAMME_CANCELLED = "programme_cancelled", "Huỷ buổi"
    ITEM_PLANNED = "item_planned", "Xếp mục"
    ITEM_ARMED = "item_armed", "Chuẩn bị phát mục"
    ITEM_STARTED = "item_started", "Bắt đầu mục"
    ITEM_ENDED = "item_ended", "Kết thúc mục"
    ITEM_HELD = "item_held", "Mục nhường tin khẩn cấp"
    ITEM_RESUMED = "item_resumed", "Mục phát tiếp"
    ITEM_SKIPPED = "item_skipped", "Không phát mục"
    DELIVERY_CHECKED = "delivery_checked", "Kiểm tra tại loa"
    CORRECTION = "correction", "Đính chính"
    SILENCED = "silenced", "Cho im lặng"
    SILENCE_LIFTED = "silence_lifted", "Bỏ im lặng"
    URGENT_ORDERED = "urgent_ordered", "Lệnh khẩn cấp"
    URGENT_WAITING = "urgent_waiting", "Lệnh khẩn cấp chờ người chọn"
    URGENT_CHOSEN = "urgent_chosen", "Chọn giữa hai lệnh khẩn cấp"
    URGENT_STOPPED = "urgent_stopped", "Dừng lệnh khẩn cấp"
    URGENT_CLOSED = "urgent_closed", "Kết thúc lệnh khẩn cấp"
    PATH_SILENT = "path_silent", "Đường ra mất tiếng"
    PATH_TESTED = "path_tested", "Thử loa"
    PATH_BACK = "path_back", "Đường ra có tiếng lại"
    CLUSTER_FAULT = "cluster_fault", "Cụm loa hỏng"
    CLUSTER_FIXED = "cluster_fixed", "Cụm loa đã sửa"
    AIR_GAP = "air_gap", "Khoảng lặng trên sóng"
    QUIET_REFUSED = "quiet_refused", "Chặn vì giờ yên tĩnh"
    CLOCK_STEPPED = "clock_stepped", "Đồng hồ bị lùi"
    CLOCK_JUMPED = "clock_jumped", "Đồng hồ nhảy"
    MACHINE_AWAY = "machine_away", "Máy phát vắng mặt"
    CLOCK_CORRECTED = "clock_corrected", "Xác nhận lại đồng hồ"
    CHAIN_RESUMED = "chain_resumed", "Nối lại chuỗi sau khi phục hồi"
    SCRIPT_EXPIRED = "script_expired", "Bản tin hết hiệu lực mà chưa phát"
    RECORDED = "recorded", "Ghi sổ hay quyết định"
    RECORDS_SEALED = "records_sealed", "Khoá sổ cũ vào chuỗi"
    CAPTURES_SEALED = "captures_sealed", "Khoá bản thu vào chuỗi"


class Result(Word):
    """Kết quả của một lượt phát."""

    FULL = "full", "Đã phát đủ"
    PARTIAL = "partial", "Phát thiếu"
    NONE = "none", "Không phát"
    REPLACED = "replaced", "Bị thay thế"


class Reason(Word):
    """Vì sao không phát hoặc phát thiếu."""

    POWER = "power", "Mất điện hoặc sự cố máy"
    NETWORK = "network", "Mất mạng"
    DEVICE = "device", "Hỏng thiết bị"
    URGENT = "urgent", "Nhường bản tin khẩn cấp"
    STOPPED = "stopped", "Có lệnh dừng"
    QUIET = "quiet", "Giờ yên tĩnh"
    LATE = "late", "Không còn đủ thời lượng"
    NO_RECORDING = "no_recording", "Chưa có bản ghi"
    NOT_APPROVED = "not_approved", "Không còn được duyệt hoặc hết hiệu lực"
    CLOCK = "clock", "Đồng hồ máy sai"
    CANCELLED = "cancelled", "Buổi bị huỷ"
    OTHER = "other", "Lý do khác"


class Mode(Word):
    """Phát theo cách nào; diễn tập được ghi nhưng không bao giờ được tính."""

    AUTOMATIC = "automatic", "Tự động"
    MANUAL = "manual", "Thủ công"
    URGENT = "urgent", "Khẩn cấp"
    REHEARSAL = "rehearsal", "Diễn tập"


class DeliveryState(Word):
    """Tiếng tới cụm loa nào thế nào; “đã gửi” không có nghĩa là đã vang ở loa."""

    TARGETED = "targeted", "Dự kiến"
    SENT = "sent", "Đã gửi tới đường ra"
    CONFIRMED = "confirmed", "Đã xác nhận tại loa"
    FAILED = "failed", "Không tới"
    PREEMPTED = "preempted", "Nhường khẩn cấp"
