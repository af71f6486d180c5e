"""Sửa khuôn chương trình trên trang: mỗi lần lưu là một bản, lùi lại được; buổi chưa chốt theo ngay, không mục nào thành hai."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.database.upsert import insert_if_absent
from broadcaster.errors import Conflict, Invalid, StaleForm
from broadcaster.newsroom.enums import Genre
from broadcaster.newsroom.tables import Column
from broadcaster.studio.enums import TemplateCode
from broadcaster.studio.tables import Sound
from broadcaster.traffic.calendar import slots_between, zone_of
from broadcaster.traffic.enums import ProgrammeState, SegmentFill, SegmentKind
from broadcaster.traffic.format_presets import PRESETS
from broadcaster.traffic.formats import default_format
from broadcaster.traffic.framing import follow_format
from broadcaster.traffic.tables import Format, FormatVersion, Programme, Segment, Slot
from broadcaster.traffic.timetable import local_day

MOST = 24
"""Khuôn dài nhất: một giờ với những đoạn ngắn nhất cũng không tới chừng này."""
LONGEST_MS = 14_400_000
_SOUNDED = (SegmentKind.SOUND, SegmentKind.FILLER)
_WORDS = {"kind": SegmentKind, "template_code": TemplateCode, "fill": SegmentFill}


@dataclass(frozen=True)
class SegmentForm:
    """Một đoạn như người nhập; ``segment_id`` trống là đoạn mới, ``rerun_of``: mã khung giờ được phát lại chuyên mục.

    ``genres`` trống là mọi thể loại, ``weekdays`` trống là mọi ngày.
    """

    name: str
    kind: SegmentKind
    target_ms: int
    segment_id: int | None = None
    genres: tuple[Genre, ...] = ()
    column_id: int | None = None
    template_code: TemplateCode | None = None
    sound_id: int | None = None
    rerun_of: int | None = None
    fill: SegmentFill = SegmentFill.AUTO
    hard: bool = False
    weekdays: str = ""


@dataclass(frozen=True)
class FormatForm:
    """Cả khuôn: tên và các đoạn theo thứ tự phát."""

    name: str
    segments: tuple[SegmentForm, ...]


def formats(session: Session, actor: Actor, *, retired: bool = False) -> list[Format]:
    """Khuôn đang dùng, hoặc đã cất, theo tên. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    gone = Format.retired_at.is_not(None) if retired else Format.retired_at.is_(None)
    return list(session.scalars(select(Format).where(Format.station_id == actor.station_id, gone).order_by(Format.name)))


def format_of(session: Session, actor: Actor, format_id: int) -> Format:
    """Một khuôn. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.PROGRAMME_READ)
    return owned(session, Format, format_id, actor)


def used_by(session: Session, actor: Actor, now: datetime) -> dict[int, list[Slot]]:
    """Khuôn → khung giờ từ hôm nay đang dùng nó, theo giờ. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    today = local_day(now, zone_of(session, actor.station_id))
    found: dict[int, list[Slot]] = {}
    for slot in slots_between(session, actor.station_id, today, None):
        found.setdefault(slot.format_id, []).append(slot)
    return found


def versions(session: Session, actor: Actor, format_id: int) -> list[FormatVersion]:
    """Những lần lưu, mới nhất trước. Lỗi: ``NotAllowed``, ``NotFound``."""
    chosen = format_of(session, actor, format_id)
    query = select(FormatVersion).where(FormatVersion.format_id == chosen.id)
    return list(session.scalars(query.order_by(FormatVersion.version.desc())))


def form_of(chosen: Format) -> FormatForm:
    """Khuôn như biểu mẫu hiện nó."""
    return FormatForm(
        chosen.name,
        tuple(
            SegmentForm(
                name=one.name,
                kind=one.kind,
                target_ms=one.target_ms,
                segment_id=one.id,
                genres=tuple(sorted(one.genres)),
                column_id=one.column_id,
                template_code=one.template_code,
                sound_id=one.sound_id,
                rerun_of=one.rerun_of,
                fill=one.fill,
                hard=one.hard,
                weekdays=one.weekdays,
            )
            for one in chosen.segments
        ),
    )


def add_preset(session: Session, actor: Actor, code: str, *, now: datetime) -> Format:
    """Khuôn của đài theo một khuôn có sẵn. Lỗi: ``NotAllowed``, ``Invalid``; ``Conflict`` khi không có mã ấy hay đã có khuôn."""
    actor.require(Action.SLOT_EDIT)
    preset = PRESETS.get(code)
    taken = select(Format.id).where(Format.station_id == actor.station_id, Format.preset == code, Format.retired_at.is_(None))
    if preset is None or session.scalar(taken.limit(1)) is not None:
        raise Conflict("Đài đã có khuôn này rồi. Hãy tải lại trang.")
    made = default_format(session, actor.station_id, preset, rerun_of=_column_slot(session, actor, now))
    _keep(session, made, actor.name, now)
    note(session, actor, "format_added", f"format:{made.id}", now=now, name=made.name)
    return made


