"""Đài và tổ dân phố: tên có ngày hiệu lực, danh sách TDP dán vào một lần, cài đặt có lịch sử. Không gì bị xoá."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings, wordings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.enums import UnitLevel, WordingKind
from broadcaster.accounts.names import clean_name, readable
from broadcaster.accounts.tables import Setting, Station, UnitName, Zone
from broadcaster.database.row_version import unchanged
from broadcaster.errors import Conflict, Invalid, NotAllowed

MAX_ZONES, MAX_NAME = 200, 120
_CODED = re.compile(r"([^\W_][\w.-]{0,31})\s*[:;\t]\s*(.+)")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class NewZone:
    """Một TDP đọc từ chữ đã dán."""

    code: str
    name: str


def station_of(session: Session, actor: Actor) -> Station:
    """Đài của người này."""
    return session.get_one(Station, actor.station_id)


def today_at(session: Session, actor: Actor, now: datetime) -> date:
    """Hôm nay theo giờ của đài."""
    return now.astimezone(ZoneInfo(station_of(session, actor).timezone)).date()


def unit_names(session: Session, actor: Actor) -> list[UnitName]:
    """Mọi tên đơn vị, cấp dưới trước, mới nhất trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.STATION_EDIT)
    query = select(UnitName).where(UnitName.station_id == actor.station_id).order_by(UnitName.valid_from.desc())
    order = list(UnitLevel)
    return sorted(session.scalars(query), key=lambda one: order.index(one.level))


def zones(session: Session, actor: Actor, today: date) -> list[Zone]:
    """TDP còn dùng từ ``today``, theo thứ tự đã nhập. Lỗi: ``NotAllowed``."""
    actor.require(Action.STATION_EDIT)
    query = select(Zone).where(Zone.station_id == actor.station_id, or_(Zone.valid_to.is_(None), Zone.valid_to >= today))
    return list(session.scalars(query.order_by(Zone.position, Zone.id)))


def zone_labels(session: Session, station_id: int) -> dict[str, str]:
    """Mã TDP → mã và tên, cả TDP đã thôi dùng: dòng nhật ký chỉ mang mã, người đọc cần cả hai."""
    query = select(Zone).where(Zone.station_id == station_id).order_by(Zone.valid_from, Zone.id)
    return {zone.code: zone.label for zone in session.scalars(query)}


class ZoneNames:
    """Mã TDP → mã và tên như vào một ngày: phường sáp nhập dùng lại mã cũ cho một tổ khác, báo cáo cũ giữ tên cũ."""

    def __init__(self, session: Session, station_id: int) -> None:
        """Đọc mọi TDP của đài, cả TDP đã thôi dùng."""
        query = select(Zone).where(Zone.station_id == station_id).order_by(Zone.valid_from, Zone.id)
        self._rows = list(session.scalars(query))
        self._turns = sorted({zone.valid_from for zone in self._rows})
        self._named: dict[int, dict[str, str]] = {}
        self._versions: dict[date, int] = {}

    def version(self, day: date) -> int:
        """Các ngày cùng số này có cùng tên."""
        found = self._versions.get(day)
        if found is None:
            found = self._versions[day] = bisect_right(self._turns, day)
        return found

    def of(self, version: int) -> Mapping[str, str]:
        """Tên của ``version``; mã chỉ có từ ngày sau đó thì mang tên đầu tiên của nó."""
        found = self._named.get(version)
        if found is None:
            last = self._turns[version - 1] if version else date.min
            found = self._named[version] = {}
            for zone in self._rows:
                if zone.valid_from <= last or zone.code not in found:
                    found[zone.code] = zone.label
        return found


