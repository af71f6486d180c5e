"""Bảng của phòng biên tập: bản tin, bản sửa đóng băng khi gửi, cách đọc, quyết định duyệt, nhuận bút, từ điển đọc.

Chuyên mục và nội dung kế hoạch ở đây (không ở phòng lịch phát) vì bản sửa trỏ tới chúng và phòng dưới không gọi phòng trên.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, String, Table, UniqueConstraint, event, inspect, text
from sqlalchemy import Column as SqlColumn
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from broadcaster.accounts.tables import Zone
from broadcaster.database.base import Base, Row, StationRow
from broadcaster.database.types import CanonicalJson, word_type
from broadcaster.newsroom.enums import (
    Channel,
    CreditRole,
    DecisionKind,
    Genre,
    LexiconCase,
    LexiconLayer,
    Origin,
    Part,
    Priority,
    RevisionState,
)
from broadcaster.newsroom.word_index import indexed

revision_zones = Table(
    "revision_zones",
    Base.metadata,
    SqlColumn("revision_id", ForeignKey("revisions.id"), primary_key=True),
    SqlColumn("zone_id", ForeignKey("zones.id"), primary_key=True),
)
revision_topics = Table(
    "revision_topics",
    Base.metadata,
    SqlColumn("revision_id", ForeignKey("revisions.id"), primary_key=True),
    SqlColumn("topic_id", ForeignKey("plan_topics.id"), primary_key=True),
)


class Column(StationRow):
    """Chuyên mục, ví dụ “Cải cách hành chính”; ``is_reform`` đánh dấu chuyên mục tính vào nhiệm vụ CCHC hằng ngày."""

    __tablename__ = "columns"
    __table_args__ = (UniqueConstraint("station_id", "code"),)

    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    is_reform: Mapped[bool] = mapped_column(default=False)
    retired_on: Mapped[date | None]


class Plan(StationRow):
    """Kế hoạch tuyên truyền CCHC của một năm."""

    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("station_id", "number", "year"),)

    number: Mapped[str] = mapped_column(String(64))
    issued_on: Mapped[date]
    year: Mapped[int]
    title: Mapped[str]


class PlanTopic(StationRow):
    """Một nội dung kế hoạch (C1..C9) mà lượt phát được tính vào; ``target`` là số lượt phát trong năm, do người nhập."""

    __tablename__ = "plan_topics"
    __table_args__ = (UniqueConstraint("plan_id", "code"), CheckConstraint("target IS NULL OR target >= 0", name="target"))

    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    code: Mapped[str] = mapped_column(String(16))
    title: Mapped[str]
    target: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)
    retired_on: Mapped[date | None]
    detail: Mapped[str] = mapped_column(default="", server_default="")
    """Nguyên văn trong văn bản kế hoạch, để gợi ý nội dung cho bài; không có thì trống."""
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("plan_topics.id"))
    """Nội dung năm trước mà nội dung này nối tiếp: bản tin của nó còn phát thì tính tiếp cho nội dung này."""


class Script(StationRow):
    """Một bản tin qua mọi bản sửa của nó."""

    __tablename__ = "scripts"

    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    revisions: Mapped[list[Revision]] = relationship(back_populates="script", order_by="Revision.number")


class Revision(Row):
    """Một bản sửa; đóng băng khi gửi duyệt: ``frozen`` là mọi điều sẽ phát, ở dạng JSON chuẩn, và ``frozen_sha256`` của nó."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("script_id", "number"),
        CheckConstraint("state = 'draft' OR frozen_sha256 IS NOT NULL", name="frozen"),
        CheckConstraint("valid_from IS NULL OR valid_to IS NULL OR valid_to >= valid_from", name="validity"),
        Index(
            "uq_revisions_approved",
            "script_id",
            unique=True,
            sqlite_where=text("state = 'approved'"),
            postgresql_where=text("state = 'approved'"),
        ),
        Index("ix_revisions_state", "state"),
    )

    script_id: Mapped[int] = mapped_column(ForeignKey("scripts.id"), index=True)
    number: Mapped[int]
    state: Mapped[RevisionState] = mapped_column(word_type(RevisionState), default=RevisionState.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    """Tăng mỗi lần lưu; biểu mẫu gửi lại số này để biết có ai sửa chen vào không."""
    title: Mapped[str]
    body: Mapped[str]
    genre: Mapped[Genre] = mapped_column(word_type(Genre))
    priority: Mapped[Priority] = mapped_column(word_type(Priority), default=Priority.NORMAL)
    origin: Mapped[Origin] = mapped_column(word_type(Origin), default=Origin.OWN)
    column_id: Mapped[int | None] = mapped_column(ForeignKey("columns.id"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    voice: Mapped[str | None]
    choices: Mapped[Any] = mapped_column(CanonicalJson, default=dict)
    """Cách đọc người viết đã chọn cho riêng bản này: chữ → lời."""
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    frozen: Mapped[Any | None] = mapped_column(CanonicalJson)
    frozen_sha256: Mapped[str | None] = mapped_column(String(64))

    script: Mapped[Script] = relationship(back_populates="revisions")
    column: Mapped[Column | None] = relationship()
    zones: Mapped[list[Zone]] = relationship(secondary=revision_zones, order_by=Zone.position)
    """Rỗng nghĩa là cả phường."""
    topics: Mapped[list[PlanTopic]] = relationship(secondary=revision_topics, order_by=PlanTopic.position)
    readings: Mapped[list[ReadingSnapshot]] = relationship(back_populates="revision", order_by="ReadingSnapshot.id")
    decisions: Mapped[list[Decision]] = relationship(back_populates="revision", order_by="Decision.id")
    credits: Mapped[list[Credit]] = relationship(order_by="Credit.id", viewonly=True)
    hands: Mapped[list[RevisionHand]] = relationship(back_populates="revision", order_by="RevisionHand.id")


class RevisionWords(Base):
    """Các từ của một bản sửa để tìm: chép từ tiêu đề và nội dung mỗi khi hai thứ ấy được lưu, không ai phải nhớ gọi."""

    __tablename__ = "revision_words"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), primary_key=True)
    title_lower: Mapped[str]
    title_plain: Mapped[str]
    words: Mapped[str]
    """Mỗi từ của tiêu đề và nội dung một lần, còn dấu và không dấu."""


@event.listens_for(Revision, "after_insert")
@event.listens_for(Revision, "after_update")
def _index_words(_mapper: Mapper[Revision], connection: Connection, revision: Revision) -> None:
    state = inspect(revision)
    if not any(state.attrs[name].history.has_changes() for name in ("title", "body")):
        return
    table = RevisionWords.__table__
    connection.execute(table.delete().where(RevisionWords.revision_id == revision.id))  # type: ignore[attr-defined]
    connection.execute(table.insert().values(revision_id=revision.id, **indexed(revision.title, revision.body)))  # type: ignore[attr-defined]


class ReadingSnapshot(Row):
    """Cách đọc của một bản sửa tại lúc gửi: chữ nói, phiên bản bộ đọc và từ điển, câu hỏi đã trả lời; chỉ thêm."""

    __tablename__ = "reading_snapshots"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    sentences: Mapped[Any] = mapped_column(CanonicalJson)
    """Danh sách câu nói."""
    detail: Mapped[Any] = mapped_column(CanonicalJson, deferred=True)
    """Từng đoạn đọc thế nào: hàng megabyte với bài rất dài, nên chỉ nạp khi hỏi tới."""
    """Các đoạn, câu hỏi và câu trả lời, để xem lại sau này."""
    syllables: Mapped[int]
    engine_version: Mapped[str] = mapped_column(String(64))
    lexicon_version: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    title: Mapped[Any | None] = mapped_column(CanonicalJson)
    """Tiêu đề đọc thế nào trong lời chào, danh sách câu; bản của phần mềm cũ thì trống."""

    revision: Mapped[Revision] = relationship(back_populates="readings")


class Decision(Row):
    """Duyệt, trả lại, rút: ai, chức danh, lúc nào, băm của bản sửa và của cách đọc; chỉ thêm."""

    __tablename__ = "decisions"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    reading_id: Mapped[int | None] = mapped_column(ForeignKey("reading_snapshots.id"))
    kind: Mapped[DecisionKind] = mapped_column(word_type(DecisionKind))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    job_title: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    own_work: Mapped[bool] = mapped_column(default=False)
    """Người duyệt cũng là người viết (đài một người): nhật ký nói ra điều đó."""
    revision_sha256: Mapped[str] = mapped_column(String(64))
    reading_sha256: Mapped[str | None] = mapped_column(String(64))
    recording_sha256: Mapped[str | None] = mapped_column(String(64))
    """Tệp giọng người đã nghe khi duyệt; giọng máy thì trống, vì nó luôn đọc đúng cách đọc ấy."""

    revision: Mapped[Revision] = relationship(back_populates="decisions")


class RevisionHand(Row):
    """Ai đã làm phần nào của một bản sửa, kể cả phần chép từ bản trước: tên và chức danh như lúc ấy."""

    __tablename__ = "revision_hands"
    __table_args__ = (UniqueConstraint("revision_id", "user_id", "part"),)

    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    part: Mapped[Part] = mapped_column(word_type(Part))
    name: Mapped[str]
    job_title: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]

    revision: Mapped[Revision] = relationship(back_populates="hands")


