"""Người thợ của phòng thu: có việc thì làm, hết việc thì chờ chuông; mất cơ sở dữ liệu thì đợi rồi làm tiếp."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import structlog

from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.errors import DatabaseAway
from broadcaster.sound.library import Library
from broadcaster.sound.voices.port import Voice
from broadcaster.studio.render import Job, Made, NotMade, anything_ready, claim_next, finish, make, report_progress

log = structlog.get_logger(__name__)

_PULSE_S = 2.0
_REPORT_EVERY_S = 0.5
_HAND_IN_TRIES = 5


class Worker:
    """Làm từng bản ghi một; ``name`` là mã riêng của tiến trình, để chỉ người đang giữ việc mới nộp được."""

    def __init__(self, database: Database, clock: Clock, voices: Mapping[str, Voice], library: Library, *, name: str) -> None:
        """``voices``: tên → giọng có trên máy này."""
        self._database = database
        self._clock = clock
        self._voices = voices
        self._library = library
        self._name = name

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Làm tới khi ``stop`` bật; ``wake`` là chuông báo có việc mới."""
        while not stop.is_set():
            wake.clear()
            try:
                while not stop.is_set() and self.step():
                    pass
            except DatabaseAway:
                log.warning("cơ sở dữ liệu vắng, phòng thu đợi")
            self._clock.wait(wake, _PULSE_S)

    def step(self) -> bool:
        """Làm một việc; trả về có việc để làm không. Lỗi: ``DatabaseAway``; việc đang giữ sẽ được nhận lại sau hạn."""
        with self._database.reading() as session:
            if not anything_ready(session, now=self._clock.now()):
                return False
        with self._database.writing() as session:
            job = claim_next(session, self._name, now=self._clock.now())
        if job is None:
            return False
        outcome = make(
            job,
            self._voices,
            self._library,
            made_on=self._clock.now().date().isoformat(),
            on_progress=_Progress(self._database, self._clock, job),
        )
        self._hand_in(job, outcome)
        return True

    def _hand_in(self, job: Job, outcome: Made | NotMade) -> None:
        """Nộp; cơ sở dữ liệu vắng một lát thì nộp lại, không bỏ tiếng đã làm xong."""
        for left in reversed(range(_HAND_IN_TRIES)):
            try:
                with self._database.writing() as session:
                    finish(session, job, outcome, now=self._clock.now())
            except DatabaseAway:
                if not left:
                    raise
                self._clock.wait(threading.Event(), _PULSE_S)
            else:
                return


class _Progress:
    """Báo tiến độ nhiều nhất hai lần một giây, mỗi lần một giao dịch ngắn."""

    def __init__(self, database: Database, clock: Clock, job: Job) -> None:
        self._database = database
        self._clock = clock
        self._job = job
        self._last = clock.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """``done`` câu trên ``total``; báo không được thì thôi, không vì thế mà bỏ bản tin đang đọc."""
        if self._clock.monotonic() - self._last < _REPORT_EVERY_S:
            return
        self._last = self._clock.monotonic()
        try:
            with self._database.writing() as session:
                report_progress(session, self._job, done, total, now=self._clock.now())
        except DatabaseAway:
            log.warning("chưa báo được tiến độ", recording=self._job.recording_id)
