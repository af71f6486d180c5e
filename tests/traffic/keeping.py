"""Việc trông nom lịch của phép thử: một khung giờ chiều thứ Hai, ba bản tin, và mắt nhìn vào buổi ấy."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from broadcaster.newsroom.enums import Genre
from broadcaster.traffic.enums import ItemState
from broadcaster.traffic.keeper import Memory, Network, upkeep
from broadcaster.traffic.tables import Programme
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.studio import PlainStudio

MONDAY = date(2026, 3, 2)
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def settle(scene: Scene, studio: PlainStudio | None = None, memory: Memory | None = None, network: Network | None = None) -> bool:
    """Một lần trông nom."""
    desk = studio or PlainStudio(scene)
    return upkeep(scene.database, scene.clock, scene.station_id, studio=desk, memory=memory, network=network).changed


def at(scene: Scene, hour: int, minute: int = 0) -> None:
    """Đẩy đồng hồ tới giờ địa phương này của thứ Hai."""
    goal = datetime(2026, 3, 2, hour, minute, tzinfo=VIETNAM)
    scene.clock.advance((goal - scene.clock.now()).total_seconds())


def today(session: Session) -> Programme:
    return session.scalars(select(Programme).where(Programme.day == MONDAY).order_by(Programme.id)).one()


def titles(scene: Scene) -> list[str]:
    """Tên các tin bài của buổi thứ Hai, theo thứ tự, bỏ mục đã gỡ."""
    with scene.database.reading() as session:
        return [
            item.revision.title
            for item in today(session).items
            if item.revision and item.state not in (ItemState.DROPPED, ItemState.SKIPPED)
        ]


def stocked(scene: Scene) -> dict[str, build.Texted]:
    """Một khung giờ chiều thứ Hai, thứ Ba và ba bản tin."""
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="12")
        return {
            "tin": build.script(session, scene, "Tin thường"),
            "cchc": build.script(session, scene, "Bài CCHC", genre=Genre.FEATURE, reform=True, topics=(1,)),
            "hỏi": build.script(session, scene, "Hỏi đáp hộ tịch", genre=Genre.QA),
        }


def writes(scene: Scene) -> list[str]:
    """Nghe mọi câu lệnh ghi từ lúc này."""
    found: list[str] = []

    def heard(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN")):
            found.append(statement)
        if "IMMEDIATE" in statement:
            found.append(statement)

    event.listen(scene.database.engine, "before_cursor_execute", heard)
    return found
