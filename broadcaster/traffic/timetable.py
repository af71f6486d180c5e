"""Lịch thuần: khung giờ, ngày trong tuần và ngày ngoại lệ cho ra buổi nào, lúc nào; hai khung giờ có đè nhau không."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from broadcaster.traffic.enums import DayExceptionKind

DAY = timedelta(days=1)


@dataclass(frozen=True)
class SlotRule:
    """Phần của khung giờ mà lịch cần; ``weekdays`` là các ngày ISO, ``zones`` rỗng nghĩa là cả phường."""

    slot_id: int
    series: str
    name: str
    starts_at: time
    length_ms: int
    weekdays: str
    valid_from: date
    valid_to: date | None
    zones: frozenset[int] = frozenset()

    def valid_on(self, day: date) -> bool:
        """Ngày này còn hiệu lực không."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class DayRule:
    """Ngày nghỉ hoặc phát thêm; ``series`` rỗng là mọi khung giờ."""

    day: date
    kind: DayExceptionKind
    series: str | None = None


@dataclass(frozen=True)
class Occurrence:
    """Một khung giờ vào một ngày địa phương, với hai đầu UTC."""

    slot_id: int
    day: date
    starts_at: datetime
    ends_at: datetime


def occurrences(
    slots: Sequence[SlotRule], exceptions: Iterable[DayRule], first: date, last: date, zone: ZoneInfo
) -> list[Occurrence]:
    """Mọi buổi từ ``first`` đến ``last`` (tính cả hai đầu), theo thứ tự giờ phát."""
    by_day: dict[date, list[DayRule]] = {}
    for rule in exceptions:
        by_day.setdefault(rule.day, []).append(rule)
    found = [
        occurrence(slot, day, zone)
        for day in days(first, last)
        for slot in slots
        if slot.valid_on(day) and _airs(slot, day, by_day.get(day, ()))
    ]
    return sorted(found, key=lambda one: (one.starts_at, one.slot_id))


def occurrence(slot: SlotRule, day: date, zone: ZoneInfo) -> Occurrence:
    """Khung giờ này vào ngày ấy, không hỏi có phát hay không."""
    starts_at = datetime.combine(day, slot.starts_at, tzinfo=zone).astimezone(UTC)
    return Occurrence(slot.slot_id, day, starts_at, starts_at + timedelta(milliseconds=slot.length_ms))


def days(first: date, last: date) -> Iterator[date]:
    """Từng ngày, cả hai đầu."""
    day = first
    while day <= last:
        yield day
        day += DAY


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Ngày địa phương của một thời điểm."""
    return instant.astimezone(zone).date()


def clash(one: SlotRule, other: SlotRule) -> bool:
    """Hai khung giờ có lúc nào cùng phát ở một vùng chung không (kể cả buổi kéo qua nửa đêm)."""
    if one.zones and other.zones and not one.zones & other.zones:
        return False
    return any(_clash_on(one, other, shift) for shift in (-1, 0, 1))


def _airs(slot: SlotRule, day: date, rules: Iterable[DayRule]) -> bool:
    # Ngoại lệ nêu đích danh khung giờ thắng ngoại lệ của cả ngày; cùng mức thì nghỉ thắng: im lặng là bên an toàn.
    for series in (slot.series, None):
        kinds = {rule.kind for rule in rules if rule.series == series}
        if kinds:
            return DayExceptionKind.OFF not in kinds
    return str(day.isoweekday()) in slot.weekdays


def _clash_on(one: SlotRule, other: SlotRule, shift: int) -> bool:
    """``other`` của ngày thứ ``shift`` sau ngày của ``one``."""
    weekdays = {(int(day) - 1 + shift) % 7 + 1 for day in one.weekdays}
    if not weekdays & {int(day) for day in other.weekdays}:
        return False
    start, other_start = _ms(one.starts_at), _ms(other.starts_at) + shift * 86_400_000
    if start >= other_start + other.length_ms or other_start >= start + one.length_ms:
        return False
    return _shared_day(one, other, shift)


def _shared_day(one: SlotRule, other: SlotRule, shift: int) -> bool:
    """Có ngày thật nào cả hai cùng hiệu lực và cùng đúng ngày trong tuần không: xét bảy ngày đầu của đoạn chung là đủ."""
    step = timedelta(days=shift)
    first = max(one.valid_from, other.valid_from - step)
    ends = [end for end in (one.valid_to, other.valid_to and other.valid_to - step) if end is not None]
    last = min([first + 6 * DAY, *ends])
    return any(
        str(day.isoweekday()) in one.weekdays and str((day + step).isoweekday()) in other.weekdays for day in days(first, last)
    )


def _ms(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1000
