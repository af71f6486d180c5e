"""Lịch thuần: khung giờ, ngày trong tuần và ngày ngoại lệ cho ra buổi nào, lúc nào; hai khung giờ có đè nhau không."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from broadcaster.traffic.autofill import Paths
from broadcaster.traffic.enums import DayExceptionKind

DAY = timedelta(days=1)
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


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
    stopped_on: date | None = None

    def valid_on(self, day: date) -> bool:
        """Ngày này còn hiệu lực không."""
        return self.valid_from <= day and (self.ends_on is None or day <= self.ends_on)

    @property
    def ends_on(self) -> date | None:
        """Ngày cuối cùng, theo hạn đã nhập hay theo lệnh thôi phát, cái nào sớm hơn."""
        ends = [end for end in (self.valid_to, self.stopped_on and self.stopped_on - DAY) if end is not None]
        return min(ends, default=None)


@dataclass(frozen=True)
class DayRule:
    """Ngày nghỉ phát hoặc phát thêm; ``series`` rỗng là mọi khung giờ, ``reason`` là lời người đã gõ."""

    day: date
    kind: DayExceptionKind
    series: str | None = None
    reason: str = ""


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


def why_off(slot: SlotRule, day: date, rules: Iterable[DayRule]) -> str:
    """Vì sao khung giờ không phát ngày ấy, bằng lời; rỗng khi lịch vẫn cho phát."""
    off = _ruling(slot, [rule for rule in rules if rule.day == day])
    if off is not None and off.kind is DayExceptionKind.OFF:
        return f"Nghỉ phát: {off.reason}"
    if slot.stopped_on is not None and day >= slot.stopped_on:
        return f"Khung giờ đã thôi phát từ {slot.stopped_on:%d/%m/%Y}."
    if not slot.valid_on(day):
        return "Khung giờ không có hiệu lực vào ngày này."
    return "" if off or str(day.isoweekday()) in slot.weekdays else f"Khung giờ không phát vào {WEEKDAYS[day.weekday()]}."


def overlapping(
    slots: Sequence[SlotRule], exceptions: Iterable[DayRule], wanted: Iterable[date], zone: ZoneInfo, paths: Paths | None = None
) -> tuple[SlotRule, SlotRule, date] | None:
    """Hai khung giờ đầu tiên đè nhau trên cùng đường ra vào một trong các ngày ``wanted`` (kể cả buổi kéo qua nửa đêm)."""
    by_id, rules, near = {slot.slot_id: slot for slot in slots}, list(exceptions), set(wanted)
    for day in sorted(near):
        found = occurrences(slots, rules, day - DAY, day + DAY, zone)
        for one, other in combinations(found, 2):
            first, second = by_id[one.slot_id], by_id[other.slot_id]
            if day in (one.day, other.day) and other.starts_at < one.ends_at and shares_path(first.zones, second.zones, paths):
                return first, second, day
    return None


def shares_path(one: frozenset[int], other: frozenset[int], paths: Paths | None) -> bool:
    """Hai nhóm TDP có TDP chung hay đường ra chung không; rỗng là cả phường, thiếu ``paths`` là mỗi TDP một đường ra."""
    if not one or not other or one & other:
        return True
    return paths is not None and any(paths.get(zone, frozenset()) & other for zone in one)


def days(first: date, last: date) -> Iterator[date]:
    """Từng ngày, cả hai đầu."""
    day = first
    while day <= last:
        yield day
        day += DAY


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Ngày địa phương của một thời điểm."""
    return instant.astimezone(zone).date()


def clash(one: SlotRule, other: SlotRule, paths: Paths | None = None) -> bool:
    """Hai khung giờ có lúc nào cùng phát trên một đường ra chung không (kể cả buổi kéo qua nửa đêm)."""
    if not shares_path(one.zones, other.zones, paths):
        return False
    return any(_clash_on(one, other, shift) for shift in (-1, 0, 1))


def _airs(slot: SlotRule, day: date, rules: Iterable[DayRule]) -> bool:
    ruling = _ruling(slot, rules)
    return str(day.isoweekday()) in slot.weekdays if ruling is None else ruling.kind is DayExceptionKind.EXTRA


def _ruling(slot: SlotRule, rules: Iterable[DayRule]) -> DayRule | None:
    """Ngoại lệ có tiếng nói cuối cùng: nêu đích danh khung giờ thắng cả ngày; cùng mức thì nghỉ thắng, im lặng là bên an toàn."""
    mine = [rule for rule in rules if rule.series in (slot.series, None)]
    return min(mine, key=lambda rule: (rule.series is None, rule.kind is DayExceptionKind.EXTRA), default=None)


def _clash_on(one: SlotRule, other: SlotRule, shift: int) -> bool:
    """``other`` của ngày thứ ``shift`` sau ngày của ``one``."""
    start, other_start = _ms(one.starts_at), _ms(other.starts_at) + shift * 86_400_000
    meet = start < other_start + other.length_ms and other_start < start + one.length_ms
    return meet and _shared_day(one, other, shift)


def _shared_day(one: SlotRule, other: SlotRule, shift: int) -> bool:
    """Có ngày thật nào cả hai cùng hiệu lực và cùng đúng ngày trong tuần không: xét bảy ngày đầu của đoạn chung là đủ."""
    step = timedelta(days=shift)
    first = max(one.valid_from, other.valid_from - step)
    ends = [end for end in (one.ends_on, other.ends_on and other.ends_on - step) if end is not None]
    last = min([first + 6 * DAY, *ends])
    return any(
        str(day.isoweekday()) in one.weekdays and str((day + step).isoweekday()) in other.weekdays for day in days(first, last)
    )


def _ms(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1000
