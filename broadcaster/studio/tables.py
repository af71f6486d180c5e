"""Bảng của phòng thu: bản ghi theo khoá nội dung, bản ghi nào của bản sửa nào, mẫu lời, âm thanh, giọng."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from broadcaster.database.base import Row, StationRow
from broadcaster.database.types import CanonicalJson, word_type
from broadcaster.newsroom.tables import ReadingSnapshot, Revision
from broadcaster.studio.enums import RecordingSource, RecordingState, SoundKind, TemplateCode


class Voice(StationRow):
    """Giọng đọc của đài, theo thứ tự ưu tiên; giọng trước hỏng thì cả bản tin chuyển sang giọng sau."""

    __tablename__ = "voices"
    __table_args__ = (UniqueConstraint("station_id", "engine"),)

    engine: Mapped[str] = mapped_column(String(64))
    """Tên trong ``sound.voices``, ví dụ ``gtts:vi`` hoặc ``espeak:vi``."""
    label: Mapped[str]
    rank: Mapped[int]
    enabled: Mapped[bool] = mapped_column(default=True)


class Recording(StationRow):
    """Một bản ghi: ``key`` = băm của (chữ nói, giọng, phiên bản bộ máy và làm chủ), hoặc của tệp do người đưa vào."""

    __tablename__ = "recordings"
    __table_args__ = (
        UniqueConstraint("station_id", "key"),
        CheckConstraint("state <> 'made' OR (sha256 IS NOT NULL AND duration_ms > 0)", name="made"),
        Index("ix_recordings_state_next_try_at", "state", "next_try_at"),
    )

    key: Mapped[str] = mapped_column(String(64))
    state: Mapped[RecordingState] = mapped_column(word_type(RecordingState), default=RecordingState.WANTED)
    source: Mapped[RecordingSource] = mapped_column(word_type(RecordingSource))
    title: Mapped[str]
    sentences: Mapped[Any] = mapped_column(CanonicalJson)
    syllables: Mapped[int]
    tags: Mapped[Any] = mapped_column(CanonicalJson)
    """Điều ghi vào siêu dữ liệu của tệp: băm bản sửa, băm cách đọc."""
    voices: Mapped[Any] = mapped_column(CanonicalJson)
    """Tên các giọng sẽ thử, theo thứ tự."""
    urgency: Mapped[int] = mapped_column(default=0)
    """Số lớn làm trước (mẫu lời của buổi sắp phát, bản tin khẩn)."""
    wanted_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None]
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int] = mapped_column(default=0)
    voice: Mapped[str | None]
    """Giọng đã dùng thật."""
    voice_version: Mapped[str | None]
    reader_name: Mapped[str | None]
    given_by_id: Mapped[int | None]
    """Ai đưa tiếng người này vào: người ấy không tự duyệt nó."""
    sha256: Mapped[str | None] = mapped_column(String(64))
    duration_ms: Mapped[int | None]
    lufs: Mapped[float | None]
    true_peak_db: Mapped[float | None]
    made_at: Mapped[datetime | None]
    failures: Mapped[Any] = mapped_column(CanonicalJson, default=list)
    """Giọng nào hỏng vì sao, để người ở đài đọc được."""
    doubts: Mapped[Any] = mapped_column(CanonicalJson, default=list)
    """Điều ngờ về giọng người (ngắn hơn giọng máy, chỗ nghỉ không khớp): người chọn tiếng này phải nghe và xác nhận."""


class Take(Row):
    """Bản ghi này là tiếng của bản sửa kia theo đúng cách đọc ấy; nhiều nhất một bản được chọn cho mỗi cách đọc."""

    __tablename__ = "takes"
    __table_args__ = (
        UniqueConstraint("reading_id", "recording_id"),
        Index(
            "uq_takes_chosen",
            "reading_id",
            unique=True,
            sqlite_where=text("chosen"),
            postgresql_where=text("chosen"),
        ),
    )

    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    reading_id: Mapped[int] = mapped_column(ForeignKey("reading_snapshots.id"), index=True)
    recording_id: Mapped[int] = mapped_column(ForeignKey("recordings.id"), index=True)
    chosen: Mapped[bool] = mapped_column(default=True)

    revision: Mapped[Revision] = relationship()
    reading: Mapped[ReadingSnapshot] = relationship()
    recording: Mapped[Recording] = relationship()


class Template(StationRow):
    """Mẫu lời có chỗ trống; duyệt một lần, mỗi lần dùng ghi nguyên lời đã điền vào nhật ký."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("station_id", "code", "version"),)

    code: Mapped[TemplateCode] = mapped_column(word_type(TemplateCode))
    version: Mapped[int]
    text: Mapped[str]
    approved_by: Mapped[str]
    approved_by_id: Mapped[int | None]
    """Trống: lời có sẵn của phần mềm, chưa người nào ở đài duyệt."""
    approved_title: Mapped[str] = mapped_column(default="")
    approved_at: Mapped[datetime]


class Sound(StationRow):
    """Nhạc hiệu, nhạc, tín hiệu trong thư viện; ``rights`` nói ta được dùng vì sao."""

    __tablename__ = "sounds"
    __table_args__ = (UniqueConstraint("station_id", "code"),)

    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    kind: Mapped[SoundKind] = mapped_column(word_type(SoundKind))
    sha256: Mapped[str] = mapped_column(String(64))
    duration_ms: Mapped[int]
    rights: Mapped[str]
    retired_at: Mapped[datetime | None]
