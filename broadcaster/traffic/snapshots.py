"""Ảnh chụp tự đủ của buổi và mục cho nhật ký: tên, băm, người duyệt, nhuận bút, giọng — đọc lại được sau mười năm.

Phòng lịch ghi khi lên lịch và chốt, phòng phát sóng ghi khi phát: cùng một hàm, nên hai dòng không bao giờ kể khác nhau.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.enums import UnitLevel
from broadcaster.accounts.tables import UnitName, User
from broadcaster.airlog.bodies import ApprovalBody, ItemBody, ProgrammeBody, VoiceBody
from broadcaster.airlog.enums import Mode, Result
from broadcaster.airlog.tables import Airing
from broadcaster.newsroom.enums import CreditRole, DecisionKind, Priority
from broadcaster.newsroom.freezing import sha256_of
from broadcaster.newsroom.tables import Credit, Decision, ReadingSnapshot, Revision
from broadcaster.studio.tables import Recording
from broadcaster.traffic.calendar import zones_on
from broadcaster.traffic.clock_fit import Piece, fit
from broadcaster.traffic.enums import ItemState, PlacedBy
from broadcaster.traffic.formats import segments_of
from broadcaster.traffic.tables import Item, Programme, Slot

_ITEMS = selectinload(Programme.items)
LINEUP = (
    _ITEMS.selectinload(Item.revision).options(selectinload(Revision.column), selectinload(Revision.topics)),
    _ITEMS.selectinload(Item.sound),
    _ITEMS.selectinload(Item.segment),
    _ITEMS.selectinload(Item.recording),
    _ITEMS.selectinload(Item.zones),
    selectinload(Programme.slot).selectinload(Slot.zones),
)
"""Đọc một buổi với mọi thứ thứ tự phát cần, bằng số truy vấn không tuỳ số mục."""


_OF_SCRIPT = (
    selectinload(Revision.readings).undefer(ReadingSnapshot.detail),
    selectinload(Revision.decisions),
    selectinload(Revision.hands),
    selectinload(Revision.credits),
)
BODIES = (*LINEUP, _ITEMS.selectinload(Item.template), _ITEMS.selectinload(Item.revision).options(*_OF_SCRIPT))
"""Như ``LINEUP``, thêm mọi điều dòng nhật ký của từng mục cần."""


@dataclass(frozen=True)
class Line:
    """Một mục trong thứ tự phát, với giờ dự kiến; ``fits`` sai thì ``reason`` nói vì sao không còn chỗ."""

    item: Item
    position: int
    planned_at: datetime
    planned_ms: int
    fits: bool
    reason: str = ""


def lineup(items: Sequence[Item], starts_at: datetime, budget_ms: int) -> list[Line]:
    """Thứ tự phát của ``items`` (bỏ mục đã gỡ, đã bỏ qua) khi bắt đầu lúc ``starts_at`` và có ``budget_ms`` để phát."""
    alive = [item for item in items if item.state not in (ItemState.DROPPED, ItemState.SKIPPED)]
    fitted = fit([piece_of(item, starts_at) for item in alive], budget_ms)
    placed = {one.item_id: one for one in fitted.placed}
    left_out = {one.item_id: one for one in fitted.left_out}
    lines: list[Line] = []
    for position, item in enumerate(alive, start=1):
        one = placed.get(item.id)
        spot = one or left_out[item.id]
        at = starts_at + timedelta(milliseconds=spot.offset_ms)
        planned_ms = item.planned_ms if one is None else one.planned_ms
        reason = "" if one else left_out[item.id].reason
        lines.append(Line(item, position, at, planned_ms, one is not None, reason))
    return lines


def programme_lineup(programme: Programme) -> list[Line]:
    """Thứ tự phát của cả buổi theo giờ đã lên lịch."""
    return lineup(programme.items, programme.starts_at, programme.length_ms)


def piece_of(item: Item, starts_at: datetime) -> Piece:
    """Phần của mục mà phép xếp vừa giờ cần, khi khoảng xếp bắt đầu lúc ``starts_at``."""
    priority = Priority.NORMAL if item.revision is None else item.revision.priority
    at = hard_at(item)
    hard_ms = None if at is None else max(0, (at - starts_at) // timedelta(milliseconds=1))
    reform = item.revision is not None and item.revision.column is not None and item.revision.column.is_reform
    return Piece(item.id, item.kind, item.planned_ms, priority, bool(item.placed_name), hard_ms, reform)


def hard_at(item: Item) -> datetime | None:
    """Mốc của mục giờ cứng: đầu buổi cộng tổng các đoạn đứng trước trong khuôn. Người đã dời mục thì hết mốc."""
    segment = item.segment
    if segment is None or not segment.hard or item.placed_by is PlacedBy.PERSON:
        return None
    before = sum(ms for one, ms in segments_of(item.programme) if one.position < segment.position)
    return item.programme.starts_at + timedelta(milliseconds=before)


def title_of(item: Item) -> str:
    """Tên của mục, như người ở đài gọi."""
    if item.revision is not None:
        return item.revision.title
    if item.sound is not None:
        return item.sound.name
    return item.template_code.label if item.template_code else item.kind.label


def programme_body(session: Session, programme: Programme) -> ProgrammeBody:
    """Buổi như nó là lúc này: tên khung giờ, tên đơn vị của ngày ấy, các TDP được phát."""
    slot = programme.slot
    zones = slot.zones or zones_on(session, programme.station_id, programme.day)
    return {
        "id": programme.id,
        "slot_id": slot.id,
        "slot": slot.name,
        "unit": unit_name(session, programme),
        "day": programme.day.isoformat(),
        "planned_at": programme.starts_at.isoformat(),
        "planned_ms": programme.length_ms,
        "rehearsal": programme.rehearsal,
        "zones": [zone.code for zone in zones],
    }


def item_body(session: Session, item: Item, *, position: int, planned_at: datetime, planned_ms: int | None = None) -> ItemBody:
    """Mục như nó là lúc này, đủ mọi điều nhật ký cần; ``planned_ms`` khi nhạc đệm đã được cắt ngắn."""
    body: ItemBody = {
        "id": item.id,
        "position": position,
        "kind": item.kind.value,
        "title": title_of(item),
        "planned_at": planned_at.isoformat(),
        "planned_ms": item.planned_ms if planned_ms is None else planned_ms,
        "segment": item.segment.name if item.segment else None,
        "placed_by": item.placed_by.value,
        "placed_name": item.placed_name,
        "why": item.why,
    }
    if item.zones:
        body["zones"] = [zone.code for zone in item.zones]
    _add_sound(body, item)
    if item.revision is not None:
        _add_script(session, body, item, item.revision)
    return body


def read_scripts(session: Session, programmes: Iterable[Programme]) -> None:
    """Đọc một lượt mọi điều về các bản tin mà ``item_body`` của những buổi này cần, thay vì hỏi từng bản tin một."""
    ids = {item.revision_id for programme in programmes for item in programme.items if item.revision_id is not None}
    if ids:
        session.scalars(select(Revision).where(Revision.id.in_(ids)).options(*_OF_SCRIPT)).all()


def line_body(session: Session, line: Line) -> ItemBody:
    """``item_body`` của một dòng trong thứ tự phát."""
    return item_body(session, line.item, position=line.position, planned_at=line.planned_at, planned_ms=line.planned_ms)


def approval_of(session: Session, revision_id: int) -> Decision | None:
    """Quyết định duyệt mới nhất của một bản sửa: nó nói cách đọc nào đã được duyệt."""
    query = select(Decision).where(Decision.revision_id == revision_id, Decision.kind == DecisionKind.APPROVED)
    return session.scalar(query.order_by(Decision.id.desc()).limit(1))


def unit_name(session: Session, programme: Programme) -> str:
    """Tên phường vào ngày của buổi: báo cáo cũ giữ tên cũ."""
    query = select(UnitName.name).where(
        UnitName.station_id == programme.station_id,
        UnitName.level == UnitLevel.WARD,
        UnitName.valid_from <= programme.day,
        or_(UnitName.valid_to.is_(None), UnitName.valid_to >= programme.day),
    )
    return session.scalar(query.order_by(UnitName.valid_from.desc()).limit(1)) or ""


def _add_sound(body: ItemBody, item: Item) -> None:
    if item.sound is not None:
        body["audio_sha256"] = item.sound.sha256
    if item.recording is not None:
        body["audio_sha256"] = item.recording.sha256
        body["voice"] = voice_body(item.recording)
    if item.template is not None:
        # Mẫu được duyệt một lần, nên lời đã điền phải nằm nguyên trong từng dòng.
        body["spoken"] = " ".join(item.recording.sentences) if item.recording else item.text
        body["approval"] = ApprovalBody(
            name=item.template.approved_by,
            job_title=item.template.approved_title,
            at=item.template.approved_at.isoformat(),
            own_work=False,
            user_id=item.template.approved_by_id,
        )
        body["ingredients"] = item.ingredients or []
        body["ingredients_sha256"] = sha256_of(item.ingredients or [])


def _add_script(session: Session, body: ItemBody, item: Item, revision: Revision) -> None:
    approved = [one for one in revision.decisions if one.kind is DecisionKind.APPROVED]
    approval = approved[-1] if approved else None
    credits = revision.credits
    body["script_id"] = revision.script_id
    body["revision_id"] = revision.id
    body["revision_number"] = revision.number
    body["text_sha256"] = revision.frozen_sha256
    body["reading_sha256"] = approval.reading_sha256 if approval else None
    body["answers"] = _answers(revision)
    body["genre"] = revision.genre.value
    body["column"] = revision.column.name if revision.column else None
    body["topics"] = [topic.code for topic in revision.topics]
    body["origin"] = revision.origin.value
    body["priority"] = revision.priority.value
    body["author"] = _author(session, revision, credits)
    body["hands"] = [
        {"part": hand.part.value, "user_id": hand.user_id, "name": hand.name, "job_title": hand.job_title}
        for hand in revision.hands
    ]
    body["credits"] = [{"role": credit.role.value, "name": credit.name} for credit in credits]
    body["approval"] = _approval(approval)
    body["is_rerun"] = _is_rerun(session, item, revision)


def voice_body(recording: Recording) -> VoiceBody:
    """Giọng của bản ghi: máy nào, bản nào, hay người nào."""
    return {
        "source": recording.source.value,
        "engine": recording.voice,
        "version": recording.voice_version,
        "reader": recording.reader_name,
    }


def _author(session: Session, revision: Revision, credits: Sequence[Credit]) -> str | None:
    names = [credit.name for credit in credits if credit.role is CreditRole.AUTHOR]
    return ", ".join(names) or session.scalar(select(User.full_name).where(User.id == revision.author_id))


def _answers(revision: Revision) -> list[dict[str, str]]:
    return list(revision.readings[-1].detail.get("answers", [])) if revision.readings else []


def _approval(approval: Decision | None) -> ApprovalBody | None:
    if approval is None:
        return None
    return {
        "name": approval.name,
        "job_title": approval.job_title,
        "at": approval.at.isoformat(),
        "own_work": approval.own_work,
        "user_id": approval.user_id,
    }


def _is_rerun(session: Session, item: Item, revision: Revision) -> bool:
    """Bản tin này đã từng phát đủ ở mục khác; phát lại sau khi bị ngắt không phải là phát lại."""
    query = select(Airing.id).where(
        Airing.script_id == revision.script_id,
        Airing.item_id != item.id,
        Airing.result == Result.FULL,
        Airing.mode != Mode.REHEARSAL,
    )
    return session.scalar(query.limit(1)) is not None
