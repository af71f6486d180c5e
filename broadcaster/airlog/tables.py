"""Bảng của nhật ký phát thanh: dòng nối chuỗi chỉ-thêm, đầu chuỗi, và hai bảng chiếu dựng lại được.

Các mã (buổi, mục, bản sửa…) là số trần, không phải khoá ngoại: dòng nhật ký phải đọc được mười năm sau, không cần bảng khác.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from broadcaster.airlog.delivered import Deliveries, deliveries_of
from broadcaster.airlog.enums import Event, Mode, Reason, Result
from broadcaster.database.base import Base, StationRow
from broadcaster.database.conditions import Condition
from broadcaster.database.types import CanonicalJson, word_type


class ChainHead(Base):
    """Đầu chuỗi của một đài; giữ khoá dòng này khi nối để hai người ghi không cùng một số thứ tự."""

    __tablename__ = "chain_heads"

    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), primary_key=True)
    seq: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime | None]


SILENT_EVENTS, PLANNED_EVENTS = "'programme_missed', 'programme_cancelled'", "'programme_planned'"
"""Điều kiện của hai chỉ mục nhỏ; truy vấn phải viết y nguyên chữ này thì cơ sở dữ liệu mới dùng chúng."""


class LogEntry(StationRow):
    """Một dòng nhật ký: ``digest`` = SHA-256 của (``prev`` + mọi trường + ``body`` chuẩn). Không sửa, không xoá được."""

    __tablename__ = "log_entries"
    __table_args__ = (
        UniqueConstraint("station_id", "seq"),
        Index(
            "uq_log_entries_armed",
            "run_id",
            "item_id",
            unique=True,
            sqlite_where=text("event = 'item_armed'"),
            postgresql_where=text("event = 'item_armed'"),
        ),
        Index(
            "uq_log_entries_ended",
            "run_id",
            "item_id",
            unique=True,
            sqlite_where=text("event = 'item_ended'"),
            postgresql_where=text("event = 'item_ended'"),
        ),
        CheckConstraint(
            "event NOT IN ('item_armed', 'item_ended') OR (run_id IS NOT NULL AND item_id IS NOT NULL)", name="owner"
        ),
        Index("ix_log_entries_station_id_happened_at", "station_id", "happened_at"),
        Index("ix_log_entries_item_id", "item_id"),
        *(
            Index(
                f"ix_log_entries_{name}",
                "station_id",
                "happened_at",
                sqlite_where=text(f"event IN ({events})"),
                postgresql_where=text(f"event IN ({events})"),
            )
            for name, events in (("silent", SILENT_EVENTS), ("planned", PLANNED_EVENTS))
        ),
    )

    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    """Không có chỉ mục riêng: nó mời cơ sở dữ liệu đọc cả nhật ký thay vì đọc các dòng của một mục."""
    seq: Mapped[int]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    event: Mapped[Event] = mapped_column(word_type(Event))
    schema_version: Mapped[int]
    run_id: Mapped[int | None]
    item_id: Mapped[int | None]
    body: Mapped[str] = mapped_column(Text)
    """JSON chuẩn, giữ nguyên từng byte đã băm."""
    prev: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


_SEARCHED = ("local_day", "subject_id", "scope_id", "result", "reason", "mode", "kind", "script_id", "programme_id")


class Airing(StationRow):
    """Bảng chiếu: một mục của một lượt giữ buổi, từ dự kiến tới kết quả; dựng lại được từ ``log_entries``."""

    __tablename__ = "airings"
    __table_args__ = (
        UniqueConstraint("run_id", "item_id"),
        Index("ix_airings_station_id_local_day", "station_id", "local_day"),
        Index("ix_airings_script_id", "script_id"),
        Index("ix_airings_programme", "station_id", "programme_id", "local_day"),
        # Đi ngược thời gian mà không phải mở từng dòng: mọi cột để lọc nằm ngay trong chỉ mục.
        Index("ix_airings_search", "station_id", "planned_at", "id", *_SEARCHED),
        *(
            Index(f"ix_airings_{name}", "station_id", name, "planned_at")
            for name in ("result", "reason", "mode", "subject_id", "scope_id")
        ),
    )

    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    run_id: Mapped[int]
    item_id: Mapped[int]
    programme_id: Mapped[int]
    local_day: Mapped[date]
    slot_name: Mapped[str]
    unit_name: Mapped[str]
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str]
    script_id: Mapped[int | None]
    revision_id: Mapped[int | None]
    genre: Mapped[str | None] = mapped_column(String(32))
    column_name: Mapped[str | None]
    topics: Mapped[Any] = mapped_column(CanonicalJson)
    origin: Mapped[str | None] = mapped_column(String(32))
    priority: Mapped[str | None] = mapped_column(String(32))
    mode: Mapped[Mode] = mapped_column(word_type(Mode))
    planned_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    planned_ms: Mapped[int]
    heard_ms: Mapped[int] = mapped_column(default=0)
    result: Mapped[Result | None] = mapped_column(word_type(Result))
    """Rỗng khi đã chuẩn bị mà chưa kết thúc."""
    reason: Mapped[Reason | None] = mapped_column(word_type(Reason))
    is_rerun: Mapped[bool] = mapped_column(default=False)
    zones: Mapped[Any] = mapped_column(CanonicalJson, default=list)
    """Mã các TDP được nhắm tới; đài chưa khai TDP nào thì rỗng."""
    first_seq: Mapped[int] = mapped_column(default=0)
    """Dòng chuẩn bị (hay bỏ) đã mở lượt này."""
    last_seq: Mapped[int]
    """Dòng nhật ký mới nhất đã chiếu vào đây."""
    audio_sha256: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(default="")
    corrected_seq: Mapped[int | None]
    """Dòng đính chính mới nhất; rỗng là chưa ai đính chính."""
    correction: Mapped[str] = mapped_column(default="")
    """Ai đính chính, vì sao."""
    subject_id: Mapped[int] = mapped_column(BigInteger, default=0)
    scope_id: Mapped[int] = mapped_column(BigInteger, default=0)
    reach_id: Mapped[int] = mapped_column(BigInteger, default=0)

    reach: Mapped[AiringReach | None] = relationship(
        primaryjoin="foreign(Airing.reach_id) == AiringReach.id", viewonly=True, lazy="select"
    )

    @property
    def deliveries(self) -> Deliveries:
        """Lượt này tới từng cụm loa thế nào, theo mã cụm."""
        return deliveries_of(self.reach.places) if self.reach is not None else ()


_CONTENT_ID = BigInteger().with_variant(Integer, "sqlite")
_TITLE_WORDS = "array_to_tsvector(array_remove(string_to_array({}, ' '), ''))"


class AiringSubject(Base):
    """Bảng chiếu: điều được phát (``airlog.subjects``), một dòng cho mọi lượt giống nhau; mã là băm của ``facts``."""

    __tablename__ = "airing_subjects"
    __table_args__ = (
        Index("ix_airing_subjects_label", "station_id", "label_id"),
        # Tìm theo chữ: SQLite đi trên chỉ mục hẹp, không mở từng dòng rộng vì ``facts``; PostgreSQL tìm thẳng tới từ.
        Index("ix_airing_subjects_search", "station_id", "title_plain", "title_lower", "label_id").ddl_if(dialect="sqlite"),
        Index(
            "ix_airing_subjects_words",
            text(_TITLE_WORDS.format("title_plain")),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ).ddl_if(dialect="postgresql"),
    )

    id: Mapped[int] = mapped_column(_CONTENT_ID, primary_key=True, autoincrement=False)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    facts: Mapped[Any] = mapped_column(CanonicalJson)
    title_lower: Mapped[str]
    """Các từ của tiêu đề, còn dấu, mỗi từ giữa hai dấu cách (``search_text.spaced``)."""
    title_plain: Mapped[str]
    label_id: Mapped[int] = mapped_column(BigInteger)


class AiringLabel(Base):
    """Bảng chiếu: nhãn của điều được phát, một dòng cho mọi điều cùng nhãn; mã là băm của các cột."""

    __tablename__ = "airing_labels"

    id: Mapped[int] = mapped_column(_CONTENT_ID, primary_key=True, autoincrement=False)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    people_lower: Mapped[str]
    """Các từ của mọi cái tên, còn dấu (``search_text.spaced``)."""
    people_plain: Mapped[str]
    column_name: Mapped[str | None]
    genre: Mapped[str | None] = mapped_column(String(32))
    topics: Mapped[str]
    """Mã các nội dung kế hoạch, mỗi mã giữa hai dấu xuống dòng."""


class AiringScope(Base):
    """Bảng chiếu: nơi được phát, một dòng cho mọi lượt tới cùng những TDP và cụm loa ấy."""

    __tablename__ = "airing_scopes"

    id: Mapped[int] = mapped_column(_CONTENT_ID, primary_key=True, autoincrement=False)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    zones: Mapped[str]
    clusters: Mapped[str]


class AiringReach(Base):
    """Bảng chiếu: tới từng cụm loa thế nào (``airlog.delivered``), một dòng cho mọi lượt giống hệt; mã là băm của ``places``."""

    __tablename__ = "airing_reaches"

    id: Mapped[int] = mapped_column(_CONTENT_ID, primary_key=True, autoincrement=False)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    places: Mapped[Any] = mapped_column(CanonicalJson)


class ScriptAiring(StationRow):
    """Bảng chiếu: từ trước tới nay bản tin này đã phát đủ mấy lần tới TDP kia, lần gần nhất lúc nào; diễn tập không kể.

    ``zone_code`` rỗng là cả phường, của đài chưa khai TDP nào.
    """

    __tablename__ = "script_airings"
    __table_args__ = (
        UniqueConstraint("script_id", "zone_code"),
        Index("ix_script_airings_station_id_last_seq", "station_id", "last_seq"),
    )

    script_id: Mapped[int]
    zone_code: Mapped[str] = mapped_column(String(64))
    count: Mapped[int]
    last_at: Mapped[datetime]
    last_day: Mapped[date]
    last_seq: Mapped[int]
    """Dòng nhật ký sau cùng đã đổi dòng này."""


class Anchor(StationRow):
    """Đầu chuỗi đã gửi tới một nơi mà chủ cơ sở dữ liệu không sửa được: nơi nào, tới dòng nào, nơi ấy trả lời gì."""

    __tablename__ = "anchors"

    place: Mapped[str]
    seq: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    root: Mapped[str] = mapped_column(String(64))
    """Gốc cây băm của mọi dòng tới ``seq``; xem ``tree``."""
    at: Mapped[datetime]
    receipt: Mapped[str] = mapped_column(default="", server_default="")
    """Nơi ấy trả lại gì: tên tệp, địa chỉ thư, chữ ký, dấu thời gian."""


class CheckLink(StationRow):
    """Liên kết một chạm cho tổ trưởng: trong ngày ấy, không cần tài khoản, xác nhận đã nghe ở các cụm loa của một TDP."""

    __tablename__ = "check_links"

    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    zone_code: Mapped[str] = mapped_column(String(64))
    zone_name: Mapped[str]
    day: Mapped[date]
    name: Mapped[str]
    """Người được giao: tên này đứng trong dòng xác nhận."""
    made_by: Mapped[str]
    made_by_id: Mapped[int | None]
    """Người ấy bị khoá hay rời đài thì liên kết hết dùng được."""
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def unindexed(column: Any) -> ColumnElement[Any]:
    """Cột giấu khỏi chỉ mục của nó, để câu hỏi đi theo cột hiếm chứ không đi cả nhật ký của đài.

    SQLite không có số liệu thống kê nên đoán; và nó cũng thích đi cả nhật ký theo giờ để khỏi xếp một câu có ``ORDER BY
    planned_at``: câu chỉ lấy vài lượt thì xếp ở Python. PostgreSQL thì có số liệu và giấu đi là nó đoán sai, nên thấy cột trần.
    """
    return _Unindexed(column)


class _Unindexed(FunctionElement[Any]):
    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = self.clauses.clauses[0].type


@compiles(_Unindexed)
def _bare(element: _Unindexed, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(element.clauses, **more)


@compiles(_Unindexed, "sqlite")
def _hidden(element: _Unindexed, compiler: SQLCompiler, **more: Any) -> str:
    column = compiler.process(element.clauses, **more)
    return f"coalesce({column}, {column})"


def title_words(words: Sequence[str]) -> ColumnElement[bool]:
    """Tiêu đề có các từ (không dấu) bắt đầu như thế: PostgreSQL đi thẳng tới chúng; SQLite đi trên chỉ mục hẹp, khỏi hỏi."""
    return _TitleWords(AiringSubject.title_plain, " & ".join(f"'{word}':*" for word in words))


class _TitleWords(Condition):
    inherit_cache = True


@compiles(_TitleWords)
def _by_word(element: _TitleWords, compiler: SQLCompiler, **more: Any) -> str:
    column, words = (compiler.process(part, **more) for part in element.clauses)
    return f"{_TITLE_WORDS.format(column)} @@ CAST({words} AS tsquery)"


@compiles(_TitleWords, "sqlite")
def _anyway(element: _TitleWords, compiler: SQLCompiler, **more: Any) -> str:
    column, _ = element.clauses
    return f"{compiler.process(column, **more)} IS NOT NULL"