def create_format(session: Session, actor: Actor, form: FormatForm, *, now: datetime) -> Format:
    """Khuôn mới do người lập. Lỗi: ``NotAllowed``, ``Invalid``."""
    actor.require(Action.SLOT_EDIT)
    _check(session, actor, form, None)
    made = Format(station_id=actor.station_id, name=form.name.strip())
    session.add(made)
    session.flush()
    _write(session, made, form, now)
    _keep(session, made, actor.name, now)
    note(session, actor, "format_added", f"format:{made.id}", now=now, name=made.name)
    return made


def save_format(session: Session, actor: Actor, format_id: int, form: FormatForm, *, version: int, now: datetime) -> int:
    """Lưu khuôn; trả về số buổi chưa chốt đã theo khuôn mới.

    Lỗi: ``NotAllowed``, ``NotFound``, ``StaleForm`` khi người khác đã lưu trước; ``Invalid`` với ô ``tên_thứ tự`` của đoạn.
    """
    actor.require(Action.SLOT_EDIT)
    chosen = owned(session, Format, format_id, actor, lock=True)
    if chosen.version != version:
        raise StaleForm
    _check(session, actor, form, chosen)
    _keep(session, chosen, "trước khi sửa lần đầu", now)
    chosen.name, chosen.version = form.name.strip(), version + 1
    _write(session, chosen, form, now)
    _keep(session, chosen, actor.name, now)
    followed = _follow(session, chosen, now)
    note(
        session,
        actor,
        "format_saved",
        f"format:{chosen.id}",
        now=now,
        name=chosen.name,
        version=chosen.version,
        programmes=followed,
    )
    return followed


def undo_format(session: Session, actor: Actor, format_id: int, *, version: int, now: datetime) -> int:
    """Lùi về bản trước bản đang dùng (lùi lần nữa là trở lại). Lỗi: như ``save_format``; ``Conflict`` khi chưa sửa lần nào."""
    actor.require(Action.SLOT_EDIT)
    chosen = owned(session, Format, format_id, actor, lock=True)
    query = select(FormatVersion.content).where(FormatVersion.format_id == chosen.id, FormatVersion.version == chosen.version - 1)
    content = session.scalar(query)
    if content is None:
        raise Conflict("Khuôn này chưa sửa lần nào nên không có gì để lùi.")
    return save_format(session, actor, format_id, _form_from(content), version=version, now=now)


def retire_format(session: Session, actor: Actor, format_id: int, *, now: datetime) -> Format:
    """Cất khuôn không còn khung giờ nào dùng. Lỗi: ``NotAllowed``, ``NotFound``; ``Conflict`` nêu tên khung giờ đang dùng."""
    actor.require(Action.SLOT_EDIT)
    chosen = owned(session, Format, format_id, actor, lock=True)
    slots = used_by(session, actor, now).get(chosen.id, [])
    if slots:
        names = ", ".join(f"“{slot.name}”" for slot in slots)
        raise Conflict(f"Khuôn đang được dùng ở {names}. Hãy chọn khuôn khác cho khung giờ ấy trước.")
    chosen.retired_at = now
    note(session, actor, "format_retired", f"format:{chosen.id}", now=now, name=chosen.name)
    return chosen


