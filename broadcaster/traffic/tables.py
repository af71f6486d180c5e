"""Bảng của phòng lịch phát: khuôn và đoạn, khung giờ có hiệu lực, ngày và giờ ngoại lệ, buổi phát và mục phát."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, UniqueConstraint
from sqlalchemy import Column as SqlColumn
from sqlalchemy.orm import Mapped, mapped_column, relationship

from broadcaster.accounts.tables import Zone
from broadcaster.database.base import Base, Row, StationRow
from broadcaster.database.types import CanonicalJson, WordSet, word_type
from broadcaster.newsroom.enums import Genre
from broadcaster.newsroom.tables import Column, Revision
from broadcaster.studio.enums import TemplateCode
from broadcaster.studio.tables import Recording, Sound, Template
from broadcaster.traffic.enums import DayExceptionKind, ItemKind, ItemState, PlacedBy, ProgrammeState, SegmentFill, SegmentKind

slot_zones = Table(
    "slot_zones",
    Base.metadata,
    SqlColumn("slot_id", ForeignKey("slots.id"), primary_key=True),
    SqlColumn("zone_id", ForeignKey("zones.id"), primary_key=True),
)
item_zones = Table(
    "item_zones",
    Base.metadata,
    SqlColumn("item_id", ForeignKey("items.id"), primary_key=True),
    SqlColumn("zone_id", ForeignKey("zones.id"), primary_key=True),
)


class Format(StationRow):
    """Khuôn chương trình: các đoạn theo thứ tự; mỗi lần sửa là một ``FormatVersion``, nên lùi lại được."""

    __tablename__ = "formats"
    __table_args__ = (UniqueConstraint("station_id", "name"),)

    name: Mapped[str]
    preset: Mapped[str | None]
    """Mã khuôn có sẵn mà khuôn này được tạo theo; người tự lập thì trống."""
    version: Mapped[int] = mapped_column(default=1)
    retired_at: Mapped[datetime | None]
    """Đã cất: không chọn được cho khung giờ mới, đưa ra lại được."""
    segments: Mapped[list[Segment]] = relationship(
        back_populates="format",
        order_by="Segment.position",
        primaryjoin="and_(Format.id == Segment.format_id, Segment.retired_at.is_(None))",
    )
    """Các đoạn đang dùng."""


class FormatVersion(Row):
    """Khuôn như nó đã là ở một lần lưu: ai đổi, lúc nào, các đoạn; chỉ thêm."""

    __tablename__ = "format_versions"
    __table_args__ = (UniqueConstraint("format_id", "version"),)

    format_id: Mapped[int] = mapped_column(ForeignKey("formats.id"))
    version: Mapped[int]
    content: Mapped[Any] = mapped_column(CanonicalJson)
    """Tên khuôn và các đoạn theo thứ tự."""
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


class Segment(Row):
    """Một đoạn của khuôn: lời mẫu, nhạc hiệu, tin bài theo thể loại hay chuyên mục, nhạc đệm, hoặc chỗ của tiếp âm.

    Đoạn bị bỏ không bị xoá, vì mục đã phát còn trỏ tới nó.
    """

    __tablename__ = "segments"
    __table_args__ = (CheckConstraint("target_ms > 0", name="target"),)

    format_id: Mapped[int] = mapped_column(ForeignKey("formats.id"), index=True)
    position: Mapped[int]
    name: Mapped[str]
    kind: Mapped[SegmentKind] = mapped_column(word_type(SegmentKind))
    target_ms: Mapped[int]
    genres: Mapped[frozenset[Genre]] = mapped_column(WordSet(Genre), default=frozenset())
    """Thể loại được nhận; rỗng là mọi thể loại."""
    column_id: Mapped[int | None] = mapped_column(ForeignKey("columns.id"))
    template_code: Mapped[TemplateCode | None] = mapped_column(word_type(TemplateCode))
    sound_id: Mapped[int | None] = mapped_column(ForeignKey("sounds.id"))
    rerun_of: Mapped[int | None] = mapped_column(ForeignKey("slots.id"))
    """Phát lại chuyên mục của khung giờ này ở buổi gần nhất trước đó."""
    fill: Mapped[SegmentFill] = mapped_column(word_type(SegmentFill), default=SegmentFill.AUTO)
    hard: Mapped[bool] = mapped_column(default=False)
    """Giờ cứng: bắt đầu đúng mốc của khuôn (tổng các đoạn trước), không nối theo mục trước."""
    weekdays: Mapped[str] = mapped_column(String(7), default="")
    """Các ngày ISO mà đoạn này có mặt; rỗng là mọi ngày."""
    retired_at: Mapped[datetime | None]

    format: Mapped[Format] = relationship(back_populates="segments")
    column: Mapped[Column | None] = relationship()
    sound: Mapped[Sound | None] = relationship()


class Slot(StationRow):
    """Khung giờ phát; sửa là đóng hiệu lực cũ và mở dòng mới cùng ``series``."""

    __tablename__ = "slots"
    __table_args__ = (
        CheckConstraint("length_ms BETWEEN 10000 AND 14400000", name="length"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
        UniqueConstraint("series", "valid_from"),
    )

    series: Mapped[str] = mapped_column(String(36), index=True)
    """Cùng một khung giờ qua các lần sửa."""
    name: Mapped[str]
    starts_at: Mapped[time]
    """Giờ địa phương của đài."""
    weekdays: Mapped[str] = mapped_column(String(7))
    """Các ngày ISO trong tuần: ``12345`` là thứ Hai đến thứ Sáu."""
    length_ms: Mapped[int]
    format_id: Mapped[int] = mapped_column(ForeignKey("formats.id"))
    rehearsal: Mapped[bool] = mapped_column(default=False)
    """Diễn tập: ghi nhật ký nhưng không bao giờ được tính, không mở loa."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    stopped_on: Mapped[date | None]
    """Ngày đầu tiên thôi phát theo lệnh *Thôi phát*; gỡ nó là khung giờ phát lại y như cũ."""

    format: Mapped[Format] = relationship()
    zones: Mapped[list[Zone]] = relationship(secondary=slot_zones, order_by=Zone.position)
    """Rỗng nghĩa là cả phường."""


