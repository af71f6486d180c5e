"""Con số của báo cáo, từng quy tắc đếm một; và mức nhuận bút có hiệu lực từ ngày nào."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.enums import Role
from broadcaster.accounts.tables import AuditEntry, Zone
from broadcaster.airlog.delivered import Reach
from broadcaster.airlog.enums import DeliveryState, Mode, Reason, Result
from broadcaster.airlog.queries import Period
from broadcaster.airlog.tables import Airing, AiringReach
from broadcaster.errors import Invalid, NotAllowed
from broadcaster.newsroom.enums import CreditRole, Genre
from broadcaster.playout.tables import Cluster, ClusterFault
from broadcaster.reports.figures import (
    Aired,
    Counted,
    Figures,
    ReachCount,
    aired,
    facts,
    figures_of,
    grouped,
    left_out,
    reaches,
    spoken,
    spoken_reached,
)
from broadcaster.reports.rates import MOST, current_rates, set_rate
from tests.support.memory import memory_session

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
DAY = date(2026, 3, 2)
CLERK = Actor(4, 1, "Lê Thị Mai", "Công chức Văn phòng - Thống kê", frozenset({Role.CLERK}))
NOBODY = Actor(5, 1, "Khách", "", frozenset())
SENT, CONFIRMED, FAILED = DeliveryState.SENT, DeliveryState.CONFIRMED, DeliveryState.FAILED
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def session() -> Iterator[Session]:
    with memory_session() as opened:
        yield opened


def row(number: int, **changes: Any) -> Counted:
    told = {"title": f"Tin {number}", "script_id": number, "genre": "news", "local_day": DAY, "heard_ms": 60_000}
    told |= {"programme_id": 7, "revision_id": number, "column_name": None, "topics": [], "result": Result.FULL}
    return Counted(id=number, **(told | changes))


def reach(states: dict[str, DeliveryState], **more: Any) -> ReachCount:
    return ReachCount(states, {code: f"TDP{code[-1]}" for code in states}, **more)


def test_each_number_follows_its_counting_rule() -> None:
    rows = [
        row(1),
        row(2, script_id=1, programme_id=8, local_day=DAY + timedelta(days=3)),
        row(3, genre="feature", local_day=DAY - timedelta(days=1)),
        row(4, genre="notice"),
        row(5, result=Result.PARTIAL, heard_ms=15_000, programme_id=9),
        row(6, result=Result.NONE, heard_ms=0, programme_id=10),
        row(7, result=Result.REPLACED, heard_ms=0, programme_id=10),
        row(8, result=None, heard_ms=0, programme_id=10, local_day=DAY - timedelta(days=9)),
        row(9, script_id=None, genre=None),
    ]
    found = {
        1: reach({"CL1": SENT, "CL2": CONFIRMED, "CL3": FAILED}),
        2: reach({"CL1": SENT, "CL2": SENT}, faulty=frozenset({"CL2"})),
        5: reach({"CL4": SENT}),
    }
    assert figures_of(rows, found) == Figures(
        news=1,
        features=1,
        scripts=3,
        programmes=3,
        airings=5,
        planned=9,
        partial=1,
        missed=2,
        heard_ms=315_000,
        sent=2,
        confirmed=1,
        faulty=1,
        clusters=2,
        zones=2,
        first=DAY - timedelta(days=1),
        last=DAY + timedelta(days=3),
    )
    assert figures_of([], {}) == Figures()


def test_a_share_a_minute_and_the_words_of_the_reach() -> None:
    some = Figures(airings=3, planned=4, heard_ms=90_000, sent=5, confirmed=2)
    assert (some.done_share, some.minutes, Figures().done_share) == (0.75, 1.5, None)
    assert some.reach_words == "lượt cụm loa: 5 đã gửi, 2 đã xác nhận."
    broken = Figures(sent=5, confirmed=2, faulty=1)
    assert broken.reach_words == "lượt cụm loa: 5 đã gửi, 2 đã xác nhận, 1 gửi tới cụm đang báo hỏng nên không kể."


def test_the_facts_name_the_broken_only_where_something_is_broken() -> None:
    told = facts(Figures(news=2, first=DAY))
    assert (told["news"], told["first"], told["last"], "faulty" in told) == (2, "2026-03-02", None, False)
    assert facts(Figures(faulty=1))["faulty"] == 1


def test_what_is_left_out_is_told_by_cluster_day_and_title() -> None:
    broken = ReachCount(faulty=frozenset({"CL2", "CL1"}))
    one = ReachCount(faulty=frozenset({"CL1"}))
    late = DAY + timedelta(days=1)
    rows = [row(1, title="C"), row(2, title="B"), row(3, title="B", local_day=late), row(4), row(5, title="A")]
    assert left_out(rows, {1: broken, 2: one, 3: one, 5: one}) == (
        "Lượt không kể là đã gửi vì cụm loa đang báo hỏng: "
        "CL1: 4 lượt từ ngày 02/03/2026 đến ngày 03/03/2026 (“B” 2 lần, “A”, “C”); CL2: 1 lượt ngày 02/03/2026 (“C”)."
    )
    assert left_out([row(1, result=Result.PARTIAL)], {1: broken}) == "", "phát thiếu thì vốn không kể"
    assert left_out(rows, {}) == ""


def test_a_storm_that_breaks_many_clusters_is_still_readable() -> None:
    broken = ReachCount(faulty=frozenset(f"CL{number:02}" for number in range(12)))
    told = left_out([row(number, title=f"T{number}") for number in range(7)], dict.fromkeys(range(7), broken))
    first = "CL00: 7 lượt ngày 02/03/2026 (“T0”, “T1”, “T2”, “T3”, “T4” và 2 tin bài khác)"
    assert told.startswith(f"Lượt không kể là đã gửi vì cụm loa đang báo hỏng: {first}; CL01: ")
    assert told.endswith("; và 2 cụm khác (xem mẫu Tình trạng cụm loa).")
    assert ("CL09" in told, "CL10" in told) == (True, False)
    five = left_out([row(number, title=f"T{number}") for number in range(5)], dict.fromkeys(range(5), broken))
    assert "khác" not in five.partition(";")[0]


def _airing(session: Session, number: int, **changes: Any) -> None:
    told = {"station_id": 1, "run_id": 1, "item_id": number, "programme_id": 7, "local_day": DAY, "slot_name": "Sáng"}
    told |= {"unit_name": "phường", "position": number, "kind": "script", "title": f"Tin {number}", "script_id": number}
    told |= {"topics": ["C1"], "mode": Mode.AUTOMATIC, "planned_at": NOW, "planned_ms": 60_000, "heard_ms": 60_000}
    session.add(Airing(id=number, last_seq=1, **(told | {"result": Result.FULL} | changes)))


def test_the_airings_of_a_period_are_read_in_order_without_rehearsals_or_other_stations(session: Session) -> None:
    _airing(session, 1, planned_at=NOW + timedelta(hours=1))
    _airing(session, 2, position=9)
    _airing(session, 3, position=3, script_id=None, genre="music", result=Result.PARTIAL, reason=Reason.POWER)
    _airing(session, 4, local_day=MARCH.last, planned_at=NOW + timedelta(days=29))
    _airing(session, 5, local_day=MARCH.first - timedelta(days=1))
    _airing(session, 6, mode=Mode.REHEARSAL)
    _airing(session, 7, station_id=2)
    _airing(session, 8, position=9, script_id=None)
    _airing(session, 9, position=9, script_id=None, local_day=DAY - timedelta(days=1))
    session.flush()
    found = aired(session, CLERK, MARCH)
    assert [one.id for one in found] == [3, 2, 8, 9, 1, 4]
    assert found[0] == Aired(
        *(3, DAY, "Sáng", 7, 3, "script", "Tin 3", None, None, "music", None, ["C1"], None, None, Mode.AUTOMATIC),
        *(NOW, None, None, 60_000, 60_000, Result.PARTIAL, Reason.POWER, False),
    )
    assert [one.id for one in spoken(found)] == [2, 1, 4]
    counted, reach = spoken_reached(session, CLERK, MARCH)
    assert {one.id: one for one in counted} == {
        one.id: Counted(*(getattr(one, name) for name in Counted._fields)) for one in spoken(found)
    }
    assert reach == {1: ReachCount(), 2: ReachCount(), 4: ReachCount()}
    assert {key: [one.id for one in rows] for key, rows in grouped(found, lambda one: one.local_day).items()} == {
        DAY: [3, 2, 8, 1],
        DAY - timedelta(days=1): [9],
        MARCH.last: [4],
    }
    for ask in (aired, spoken_reached, reaches):
        with pytest.raises(NotAllowed):
            ask(session, NOBODY, MARCH)


def _told(cluster: int, state: DeliveryState = SENT, *, overheard: bool = False) -> dict[str, Any]:
    named = {"code": f"CL{cluster}", "name": f"Cụm {cluster}", "zone": f"TDP{cluster}", "output": "Đường 1"}
    return {"cluster_id": cluster, **named, "state": state.value, "note": "", "overheard": overheard}


def test_an_airing_reached_the_clusters_aimed_at_and_the_broken_ones_stand_apart(session: Session) -> None:
    session.add(Zone(station_id=1, code="TDP1", name="Tổ dân phố số 1", position=1, valid_from=date(2025, 1, 1)))
    for number in (2, 3):
        session.add(Cluster(id=number, station_id=1, code=f"CL{number}", name=f"Cụm {number}", zone_id=1, output_id=1))
        session.add(ClusterFault(cluster_id=number, reported_at=NOW + timedelta(minutes=30), reported_by="Lan", what="câm"))
    for number in (1, 2, 3, 4):
        _airing(session, number, script_id=None if number == 3 else number)
    session.flush()
    session.get_one(Airing, 2).started_at = NOW + timedelta(minutes=30)
    session.get_one(Airing, 4).mode = Mode.REHEARSAL
    told = Reach.of([_told(1), _told(2), _told(3, CONFIRMED), _told(4, overheard=True)])
    session.add(AiringReach(id=told.id(1), station_id=1, places=told.places))
    for number in (1, 2):
        session.get_one(Airing, number).reach_id = told.id(1)
    session.flush()
    found = reaches(session, CLERK, MARCH)
    assert found.keys() == {1, 2, 3}
    ids = {"CL1": 1, "CL2": 2, "CL3": 3}
    whole = ReachCount(
        {"CL1": SENT, "CL2": SENT, "CL3": CONFIRMED},
        {"CL1": "TDP1 · Tổ dân phố số 1", "CL2": "TDP2", "CL3": "TDP3"},
        ("CL4",),
        ids=ids,
    )
    assert found[1] == whole, "giờ ấy cụm chưa hỏng"
    assert found[2] == ReachCount(whole.states, whole.zones, whole.overheard, frozenset({"CL2"}), ids), (
        "có người đã nghe thì không kể hỏng"
    )
    assert found[3] == ReachCount()
    assert spoken_reached(session, CLERK, MARCH)[1] == {1: found[1], 2: found[2]}
    assert (found[2].count(SENT), found[2].count(CONFIRMED), found[2].live) == (1, 1, ["CL1", "CL3"])


def _set(session: Session, amount: str, *, role: CreditRole = CreditRole.AUTHOR, since: date | None = DAY) -> int:
    return set_rate(session, CLERK, Genre.NEWS, role, amount=amount, valid_from=since, now=NOW).amount


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("50.000", 50_000), (" 50 000 đồng ", 50_000), ("50000đ", 50_000), ("0", 0), ("100.000.000", MOST)],
)
def test_an_amount_is_read_as_people_write_it(session: Session, typed: str, amount: int) -> None:
    assert _set(session, typed) == amount


@pytest.mark.parametrize(
    "typed", ["", "năm mươi", "50,5", "-5", "100.000.001", "9999999999", "đồng 5", "50.00", "5.0", "1.5000", "50..000"]
)
def test_another_amount_is_refused_in_words_and_every_field_at_once(session: Session, typed: str) -> None:
    money = {"so_tien": "Hãy ghi số tiền bằng đồng, ví dụ 50.000, không quá 100.000.000."}
    with pytest.raises(Invalid) as refused:
        _set(session, typed)
    assert refused.value.problems == money
    with pytest.raises(Invalid) as both:
        _set(session, typed, since=None)
    assert both.value.problems == money | {"tu_ngay": "Hãy ghi ngày mức này bắt đầu có hiệu lực."}


def test_a_rate_is_a_new_line_with_its_maker_and_the_book_knows(session: Session) -> None:
    with pytest.raises(NotAllowed):
        set_rate(session, NOBODY, Genre.NEWS, CreditRole.AUTHOR, amount="1", valid_from=DAY, now=NOW)
    made = set_rate(session, CLERK, Genre.NEWS, CreditRole.READER, amount="50.000", valid_from=DAY, now=NOW)
    assert made.id is not None
    assert (made.station_id, made.genre, made.role, made.valid_from) == (1, Genre.NEWS, CreditRole.READER, DAY)
    assert (made.changed_by, made.changed_at) == (CLERK.name, NOW)
    told = session.scalars(select(AuditEntry)).one()
    assert (told.who, told.at, told.action, told.subject) == (CLERK.name, NOW, "royalty_rate_set", "news:reader")
    assert told.detail == {"amount": 50_000, "since": "2026-03-02"}


def test_the_rate_of_a_day_is_the_last_set_for_it(session: Session) -> None:
    _set(session, "10")
    _set(session, "30", since=DAY + timedelta(days=1))
    _set(session, "20")
    _set(session, "5", role=CreditRole.READER, since=DAY - timedelta(days=9))
    for genre in (Genre.FEATURE, Genre.NOTICE):
        set_rate(session, CLERK, genre, CreditRole.READER, amount="7", valid_from=DAY, now=NOW)
    other = Actor(9, 2, "Người đài khác", "", frozenset({Role.CLERK}))
    set_rate(session, other, Genre.NEWS, CreditRole.AUTHOR, amount="99", valid_from=DAY, now=NOW)

    def on(days: int) -> list[tuple[str, str, int]]:
        return [
            (one.genre.label, one.role.label, one.amount) for one in current_rates(session, CLERK, DAY + timedelta(days=days))
        ]

    ordered = [("Bài", "Người đọc", 7), ("Thông báo", "Người đọc", 7), ("Tin", "Người viết", 20), ("Tin", "Người đọc", 5)]
    assert on(0) == ordered
    assert on(1)[2] == ("Tin", "Người viết", 30)
    assert on(-1) == [("Tin", "Người đọc", 5)]
    with pytest.raises(NotAllowed):
        current_rates(session, NOBODY, DAY)
