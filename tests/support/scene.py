"""Sân khấu chung: một đài nhỏ có đủ vai, và một đài lạ để thử rằng id của đài khác là không tồn tại."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from broadcaster.accounts import wordings
from broadcaster.accounts.actor import Actor
from broadcaster.accounts.enums import Role, UnitLevel, WordingKind
from broadcaster.accounts.tables import Membership, Station, UnitName, User, Zone
from broadcaster.clock import ManualClock
from broadcaster.database import Database
from broadcaster.newsroom.tables import Column, Plan, PlanTopic
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.tables import Cluster, Output, Player


@dataclass(frozen=True)
class Scene:
    """Người (``Actor``) và mã các dòng có sẵn."""

    database: Database
    clock: ManualClock
    station_id: int
    writer: Actor
    leader: Actor
    operator: Actor
    clerk: Actor
    auditor: Actor
    admin: Actor
    stranger: Actor
    """Quản trị kiêm mọi vai ở một đài khác."""
    zone_ids: tuple[int, int]
    column_id: int
    topic_ids: tuple[int, int]
    player_id: int
    output_ids: tuple[int, int]
    cluster_ids: tuple[int, int]


def lay_scene(database: Database, clock: ManualClock) -> Scene:
    """Dựng sân khấu trong một giao dịch."""
    with database.writing() as session:
        station = _station(session, clock, "phung-chi-kien", "Đài Truyền thanh phường Phùng Chí Kiên")
        other = _station(session, clock, "bach-sam", "Đài Truyền thanh phường Bạch Sam")
        people = {
            login: _person(session, clock, station, login, name, title, roles)
            for login, name, title, roles in (
                ("lan", "Nguyễn Thị Lan", "Công chức Văn hóa - Xã hội", {Role.CONTRIBUTOR}),
                ("trang", "Đặng Thị Minh Trang", "Phó Chủ tịch UBND phường", {Role.APPROVER}),
                ("hung", "Trần Văn Hùng", "Người vận hành đài", {Role.OPERATOR}),
                ("mai", "Lê Thị Mai", "Công chức Văn phòng - Thống kê", {Role.CLERK}),
                ("mttq", "Phạm Văn Bình", "Mặt trận Tổ quốc phường", {Role.AUDITOR}),
                ("quantri", "Quản trị đài", "", {Role.ADMIN}),
            )
        }
        stranger = _person(session, clock, other, "la", "Người đài khác", "", set(Role))
        zones = [_zone(session, station, n) for n in (1, 2)]
        column = Column(station_id=station.id, code="cchc", name="Cải cách hành chính", is_reform=True)
        plan = Plan(
            station_id=station.id,
            number="16/KH-UBND",
            issued_on=date(2026, 1, 21),
            year=2026,
            title="Tuyên truyền cải cách hành chính năm 2026",
        )
        player = Player(station_id=station.id, name="Máy phát chính")
        session.add_all([column, plan, player])
        session.flush()
        topics = [
            PlanTopic(station_id=station.id, plan_id=plan.id, code=f"C{n}", title=f"Nội dung {n}", position=n) for n in (1, 2)
        ]
        outputs = [
            Output(station_id=station.id, player_id=player.id, name=f"Đường {n}", kind=OutputKind.MONITOR, device={})
            for n in (1, 2)
        ]
        session.add_all([*topics, *outputs])
        session.flush()
        clusters = [
            Cluster(station_id=station.id, code=f"CL{n:02}", name=f"Cụm {n}", zone_id=zone.id, output_id=output.id)
            for n, (zone, output) in enumerate(zip(zones, outputs, strict=True), start=1)
        ]
        session.add_all(clusters)
        session.flush()
        return Scene(
            database=database,
            clock=clock,
            station_id=station.id,
            writer=people["lan"],
            leader=people["trang"],
            operator=people["hung"],
            clerk=people["mai"],
            auditor=people["mttq"],
            admin=people["quantri"],
            stranger=stranger,
            zone_ids=(zones[0].id, zones[1].id),
            column_id=column.id,
            topic_ids=(topics[0].id, topics[1].id),
            player_id=player.id,
            output_ids=(outputs[0].id, outputs[1].id),
            cluster_ids=(clusters[0].id, clusters[1].id),
        )


def _station(session: Session, clock: ManualClock, code: str, name: str) -> Station:
    station = Station(code=code, name=name, created_at=clock.now())
    session.add(station)
    session.flush()
    session.add(
        UnitName(
            station_id=station.id, level=UnitLevel.WARD, name=name.removeprefix("Đài Truyền thanh "), valid_from=date(2020, 1, 1)
        )
    )
    for kind, words in ((WordingKind.STATION, name), (WordingKind.UNIT, name.removeprefix("Đài Truyền thanh "))):
        wordings.install(session, station.id, kind, words, by="config.toml", now=clock.now())
    return station


def _person(session: Session, clock: ManualClock, station: Station, login: str, name: str, title: str, roles: set[Role]) -> Actor:
    user = User(login=login, full_name=name, password_hash="!", created_at=clock.now())
    session.add(user)
    session.flush()
    session.add(Membership(user_id=user.id, station_id=station.id, job_title=title, roles=frozenset(roles)))
    return Actor(user_id=user.id, station_id=station.id, name=name, job_title=title, roles=frozenset(roles))


def _zone(session: Session, station: Station, number: int) -> Zone:
    zone = Zone(
        station_id=station.id, code=f"TDP{number}", name=f"Tổ dân phố số {number}", position=number, valid_from=date(2020, 1, 1)
    )
    session.add(zone)
    session.flush()
    return zone