class DayException(StationRow):
    """Ngày nghỉ phát hoặc phát thêm; ``series`` rỗng là mọi khung giờ của ngày ấy."""

    __tablename__ = "day_exceptions"
    __table_args__ = (Index("ix_day_exceptions_station_id_day", "station_id", "day"),)

    day: Mapped[date]
    last_day: Mapped[date | None]
    """Ngày cuối của một khoảng; trống là chỉ ``day``."""
    kind: Mapped[DayExceptionKind] = mapped_column(word_type(DayExceptionKind))
    series: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class QuietException(StationRow):
    """Cho phép phát trong giờ yên tĩnh: phải có số văn bản và thời hạn."""

    __tablename__ = "quiet_exceptions"
    __table_args__ = (
        CheckConstraint("document_number <> ''", name="document"),
        CheckConstraint("ends_at > starts_at", name="order"),
    )

    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    document_number: Mapped[str]
    reason: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RelaySource(StationRow):
    """Nguồn tiếp âm (VOV, đài tỉnh). Chưa phòng nào dùng: bảng và cột trỏ tới nó đã có ở các đài từ bản đầu nên còn lại."""

    __tablename__ = "relay_sources"
    __table_args__ = (UniqueConstraint("station_id", "name"),)

    name: Mapped[str]
    url: Mapped[str]


