"""Dựng đài lần đầu từ config.toml: nâng lược đồ, nạp đài, nhạc hiệu, mẫu lời, khuôn, khung giờ, quản trị đầu tiên.

Chạy lại bao nhiêu lần cũng được: đài đã có thì không đụng tới, từ đó cơ sở dữ liệu là sự thật.
"""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings, wordings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.enums import Role, UnitLevel, WordingKind
from broadcaster.accounts.passwords import hash_password, one_time_password
from broadcaster.accounts.people import FIRST_ADMIN, first_admin
from broadcaster.accounts.signing_in import normal_login
from broadcaster.accounts.tables import Membership, Station, UnitName, User, Zone
from broadcaster.clock import Clock
from broadcaster.config import Config, StationSection
from broadcaster.database import Database
from broadcaster.database.schema import upgrade
from broadcaster.errors import ConfigWrong, Conflict, NotFound
from broadcaster.newsroom.tables import Column, Plan, PlanTopic
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.tables import Cluster, Output, Player
from broadcaster.service import private
from broadcaster.service.amplifiers import adopt_typed_commands
from broadcaster.service.assembly import open_database, open_voices
from broadcaster.service.backup import back_up_before_upgrade
from broadcaster.service.folders import instance_secret, open_library
from broadcaster.studio import templates
from broadcaster.studio.sounds import StoredIdents, install_idents, install_voices, store_idents
from broadcaster.traffic.format_presets import QUARTER_RERUN, REHEARSAL
from broadcaster.traffic.formats import default_format
from broadcaster.traffic.slots import SlotForm, create_slot

_INSTALLER = "config.toml"
"""Đứng tên điều nạp lúc dựng đài: người giữ máy viết tệp ấy, chưa lãnh đạo nào duyệt."""


def prepare_data(config: Config, clock: Clock) -> list[str]:
    """Chuẩn bị mọi dữ liệu; trả về những câu người chạy cần đọc (mật khẩu dùng một lần chỉ hiện ở đây)."""
    instance_secret(config)
    database = open_database(config)
    try:
        kept = back_up_before_upgrade(config, clock, database)
        upgrade(database)
        with database.reading() as session:
            station_id = session.scalar(select(Station.id).where(Station.code == config.station.code))
        if station_id is None:
            return _first_time(config, database, clock)
        with database.writing() as session:  # mẫu lời mới của bản phần mềm mới
            templates.install_defaults(session, station_id, approved_by=config.file.name, now=clock.now())
        if kept is None:
            return []
        return [f"Đã nâng cấp dữ liệu của đài; bản sao trước khi nâng cấp: {kept}", *adopt_typed_commands(config, database)]
    finally:
        database.close()
        private.tighten(config)


def _first_time(config: Config, database: Database, clock: Clock) -> list[str]:
    now = clock.now()
    labels = {name: voice.label for name, voice in open_voices(config, clock).items()}
    stored = store_idents(open_library(config))
    password = one_time_password()
    hashed = hash_password(password)
    with database.writing() as session:
        station = _station(session, config.station, now)
        _equip(session, station.id, stored, labels, now)
        _structure(session, station.id, config.station)
        added = first_admin(session, station.id, password_hash=hashed, now=now)
        _slots(session, station.id, config.station, now)
    lines = [f"Đã dựng {config.station.name} từ {config.file.name}."]
    if added:
        lines.append(f"Quản trị đầu tiên: tên “{FIRST_ADMIN}”, mật khẩu dùng một lần: {password}")
    return lines


def add_station(config: Config, clock: Clock, actor: Actor, *, code: str, name: str, ward: str, admin: str) -> list[str]:
    """Thêm một đài vào cơ sở dữ liệu đang dùng, theo chuyên mục, khung giờ và giờ yên tĩnh của đài trong config.toml.

    ``admin``: tên đăng nhập của người sẽ quản trị nó; người ấy đổi đài trên trang Tài khoản của tôi.
    Lỗi: ``ConfigWrong`` khi mã hay tên sai dạng, ``Conflict`` khi đã có đài mã ấy, ``NotFound`` khi không có người ấy.
    """
    actor.require(Action.STATION_EDIT)
    now = clock.now()
    changed: dict[str, Any] = {"code": code, "name": name, "ward": ward, "zones": [], "clusters": [], "plan": None}
    changed |= {"names_valid_from": now.date(), "outputs": [{"name": "Đường ra chính"}]}
    try:
        slots = [one.model_dump() | {"zones": []} for one in config.station.slots]
        section = StationSection.model_validate(config.station.model_dump() | changed | {"slots": slots})
    except ValidationError as error:
        raise ConfigWrong(
            "Mã đài chỉ gồm chữ thường không dấu, số, gạch ngang; tên đài và tên phường không được trống."
        ) from error
    labels = {one: voice.label for one, voice in open_voices(config, clock).items()}
    stored = store_idents(open_library(config))
    with closing(open_database(config)) as database, database.writing() as session:
        if session.scalar(select(Station.id).where(Station.code == code)) is not None:
            raise Conflict(f"Đã có đài mã “{code}”. Hãy chọn mã khác.")
        user = session.scalar(select(User).where(User.login == normal_login(admin), User.disabled_at.is_(None)))
        if user is None:
            raise NotFound(f"Không có người tên đăng nhập “{admin}”. Hãy thêm bằng broadcaster user add trước.")
        station = _station(session, section, now)
        _equip(session, station.id, stored, labels, now)
        _structure(session, station.id, section)
        session.add(Membership(user_id=user.id, station_id=station.id, job_title="", roles=frozenset({Role.ADMIN})))
        _slots(session, station.id, section, now)
        note(session, actor, "station_added", code, now=now, name=name, admin=user.login)
    return [
        f"Đã thêm {name}, mã {code}. {user.full_name} quản trị; vào trang Tài khoản của tôi để chuyển sang đài này.",
        f'Máy phát của đài mới: chép config.toml sang thư mục riêng, đặt code = "{code}", cùng database, cổng khác.',
    ]


