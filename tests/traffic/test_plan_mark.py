"""Dấu của lịch: mọi điều việc xếp đọc đều làm nó đổi, điều khác thì không; lịch dùng lại luôn bằng lịch xếp lại từ đầu."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.audit import note, raise_alert
from broadcaster.accounts.tables import Station, Zone
from broadcaster.airlog.enums import Event
from broadcaster.airlog.folding import PROJECTED
from broadcaster.airlog.writing import append
from broadcaster.database.base import Row
from broadcaster.enums import Word
from broadcaster.newsroom.enums import Genre, RevisionState
from broadcaster.newsroom.tables import Column, Plan, PlanTopic, ReadingSnapshot, Revision
from broadcaster.playout.tables import Cluster
from broadcaster.service.hearing import heard_with
from broadcaster.studio.enums import TemplateCode
from broadcaster.studio.tables import Recording, Take
from broadcaster.traffic import overlaps
from broadcaster.traffic.editing import drop, give_place
from broadcaster.traffic.emptiness import thin
from broadcaster.traffic.enums import DayExceptionKind, ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.filling import filling_gap
from broadcaster.traffic.keeper import Memory
from broadcaster.traffic.loading import Loaded, PlanBook
from broadcaster.traffic.plan_mark import SETTINGS, Mark, mark_of
from broadcaster.traffic.planning import planning_gap, unplanned_past
from broadcaster.traffic.tables import DayException, Exclusion, Item, Programme, QuietException, Segment, Slot
from tests.airlog.bodies import armed, ended
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.keeping import MONDAY, at, settle, stocked, today

_ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""Dấu cùng một câu SQL; hai cơ sở dữ liệu được thử ở chỗ đổi từng điều."""
Made = dict[str, build.Texted]
Fact = Callable[[Session, Scene, Made], object]
UNREAD = {
    "airings": "nội dung kế hoạch đếm từ đây, và mỗi lượt phát đủ đều đổi ``script_airings.last_seq``",
    "reading_snapshots": "chỉ thêm, mỗi cách đọc mới có một quyết định duyệt",
    "revision_zones": "bản sửa đã duyệt không đổi nữa",
    "revision_topics": "như trên",
}
"""Bảng được đọc mà không có trong dấu, và vì sao không cần."""


def mark(scene: Scene) -> Mark:
    with scene.database.reading() as session:
        return mark_of(session, scene.station_id, scene.clock.now())


def ask(scene: Scene, book: PlanBook) -> Loaded:
    with scene.database.reading() as session:
        return book.loaded(session, scene.station_id, scene.clock.now(), paths=heard_with(session, scene.station_id))


def settled(scene: Scene) -> Made:
    """Đài đã lên lịch và xếp; mọi bảng mà dấu đọc đều có dòng."""
    made = stocked(scene)
    now = scene.clock.now()
    later = {"station_id": scene.station_id, "reason": "thử", "created_by": "thử", "created_at": now}
    with scene.database.writing() as session:
        session.add(DayException(day=MONDAY + timedelta(days=4), kind=DayExceptionKind.OFF, **later))
        quiet = {"starts_at": now + timedelta(days=5), "ends_at": now + timedelta(days=6), "document_number": "1/UB"}
        session.add(QuietException(**quiet, **later))
    settle(scene)
    return made