def rename_station(session: Session, actor: Actor, name: str, *, now: datetime) -> Station:
    """Đổi tên đài; loa đọc tên mới sau khi lãnh đạo duyệt. Lỗi: ``NotAllowed``, ``Invalid``."""
    actor.require(Action.STATION_EDIT)
    name = _place_name(name, "ten", "Hãy ghi tên đài.")
    station = station_of(session, actor)
    if station.name != name:
        note(session, actor, "station_renamed", station.code, now=now, old=station.name, new=name)
        station.name = name
        wordings.propose(session, actor, WordingKind.STATION, name, now=now)
    return station


def rename_unit(session: Session, actor: Actor, level: UnitLevel, name: str, since: date, *, now: datetime) -> UnitName:
    """Tên đơn vị mới từ ngày ``since``; tên cũ vẫn đúng cho các ngày trước. Cùng ngày với tên đang có là sửa lỗi gõ.

    Lỗi: ``NotAllowed``; ``Invalid`` khi thiếu tên hoặc ngày đứng trước ngày của tên đang có.
    """
    actor.require(Action.STATION_EDIT)
    query = select(UnitName).where(UnitName.station_id == actor.station_id, UnitName.level == level)
    current = session.scalar(query.order_by(UnitName.valid_from.desc()).limit(1))
    problems = {}
    if problem := _place_problem(name := clean_name(name)):
        problems["ten_don_vi"] = problem if name else "Hãy ghi tên đơn vị."
    if current is not None and since < current.valid_from:
        problems["tu_ngay"] = f"Tên đang dùng có hiệu lực từ {current.valid_from:%d/%m/%Y}; tên mới phải từ ngày ấy trở đi."
    if problems:
        raise Invalid(problems=problems)
    old = current.name if current else None
    if current is not None and current.valid_from == since:
        current.name, current.valid_to = name, None
    else:
        if current is not None:
            current.valid_to = since - timedelta(days=1)
        current = UnitName(station_id=actor.station_id, level=level, name=name, valid_from=since)
        session.add(current)
    note(session, actor, "unit_renamed", level.value, now=now, old=old, name=current.name, since=since.isoformat())
    if level is UnitLevel.WARD:
        wordings.propose(session, actor, WordingKind.UNIT, current.name, now=now)
    session.flush()
    return current


def read_zones(text: str, *, taken: set[str]) -> list[NewZone]:
    """Mỗi dòng một TDP: “Tổ dân phố số 1” hoặc “TDP1: Phố Bần”; mã để trống thì lấy theo số trong tên.

    Lỗi: ``Invalid`` kể từng dòng sai; không dòng nào được nhận khi có dòng sai.
    """
    found: list[NewZone] = []
    wrong: list[str] = []
    used = {code.casefold() for code in taken}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        coded = _CODED.fullmatch(line.strip())
        name = coded[2].strip() if coded else line.strip()
        code = coded[1] if coded else _code_for(name, used)
        if code.casefold() in used:
            wrong.append(f"Dòng {number}: đã có TDP mã “{code}”.")
        used.add(code.casefold())
        found.append(NewZone(code, name))
    if len(found) > MAX_ZONES:
        wrong.append(f"Có {len(found)} dòng; mỗi lần nhận tối đa {MAX_ZONES} TDP.")
    if not found:
        wrong.append("Hãy ghi ít nhất một TDP, mỗi dòng một tên.")
    if wrong:
        raise Invalid(problems={"tdp": " ".join(wrong)})
    return found


def add_zones(session: Session, actor: Actor, text: str, *, now: datetime) -> list[Zone]:
    """Thêm mọi TDP đã dán, hoặc không TDP nào. Lỗi: ``NotAllowed``, ``Invalid``."""
    actor.require(Action.STATION_EDIT)
    today = today_at(session, actor, now)
    current = zones(session, actor, today)
    rows = [
        Zone(station_id=actor.station_id, code=new.code, name=new.name, position=position, valid_from=today)
        for position, new in enumerate(read_zones(text, taken={zone.code for zone in current}), start=len(current) + 1)
    ]
    session.add_all(rows)
    session.flush()
    note(session, actor, "zones_added", "zones", now=now, codes=[zone.code for zone in rows])
    return rows