class Credit(Row):
    """Người hưởng nhuận bút của một bản sửa, có hoặc không có tài khoản."""

    __tablename__ = "credits"
    __table_args__ = (UniqueConstraint("revision_id", "role", "name"),)

    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    role: Mapped[CreditRole] = mapped_column(word_type(CreditRole))
    name: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class UnsavedText(StationRow):
    """Chữ một người đang gõ mà chưa bấm lưu, máy tự giữ; không phải bản sửa nào, chỉ người ấy thấy, lưu xong thì bỏ."""

    __tablename__ = "unsaved_texts"
    __table_args__ = (UniqueConstraint("user_id", "station_id", "place"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    place: Mapped[str] = mapped_column(String(64))
    """Biểu mẫu nào: ``ban-12`` là bản nháp 12, ``moi-…`` là một bản tin mới."""
    fields: Mapped[Any] = mapped_column(CanonicalJson)
    """Ô → chữ, hoặc danh sách lựa chọn."""
    saved_at: Mapped[datetime]


class Publication(StationRow):
    """Chữ của một bản sửa đã duyệt được chép đi đăng ở nơi khác: ai, lúc nào; mỗi nơi đếm một lần."""

    __tablename__ = "publications"
    __table_args__ = (UniqueConstraint("revision_id", "channel"),)

    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    channel: Mapped[Channel] = mapped_column(word_type(Channel))
    by: Mapped[str]
    at: Mapped[datetime]
    local_day: Mapped[date]


class LexiconRow(StationRow):
    """Một mục từ điển đọc của đài; cùng mặt chữ có thể có nhiều mục, ngữ cảnh quyết định. Sửa là đóng mục cũ, thêm mục mới."""

    __tablename__ = "lexicon"

    layer: Mapped[LexiconLayer] = mapped_column(word_type(LexiconLayer), default=LexiconLayer.STATION)
    surface: Mapped[str]
    reading: Mapped[str]
    context: Mapped[Any] = mapped_column(CanonicalJson)
    case_rule: Mapped[LexiconCase] = mapped_column(word_type(LexiconCase))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    changed_by: Mapped[str]
    changed_by_id: Mapped[int | None]
    changed_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_by_id: Mapped[int | None]
    approved_title: Mapped[str] = mapped_column(default="", server_default="")
    approved_at: Mapped[datetime | None]
    """Lãnh đạo cho dùng trong lời xướng, lời chào; trống thì mới dùng trong bản tin, nơi cách đọc được duyệt cùng bài."""
    end_asked_by: Mapped[str | None]
    end_asked_at: Mapped[datetime | None]
    """Thôi dùng trong bản tin, còn chờ lãnh đạo cho thôi trong lời xướng."""
    ended_at: Mapped[datetime | None]
