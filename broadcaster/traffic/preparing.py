"""Chuẩn bị trước giờ phát: điền lời mẫu cho buổi này, gắn bản ghi đã xong, báo khi còn thiếu.

Hai bước, vì đọc chữ là việc chậm: ``texts_wanted`` chỉ đọc dữ liệu, người gọi đọc chữ thành câu ở ngoài giao dịch,
``attach_texts`` chỉ ghi. Lời mới chưa xong tiếng thì lời cũ vẫn giữ chỗ: thà cũ một câu còn hơn im lặng.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from broadcaster.accounts import settings
from broadcaster.accounts.tables import Station
from broadcaster.newsroom.tables import Revision
from broadcaster.studio.enums import RecordingState, TemplateCode
from broadcaster.studio.tables import Recording, Template
from broadcaster.studio.templates import blanks_of
from broadcaster.traffic import ingredients
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.candidates import chosen_recordings
from broadcaster.traffic.enums import ItemKind, ItemState, ProgrammeState
from broadcaster.traffic.ingredients import Piece
from broadcaster.traffic.poison import Poison
from broadcaster.traffic.snapshots import Line, programme_lineup, title_of, unit_name
from broadcaster.traffic.tables import Item, Programme, Slot
from broadcaster.traffic.timetable import WEEKDAYS

AI_LINE = "Chương trình có sử dụng giọng đọc nhân tạo."
NO_NAME = "Đài truyền thanh"
"""Khi chưa tên nào được duyệt."""
NO_CONTENTS = "thông tin của địa phương"
_AHEAD = (ProgrammeState.PLANNED, ProgrammeState.LOCKED)
_LIVE = (*_AHEAD, ProgrammeState.AIRING)

_URGENCY = 50
"""Lời mẫu của buổi sắp phát được làm trước bản nghe thử."""


class Studio(Protocol):
    """Điều phòng lịch cần ở phòng thu."""

    def latest(self, session: Session, station_id: int, code: TemplateCode) -> Template:
        """Mẫu lời mới nhất."""
        ...

    def render(self, text: str, context: Mapping[str, str]) -> str:
        """Điền mẫu."""
        ...

    def read(self, text: str) -> Sequence[str]:
        """Chữ viết thành các câu nói; chậm, gọi ngoài giao dịch ghi."""
        ...

    def want_recording(
        self,
        session: Session,
        station_id: int,
        *,
        sentences: Sequence[str],
        title: str,
        tags: Mapping[str, str],
        urgency: int,
        now: datetime,
    ) -> Recording:
        """Xin một bản ghi; xin lại điều đã có thì nhận đúng bản ấy."""
        ...


@dataclass(frozen=True)
class Wanted:
    """Một lời mẫu phải làm tiếng: ``text`` là lời đã điền, ở dạng viết; ``pieces`` là chính nó, phần đã duyệt để nguyên lời."""

    item_id: int
    template_id: int
    text: str
    title: str
    pieces: tuple[Piece, ...]
    ingredients: list[dict[str, Any]]

    def spoken(self, read: Callable[[str], Sequence[str]]) -> tuple[str, ...]:
        """Các câu nói; ``read`` đọc phần còn là chữ viết, chậm."""
        return tuple(sentence for piece in self.pieces for sentence in (read(piece) if isinstance(piece, str) else piece))


@dataclass(frozen=True)
class Ready:
    """Mục được gắn bản ghi (hoặc bị gỡ bản ghi không còn đúng cách đọc đã duyệt: ``recording_id`` rỗng)."""

    item_id: int
    recording_id: int | None
    duration_ms: int | None


def texts_wanted(session: Session, station_id: int, studio: Studio, now: datetime, *, poison: Poison) -> list[Wanted]:
    """Lời mẫu của các buổi tới giờ chuẩn bị mà chữ đã khác lần làm trước; chỉ đọc. Mẫu hỏng thì vào ``poison``."""
    poison.forget("template")
    programmes = due(session, station_id, settings.PREPARE_BEFORE_MIN, now, states=_AHEAD)
    return [wanted for programme in programmes for wanted in _wanted(session, programme, studio, poison)]


def attach_texts(
    session: Session, station_id: int, studio: Studio, spoken: Sequence[tuple[Wanted, Sequence[str]]], now: datetime
) -> int:
    """Xin bản ghi cho từng lời đã đọc thành câu; mục đã lên sóng thì thôi. Trả về số mục đã đổi."""
    changed = 0
    for wanted, sentences in spoken:
        recording = studio.want_recording(
            session, station_id, sentences=sentences, title=wanted.title, tags={}, urgency=_URGENCY, now=now
        )
        values: dict[str, object] = {
            "text": wanted.text,
            "ingredients": wanted.ingredients,
            "template_id": wanted.template_id,
            "wanted_id": recording.id,
        }
        if recording.state is RecordingState.MADE:
            values |= {"recording_id": recording.id, "planned_ms": recording.duration_ms}
        changed += _set(session, wanted.item_id, values)
    return changed


def recordings_ready(session: Session, station_id: int, now: datetime) -> list[Ready]:
    """Mục chờ phát (kể cả đã chốt) mà bản ghi vừa xong hoặc vừa đổi; chỉ đọc."""
    waiting = and_(
        Programme.station_id == station_id,
        Programme.state.in_(_LIVE),
        Programme.ends_at > now,
        Item.state == ItemState.WAITING,
    )
    spoken = (
        select(Item.id, Recording.id, Recording.duration_ms)
        .join(Programme, Programme.id == Item.programme_id)
        .join(Recording, Recording.id == Item.wanted_id)
        .where(waiting, Recording.state == RecordingState.MADE)
        .where(or_(Item.recording_id.is_(None), Item.recording_id != Item.wanted_id))
    )
    ready = [Ready(*row) for row in session.execute(spoken)]
    scripts = select(Item.id, Item.revision_id, Item.recording_id).join(Programme, Programme.id == Item.programme_id)
    rows = session.execute(scripts.where(waiting, Item.revision_id.is_not(None))).all()
    chosen = chosen_recordings(session, sorted({row.revision_id for row in rows}))
    for row in rows:
        recording_id, duration_ms = chosen.get(row.revision_id, (None, None))
        if row.recording_id != recording_id:
            ready.append(Ready(row.id, recording_id, duration_ms))
    return ready


def attach(session: Session, ready: Sequence[Ready]) -> int:
    """Gắn bản ghi và thời lượng thật; trả về số mục đã đổi."""
    changed = 0
    for one in ready:
        values: dict[str, object] = {"recording_id": one.recording_id}
        if one.duration_ms:
            values["planned_ms"] = one.duration_ms
        changed += _set(session, one.item_id, values)
    return changed


def missing_alerts(session: Session, station_id: int, now: datetime) -> dict[str, str]:
    """Khoá cảnh báo → lời, cho các buổi tới giờ chuẩn bị còn thiếu tiếng (lời mẫu: chỉ khi đã tới giờ chốt); chỉ đọc."""
    lock = timedelta(minutes=settings.get(session, station_id, settings.LOCK_BEFORE_MIN))
    found: dict[str, str] = {}
    for programme in due(session, station_id, settings.PREPARE_BEFORE_MIN, now, states=_AHEAD):
        kinds = {ItemKind.SCRIPT} | ({ItemKind.TEMPLATE} if programme.starts_at <= now + lock else set())
        titles = [
            title_of(item)
            for item in programme.items
            if item.kind in kinds and item.state is ItemState.WAITING and item.recording_id is None
        ]
        if titles:
            local = programme.starts_at.astimezone(zone_of(session, station_id))
            found[f"prepare:{programme.id}"] = (
                f"Buổi “{programme.slot.name}” lúc {local:%H:%M ngày %d/%m}: {len(titles)} mục chưa có bản ghi "
                f"({'; '.join(titles)}). Hãy xem phòng thu, hoặc gỡ mục ấy khỏi buổi."
            )
    return found


def due(
    session: Session, station_id: int, before: settings.Key[int], now: datetime, *, states: Sequence[ProgrammeState]
) -> list[Programme]:
    """Buổi chưa hết giờ, ở một trong ``states``, bắt đầu trong vòng ``before`` phút tới; theo giờ phát."""
    limit = now + timedelta(minutes=settings.get(session, station_id, before))
    query = select(Programme).where(
        Programme.station_id == station_id,
        Programme.state.in_(states),
        Programme.starts_at <= limit,
        Programme.ends_at > now,
    )
    items = selectinload(Programme.items)
    script = items.joinedload(Item.revision)
    options = (
        items.joinedload(Item.segment),
        items.joinedload(Item.sound),
        script.joinedload(Revision.column),
        script.selectinload(Revision.topics),
        joinedload(Programme.slot).selectinload(Slot.zones),
    )
    return list(session.scalars(query.options(*options).order_by(Programme.starts_at, Programme.id)))


def context(session: Session, programme: Programme) -> dict[str, str]:
    """Những chỗ trống mà mẫu lời được dùng: ``dai don_vi ngay buoi gio khung_gio noi_dung thong_bao_ai``."""
    return _context(session, programme, approved_names(session, programme)[0])


def _context(session: Session, programme: Programme, names: Mapping[str, str]) -> dict[str, str]:
    local = programme.starts_at.astimezone(zone_of(session, programme.station_id))
    notice = settings.get(session, programme.station_id, settings.AI_NOTICE)
    return {
        "dai": names.get("dai", NO_NAME),
        "don_vi": names.get("don_vi", names.get("dai", NO_NAME)),
        "ngay": _spoken_day(programme.day),
        "buoi": _part_of_day(local.hour),
        "gio": f"{local.hour} giờ {local.minute:02} phút" if local.minute else f"{local.hour} giờ",
        "khung_gio": names.get("khung_gio", f"buổi {_part_of_day(local.hour)}"),
        "noi_dung": contents(programme_lineup(programme)),
        "thong_bao_ai": AI_LINE if notice else "",
    }


def approved_names(session: Session, programme: Programme) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Tên đài, đơn vị, khung giờ mà lãnh đạo đã cho đọc, theo chỗ trống; và ai đã duyệt từng tên."""
    station = session.scalars(select(Station.name).where(Station.id == programme.station_id)).one()
    wanted = {"dai": station, "don_vi": unit_name(session, programme), "khung_gio": programme.slot.name}
    return ingredients.names(session, programme.station_id, {blank: name for blank, name in wanted.items() if name})


