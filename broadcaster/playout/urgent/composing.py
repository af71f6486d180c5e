"""Soạn lệnh khẩn cấp: hỏi quyền, điền mẫu, lấy bản ghi, đọc lại cho người ra lệnh. Chỉ đọc cơ sở dữ liệu, không ghi gì."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.accounts.enums import UnitLevel
from broadcaster.accounts.tables import Station, UnitName, Zone
from broadcaster.errors import Conflict, Invalid
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Revision, Script
from broadcaster.playout.enums import UrgentLevel
from broadcaster.playout.tables import Cluster
from broadcaster.playout.urgent.orders import Order
from broadcaster.studio import templates
from broadcaster.studio.enums import RecordingState, TemplateCode
from broadcaster.studio.tables import Recording, Take

MAX_TEXT = 3000
_TITLE = 80


@dataclass(frozen=True)
class Wish:
    """Điều người ra lệnh đã chọn: đúng một trong ``text``, ``template`` (với ``blanks``), ``recording_id``."""

    key: str
    text: str = ""
    template: TemplateCode | None = None
    blanks: Mapping[str, str] = field(default_factory=dict)
    recording_id: int | None = None
    zone_ids: tuple[int, ...] = ()
    every_minutes: int = 0
    until: datetime | None = None
    level: UrgentLevel = UrgentLevel.THREE
    signal: bool = True
    via: str = "trang web"


@dataclass(frozen=True)
class Ready:
    """Lệnh đã soạn; ``speak`` đúng thì còn phải đọc thành tiếng, sai thì lệnh đã mang tệp của bản ghi."""

    order: Order
    speak: bool
    clusters: tuple[str, ...]
    """Tên các cụm loa sẽ nghe."""


@dataclass(frozen=True)
class Choice:
    """Một bản tin đã duyệt có tiếng, để chọn phát ngay."""

    recording_id: int
    title: str
    duration_ms: int


def zones(session: Session, actor: Actor) -> list[Zone]:
    """TDP còn dùng, để chọn nơi nghe. Lỗi: ``NotAllowed``."""
    actor.require(Action.URGENT)
    query = select(Zone).where(Zone.station_id == actor.station_id, Zone.valid_to.is_(None))
    return list(session.scalars(query.order_by(Zone.position, Zone.id)))


def recordings(session: Session, actor: Actor, *, limit: int = 30) -> list[Choice]:
    """Bản tin đã duyệt có tiếng, mới nhất trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.URGENT)
    query = _approved(actor.station_id).order_by(Revision.id.desc()).limit(limit)
    return [Choice(row[0].id, row[1].title, row[0].duration_ms or 0) for row in session.execute(query)]


def prepare(session: Session, actor: Actor, wish: Wish, *, now: datetime) -> Ready:
    """Lệnh đọc lại được cho người ra lệnh. Lỗi: ``NotAllowed``, ``NotFound``, ``Invalid`` theo từng ô."""
    actor.require(Action.URGENT)
    chosen = [owned(session, Zone, zone_id, actor) for zone_id in wish.zone_ids]
    order = Order(
        key=wish.key,
        by=actor.name,
        job_title=actor.job_title,
        by_id=actor.user_id,
        via=wish.via,
        ordered_at=now,
        level=wish.level,
        title="",
        text="",
        spoken="",
        unit=_unit(session, actor.station_id),
        zone_ids=tuple(zone.id for zone in chosen),
        zones=tuple(zone.label for zone in chosen),
        zone_codes=tuple(zone.code for zone in chosen or zones(session, actor)),
        every_minutes=wish.every_minutes,
        until=wish.until if wish.every_minutes else None,
        signal=wish.signal,
    )
    order = _filled(session, actor, wish, order)
    return Ready(order, order.audio_sha256 is None, _clusters(session, actor, order.zone_ids))


def with_sound(order: Order, sentences: Sequence[str], sha256: str | None, voice: Mapping[str, Any]) -> Order:
    """Lệnh kèm lời sẽ nói và tiếng của nó."""
    return replace(order, spoken=_said(sentences), audio_sha256=sha256, voice=voice)


