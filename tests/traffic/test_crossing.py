"""Hai buổi đè nhau trên một đường ra: tìm ra ở mọi lối vào, nêu tên cả hai, giờ, ngày và ai cùng nghe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import Station, Zone
from broadcaster.errors import Invalid
from broadcaster.traffic.enums import DayExceptionKind, ProgrammeState
from broadcaster.traffic.overlaps import crossings, refuse_clash, refuse_overlap
from broadcaster.traffic.tables import DayException, Programme, Slot
from tests.support.memory import memory_session

MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SHARED = {1: frozenset({1, 2}), 2: frozenset({1, 2}), 3: frozenset({3})}


@pytest.fixture
def session() -> Iterator[Session]:
    with memory_session() as opened:
        for number in (1, 2):
            opened.add(Station(id=number, code=f"d{number}", name=f"Đài {number}", created_at=NOW))
        for number in (1, 2, 3):
            told = {"code": f"TDP{number}", "name": f"Tổ {number}", "position": number, "valid_from": MONDAY - 99 * DAY}
            opened.add(Zone(id=number, station_id=1, **told))
        opened.flush()
        yield opened


def slot(session: Session, name: str, at: time, *zones: int, series: str = "", minutes: int = 15, **changes: object) -> Slot:
    """Khung giờ thứ Hai, mười lăm phút."""
    told: dict[str, object] = {"station_id": 1, "weekdays": "1", "format_id": 1, "valid_from": MONDAY - 28 * DAY}
    told |= {"name": name, "starts_at": at, "series": series or name, "length_ms": minutes * 60_000}
    made = Slot(**(told | changes))
    made.zones = [session.get_one(Zone, number) for number in zones]
    session.add(made)
    return made


def exception(session: Session, day: date, kind: DayExceptionKind, series: str | None = None) -> None:
    told = {"reason": "Lễ", "created_by": "Lan", "created_at": NOW}
    session.add(DayException(station_id=1, day=day, kind=kind, series=series, **told))


def refused(session: Session, *days: date, paths: dict[int, frozenset[int]] | None = None) -> dict[str, str]:
    try:
        refuse_overlap(session, 1, days, field="ngay", paths=paths)
    except Invalid as found:
        return found.problems
    return {}


def test_an_overlap_on_a_wanted_day_is_refused_with_both_names_hours_and_the_day(session: Session) -> None:
    slot(session, "Chiều", time(17))
    slot(session, "Họp", time(17, 5))
    assert refused(session) == {}
    assert refused(session, MONDAY + DAY) == {}
    assert refused(session, MONDAY + DAY, MONDAY) == {
        "ngay": "Vào thứ Hai 02/03/2026, “Chiều” 17:00 và “Họp” 17:05 sẽ đè lên nhau ở cùng TDP. "
        "Hãy đổi giờ, chọn một khung giờ, hoặc chọn TDP khác."
    }
    refuse_overlap(session, 2, [MONDAY], field="ngay")
    exception(session, MONDAY, DayExceptionKind.OFF, "Họp")
    assert refused(session, MONDAY) == {}, "ngày nghỉ vừa nhập đã tính"


@pytest.mark.parametrize(("wanted", "told"), [(0, True), (1, True), (-1, False), (2, False)])
def test_a_programme_over_midnight_overlaps_on_both_its_days(session: Session, wanted: int, told: bool) -> None:
    slot(session, "Khuya", time(23, 50), minutes=30)
    slot(session, "Sớm", time(0, 10), weekdays="2")
    assert bool(refused(session, MONDAY + wanted * DAY)) is told


def test_two_zones_on_one_output_are_told_as_who_else_hears(session: Session) -> None:
    slot(session, "Chiều", time(17), 1)
    slot(session, "Họp", time(17, 5), 2, 3)
    assert refused(session, MONDAY) == {}
    told = refused(session, MONDAY, paths=SHARED)["ngay"]
    assert "sẽ đè lên nhau trên cùng đường ra: phát cho Tổ 1 thì Tổ 2 cũng nghe. Hãy" in told
    assert refused(session, MONDAY, paths={1: frozenset({1}), 3: frozenset({3, 1})}) == {}


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ((1,), (1, 2), "ở cùng TDP"),
        ((), (1,), "ở cùng TDP"),
        ((1,), (), "ở cùng TDP"),
        ((1, 3), (2,), "trên cùng đường ra: phát cho Tổ 1 thì Tổ 2 cũng nghe"),
        ((1, 2), (3,), "trên cùng đường ra: phát cho Tổ 1, Tổ 2 thì Tổ 3 cũng nghe"),
    ],
)
def test_where_two_programmes_meet_names_only_the_zones_that_hear(
    session: Session, one: tuple[int, ...], other: tuple[int, ...], where: str
) -> None:
    slot(session, "Chiều", time(17), *one)
    slot(session, "Họp", time(17, 5), *other)
    paths = {1: frozenset({1, 2}), 2: frozenset({2})} if other == (2,) else {1: frozenset({1, 3}), 2: frozenset({2, 3})}
    assert f"sẽ đè lên nhau {where}. Hãy" in refused(session, MONDAY, paths=paths)["ngay"]


def clash(session: Session, new: Slot, paths: dict[int, frozenset[int]] | None = None) -> str:
    session.flush()
    try:
        refuse_clash(session, new, paths)
    except Invalid as found:
        return ", ".join(f"{field}: {told}" for field, told in found.problems.items()).removeprefix("starts_at: ")
    return ""


def test_a_weekly_slot_is_compared_week_by_week(session: Session) -> None:
    slot(session, "Chiều", time(17), 1)
    edited = slot(session, "Chiều mới", time(17), 1, series="Chiều", valid_from=MONDAY)
    assert clash(session, edited) == "", "lần sửa của chính nó thì không đè nó"
    new = slot(session, "Mới", time(17, 14), 2)
    assert clash(session, new) == ""
    assert clash(session, new, SHARED) == (
        "Đè lên khung giờ “Chiều” lúc 17:00 trên cùng đường ra: phát cho Tổ 2 thì Tổ 1 cũng nghe. "
        "Hãy đổi giờ, đổi ngày hoặc chọn TDP khác."
    )
    assert clash(session, slot(session, "Cả phường", time(17, 14))).startswith(
        "Đè lên khung giờ “Chiều” lúc 17:00 ở cùng TDP. Hãy"
    )


def test_only_slots_valid_at_the_same_time_clash_even_over_midnight(session: Session) -> None:
    slot(session, "Khuya", time(23, 50), minutes=30, weekdays="7", valid_to=MONDAY - DAY)
    first = {"weekdays": "123", "valid_from": MONDAY}
    assert clash(session, slot(session, "Sớm", time(0, 10), **first)).startswith("Đè lên khung giờ “Khuya”")
    session.get_one(Slot, 1).valid_to = MONDAY - 2 * DAY
    assert clash(session, slot(session, "Sớm nữa", time(0, 10), series="Sớm", **(first | {"valid_from": MONDAY + DAY}))) == ""
    slot(session, "Mai", time(0, 10), weekdays="7", valid_from=MONDAY + 6 * DAY)
    ends = slot(session, "Tối", time(23, 55), minutes=30, weekdays="6", valid_to=MONDAY + 5 * DAY, valid_from=MONDAY)
    assert clash(session, ends).startswith("Đè lên khung giờ “Mai”")


def test_a_slot_of_one_day_is_compared_with_what_really_airs_that_day(session: Session) -> None:
    slot(session, "Chiều", time(17), 1)
    once = slot(session, "Một lần", time(17, 5), 2, valid_from=MONDAY, valid_to=MONDAY)
    slot(session, "Cùng khung", time(17, 6), 2, series="Một lần", valid_from=MONDAY - DAY)
    assert clash(session, once) == ""
    assert clash(session, once, SHARED) == (
        "Đè lên khung giờ “Chiều” lúc 17:00 trên cùng đường ra: phát cho Tổ 2 thì Tổ 1 cũng nghe. "
        "Hãy đổi giờ, đổi ngày hoặc chọn TDP khác."
    )
    exception(session, MONDAY, DayExceptionKind.OFF, "Chiều")
    assert clash(session, once, SHARED) == "", "ngày ấy khung giờ kia nghỉ"
    same = slot(session, "Cùng giờ", time(17, 5), 2, valid_from=MONDAY, valid_to=MONDAY)
    assert "“Một lần” lúc 17:05" in clash(session, same)


@pytest.mark.parametrize(
    ("weekdays", "at", "told"), [("7", time(23, 55), True), ("2", time(0, 5), True), ("3", time(0, 5), False)]
)
def test_a_slot_of_one_day_meets_the_nights_before_and_after(session: Session, weekdays: str, at: time, told: bool) -> None:
    valid = {"valid_to": MONDAY - DAY} if weekdays == "7" else {"valid_from": MONDAY + DAY}
    slot(session, "Đêm", at, weekdays=weekdays, **valid)  # type: ignore[arg-type]
    late = {"valid_from": MONDAY, "valid_to": MONDAY, "minutes": 30}
    once = slot(session, "Một lần", time(0, 5) if weekdays == "7" else time(23, 50), **late)  # type: ignore[arg-type]
    assert bool(clash(session, once)) is told


def programme(session: Session, of: Slot, at: datetime, **changes: object) -> Programme:
    told: dict[str, object] = {"station_id": 1, "day": MONDAY, "starts_at": at, "ends_at": at + timedelta(minutes=15)}
    made = Programme(slot=of, **(told | changes))
    session.add(made)
    session.flush()
    return made


def test_two_programmes_already_planned_that_now_overlap_are_one_alert(session: Session) -> None:
    chieu, hop = slot(session, "Chiều", time(17), 1), slot(session, "Họp", time(17, 5), 2)
    at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    one = programme(session, chieu, at)
    other = programme(session, hop, at + timedelta(minutes=5), state=ProgrammeState.LOCKED)
    assert crossings(session, 1, NOW, None) == {}
    assert crossings(session, 1, NOW, SHARED) == {
        f"overlap:{one.id}:{other.id}": "Buổi “Chiều” 17:00 thứ Hai 02/03 và buổi “Họp” 17:05 thứ Hai 02/03 đè lên nhau "
        "trên cùng đường ra: phát cho Tổ 1 thì Tổ 2 cũng nghe; buổi sau sẽ mất phần đầu hoặc cả buổi. "
        "Hãy dời một buổi, hoặc sửa khung giờ."
    }
    assert crossings(session, 1, at, SHARED) == {}, "buổi đã bắt đầu thì không còn sửa được"
    assert crossings(session, 2, NOW, SHARED) == {}
    other.starts_at = one.ends_at
    session.flush()
    assert crossings(session, 1, NOW, SHARED) == {}, "sát nhau không phải là đè nhau"


@pytest.mark.parametrize("changes", [{"state": ProgrammeState.CANCELLED}, {"rehearsal": True}])
def test_what_will_not_reach_a_loudspeaker_crosses_nothing(session: Session, changes: dict[str, object]) -> None:
    chieu, hop, toi = (slot(session, name, time(17)) for name in ("Chiều", "Họp", "Tối"))
    at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    programme(session, chieu, at)
    programme(session, hop, at + timedelta(minutes=5), **changes)
    assert crossings(session, 1, NOW, None) == {}
    programme(session, toi, at + timedelta(minutes=14))
    assert len(crossings(session, 1, NOW, None)) == 1


def test_each_pair_is_looked_at_in_the_order_it_airs(session: Session) -> None:
    slots = [slot(session, name, time(17)) for name in ("Sau", "Trước", "Giữa")]
    at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    late = programme(session, slots[0], at + timedelta(minutes=20))
    programme(session, slots[1], at)
    assert crossings(session, 1, NOW, None) == {}
    third = programme(session, slots[2], at + timedelta(minutes=25))
    assert list(crossings(session, 1, NOW, None)) == [f"overlap:{late.id}:{third.id}"]