def contents(lines: Sequence[Line]) -> str:
    """Tên các tin bài sẽ phát, theo thứ tự, để lời chào giới thiệu."""
    titles = [line.item.revision.title.strip(" .;") for line in lines if line.item.revision and line.fits]
    return "; ".join(titles) or NO_CONTENTS


def _wanted(session: Session, programme: Programme, studio: Studio, poison: Poison) -> list[Wanted]:
    items = [item for item in programme.items if item.template_code is not None and item.state is ItemState.WAITING]
    if not items:
        return []
    names, approvals = approved_names(session, programme)
    known = _context(session, programme, names)
    introduced = ingredients.titles(session, programme_lineup(programme))
    marked = {**known, ingredients.CONTENTS: ingredients.contents_mark(introduced, known[ingredients.CONTENTS])}
    found: list[Wanted] = []
    for item in items:
        assert item.template_code is not None
        label = item.template_code.label
        with poison.alone("template", item.template_code.value, f"Các buổi tới chưa có “{label}” vì mẫu lời này hỏng"):
            template = studio.latest(session, programme.station_id, item.template_code)
            text = studio.render(template.text, known)
            pieces = ingredients.pieces_of(studio.render(template.text, marked), introduced)
            parts = ingredients.ingredients_of(session, programme, template, pieces, introduced)
            used = {blank for blank in blanks_of(template.text) if blank in names}
            parts += [one for one, blank in zip(approvals, names, strict=True) if blank in used]
            if (item.text, item.template_id, item.ingredients) != (text, template.id, parts):
                title = f"{label}, {programme.slot.name} {programme.day:%d/%m/%Y}"
                found.append(Wanted(item.id, template.id, text, title, pieces, parts))
    return found


def _set(session: Session, item_id: int, values: Mapping[str, object]) -> int:
    """Đổi một mục nếu nó còn chờ phát: cuộc đua với máy phát do cơ sở dữ liệu quyết."""
    done = session.execute(update(Item).where(Item.id == item_id, Item.state == ItemState.WAITING).values(values))
    assert isinstance(done, CursorResult)
    return done.rowcount


def _spoken_day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]}, ngày {day.day} tháng {day.month} năm {day.year}"


def _part_of_day(hour: int) -> str:
    for limit, name in ((11, "sáng"), (13, "trưa"), (18, "chiều")):
        if hour < limit:
            return name
    return "tối"