def _filled(session: Session, actor: Actor, wish: Wish, order: Order) -> Order:
    if wish.recording_id is not None:
        return _recorded(session, actor, wish.recording_id, order)
    if wish.template is not None:
        text = _template_text(session, actor, wish.template, wish.blanks)
        return replace(order, title=wish.template.label, text=text)
    text = wish.text.strip()
    if not text:
        raise Invalid(problems={"noi_dung": "Hãy gõ lời cần phát, hoặc chọn một mẫu hay một bản ghi."})
    if len(text) > MAX_TEXT:
        raise Invalid(problems={"noi_dung": f"Tin khẩn cấp dài quá {MAX_TEXT} chữ cái. Hãy rút gọn."})
    first = text.splitlines()[0]
    return replace(order, title=first if len(first) <= _TITLE else first[: _TITLE - 1].rstrip() + "…", text=text)


def _template_text(session: Session, actor: Actor, code: TemplateCode, blanks: Mapping[str, str]) -> str:
    if not code.urgent:
        raise Invalid(problems={"mau": "Mẫu này không phải mẫu khẩn cấp. Hãy chọn mẫu khác."})
    text = templates.latest(session, actor.station_id, code).text
    empty = {
        f"o_{place}": f"Hãy điền “{blank}”."
        for place, blank in enumerate(templates.blanks_of(text))
        if not blanks.get(blank, "").strip()
    }
    if empty:
        raise Invalid(problems=empty)
    return templates.render(text, {blank: value.strip() for blank, value in blanks.items()})


def _recorded(session: Session, actor: Actor, recording_id: int, order: Order) -> Order:
    recording = owned(session, Recording, recording_id, actor)
    row = session.execute(_approved(actor.station_id).where(Recording.id == recording.id).limit(1)).first()
    if row is None:
        raise Conflict("Bản ghi này không còn được duyệt hoặc chưa xong. Hãy chọn bản khác.")
    revision: Revision = row[1]
    voice = {"source": recording.source.value, "engine": recording.voice, "version": recording.voice_version}
    return replace(
        order,
        title=revision.title,
        text=revision.body,
        spoken=_said(recording.sentences),
        audio_sha256=recording.sha256,
        voice={**voice, "reader": recording.reader_name},
        script_id=revision.script_id,
        revision_id=revision.id,
    )


def _approved(station_id: int) -> Select[Recording, Revision]:
    return (
        select(Recording, Revision)
        .join(Take, Take.recording_id == Recording.id)
        .join(Revision, Revision.id == Take.revision_id)
        .join(Script, Script.id == Revision.script_id)
        .where(
            Recording.station_id == station_id,
            Script.station_id == station_id,
            Recording.state == RecordingState.MADE,
            Revision.state == RevisionState.APPROVED,
            Take.chosen,
        )
    )


def _clusters(session: Session, actor: Actor, zone_ids: Sequence[int]) -> tuple[str, ...]:
    query = select(Cluster.name).where(Cluster.station_id == actor.station_id, Cluster.retired_on.is_(None))
    if zone_ids:
        query = query.where(Cluster.zone_id.in_(zone_ids))
    return tuple(session.scalars(query.order_by(Cluster.code)))


def _unit(session: Session, station_id: int) -> str:
    query = select(UnitName.name).where(
        UnitName.station_id == station_id, UnitName.level == UnitLevel.WARD, UnitName.valid_to.is_(None)
    )
    name = session.scalar(query.order_by(UnitName.valid_from.desc()).limit(1))
    return name or session.get_one(Station, station_id).name


def _said(sentences: Sequence[str]) -> str:
    """Lời để người đọc: chỗ nghỉ mà câu không mang dấu (cắt ở dấu chấm phẩy) thì thấy là chỗ nghỉ, không dính vào câu sau."""
    *before, last = sentences or [""]
    return " ".join([*(one if one.endswith((".", "!", "?", "…", ":")) else f"{one};" for one in before), last])
