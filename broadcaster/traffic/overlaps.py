"""Không buổi nào đè buổi nào trên cùng đường ra: hỏi ở mọi việc có thể gọi dậy một buổi, không chỉ lúc thêm khung giờ.

Một tăng âm nuôi loa của mấy TDP thì hai buổi cho hai TDP khác nhau vẫn là một đường ra: buổi sau sẽ không ai nghe thấy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import Zone
from broadcaster.errors import Invalid
from broadcaster.traffic.autofill import Paths
from broadcaster.traffic.calendar import day_rules, slot_rule, slots_between, zone_of
from broadcaster.traffic.enums import ProgrammeState
from broadcaster.traffic.tables import Programme, Slot
from broadcaster.traffic.timetable import DAY, WEEKDAYS, SlotRule, clash, overlapping, shares_path

FAMILY = "overlap:"
"""Đầu khoá của cảnh báo hai buổi đã có trong lịch nay đè nhau."""
_OWN = "Hãy đổi giờ, đổi ngày hoặc chọn TDP khác."


def refuse_overlap(session: Session, station_id: int, wanted: Iterable[date], *, field: str, paths: Paths | None = None) -> None:
    """Xét những ngày ``wanted`` với khung giờ và ngoại lệ như đang có trong giao dịch; ``paths``: TDP nào chung đường ra.

    Lỗi: ``Invalid`` ở ô ``field``, nêu tên hai khung giờ, ngày, và ai cùng nghe.
    """
    days = sorted(set(wanted))
    if not days:
        return
    session.flush()
    first, last = days[0] - DAY, days[-1] + DAY
    slots = [slot_rule(slot) for slot in slots_between(session, station_id, first, last)]
    found = overlapping(slots, day_rules(session, station_id, first, last), days, zone_of(session, station_id), paths)
    if found is not None:
        one, other, day = found
        told = (
            f"Vào {WEEKDAYS[day.weekday()]} {day:%d/%m/%Y}, “{one.name}” {one.starts_at:%H:%M} và “{other.name}” "
            f"{other.starts_at:%H:%M} sẽ đè lên nhau {_where(session, one.zones, other.zones, paths)}. "
        )
        raise Invalid(problems={field: f"{told}Hãy đổi giờ, chọn một khung giờ, hoặc chọn TDP khác."})


def refuse_clash(session: Session, slot: Slot, paths: Paths | None) -> None:
    """Khung giờ sắp lập không đè khung giờ nào khác: hằng tuần thì so theo tuần, chỉ một ngày thì so đúng ngày ấy.

    Lỗi: ``Invalid`` ở ô ``starts_at``, như ``refuse_overlap``.
    """
    rule = slot_rule(slot)
    if slot.valid_from == slot.valid_to:
        _refuse_on_its_day(session, slot, rule, paths)
        return
    for other in slots_between(session, slot.station_id, slot.valid_from - DAY, slot.valid_to and slot.valid_to + DAY):
        if other.series != slot.series and clash(rule, slot_rule(other), paths):
            where = _where(session, rule.zones, slot_rule(other).zones, paths)
            told = f"Đè lên khung giờ “{other.name}” lúc {other.starts_at:%H:%M} {where}. {_OWN}"
            raise Invalid(problems={"starts_at": told})


def _refuse_on_its_day(session: Session, slot: Slot, rule: SlotRule, paths: Paths | None) -> None:
    """Chỉ một ngày: khung giờ hằng tuần mà ngày ấy nghỉ thì không cản."""
    day, zone = slot.valid_from, zone_of(session, slot.station_id)
    near = slots_between(session, slot.station_id, day - DAY, day + DAY)
    others = [slot_rule(one) for one in near if one.series != slot.series]
    rules = day_rules(session, slot.station_id, day - DAY, day + DAY)
    for other in others:
        if overlapping([replace(rule, slot_id=0), other], rules, [day], zone, paths):
            where = _where(session, rule.zones, other.zones, paths)
            raise Invalid(problems={"starts_at": f"Đè lên khung giờ “{other.name}” lúc {other.starts_at:%H:%M} {where}. {_OWN}"})


def crossings(session: Session, station_id: int, now: datetime, paths: Paths | None) -> dict[str, str]:
    """Khoá cảnh báo → lời, cho hai buổi sắp phát đè nhau trên một đường ra (cụm loa vừa đổi đường ra, dữ liệu cũ); chỉ đọc."""
    query = select(Programme).where(
        Programme.station_id == station_id,
        Programme.state.in_([ProgrammeState.PLANNED, ProgrammeState.LOCKED]),
        Programme.starts_at > now,
        Programme.rehearsal.is_(False),
    )
    waiting = session.scalars(query.order_by(Programme.starts_at, Programme.id))
    found: dict[str, str] = {}
    for one, other in combinations(waiting, 2):
        if other.starts_at >= one.ends_at:
            continue
        zones = slot_rule(one.slot).zones, slot_rule(other.slot).zones
        if shares_path(*zones, paths):
            found[f"{FAMILY}{one.id}:{other.id}"] = (
                f"Buổi {_when(session, one)} và buổi {_when(session, other)} đè lên nhau {_where(session, *zones, paths)}; "
                "buổi sau sẽ mất phần đầu hoặc cả buổi. Hãy dời một buổi, hoặc sửa khung giờ."
            )
    return found


def _when(session: Session, one: Programme) -> str:
    at = one.starts_at.astimezone(zone_of(session, one.station_id))
    return f"“{one.slot.name}” {at:%H:%M} {WEEKDAYS[at.weekday()]} {at:%d/%m}"


def _where(session: Session, one: frozenset[int], other: frozenset[int], paths: Paths | None) -> str:
    """Đè nhau ở đâu: cùng TDP, hay khác TDP mà chung đường ra nên cùng nghe."""
    if not one or not other or one & other or paths is None:
        return "ở cùng TDP"
    sources = sorted(zone for zone in one if paths.get(zone, frozenset()) & other)
    heard = sorted(frozenset().union(*(paths[zone] for zone in sources)) & other)
    names = {row.id: row.name for row in session.execute(select(Zone.id, Zone.name).where(Zone.id.in_([*sources, *heard])))}
    listed = [", ".join(names.get(zone, "?") for zone in zones) for zones in (sources, heard)]
    return f"trên cùng đường ra: phát cho {listed[0]} thì {listed[1]} cũng nghe"