def restore_format(session: Session, actor: Actor, format_id: int, *, now: datetime) -> Format:
    """Đưa khuôn đã cất ra dùng lại. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.SLOT_EDIT)
    chosen = owned(session, Format, format_id, actor, lock=True)
    chosen.retired_at = None
    note(session, actor, "format_restored", f"format:{chosen.id}", now=now, name=chosen.name)
    return chosen


def _check(session: Session, actor: Actor, form: FormatForm, chosen: Format | None) -> None:
    problems = {} if form.name.strip() else {"name": "Hãy đặt tên cho khuôn, ví dụ “Chương trình 20 phút”."}
    same = select(Format.id).where(Format.station_id == actor.station_id, Format.name == form.name.strip())
    taken = session.scalar(same)
    if taken is not None and (chosen is None or taken != chosen.id):
        problems["name"] = "Đài đã có (hoặc đã cất) khuôn tên này. Hãy đặt tên khác."
    if not form.segments or len(form.segments) > MOST:
        problems["segments"] = f"Khuôn phải có từ 1 đến {MOST} đoạn."
    for number, one in enumerate(form.segments):
        problems |= {f"{name}_{number}": text for name, text in _problems(one).items()}
        _own(session, actor, one)
    known = {one.id for one in chosen.segments} if chosen is not None else set()
    if problems:
        raise Invalid(problems=problems)
    if chosen is not None and {one.segment_id for one in form.segments if one.segment_id} - known - _retired(session, chosen):
        raise StaleForm


def _problems(one: SegmentForm) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not one.name.strip():
        problems["name"] = "Hãy đặt tên cho đoạn."
    if not 1_000 <= one.target_ms <= LONGEST_MS:
        problems["target_ms"] = "Thời lượng phải từ 1 giây đến 4 giờ."
    if one.kind in _SOUNDED and one.sound_id is None:
        problems["sound_id"] = "Hãy chọn âm thanh cho đoạn này."
    if one.kind is SegmentKind.TEMPLATE and one.template_code is None:
        problems["template_code"] = "Hãy chọn mẫu lời cho đoạn này."
    if set(one.weekdays) - set("1234567"):
        problems["weekdays"] = "Ngày trong tuần chưa đúng. Hãy chọn lại."
    return problems


def _own(session: Session, actor: Actor, one: SegmentForm) -> None:
    """Chuyên mục, âm thanh, khung giờ của chính đài này. Lỗi: ``NotFound``."""
    if one.column_id is not None:
        owned(session, Column, one.column_id, actor)
    if one.sound_id is not None:
        owned(session, Sound, one.sound_id, actor)
    if one.rerun_of is not None:
        owned(session, Slot, one.rerun_of, actor)


def _retired(session: Session, chosen: Format) -> set[int]:
    return set(session.scalars(select(Segment.id).where(Segment.format_id == chosen.id, Segment.retired_at.is_not(None))))


def _write(session: Session, chosen: Format, form: FormatForm, now: datetime) -> None:
    """Đoạn còn thì sửa tại chỗ (mục của buổi vẫn trỏ đúng), đoạn bỏ thì cất, đoạn đã cất mà trở lại thì dùng lại."""
    known = {one.id: one for one in session.scalars(select(Segment).where(Segment.format_id == chosen.id))}
    for one in known.values():
        one.retired_at = one.retired_at or now
    for position, asked in enumerate(form.segments):
        row = known.get(asked.segment_id or 0)
        if row is None or row.kind is not asked.kind:
            row = Segment(format_id=chosen.id)
            session.add(row)
        _fill(row, asked, position)
    session.flush()
    session.expire(chosen, ["segments"])


def _fill(row: Segment, asked: SegmentForm, position: int) -> None:
    scripts, sounded = asked.kind is SegmentKind.SCRIPTS, asked.kind in _SOUNDED
    row.position, row.name, row.kind, row.target_ms = position, asked.name.strip(), asked.kind, asked.target_ms
    row.genres = frozenset(asked.genres) if scripts else frozenset()
    row.column_id, row.rerun_of = (asked.column_id, asked.rerun_of) if scripts else (None, None)
    row.fill = asked.fill if scripts else SegmentFill.AUTO
    row.template_code = asked.template_code if asked.kind is SegmentKind.TEMPLATE else None
    row.sound_id = asked.sound_id if sounded else None
    row.hard, row.retired_at = asked.hard, None
    row.weekdays = "".join(sorted(set(asked.weekdays))) if set(asked.weekdays) != set("1234567") else ""


def _keep(session: Session, chosen: Format, who: str, now: datetime) -> None:
    """Ghi bản đang có, nếu chưa ghi."""
    session.flush()
    content = {"name": chosen.name, "segments": [_plain(one) for one in form_of(chosen).segments]}
    insert_if_absent(
        session, FormatVersion, format_id=chosen.id, version=chosen.version, content=content, changed_by=who, changed_at=now
    )


def _plain(one: SegmentForm) -> dict[str, Any]:
    """Đoạn dưới dạng JSON."""
    found = {name: getattr(value, "value", value) for name, value in asdict(one).items()}
    return found | {"genres": [genre.value for genre in one.genres]}


def _form_from(content: Mapping[str, Any]) -> FormatForm:
    return FormatForm(content["name"], tuple(_segment_from(one) for one in content["segments"]))


def _segment_from(stored: Mapping[str, Any]) -> SegmentForm:
    words = {name: word(stored[name]) for name, word in _WORDS.items() if stored[name] is not None}
    return SegmentForm(**{**stored, **words, "genres": tuple(Genre(one) for one in stored["genres"])})


def _follow(session: Session, chosen: Format, now: datetime) -> int:
    """Buổi chưa chốt của mọi khung giờ dùng khuôn này theo khuôn mới."""
    query = (
        select(Programme)
        .join(Slot, Slot.id == Programme.slot_id)
        .where(Slot.format_id == chosen.id, Programme.state == ProgrammeState.PLANNED, Programme.starts_at > now)
    )
    found: Sequence[Programme] = session.scalars(query.order_by(Programme.starts_at)).all()
    for programme in found:
        programme.version += 1
        follow_format(session, programme)
    return len(found)


def _column_slot(session: Session, actor: Actor, now: datetime) -> int | None:
    """Khung giờ cuối ngày mang chuyên mục CCHC: nguồn của đoạn phát lại."""
    today = local_day(now, zone_of(session, actor.station_id))
    carrying = [
        slot
        for slot in slots_between(session, actor.station_id, today, None)
        if any(
            one.column is not None and one.column.is_reform and one.weekdays and not one.rerun_of for one in slot.format.segments
        )
    ]
    return max(carrying, key=lambda slot: slot.starts_at).id if carrying else None
