"""Nhật ký ra tệp: một cửa cho trang web, API, dòng lệnh và phòng làm tệp lớn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.airlog.searching import AiringFilter, matching
from broadcaster.airlog.tables import Airing
from broadcaster.reports.log_csv import write_csv
from broadcaster.reports.log_lines import LogReader, Progress, Stand


def _write_xlsx(reader: LogReader[Any], path: Path, progress: Progress) -> None:
    from broadcaster.reports.log_xlsx import write_xlsx  # xlsxwriter giữ 16 MB trong mọi tiến trình nạp nó

    write_xlsx(reader, path, progress)


WRITERS: dict[str, Callable[[LogReader[Any], Path, Progress], None]] = {"csv": write_csv, "xlsx": _write_xlsx}
"""Đuôi tệp → cách ghi."""


def count_log(session: Session, actor: Actor, wanted: AiringFilter) -> int:
    """Số lượt khớp. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(func.count()).select_from(Airing.__table__).where(matching(actor.station_id, wanted))
    return session.scalar(query) or 0


def write_log(
    session: Session, actor: Actor, wanted: AiringFilter, path: Path, *, kind: str, progress: Progress = lambda _: None
) -> Stand:
    """Ghi mọi lượt khớp ra ``path`` từ ảnh chụp của ``session``; trả về tệp tính tới đâu. Lỗi: ``NotAllowed``, ``OSError``."""
    actor.require(Action.LOG_READ)
    reader: LogReader[Any] = LogReader(session, actor, wanted)
    WRITERS[kind](reader, path, progress)
    return reader.stand
