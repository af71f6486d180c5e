"""``serve --demo``: một đài mẫu dựng từ kế hoạch, và một buổi diễn tập sau ít phút để người mới nghe thử.

Dữ liệu mẫu chỉ dựng một lần, chỉ vào đài chưa có bản tin nào; mỗi lần chạy có thêm một buổi diễn tập.
Mọi điều đi qua đúng những việc mà trang web làm, với quyền của đúng vai trò.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.enums import Role
from broadcaster.accounts.passwords import hash_password, one_time_password
from broadcaster.accounts.people import create_person
from broadcaster.accounts.tables import AuditEntry, Station, User, Zone
from broadcaster.clock import Clock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import Conflict
from broadcaster.newsroom.drafting import Draft, create
from broadcaster.newsroom.enums import Priority
from broadcaster.newsroom.plan_admin import PlanForm, TopicForm
from broadcaster.newsroom.plan_founding import NewTopic, found_plan, plan_before
from broadcaster.newsroom.plan_year import plan_year
from broadcaster.newsroom.reading_aloud import PLAIN, read_with_title
from broadcaster.newsroom.submitting import ReadText
from broadcaster.newsroom.tables import Column, Plan, PlanTopic, Script
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.network_admin import ClusterForm, OutputForm, create_cluster, create_output
from broadcaster.playout.tables import Output, Player
from broadcaster.service.assembly import open_database
from broadcaster.service.demo_texts import SCRIPTS, DemoScript
from broadcaster.studio.approving import approve
from broadcaster.studio.render_queue import send_for_approval
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.rehearsing import rehearse

ZONES = 4
TARGET = 12
"""Mỗi nội dung của kế hoạch mẫu phát một tháng một lượt."""
_FILLED = "demo_filled"


@dataclass(frozen=True)
class DemoPerson:
    """Một tài khoản mẫu."""

    login: str
    full_name: str
    job_title: str
    role: Role


PEOPLE = (
    DemoPerson("vanhanh", "Trần Văn Hùng", "Nhân viên đài truyền thanh", Role.OPERATOR),
    DemoPerson("bientap", "Nguyễn Thị Lan", "Công chức Văn hoá - Xã hội", Role.CONTRIBUTOR),
    DemoPerson("lanhdao", "Lê Thị Hoa", "Lãnh đạo phường", Role.APPROVER),
    DemoPerson("vanphong", "Phạm Văn Minh", "Công chức Văn phòng - Thống kê", Role.CLERK),
    DemoPerson("kiemtra", "Vũ Thị Thu", "Cán bộ kiểm tra", Role.AUDITOR),
)


def prepare_demo(config: Config, clock: Clock, *, after: timedelta) -> list[str]:
    """Dựng dữ liệu mẫu nếu chưa có, đặt buổi diễn tập sau ``after``; trả về những câu người chạy cần đọc.

    Lỗi: ``Conflict`` khi đài đã có bản tin thật.
    """
    database = open_database(config)
    try:
        lines = _fill(database, config.station.code, clock.now())
        with database.writing() as session:
            station_id = _station_id(session, config.station.code)
            rehearsal = rehearse(session, _installer(session, station_id), after=after, now=clock.now())
            starts_at = rehearsal.starts_at.astimezone(zone_of(session, station_id))
    finally:
        database.close()
    address = f"http://{config.web.host}:{config.web.port}/truc-tiep"
    return [*lines, f"Buổi diễn tập bắt đầu lúc {starts_at:%H:%M:%S}. Đăng nhập rồi nghe ở {address}"]


def _fill(database: Database, code: str, now: datetime) -> list[str]:
    """Dữ liệu mẫu, một lần: cả trong một giao dịch, nên dừng giữa chừng không để lại nửa đài."""
    passwords = {person.login: one_time_password() for person in PEOPLE}
    hashes = {login: hash_password(password) for login, password in passwords.items()}
    readings = {script.title: read_with_title(script.title, script.text, PLAIN) for script in SCRIPTS}
    with database.writing() as session:
        station_id = _station_id(session, code)
        if _filled(session, station_id):
            return ["Tài khoản mẫu đã tạo ở lần chạy trước; quên mật khẩu thì đăng nhập bằng quản trị và đặt lại."]
        installer = _installer(session, station_id)
        actors = {person.role: _person(session, installer, person, hashes[person.login], now) for person in PEOPLE}
        _loudspeakers(session, installer, now)
        _plan(session, installer, now)
        for script in SCRIPTS:
            _script(session, actors, script, readings[script.title], now)
        session.add(AuditEntry(station_id=station_id, who=installer.name, at=now, action=_FILLED, subject=code, detail={}))
    return ["Đài mẫu đã dựng. Tài khoản (mật khẩu chỉ hiện lần này):", *(_line(one, passwords[one.login]) for one in PEOPLE)]


def _line(person: DemoPerson, password: str) -> str:
    return f"  {person.login:<9} {password}   {person.role.label} · {person.full_name}"


def _filled(session: Session, station_id: int) -> bool:
    query = select(AuditEntry.id).where(AuditEntry.station_id == station_id, AuditEntry.action == _FILLED)
    if session.scalar(query.limit(1)) is not None:
        return True
    if session.scalar(select(Script.id).where(Script.station_id == station_id).limit(1)) is not None:
        raise Conflict("Đài này đã có bản tin thật nên không dựng dữ liệu mẫu. Hãy chạy không có --demo, hoặc chọn thư mục khác.")
    return False


def _station_id(session: Session, code: str) -> int:
    return session.scalars(select(Station.id).where(Station.code == code)).one()


def _installer(session: Session, station_id: int) -> Actor:
    admin_id = session.scalars(select(User.id).order_by(User.id).limit(1)).one()
    return Actor(admin_id, station_id, "Dữ liệu mẫu", "", frozenset({Role.ADMIN}))


def _person(session: Session, installer: Actor, person: DemoPerson, password_hash: str, now: datetime) -> Actor:
    user = create_person(
        session,
        installer,
        login=person.login,
        full_name=person.full_name,
        job_title=person.job_title,
        roles=[person.role],
        password_hash=password_hash,
        now=now,
    )
    user.must_change_password = False
    return Actor(user.id, installer.station_id, person.full_name, person.job_title, frozenset({person.role}))


def _loudspeakers(session: Session, installer: Actor, now: datetime) -> None:
    """Bốn TDP, một đường ra nữa, và mỗi TDP một cụm loa; đài đã khai gì thì để nguyên."""
    station_id = installer.station_id
    if session.scalar(select(Zone.id).where(Zone.station_id == station_id).limit(1)) is not None:
        return
    since = now.astimezone(zone_of(session, station_id)).date()
    zones = [
        Zone(station_id=station_id, code=f"TDP{number}", name=f"Tổ dân phố số {number}", position=number, valid_from=since)
        for number in range(1, ZONES + 1)
    ]
    session.add_all(zones)
    session.flush()
    main = session.scalars(select(Output).where(Output.station_id == station_id).order_by(Output.id).limit(1)).one()
    player_id = session.scalars(select(Player.id).where(Player.station_id == station_id).order_by(Player.id).limit(1)).one()
    second = create_output(session, installer, OutputForm(player_id, "Đường ra phía đông", OutputKind.MONITOR), now=now)
    for number, zone in enumerate(zones, start=1):
        output = main if number <= ZONES // 2 else second
        form = ClusterForm(f"CL{number:02}", f"Cụm nhà văn hoá {zone.name}", zone.id, output.id, technology="FM")
        create_cluster(session, installer, form, now=now)


def _plan(session: Session, installer: Actor, now: datetime) -> None:
    """Kế hoạch của năm CCHC đang chạy, chép từ kế hoạch trong cấu hình: trang Kế hoạch mở ra là có số."""
    year = plan_year(now.astimezone(zone_of(session, installer.station_id)).date())
    before = plan_before(session, installer, year)
    exists = select(Plan.id).where(Plan.station_id == installer.station_id, Plan.year == year).limit(1)
    if before is None or session.scalar(exists) is not None:
        return
    old, topics = before
    form = PlanForm(old.number, old.issued_on.replace(year=year), year, old.title.replace(str(old.year), str(year)))
    carried = [
        NewTopic(row, TopicForm(one.code, one.title, TARGET), one.detail, one.id) for row, one in enumerate(topics, start=1)
    ]
    found_plan(session, installer, form, carried, now=now)


def _script(session: Session, actors: dict[Role, Actor], script: DemoScript, read: ReadText, now: datetime) -> None:
    author, station_id = actors[Role.CONTRIBUTOR], actors[Role.CONTRIBUTOR].station_id
    columns = select(Column.id).where(Column.station_id == station_id, Column.code == script.column)
    plan_id = select(Plan.id).where(Plan.station_id == station_id).order_by(Plan.year.desc()).limit(1).scalar_subquery()
    topics = select(PlanTopic.id).where(PlanTopic.plan_id == plan_id, PlanTopic.code.in_(script.topics))
    draft = Draft(
        title=script.title,
        body=script.text,
        genre=script.genre,
        priority=script.priority,
        column_id=session.scalar(columns),
        topic_ids=tuple(session.scalars(topics)),
        valid_to=now.date() + timedelta(days=14) if script.priority is Priority.PREFERRED else None,
    )
    revision = create(session, author, draft, now=now)
    reading = send_for_approval(session, author, revision.id, version=revision.version, read=read, now=now)
    if script.approved:
        hashes = {"revision_sha256": str(revision.frozen_sha256), "reading_sha256": reading.sha256}
        approve(session, actors[Role.APPROVER], revision.id, **hashes, now=now)