class Programme(StationRow):
    """Buổi phát: một khung giờ của một ngày, cùng thứ tự mục của nó."""

    __tablename__ = "programmes"
    __table_args__ = (
        UniqueConstraint("slot_id", "day"),
        CheckConstraint("ends_at > starts_at", name="order"),
        Index("ix_programmes_station_id_starts_at", "station_id", "starts_at"),
        Index("ix_programmes_state_starts_at", "state", "starts_at"),
    )

    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    day: Mapped[date]
    """Ngày địa phương của đài."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[ProgrammeState] = mapped_column(word_type(ProgrammeState), default=ProgrammeState.PLANNED)
    rehearsal: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    """Tăng mỗi lần đổi thứ tự mục; màn hình cũ gửi số cũ thì báo ``StaleForm``."""
    reason: Mapped[str] = mapped_column(default="")
    """Vì sao bỏ lỡ hoặc huỷ."""
    cancelled_by: Mapped[str] = mapped_column(default="")
    """Tên người đã huỷ; rỗng là luật huỷ (ngày nghỉ, đổi khung giờ), khi luật ấy gỡ thì buổi được lên lịch lại."""
    locked_at: Mapped[datetime | None]

    @property
    def length_ms(self) -> int:
        """Thời lượng khung giờ của buổi."""
        return (self.ends_at - self.starts_at) // timedelta(milliseconds=1)

    slot: Mapped[Slot] = relationship()
    items: Mapped[list[Item]] = relationship(back_populates="programme", order_by="Item.rank, Item.id")


_OWN_KEY = """(kind = 'script') = (revision_id IS NOT NULL)
 AND (kind IN ('sound', 'filler')) = (sound_id IS NOT NULL)
 AND (kind = 'template') = (template_code IS NOT NULL)
 AND (kind = 'relay') = (relay_source_id IS NOT NULL)"""


class Item(Row):
    """Một chỗ trong thứ tự phát. ``rank`` phân số: dời một mục không đụng các mục khác."""

    __tablename__ = "items"
    __table_args__ = (
        CheckConstraint(_OWN_KEY, name="own_key"),
        CheckConstraint("planned_ms > 0", name="planned"),
        Index("ix_items_programme_id_rank", "programme_id", "rank"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id"))
    rank: Mapped[float]
    kind: Mapped[ItemKind] = mapped_column(word_type(ItemKind))
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id"), index=True)
    sound_id: Mapped[int | None] = mapped_column(ForeignKey("sounds.id"))
    template_code: Mapped[TemplateCode | None] = mapped_column(word_type(TemplateCode))
    template_id: Mapped[int | None] = mapped_column(ForeignKey("templates.id"))
    relay_source_id: Mapped[int | None] = mapped_column(ForeignKey("relay_sources.id"))
    recording_id: Mapped[int | None] = mapped_column(ForeignKey("recordings.id"))
    """Bản ghi đã xong và sẽ phát, gắn lúc chuẩn bị; lời mẫu được làm riêng cho từng buổi."""
    wanted_id: Mapped[int | None] = mapped_column(ForeignKey("recordings.id"))
    """Bản ghi đang được làm cho mục này; xong thì thay ``recording_id``."""
    text: Mapped[str] = mapped_column(default="")
    """Lời mẫu đã điền cho buổi này, ở dạng viết."""
    ingredients: Mapped[Any | None] = mapped_column(CanonicalJson)
    """Mọi phần của lời mẫu và ai đã duyệt đúng phần ấy: mẫu, tên gọi, tiêu đề bản tin, mục từ điển."""
    planned_ms: Mapped[int]
    state: Mapped[ItemState] = mapped_column(word_type(ItemState), default=ItemState.WAITING)
    placed_by: Mapped[PlacedBy] = mapped_column(word_type(PlacedBy))
    placed_name: Mapped[str] = mapped_column(default="")
    why: Mapped[str] = mapped_column(default="")
    """Vì sao mục này được chọn, bằng lời cho người vận hành."""
    repeat_of_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    reason: Mapped[str] = mapped_column(default="")
    """Vì sao không phát hoặc phát thiếu."""

    programme: Mapped[Programme] = relationship(back_populates="items")
    segment: Mapped[Segment | None] = relationship()
    revision: Mapped[Revision | None] = relationship()
    sound: Mapped[Sound | None] = relationship()
    template: Mapped[Template | None] = relationship()
    recording: Mapped[Recording | None] = relationship(foreign_keys=recording_id)
    zones: Mapped[list[Zone]] = relationship(secondary=item_zones, order_by=Zone.position)
    """Rỗng nghĩa là mọi vùng của buổi."""


class Exclusion(Row):
    """Điều người vận hành đã gỡ khỏi một buổi: xếp tự động không được đưa trở lại."""

    __tablename__ = "exclusions"
    __table_args__ = (UniqueConstraint("programme_id", "script_id"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    script_id: Mapped[int] = mapped_column(ForeignKey("scripts.id"))
    excluded_by: Mapped[str]
    excluded_at: Mapped[datetime]
