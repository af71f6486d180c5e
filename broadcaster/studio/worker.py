"""Người thợ của phòng thu: có việc thì làm, hết việc thì chờ chuông; mất cơ sở dữ liệu thì đợi rồi làm tiếp."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import structlog

from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.errors import DatabaseAway
from broadcaster.loop import Loop
from broadcaster.sound.library import Library
from broadcaster.sound.priority import yield_to_pump
from broadcaster.sound.voices.port import Voice
from broadcaster.studio.render import Job, Made, NotMade, anything_ready, claim_next, finish, make, report_progress

log = structlog.get_logger(__name__)

_PULSE_S = 2.0
_LONGEST_SILENCE_S = 120.0
"""Giữa hai câu, hay lúc làm chủ âm lượng một bài dài, phòng thu có thể lặng chừng này."""
STRANGE = "Phòng thu gặp lỗi lạ với bài này. Hãy thử sửa chữ, hoặc gửi nhật ký máy cho người hỗ trợ"
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
        self._hands = ThreadPoolExecutor(1, "đọc và làm chủ âm", initializer=yield_to_pump)
        self.loop = Loop("làm bản ghi", self._turn, clock, pulse_s=_PULSE_S, known=(DatabaseAway,), grace_s=_LONGEST_SILENCE_S)

    def _turn(self) -> float | None:
        return 0.0 if self.step() else None

    def step(self) -> bool:
        """Làm một việc; trả về có việc để làm không. Lỗi: ``DatabaseAway``; việc đang giữ sẽ được nhận lại sau hạn."""
        with self._database.reading() as session:
            if not anything_ready(session, now=self._clock.now()):
                return False
        with self._database.writing() as session:
            job = claim_next(session, self._name, now=self._clock.now())
        if job is None:
            return False
        self._hand_in(job, self._make(job))
        return True

    def _make(self, job: Job) -> Made | NotMade:
        """Làm ở luồng nhường CPU, ghi tiến độ ở luồng này: người cầm khoá ghi không bao giờ phải nhường.

        Một bài vấp lỗi lạ thì chỉ bài ấy hỏng và có cảnh báo; phòng thu làm tiếp những bài khác.
        """
        told: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
        progress, today = _Progress(self._database, self._clock, job, self.loop.alive), self._clock.now().date().isoformat()
        try:
            making = self._hands.submit(
                make, job, self._voices, self._library, made_on=today, on_progress=lambda *done: told.put(done)
            )
            making.add_done_callback(lambda _: told.put(None))
            while (done := told.get()) is not None:
                progress(*done)
            return making.result()
        except Exception as error:
            log.exception("lỗi lạ khi làm bản ghi", recording=job.recording_id)
            return NotMade(({"voice": "", "reason": f"{STRANGE} ({type(error).__name__})."},))

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

    def __init__(self, database: Database, clock: Clock, job: Job, alive: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._alive = alive
        self._job = job
        self._last = clock.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """``done`` câu trên ``total``; báo không được thì thôi, không vì thế mà bỏ bản tin đang đọc."""
        self._alive()
        if self._clock.monotonic() - self._last < _REPORT_EVERY_S:
            return
        self._last = self._clock.monotonic()
        try:
            with self._database.writing() as session:
                report_progress(session, self._job, done, total, now=self._clock.now())
        except DatabaseAway:
            log.warning("chưa báo được tiến độ", recording=self._job.recording_id)