def rename_zone(session: Session, actor: Actor, zone_id: int, name: str, *, now: datetime, seen: str = "") -> Zone:
    """Sửa tên một TDP; ``seen``: dấu của dòng lúc trang mở. Lỗi: ``NotAllowed``, ``NotFound``, ``Invalid``, ``StaleForm``."""
    actor.require(Action.STATION_EDIT)
    zone = owned(session, Zone, zone_id, actor, lock=True)
    unchanged(zone, seen)
    name = _place_name(name, "ten_tdp", "Hãy ghi tên TDP.")
    if zone.name != name:
        note(session, actor, "zone_renamed", zone.code, now=now, old=zone.name, new=name)
        zone.name = name
    return zone


def end_zone(session: Session, actor: Actor, zone_id: int, *, now: datetime) -> Zone:
    """Thôi dùng một TDP sau hôm nay. Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi đã thôi dùng."""
    actor.require(Action.STATION_EDIT)
    zone = owned(session, Zone, zone_id, actor, lock=True)
    if zone.valid_to is not None:
        raise Conflict("TDP này đã thôi dùng. Hãy tải lại trang.")
    zone.valid_to = max(today_at(session, actor, now), zone.valid_from)
    note(session, actor, "zone_retired", zone.code, now=now, name=zone.name)
    return zone


def change_setting(session: Session, actor: Actor, name: str, value: Any, *, now: datetime) -> None:
    """Đặt một cài đặt của đài. Lỗi: ``NotAllowed`` (cả khi đó là việc của lãnh đạo), ``Invalid``."""
    actor.require(Action.STATION_EDIT)
    if name in settings.LED:
        raise NotAllowed("Cài đặt này do lãnh đạo đổi ở trang Mẫu lời, kèm số văn bản.")
    _change(session, actor, {name: value}, now=now)


def change_led_settings(session: Session, actor: Actor, values: Mapping[str, Any], *, document: str, now: datetime) -> None:
    """Lãnh đạo đổi giờ yên tĩnh, việc tự duyệt, theo một văn bản. Lỗi: ``NotAllowed``; ``Invalid`` khi thiếu số văn bản."""
    actor.require(Action.QUIET_EDIT)
    if not readable(document):
        raise Invalid(problems={"van_ban": "Hãy ghi số văn bản cho phép, ví dụ “25/QĐ-UBND”."})
    _change(
        session,
        actor,
        {name: value for name, value in values.items() if name in settings.LED},
        now=now,
        document=clean_name(document),
    )


def _change(session: Session, actor: Actor, values: Mapping[str, Any], *, now: datetime, **why: str) -> None:
    for name, value in values.items():
        old = settings.raw(session, actor.station_id, name)
        if settings.put(session, actor.station_id, name, value, changed_by=actor.name, now=now):
            note(session, actor, "setting_changed", name, now=now, old=old, new=value, **why)


def setting_history(session: Session, actor: Actor) -> dict[str, list[Setting]]:
    """Tên cài đặt → mọi lần đặt, mới nhất trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.STATION_EDIT)
    return {name: settings.history(session, actor.station_id, name) for name in settings.KEYS}


def _place_name(raw: str, field: str, missing: str) -> str:
    name = clean_name(raw)
    if problem := _place_problem(name):
        raise Invalid(problems={field: problem if name else missing})
    return name


def _place_problem(name: str) -> str:
    if not readable(name):
        return "Hãy ghi tên bằng chữ đọc được."
    return f"Tên dài quá {MAX_NAME} ký tự. Hãy rút gọn." if len(name) > MAX_NAME else ""


def _code_for(name: str, used: set[str]) -> str:
    number = _NUMBER.search(name)
    if number and f"tdp{int(number[0])}" not in used:
        return f"TDP{int(number[0])}"
    return next(code for n in range(1, MAX_ZONES * 10) if (code := f"TDP{n}").casefold() not in used)
