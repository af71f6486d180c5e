"""Không buổi nào đè buổi nào ở cùng một vùng: hỏi ở mọi việc có thể gọi dậy một buổi, không chỉ lúc thêm khung giờ."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from broadcaster.errors import Invalid
from broadcaster.traffic.calendar import day_rules, slot_rule, slots_between, zone_of
from broadcaster.traffic.timetable import DAY, WEEKDAYS, overlapping


def refuse_overlap(session: Session, station_id: int, wanted: Iterable[date], *, field: str) -> None:
    """Xét những ngày ``wanted`` với khung giờ và ngoại lệ như đang có trong giao dịch.

    Lỗi: ``Invalid`` ở ô ``field``, nêu tên hai khung giờ và ngày.
    """
    days = sorted(set(wanted))
    if not days:
        return
    session.flush()
    first, last = days[0] - DAY, days[-1] + DAY
    slots = [slot_rule(slot) for slot in slots_between(session, station_id, first, last)]
    found = overlapping(slots, day_rules(session, station_id, first, last), days, zone_of(session, station_id))
    if found is not None:
        one, other, day = found
        when = f"{WEEKDAYS[day.weekday()]} {day:%d/%m/%Y}"
        raise Invalid(
            problems={
                field: f"Vào {when}, “{one.name}” {one.starts_at:%H:%M} và “{other.name}” {other.starts_at:%H:%M} sẽ đè lên nhau "
                "ở cùng TDP. Hãy đổi giờ, chọn một khung giờ, hoặc chọn TDP khác."
            }
        )
