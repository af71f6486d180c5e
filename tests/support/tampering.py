"""Mọi cách chủ máy viết lại nhật ký bằng SQL trần và tệp trên đĩa, và phép thử xem ``verify`` có thấy không.

Cho phép thử và cho ``scripts/bench/airlog.py``: ``counts(thư_mục_trống)`` trả về ``tamper_kinds`` và ``tamper_found``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import GENESIS, Link, digest, stamp
from broadcaster.airlog.content import content_id
from broadcaster.airlog.enums import DeliveryState, Event
from broadcaster.airlog.projection import project
from broadcaster.airlog.tables import Airing, AiringReach, LogEntry, ScriptAiring
from broadcaster.airlog.verifying import Verdict
from broadcaster.airlog.writing import append
from broadcaster.clock import ManualClock
from broadcaster.config import Config, load
from broadcaster.database import Database
from broadcaster.database.schema import upgrade
from broadcaster.newsroom.deciding import approve
from broadcaster.newsroom.drafting import Draft, create, revision_of
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.newsroom.submitting import submit
from broadcaster.playout.enums import RunState
from broadcaster.playout.network_admin import fix_fault, report_fault
from broadcaster.playout.tables import Run
from broadcaster.service.airlog_commands import verify
from broadcaster.service.anchoring import anchor
from broadcaster.service.assembly import open_database
from broadcaster.service.capture_sealing import CaptureSealing
from broadcaster.service.folders import capture_folder, open_library
from broadcaster.sound.pcm import RATE, silence
from broadcaster.studio.tables import Recording
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.snapshots import item_body, programme_body
from broadcaster.traffic.tables import Item, Programme
from tests.airlog.bodies import delivery, ended
from tests.support.scene import Scene, lay_scene
from tests.traffic.build import recording, slot

SAMPLE = Path(__file__).parent.parent.parent / "config.toml"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TITLES = ("Nộp hồ sơ trực tuyến", "Lịch tiếp công dân", "Phòng cháy mùa khô")


@dataclass(frozen=True)
class Station:
    """Một đài nhỏ nhưng đủ: bản tin đã duyệt, bản ghi, buổi đã phát, bản thu, sổ, và mốc ở thư mục ngoài."""

    config: Config
    folder: Path

    @contextmanager
    def open(self) -> Iterator[Database]:
        with closing(open_database(self.config)) as database:
            yield database

    def verdict(self, *, against: tuple[str, ...] = ()) -> Verdict:
        return verify(self.config, against=against)[0].verdict


def build(folder: Path, *, url: str = "") -> Station:
    """Dựng đài trong ``folder``; ``url``: cơ sở dữ liệu đã nâng cấp và còn trống (mặc định SQLite mới)."""
    folder.mkdir(parents=True)
    (folder / "ngoai").mkdir()
    words = SAMPLE.read_text("utf-8").replace("folders = []", 'folders = ["ngoai"]')
    (folder / "config.toml").write_text(words.replace('database = ""', f'database = "{url}"'), "utf-8")
    station, clock = Station(load(folder / "config.toml"), folder), ManualClock(START)
    with station.open() as database:
        if not url:
            upgrade(database)
        scene = lay_scene(database, clock)
        with database.writing() as session:
            for cluster_id, what in zip(scene.cluster_ids, ("Câm", "Rè"), strict=True):
                fault = report_fault(session, scene.operator, cluster_id, what, now=clock.now())
        with database.writing() as session:
            fix_fault(session, scene.operator, fault.id, now=clock.now() + timedelta(minutes=30))
        clock.advance(3600)
        for title in TITLES:
            _approved(database, scene, title)
            clock.advance(60)
        _aired(station, database, scene)
        _captured(station, database, scene)
        clock.advance(3600)
        anchor(station.config, database, clock)
        _closing_line(database, scene)
    return station


def copied(station: Station, folder: Path) -> Station:
    """Bản chép của một đài trên SQLite."""
    shutil.copytree(station.folder, folder)
    return Station(load(folder / "config.toml"), folder)


def counts(folder: Path) -> dict[str, int]:
    """``tamper_kinds``: số cách viết lại; ``tamper_found``: số cách mà ``verify`` thấy."""
    whole = build(folder / "nguyen")
    assert whole.verdict().sound, whole.verdict().faults
    found = 0
    for name, tamper in KINDS.items():
        station = copied(whole, folder / name)
        tamper(station)
        found += not station.verdict().sound
    return {"tamper_kinds": len(KINDS), "tamper_found": found}


# --- dựng -----------------------------------------------------------------------------------------------------------


def _approved(database: Database, scene: Scene, title: str) -> None:
    now = scene.clock.now()
    with database.writing() as session:
        draft = Draft(title=title, body=f"{title}. Uỷ ban nhân dân phường xin thông báo tới bà con.")
        revision = create(session, scene.writer, draft, now=now)
        submit(session, scene.writer, revision.id, version=1, read=read_text(revision.body), now=now)
        wanted = revision_of(session, scene.leader, revision.id)
        hashes = {"revision_sha256": wanted.frozen_sha256 or "", "reading_sha256": wanted.readings[-1].sha256}
        approve(session, scene.leader, revision.id, **hashes, now=now)


def _aired(station: Station, database: Database, scene: Scene) -> None:
    clock, library = scene.clock, open_library(station.config)
    with database.writing() as session:
        at = clock.now()
        values = {"day": at.date(), "starts_at": at, "ends_at": at + timedelta(minutes=15), "state": ProgrammeState.CLOSED}
        programme = Programme(station_id=scene.station_id, slot_id=slot(session, scene).id, **values)
        session.add(programme)
        session.flush()
        run = Run(programme_id=programme.id, player_id=scene.player_id, state=RunState.CLOSED, holder="may-1", claimed_at=at)
        session.add(run)
        session.flush()
        told = {"programme": programme_body(session, programme)}
        append(session, scene.station_id, Event.PROGRAMME_CLAIMED, told, happened_at=at, now=at, run_id=run.id)
        for position, title in enumerate(TITLES, start=1):
            made = recording(session, scene, title, [f"{title}."])
            made.sha256 = library.put(silence(RATE // 10 * position), tags={"TITLE": title}).sha256
            _item(session, scene, programme, run, made, position, title)
        append(session, scene.station_id, Event.PROGRAMME_CLOSED, told, happened_at=clock.now(), now=clock.now(), run_id=run.id)


def _item(session: Session, scene: Scene, programme: Programme, run: Run, made: Recording, position: int, title: str) -> None:
    now = scene.clock.now()
    revision_id = session.scalar(text("SELECT id FROM revisions WHERE title = :title"), {"title": title})
    item = Item(programme=programme, rank=position, kind=ItemKind.SCRIPT, revision_id=revision_id, planned_ms=60_000)
    item.state, item.placed_by, item.recording = ItemState.AIRED, PlacedBy.RULE, made
    session.add(item)
    session.flush()
    body: dict[str, Any] = {
        "programme": programme_body(session, programme),
        "item": item_body(session, item, position=position, planned_at=now),
        "mode": "automatic",
        "operator": "tự động",
        "sounds_at": now.isoformat(),
        "deliveries": [delivery()],
    }
    done = {**ended(now), "deliveries": [delivery(DeliveryState.SENT)]}
    for event, told in (
        (Event.ITEM_ARMED, body),
        (Event.ITEM_STARTED, {"started_at": now.isoformat()}),
        (Event.ITEM_ENDED, done),
    ):
        append(session, scene.station_id, event, told, happened_at=now, now=now, run_id=run.id, item_id=item.id)
    scene.clock.advance(60)


def _captured(station: Station, database: Database, scene: Scene) -> None:
    folder = capture_folder(station.config)
    (folder / "1").mkdir(parents=True)
    (folder / "1" / "1_20260302T010000.000Z.flac").write_bytes(b"fLaC" + bytes(range(200)))
    book = station.config.data_folder / "da-khoa.txt"
    CaptureSealing(database, scene.clock, station.config.station.code, folder, book).step()


def _closing_line(database: Database, scene: Scene) -> None:
    """Một dòng sau mốc, như mọi ngày: mốc luôn cũ hơn đầu chuỗi."""
    now = scene.clock.now()
    with database.writing() as session:
        body = {"output": "Đường 1", "by": "Trần Văn Hùng", "note": "thử loa"}
        append(session, scene.station_id, Event.PATH_TESTED, body, happened_at=now, now=now)


# --- tay của chủ máy --------------------------------------------------------------------------------------------------


@contextmanager
def owner(station: Station) -> Iterator[Connection]:
    """Quyền của chủ cơ sở dữ liệu: gỡ mọi trigger, sửa gì tuỳ ý, rồi gắn lại y như cũ."""
    with station.open() as database, database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection
            return
        saved = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in saved:
            connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection
        for _, sql in saved:
            connection.exec_driver_sql(sql)


def rechain(connection: Connection) -> None:
    """Đánh số lại và tính lại mọi băm, rồi đặt đầu chuỗi cho khớp: điều bất cứ ai có mã nguồn cũng làm được."""
    with Session(connection) as session:
        entries = session.scalars(select(LogEntry).order_by(LogEntry.seq)).all()
        prev, seq, links = GENESIS, 0, list[Link]()
        for seq, one in enumerate(entries, start=1):
            raw, happened, recorded = one.body.encode(), stamp(one.happened_at), stamp(one.recorded_at)
            numbers = (one.event.value, one.schema_version, one.run_id, one.item_id)
            links.append(Link(one.station_id, seq, happened, recorded, *numbers, raw, prev))
            found = digest(links[-1])
            session.execute(
                text("UPDATE log_entries SET seq = :seq, prev = :prev, digest = :found WHERE id = :id"),
                {"seq": seq, "prev": prev, "found": found, "id": one.id},
            )
            prev = found
        session.execute(text("UPDATE chain_heads SET seq = :seq, digest = :prev"), {"seq": seq, "prev": prev})
        session.expunge_all()
        for table in (AiringReach, Airing, ScriptAiring):
            session.execute(delete(table))
        for link in links:
            project(session, link)


def _sql(statement: str) -> Callable[[Station], None]:
    def change(station: Station) -> None:
        with owner(station) as connection:
            result = connection.execute(text(statement))
            assert result.rowcount > 0, "câu lệnh phải đổi được gì đó"

    return change


def _rewritten(statement: str) -> Callable[[Station], None]:
    def change(station: Station) -> None:
        with owner(station) as connection:
            assert connection.exec_driver_sql(statement).rowcount > 0
            rechain(connection)

    return change


def _forged(station: Station) -> None:
    """Một lượt phát chưa từng có, nối ở cuối với băm đúng và chiếu đúng."""
    with station.open() as database, database.writing() as session:
        old = session.scalars(select(LogEntry).where(LogEntry.event == Event.ITEM_ARMED).order_by(LogEntry.seq)).first()
        assert old is not None
        body, at = json.loads(old.body), old.recorded_at + timedelta(hours=3)
        body["item"] |= {"id": 999, "title": "Tin chưa từng phát"}
        for event, told in ((Event.ITEM_ARMED, body), (Event.ITEM_ENDED, ended(at))):
            append(session, old.station_id, event, told, happened_at=at, now=at, run_id=old.run_id, item_id=999)


def _never_aired_made_heard(station: Station) -> None:
    """Mục bị bỏ, sau đó nhật ký được nối thêm rằng nó đã phát đủ."""
    _forged(station)
    with station.open() as database, database.writing() as session:
        item = session.scalars(select(Item).order_by(Item.id)).first()
        assert item is not None
        old = {"p": item.programme_id, "r": item.revision_id}
        session.execute(
            text(
                "INSERT INTO items (id, programme_id, rank, kind, revision_id, text, planned_ms, state, placed_by, placed_name, "
                "why, reason) VALUES (999, :p, 9, 'script', :r, '', 60000, 'skipped', 'rule', '', '', '')"
            ),
            old,
        )


def _empty_triggers(station: Station) -> None:
    with station.open() as database, database.engine.begin() as connection:
        if database.is_sqlite:
            connection.execute(text("DROP TRIGGER log_entries_no_update"))
            connection.execute(text("CREATE TRIGGER log_entries_no_update BEFORE UPDATE ON log_entries BEGIN SELECT 1; END"))
            return
        empty = "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
        connection.execute(text(empty))


def _all_deleted(station: Station) -> None:
    with owner(station) as connection:
        for table in ("airing_reaches", "airings", "script_airings", "log_entries", "chain_heads", "anchors"):
            connection.execute(text(f"DELETE FROM {table}"))
    for path in (station.folder / "ngoai").iterdir():
        path.unlink()


def _reached_elsewhere(station: Station) -> None:
    """Cụm loa câm được kể là đã gửi: nơi tới mới mang đúng mã băm của nó, và mọi lượt phát trỏ sang."""
    with owner(station) as connection, Session(connection) as session:
        old = session.scalars(select(AiringReach).order_by(AiringReach.id)).first()
        assert old is not None
        places = [{**one, "state": "confirmed", "checked_by": "Lan"} for one in old.places]
        new = AiringReach(id=content_id(old.station_id, places), station_id=old.station_id, places=places)
        session.add(new)
        session.flush()
        session.execute(update(Airing).values(reach_id=new.id))


def _recording_replaced(station: Station) -> None:
    path = next(open_library(station.config).root.rglob("*.flac"))
    path.write_bytes(path.read_bytes() + b"x")


def _capture_replaced(station: Station) -> None:
    path = next(capture_folder(station.config).rglob("*.flac"))
    path.write_bytes(b"fLaC" + bytes(204))


def _hidden_by_a_resume_line(station: Station) -> None:
    """Viết lại cả nhật ký rồi nói nó vừa được phục hồi tới dòng 1, để mọi mốc sau dòng ấy thành “đã mất theo”."""
    _rewritten("UPDATE log_entries SET body = replace(body, '\"heard_ms\":60000', '\"heard_ms\":90000')")(station)
    at = START + timedelta(days=1)
    told = {"who": "Trần Văn Hùng", "why": "hỏng ổ", "backup": "sao-luu.tar", "seq": 1, "digest": GENESIS}
    with station.open() as database, database.writing() as session:
        append(session, 1, Event.CHAIN_RESUMED, told, happened_at=at, now=at)


_TAIL = "DELETE FROM log_entries WHERE seq > (SELECT max(seq) - 4 FROM log_entries)"
_ITEM = "DELETE FROM log_entries WHERE item_id = (SELECT min(item_id) FROM log_entries)"
KINDS: dict[str, Callable[[Station], None]] = {
    "tail cut, head reset, projections rebuilt": _rewritten(_TAIL),
    "value changed, everything rechained": _rewritten(
        "UPDATE log_entries SET body = replace(body, '\"heard_ms\":60000', '\"heard_ms\":90000')"
    ),
    "item erased, renumbered": _rewritten(_ITEM),
    "all lines deleted": _all_deleted,
    "forged line with a right hash": _forged,
    "skipped item told as aired": _never_aired_made_heard,
    "empty trigger of the same name": _empty_triggers,
    "delivery zone": _sql("UPDATE airing_reaches SET places = replace(places, 'TDP1', 'TDP9')"),
    "delivery cluster": _sql("UPDATE airing_reaches SET places = replace(places, 'Cụm 1', 'Cụm khác')"),
    "delivery output": _sql("UPDATE airing_reaches SET places = replace(places, 'Đường 1', 'Đường khác')"),
    "delivery of another airing": _sql(
        "UPDATE airings SET reach_id = (SELECT id FROM airing_reaches AS r WHERE r.id <> airings.reach_id)"
    ),
    "delivery told anew under its own hash": _reached_elsewhere,
    "delivery day": _sql("UPDATE airings SET local_day = '2026-03-09'"),
    "approver's name": _sql("UPDATE decisions SET name = 'Người khác'"),
    "approver's name in the log, rechained": _rewritten(
        "UPDATE log_entries SET body = replace(body, 'Đặng Thị Minh Trang', 'Người khác') WHERE event = 'item_armed'"
    ),
    "approved text": _sql("UPDATE revisions SET body = body || ' Thêm câu.'"),
    "approved text with its frozen copy": _sql("UPDATE revisions SET frozen = replace(frozen, 'xin thông báo', 'xin báo')"),
    "plan topics of an approved text": _sql(
        "INSERT INTO revision_topics (revision_id, topic_id) SELECT r.id, t.id FROM revisions r, plan_topics t "
        "WHERE NOT EXISTS (SELECT 1 FROM revision_topics v WHERE v.revision_id = r.id AND v.topic_id = t.id)"
    ),
    "zones of an approved text": _sql(
        "INSERT INTO revision_zones (revision_id, zone_id) SELECT r.id, z.id FROM revisions r, zones z "
        "WHERE NOT EXISTS (SELECT 1 FROM revision_zones v WHERE v.revision_id = r.id AND v.zone_id = z.id)"
    ),
    "column of an approved text": _sql("UPDATE revisions SET column_id = (SELECT max(id) FROM columns)"),
    "reading": _sql("UPDATE reading_snapshots SET sentences = replace(sentences, 'bà con', 'đồng bào')"),
    "audit entry edited": _sql("UPDATE audit_entries SET who = 'Người khác' WHERE id = 1"),
    "audit entry deleted": _sql("DELETE FROM audit_entries WHERE id = 1"),
    "audit entry slipped in": _sql(
        "INSERT INTO audit_entries (id, station_id, who, at, action, subject, detail) "
        "SELECT 999, station_id, who, at, action, subject, detail FROM audit_entries WHERE id = 1"
    ),
    "cluster fault deleted": _sql("DELETE FROM cluster_faults WHERE what = 'Câm'"),
    "cluster fault told mended in secret": _sql(
        "UPDATE cluster_faults SET fixed_at = reported_at, fixed_by = 'Thợ' WHERE what = 'Câm'"
    ),
    "cluster fault mended earlier": _sql("UPDATE cluster_faults SET fixed_at = reported_at WHERE what = 'Rè'"),
    "cluster fault moved to another cluster": _sql("UPDATE cluster_faults SET cluster_id = 2 WHERE what = 'Câm'"),
    "cluster fault slipped in": _sql(
        "INSERT INTO cluster_faults (id, cluster_id, reported_at, reported_by, what) "
        "SELECT 999, cluster_id, reported_at, reported_by, 'Hỏng bịa' FROM cluster_faults WHERE what = 'Câm'"
    ),
    "recording replaced": _recording_replaced,
    "capture replaced": _capture_replaced,
    "rewrite hidden by a resume line": _hidden_by_a_resume_line,
}
"""Tên → cách viết lại. Bản chép của đài đã bị viết lại thì ``verify`` phải nói là không nguyên vẹn."""