def _station(session: Session, section: StationSection, now: datetime) -> Station:
    station = Station(code=section.code, name=section.name, timezone=section.timezone, created_at=now)
    session.add(station)
    session.flush()
    names = ((UnitLevel.WARD, section.ward), (UnitLevel.PARENT, section.parent), (UnitLevel.PROVINCE, section.province))
    for level, name in names:
        if name:
            session.add(UnitName(station_id=station.id, level=level, name=name, valid_from=section.names_valid_from))
    for kind, words in (
        (WordingKind.STATION, section.name),
        (WordingKind.UNIT, section.ward),
        *((WordingKind.SLOT, slot.name) for slot in section.slots),
    ):
        wordings.install(session, station.id, kind, words, by=_INSTALLER, now=now)
    for key, value in ((settings.QUIET_FROM, section.quiet_from), (settings.QUIET_TO, section.quiet_to)):
        settings.put(session, station.id, key.name, value.isoformat("minutes"), changed_by=_INSTALLER, now=now)
    return station


def _equip(session: Session, station_id: int, stored: StoredIdents, labels: dict[str, str], now: datetime) -> None:
    install_idents(session, station_id, stored)
    install_voices(session, station_id, labels)
    templates.install_defaults(session, station_id, approved_by=_INSTALLER, now=now)


def _structure(session: Session, station_id: int, section: StationSection) -> None:
    valid_from = section.names_valid_from
    zones = {
        one.code: Zone(station_id=station_id, code=one.code, name=one.name, position=number, valid_from=valid_from)
        for number, one in enumerate(section.zones, start=1)
    }
    player = Player(station_id=station_id, name="Máy phát chính")
    session.add_all([player, *zones.values()])
    session.flush()
    outputs = {
        one.name: Output(
            station_id=station_id,
            player_id=player.id,
            name=one.name,
            kind=OutputKind.MONITOR,
            device={},
            lead_ms=one.lead_ms,
        )
        for one in section.outputs
    }
    session.add_all(outputs.values())
    session.add_all(Column(station_id=station_id, code=one.code, name=one.name, is_reform=one.reform) for one in section.columns)
    session.flush()
    for one in section.clusters:
        zone_id, output_id = zones[one.zone].id, outputs[one.output].id
        session.add(Cluster(station_id=station_id, code=one.code, name=one.name, zone_id=zone_id, output_id=output_id))
    _plan(session, station_id, section)
    session.flush()


def _plan(session: Session, station_id: int, section: StationSection) -> None:
    if section.plan is None:
        return
    one = section.plan
    plan = Plan(station_id=station_id, number=one.number, issued_on=one.issued_on, year=one.year, title=one.title)
    session.add(plan)
    session.flush()
    session.add_all(
        PlanTopic(
            station_id=station_id, plan_id=plan.id, code=topic.code, title=topic.title, target=topic.target, position=number
        )
        for number, topic in enumerate(one.topics, start=1)
    )


def _slots(session: Session, station_id: int, section: StationSection, now: datetime) -> None:
    default_format(session, station_id, REHEARSAL)
    zones = {zone.code: zone.id for zone in session.scalars(select(Zone).where(Zone.station_id == station_id))}
    admin_id = session.scalars(select(User.id).order_by(User.id).limit(1)).one()
    installer = Actor(user_id=admin_id, station_id=station_id, name=_INSTALLER, job_title="", roles=frozenset({Role.ADMIN}))
    column_slot: int | None = None
    for one in sorted(section.slots, key=lambda slot: slot.start, reverse=True):  # khung cuối ngày mang chuyên mục CCHC
        length_ms = round(one.minutes * 60_000)
        rerun = column_slot is not None and length_ms == QUARTER_RERUN.length_ms
        form = SlotForm(
            name=one.name,
            starts_at=one.start,
            length_ms=length_ms,
            weekdays="".join(sorted(one.weekdays)),
            format_id=default_format(session, station_id, QUARTER_RERUN, rerun_of=column_slot).id if rerun else None,
            zone_ids=tuple(zones[code] for code in one.zones),
        )
        made = create_slot(session, installer, form, now=now)
        column_slot = column_slot or made.id
