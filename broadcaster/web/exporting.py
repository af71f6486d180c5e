"""Tệp nhật ký để tải về: một cách làm cho trang web và API."""

from __future__ import annotations

import secrets
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import note_export
from broadcaster.airlog.queries import AiringFilter, Period
from broadcaster.reports.airlog_table import airlog_table
from broadcaster.reports.files import WRITERS
from broadcaster.web.services import Services

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def export_file(services: Services, actor: Actor, period: Period, kind: str) -> FileResponse:
    """Nhật ký của kỳ ở dạng ``kind`` (khoá của ``WRITERS``); tệp tạm được xoá sau khi gửi. Lỗi: ``NotAllowed``."""
    services.exports.mkdir(parents=True, exist_ok=True)
    path = services.exports / f"{secrets.token_hex(8)}.{kind}"
    with services.database.reading() as session:
        WRITERS[kind](airlog_table(session, actor, AiringFilter(period)), path)
    with services.database.writing() as session:
        first, last = period.first.isoformat(), period.last.isoformat()
        note_export(session, actor, "nhật ký phát thanh", now=services.clock.now(), kind=kind, first=first, last=last)
    name = f"nhat-ky_{period.first}_{period.last}.{kind}"
    return FileResponse(path, media_type=TYPES[kind], filename=name, background=BackgroundTask(_remove, path))


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
