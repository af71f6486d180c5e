"""Đếm bước máy ảo của SQLite: phép thử nói được “không đọc cả bảng” mà không đo giây, nên máy bận hay rỗi cũng như nhau."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from broadcaster.database import Database

_EVERY = 20


def step_counter(database: Database) -> Callable[[Callable[[], object]], int]:
    """Việc → số bước (tròn hai mươi) mà mọi câu SQL của nó đã chạy trong ``database`` này."""
    steps = [0]

    def count() -> int:
        steps[0] += _EVERY
        return 0

    def counted(raw: sqlite3.Connection, *_: Any) -> None:
        raw.set_progress_handler(count, _EVERY)

    event.listen(database.engine, "checkout", counted)

    def steps_of(work: Callable[[], object]) -> int:
        before = steps[0]
        work()
        return steps[0] - before

    return steps_of