def other(value: Any) -> Any:
    """Một giá trị khác cùng kiểu."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case datetime():
            return value + timedelta(minutes=1)
        case date():
            return value + timedelta(days=9)
        case time():
            return value.replace(minute=59)
        case frozenset():
            return value ^ {Genre.QA}
        case Word():
            return next(one for one in type(value) if one is not value)
    return f"1{value}"[:36]


def facts() -> Iterator[tuple[str, Fact]]:
    """Mọi điều việc lên lịch và xếp đọc, mỗi điều một cách đổi."""
    for key in SETTINGS:
        yield key.name, lambda session, scene, _made, key=key: _put(session, scene, key)  # type: ignore[misc]
    for row in (Zone, Slot, DayException, QuietException, Segment):
        for column in row.__table__.columns:
            if not column.primary_key and not column.foreign_keys and column.name != "revoked_at":
                yield f"{row.__name__}.{column.name}", _changing(row, column.name)
    for row, names in _READ.items():
        for name in names:
            yield f"{row.__name__}.{name}", _changing(row, name)
    yield from _NAMED.items()


def _changing(row: type[Row], name: str) -> Fact:
    def change(session: Session, _scene: Scene, _made: Made) -> None:
        query = select(row).order_by(row.id)
        if row is Item:
            query = query.where(Item.revision_id.is_not(None))
        one = session.scalars(query).first()
        assert one is not None, row
        value = getattr(one, name)
        setattr(one, name, _FIRST.get(name, 1) if value is None else other(value))

    return change


_FIRST: dict[str, object] = {
    "valid_to": MONDAY + timedelta(days=30),
    "stopped_on": MONDAY + timedelta(days=20),
    "last_day": MONDAY + timedelta(days=12),
    "retired_on": MONDAY,
    "retired_at": datetime(2026, 3, 2, tzinfo=UTC),
    "template_code": TemplateCode.OPENING,
    "series": "khác",
}
"""Giá trị cho cột đang trống."""
_READ: dict[type[Row], tuple[str, ...]] = {
    Column: ("is_reform",),
    PlanTopic: ("code", "target", "retired_on"),
    Plan: ("year",),
    Programme: ("starts_at", "ends_at", "rehearsal", "cancelled_by", "version"),
    Item: ("planned_ms", "why", "rank"),
    Recording: ("duration_ms",),
}


def _put(session: Session, scene: Scene, key: settings.Key[Any]) -> None:
    value = "20:30" if isinstance(key.default, str) else other(key.default)
    settings.put(session, scene.station_id, key.name, value, changed_by="thử", now=scene.clock.now())


def _state(state: ProgrammeState) -> Fact:
    def change(session: Session, _scene: Scene, _made: Made) -> None:
        today(session).state = state

    return change


def _air(session: Session, scene: Scene, script_id: int, item_id: int) -> None:
    now = scene.clock.now()
    body = armed(item_id, now)
    body["programme"]["zones"], body["item"]["script_id"] = ["TDP1", "TDP2"], script_id
    for kind, content in ((Event.ITEM_ARMED, body), (Event.ITEM_ENDED, ended(now))):
        append(session, scene.station_id, kind, content, happened_at=now, now=now, run_id=item_id, item_id=item_id)


def _item(session: Session, made: build.Texted) -> Item:
    return session.scalars(select(Item).where(Item.revision_id == made.revision_id).order_by(Item.id)).first() or Item()


def _by_hand(session: Session, _scene: Scene, made: Made) -> None:
    _item(session, made["tin"]).placed_by = PlacedBy.PERSON


def _own_slot(session: Session, scene: Scene, _made: Made) -> None:
    slot = session.scalars(select(Slot).order_by(Slot.id)).first()
    assert slot is not None
    slot.zones = [session.get_one(Zone, scene.zone_ids[0])]


def _exclude(session: Session, scene: Scene, made: Made) -> None:
    now, programme = scene.clock.now(), today(session)
    row = Exclusion(programme_id=programme.id, script_id=made["tin"].script_id, excluded_by="thử", excluded_at=now)
    session.add(row)


def _spent(session: Session, _scene: Scene, made: Made) -> None:
    frame = next(item for item in today(session).items if item.kind is ItemKind.SOUND)
    frame.state = ItemState.DROPPED


def _narrow(session: Session, scene: Scene, made: Made) -> None:
    item = _item(session, made["cchc"])
    item.placed_by, item.zones = PlacedBy.PERSON, [session.get_one(Zone, scene.zone_ids[0])]


def _withdraw(session: Session, _scene: Scene, made: Made) -> None:
    session.get_one(Revision, made["hỏi"].revision_id).state = RevisionState.WITHDRAWN


def _read_anew(session: Session, scene: Scene, made: Made) -> None:
    """Duyệt lại một cách đọc mới của bản đang được duyệt: bản ghi cũ thôi đúng."""
    revision = session.get_one(Revision, made["tin"].revision_id)
    old = session.get_one(ReadingSnapshot, made["tin"].reading_id)
    values = {name: getattr(old, name) for name in ("sentences", "detail", "syllables", "engine_version", "lexicon_version")}
    reading = ReadingSnapshot(revision_id=revision.id, sha256=build.sha("mới"), created_at=scene.clock.now(), **values)
    session.add(reading)
    session.flush()
    build.approve(session, scene, revision, reading)


def _unchosen(session: Session, _scene: Scene, made: Made) -> None:
    session.scalars(select(Take).where(Take.recording_id == made["cchc"].recording_id)).one().chosen = False


_NAMED: dict[str, Fact] = {
    "múi giờ": lambda session, scene, _made: setattr(session.get_one(Station, scene.station_id), "timezone", "Asia/Tokyo"),
    "thêm khung giờ": lambda session, scene, _made: build.slot(session, scene, name="Sáng", starts_at=time(7), weekdays="3"),
    "khung giờ riêng TDP": _own_slot,
    "thêm ngày nghỉ": lambda session, scene, _made: session.add(
        DayException(
            station_id=scene.station_id,
            day=MONDAY,
            kind=DayExceptionKind.EXTRA,
            reason="",
            created_by="",
            created_at=scene.clock.now(),
        )
    ),
    "thu hồi phép phát": lambda session, scene, _made: setattr(
        session.scalars(select(QuietException)).first(), "revoked_at", scene.clock.now()
    ),
    "nối tiếp nội dung": lambda session, _scene, _made: setattr(session.get_one(PlanTopic, 2), "follows_id", 1),
    "người đặt": _by_hand,
    "riêng TDP": _narrow,
    "gỡ": _exclude,
    "bỏ một mục khung": _spent,
    "duyệt": lambda session, scene, _made: build.script(session, scene, "Tin mới"),
    "duyệt cách đọc": _read_anew,
    "duyệt bản sửa": lambda session, scene, made: build.script(session, scene, "Sửa", script_id=made["tin"].script_id),
    "thôi chọn tiếng": _unchosen,
    "rút": _withdraw,
    "phát đủ": lambda session, scene, made: _air(session, scene, made["cchc"].script_id, 901),
    "chốt": _state(ProgrammeState.LOCKED),
    "xong": _state(ProgrammeState.CLOSED),
    "huỷ": _state(ProgrammeState.CANCELLED),
    "đổi ngày": lambda session, _scene, _made: setattr(today(session), "day", MONDAY + timedelta(days=5)),
}


def test_every_fact_the_planner_reads_moves_the_mark(scene: Scene) -> None:
    made = settled(scene)
    still: list[str] = []
    for name, change in facts():
        before = mark(scene)
        with scene.database.writing() as session:
            change(session, scene, made)
        if mark(scene) == before:
            still.append(name)
    assert still == []


@_ON_SQLITE
def test_time_moves_the_mark_at_a_start_and_at_midnight_and_not_between(scene: Scene) -> None:
    settled(scene)
    at(scene, 16, 30)
    before = mark(scene)
    at(scene, 16, 59)
    assert mark(scene) == before
    at(scene, 17)
    assert mark(scene).calendar != before.calendar
    at(scene, 23, 50)
    before = mark(scene)
    scene.clock.advance(11 * 60)
    assert mark(scene).today != before.today


@_ON_SQLITE
def test_what_the_plan_does_not_read_leaves_the_mark_alone(scene: Scene) -> None:
    made = settled(scene)
    before = mark(scene)
    for name, change in unrelated():
        with scene.database.writing() as session:
            change(session, scene, made)
        assert mark(scene) == before, name


def unrelated() -> Iterator[tuple[str, Fact]]:
    """Mọi dòng nhật ký không phải lượt phát đủ, và những việc khác của đài."""
    for kind in Event:
        if kind not in PROJECTED:
            yield kind.label, lambda session, scene, _made, kind=kind: _log(session, scene, kind, {"note": ""})  # type: ignore[misc]
    yield "mục dự kiến", lambda session, scene, _made: _log(session, scene, Event.ITEM_PLANNED, armed(800, scene.clock.now()))
    yield "mục sắp phát", lambda session, scene, _made: _log(session, scene, Event.ITEM_ARMED, armed(800, scene.clock.now()))
    yield "sổ kiểm tra", lambda session, scene, _made: note(session, scene.operator, "đăng nhập", "", now=scene.clock.now())
    yield (
        "cảnh báo",
        lambda session, scene, _made: raise_alert(session, scene.station_id, "x", "Có chuyện", now=scene.clock.now()),
    )
    yield "cài đặt báo cáo", lambda session, scene, _made: _put(session, scene, settings.REPORT_PLACE)
    yield "cài đặt chốt", lambda session, scene, _made: _put(session, scene, settings.LOCK_BEFORE_MIN)
    yield (
        "lời mẫu xong tiếng",
        lambda session, scene, _made: build.finish(
            session, scene, build.recording(session, scene, "Lời chào", ["Kính chào."]), 9_000
        ),
    )
    yield "lời đã điền", lambda session, _scene, _made: setattr(_frame(session), "text", "Kính chào bà con.")
    yield "lời của nội dung", lambda session, _scene, _made: setattr(session.get_one(PlanTopic, 1), "detail", "Nguyên văn")
    yield "đài khác", _elsewhere


def _frame(session: Session) -> Item:
    return next(item for item in today(session).items if item.kind is ItemKind.TEMPLATE)


def _log(session: Session, scene: Scene, kind: Event, body: Any) -> None:
    now = scene.clock.now()
    append(session, scene.station_id, kind, body, happened_at=now, now=now, run_id=800, item_id=800)


def _elsewhere(session: Session, scene: Scene, _made: Made) -> None:
    """Đài khác thêm TDP, đổi cài đặt, nghỉ một ngày."""
    station_id, now = scene.stranger.station_id, scene.clock.now()
    session.add(Zone(station_id=station_id, code="A", name="A", position=1, valid_from=MONDAY))
    settings.put(session, station_id, settings.PLAN_DAYS.name, 9, changed_by="thử", now=now)
    off = {"day": MONDAY, "kind": DayExceptionKind.OFF, "reason": "", "created_by": "", "created_at": now}
    session.add(DayException(station_id=station_id, **off))


def test_every_table_the_planner_reads_is_in_the_mark(scene: Scene) -> None:
    settled(scene)
    of, now = scene.station_id, scene.clock.now()
    with scene.database.reading() as session:
        with tables_read(scene) as marked:
            mark_of(session, of, now)
        with tables_read(scene) as read:
            filling_gap(session, of, now, book=PlanBook(), paths=None)
            planning_gap(session, of, now)
            unplanned_past(session, of, now)
            thin(session, of, now)
            overlaps.crossings(session, of, now, None)
    assert len(read) > 15
    assert read - marked == set(UNREAD) & read
    assert set(UNREAD) <= read, "lời xin lỗi thừa"


@contextmanager
def tables_read(scene: Scene) -> Iterator[set[str]]:
    found: set[str] = set()

    def heard(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.update(re.findall(r"\b(?:FROM|JOIN) (\w+)", statement))

    event.listen(scene.database.engine, "before_cursor_execute", heard)
    yield found
    event.remove(scene.database.engine, "before_cursor_execute", heard)


@_ON_SQLITE
def test_the_kept_plan_is_always_the_plan_made_anew(scene: Scene) -> None:
    """Bốn mươi việc ngẫu nhiên của một đài: sau mỗi việc, lịch dùng lại bằng lịch đọc và xếp lại từ đầu."""
    made, chance, book, memory = settled(scene), random.Random(15), PlanBook(), Memory()
    seen: set[int] = set()
    for step in range(40):
        name, deed = chance.choice(_DEEDS)
        with scene.database.writing() as session:
            deed(session, scene, made, step)
        scene.clock.advance(chance.choice((0, 60, 3600)))
        if chance.random() < 0.5:
            settle(scene, memory=memory, network=heard_with)
        kept, anew = ask(scene, book), ask(scene, PlanBook())
        assert kept.plan.composition == anew.plan.composition, (step, name)
        assert (kept.broadcasts, kept.stock, kept.topics, kept.history) == (
            anew.broadcasts,
            anew.stock,
            anew.topics,
            anew.history,
        ), (step, name)
        assert ask(scene, book) is kept
        seen.add(id(kept))
    assert len(seen) > 20


Deed = Callable[[Session, Scene, Made, int], object]


def _coming(session: Session, scene: Scene) -> Programme | None:
    query = select(Programme).where(Programme.state == ProgrammeState.PLANNED, Programme.starts_at > scene.clock.now())
    return session.scalars(query.order_by(Programme.starts_at)).first()


def _place(session: Session, scene: Scene, _made: Made, step: int) -> None:
    programme = _coming(session, scene)
    if programme is not None:
        one = build.script(session, scene, f"Thêm tay {step}", length_ms=20_000)
        give_place(session, scene.operator, programme.id, one.script_id, now=scene.clock.now())


def _take_out(session: Session, scene: Scene, _made: Made, _step: int) -> None:
    programme = _coming(session, scene)
    held = [item for item in programme.items if item.revision_id and item.state is ItemState.WAITING] if programme else []
    if programme and held:
        drop(session, scene.operator, programme.id, held[0].id, version=programme.version, now=scene.clock.now())


def _move_cluster(session: Session, scene: Scene, _made: Made, step: int) -> None:
    cluster = session.get_one(Cluster, scene.cluster_ids[1])
    cluster.output_id = scene.output_ids[step % 2]


def _retire(session: Session, _scene: Scene, _made: Made, _step: int) -> None:
    one = session.scalars(select(Revision).where(Revision.state == RevisionState.APPROVED).order_by(Revision.id.desc())).first()
    if one is not None:
        one.state = RevisionState.WITHDRAWN


_DEEDS: list[tuple[str, Deed]] = [
    ("duyệt", lambda session, scene, _made, step: build.script(session, scene, f"Tin {step}", topics=(1,))),
    ("riêng", lambda session, scene, _made, step: build.script(session, scene, f"TDP {step}", zones=(scene.zone_ids[0],))),
    ("CCHC", lambda session, scene, _made, step: build.script(session, scene, f"CCHC {step}", genre=Genre.FEATURE, reform=True)),
    ("chưa có tiếng", lambda session, scene, _made, step: build.script(session, scene, f"Chờ {step}", length_ms=None)),
    ("rút", _retire),
    ("phát đủ", lambda session, scene, made, step: _air(session, scene, made["cchc"].script_id, 1000 + step)),
    ("thêm tay", _place),
    ("gỡ", _take_out),
    ("đổi đường ra", _move_cluster),
    ("chỉ tiêu", lambda session, _scene, _made, step: setattr(session.get_one(PlanTopic, 1), "target", 10 + step)),
    (
        "khoảng cách",
        lambda session, scene, _made, step: settings.put(
            session, scene.station_id, settings.REPEAT_SPACING_H.name, 10 + step % 3, changed_by="thử", now=scene.clock.now()
        ),
    ),
    ("nhật ký khác", lambda session, scene, _made, _step: _log(session, scene, Event.AIR_GAP, {"note": ""})),
]
