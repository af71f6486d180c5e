"""Phòng thu của phép thử: đúng cổng ``preparing.Studio``, ghi bản ghi thật vào cơ sở dữ liệu, đọc chữ bằng cách tách câu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.studio.enums import RecordingState, TemplateCode
from broadcaster.studio.tables import Recording, Template
from tests.support.scene import Scene
from tests.traffic import build


class PlainStudio:
    """Đếm số lần đọc chữ, để biết việc chậm chỉ làm khi cần."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.reads = 0

    def latest(self, session: Session, station_id: int, code: TemplateCode) -> Template:
        query = select(Template).where(Template.station_id == station_id, Template.code == code)
        return session.scalars(query.order_by(Template.version.desc())).first() or _missing(code)

    def render(self, text: str, context: Mapping[str, str]) -> str:
        return text.format_map(context)

    def read(self, text: str) -> Sequence[str]:
        self.reads += 1
        return [part.strip() + "." for part in text.split(".") if part.strip()]

    def want_recording(
        self,
        session: Session,
        station_id: int,
        *,
        sentences: Sequence[str],
        title: str,
        tags: Mapping[str, str],
        urgency: int,
        now: datetime,
    ) -> Recording:
        return build.recording(session, self.scene, title, list(sentences), urgency)

    def make_all(self, seconds: int = 12) -> int:
        """Làm xong mọi bản ghi đang chờ."""
        with self.scene.database.writing() as session:
            waiting = session.scalars(select(Recording).where(Recording.state == RecordingState.WANTED)).all()
            for row in waiting:
                build.finish(session, self.scene, row, seconds * 1000)
            return len(waiting)


def _missing(code: TemplateCode) -> Template:
    raise AssertionError(f"chưa có mẫu {code}")
