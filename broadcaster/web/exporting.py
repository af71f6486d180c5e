"""Tệp nhật ký để tải về: một cách làm cho trang web và API."""

from __future__ import annotations

import secrets
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import note_export
from broadcaster.airlog.searching import AiringFilter
from broadcaster.reports.log_files import write_log
from broadcaster.reports.log_filter import params_of
from broadcaster.web.services import Services

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def export_file(services: Services, actor: Actor, wanted: AiringFilter, kind: str) -> FileResponse:
    """Mọi lượt khớp ``wanted`` ở dạng ``kind`` (khoá của ``TYPES``); tệp tạm được xoá sau khi gửi. Lỗi: ``NotAllowed``."""
    services.exports.mkdir(parents=True, exist_ok=True)
    path = services.exports / f"{secrets.token_hex(8)}.{kind}"
    with services.database.reading() as session:
        stand = write_log(session, actor, wanted, path, kind=kind)
    with services.database.writing() as session:
        what, now = "nhật ký phát thanh", services.clock.now()
        note_export(session, actor, what, now=now, kind=kind, filter=params_of(wanted), rows=stand.rows, seq=stand.seq)
    name = f"nhat-ky_{wanted.period.first}_{wanted.period.last}.{kind}"
    return FileResponse(path, media_type=TYPES[kind], filename=name, background=BackgroundTask(_remove, path))


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
