"""Dạng của ``body``: ảnh chụp tự đủ của buổi, mục, cụm loa; đổi dạng thì tăng ``chain.SCHEMA_VERSION``."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class ProgrammeBody(TypedDict):
    """Buổi phát như nó là lúc ghi."""

    id: int
    slot_id: int
    slot: str
    unit: str
    day: str
    planned_at: str
    planned_ms: int
    rehearsal: bool
    zones: list[str]


class VoiceBody(TypedDict):
    """Tiếng của mục: giọng máy (bộ máy, phiên bản) hay giọng người (tên)."""

    source: str
    engine: str | None
    version: str | None
    reader: str | None


class ApprovalBody(TypedDict):
    """Ai duyệt, chức danh, lúc nào; ``own_work``: tự duyệt bài mình."""

    name: str
    job_title: str
    at: str
    own_work: bool
    user_id: NotRequired[int | None]


class HandBody(TypedDict):
    """Một người có phần trong bản tin; ``part`` là mã ``newsroom.enums.Part``."""

    part: str
    user_id: int
    name: str
    job_title: str


class ItemBody(TypedDict):
    """Mục phát như nó là lúc ghi; đủ để đọc lại sau mười năm."""

    id: int
    position: int
    kind: str
    title: str
    planned_at: str
    planned_ms: int
    segment: str | None
    zones: NotRequired[list[str]]
    """Mã các TDP riêng của mục; không có khi mục dành cho mọi vùng của buổi."""
    script_id: NotRequired[int | None]
    revision_id: NotRequired[int | None]
    revision_number: NotRequired[int | None]
    text_sha256: NotRequired[str | None]
    reading_sha256: NotRequired[str | None]
    answers: NotRequired[list[dict[str, str]]]
    """Chỗ ngờ trong chữ mà người gửi đã xác nhận “đúng như viết”: ai, lúc nào."""
    spoken: NotRequired[str | None]
    ingredients: NotRequired[list[dict[str, Any]]]
    """Lời mẫu: mọi phần của nó (``what``: template, station, unit, slot, script, lexicon), chữ, và ai đã duyệt đúng chữ ấy."""
    ingredients_sha256: NotRequired[str]
    audio_sha256: NotRequired[str | None]
    genre: NotRequired[str | None]
    column: NotRequired[str | None]
    topics: NotRequired[list[str]]
    origin: NotRequired[str | None]
    priority: NotRequired[str | None]
    voice: NotRequired[VoiceBody | None]
    author: NotRequired[str | None]
    hands: NotRequired[list[HandBody]]
    credits: NotRequired[list[dict[str, str]]]
    approval: NotRequired[ApprovalBody | None]
    placed_by: NotRequired[str]
    placed_name: NotRequired[str]
    why: NotRequired[str]
    is_rerun: NotRequired[bool]


class DeliveryBody(TypedDict):
    """Một cụm loa của lượt phát; ``state`` là mã ``DeliveryState``."""

    cluster_id: int
    code: str
    name: str
    zone: str
    output: str
    state: str
    note: str
    overheard: NotRequired[bool]
    """Không được nhắm tới nhưng cùng nghe thấy, vì chung đường ra với cụm được nhắm."""
    volume: NotRequired[int]
    """Âm lượng lúc phát, phần trăm."""
    started_at: NotRequired[str]
    """Tiếng tới đường ra này lúc nào, khi khác giờ bắt đầu của cả mục."""


class FillerBody(TypedDict):
    """Nhạc lấp trên những đường ra mà mục không nhắm tới."""

    outputs: list[str]
    audio_sha256: str


class ArmedBody(TypedDict):
    """``item_armed``: sẽ vang lúc ``sounds_at``; ghi bền trước khi mở loa."""

    programme: ProgrammeBody
    item: ItemBody
    mode: str
    operator: str
    sounds_at: str
    deliveries: list[DeliveryBody]
    filler: NotRequired[FillerBody]


class StartedBody(TypedDict):
    """``item_started``: khung đầu tiên thật sự đã ra."""

    started_at: str


class EndedBody(TypedDict):
    """``item_ended``: đo được gì; ``tolerance_ms`` > 0 khi số nghe được lấy từ nhịp cuối trước sự cố."""

    started_at: str | None
    ended_at: str
    planned_ms: int
    heard_ms: int
    tolerance_ms: int
    result: str
    reason: str | None
    note: str
    deliveries: list[DeliveryBody]
    lost: NotRequired[dict[str, int]]
    """Đường ra → ms đã gửi mà loa không nhận kịp, nên không tính là đã nghe."""
    parts: NotRequired[list[dict[str, str | int | None]]]
    """Những phần đã đứt vì sự cố máy trước khi mục được phát tiếp: một lượt phát, nhiều phần."""


class SkippedBody(TypedDict):
    """``item_skipped``: chưa từng được chuẩn bị phát, và vì sao."""

    programme: ProgrammeBody
    item: ItemBody
    mode: str
    reason: str
    note: str
    deliveries: list[DeliveryBody]
