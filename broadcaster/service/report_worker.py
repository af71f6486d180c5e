"""Người làm báo cáo dài ở tiến trình phòng thu: nhận việc, báo tới đâu, thôi giữa chừng khi người nhờ thôi, nộp kết quả."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date
from functools import partial
from pathlib import Path

import structlog

from broadcaster.accounts.audit import close_alert, note_export, raise_alert
from broadcaster.airlog.queries import Period
from broadcaster.clock import Clock
from broadcaster.config import SiteSection
from broadcaster.database import Database
from broadcaster.errors import BroadcasterError, DatabaseAway, Invalid
from broadcaster.loop import Loop
from broadcaster.reports.enums import JobKind, ReportKind
from broadcaster.reports.evidence import DRAFT, Places, make_evidence
from broadcaster.reports.jobs import (
    SHOWN,
    Taken,
    anything_waiting,
    ask_site_again,
    claim,
    fail,
    finish,
    outdated_sites,
    report_progress,
)
from broadcaster.reports.listen_again import write_site
from broadcaster.reports.log_files import count_log, write_log
from broadcaster.reports.log_filter import stored_filter
from broadcaster.reports.making import draft_report, keep_report
from broadcaster.reports.periods import NamedPeriod, PeriodKind
from broadcaster.sound.files import sweep

log = structlog.get_logger(__name__)

_PULSE_S = 5.0
_LONGEST_SILENCE_S = 300.0
_REPORT_EVERY_S = 0.5
_SITE = "site"


class _CalledOff(Exception):
    """Người nhờ đã thôi, hoặc phòng thu đang dừng."""


class ReportWorker:
    """Làm từng việc một; ``name`` là mã riêng của tiến trình, như ở người thợ của phòng thu."""

    def __init__(
        self, database: Database, clock: Clock, places: Places, packs: Path, *, name: str, site: SiteSection | None = None
    ) -> None:
        """``packs``: thư mục các gói đã làm; ``site``: trang Nghe lại, thư mục đã là đường dẫn đầy đủ."""
        self._database, self._clock, self._places, self._packs, self._name = database, clock, places, packs, name
        self._site_section = site or SiteSection()
        self.loop = Loop(
            "làm báo cáo", self._turn, clock, pulse_s=_PULSE_S, known=(DatabaseAway, OSError), grace_s=_LONGEST_SILENCE_S
        )

    def start(self) -> None:
        """Dọn gói dở của lần chạy trước, rồi làm việc."""
        self._packs.mkdir(parents=True, exist_ok=True)
        sweep(self._packs, before=self._clock.now())
        for left in self._packs.glob(f"{DRAFT}*"):
            shutil.rmtree(left, ignore_errors=True)
        self._forget_old()
        self.loop.start()

    def stop(self) -> None:
        """Thôi; việc dở trở lại hàng chờ ở lần chạy sau."""
        self.loop.join(5)

    def _forget_old(self) -> None:
        """Gói cũ hơn thời gian trang Báo cáo còn nêu thì bỏ: làm lại được từ báo cáo, mà đĩa thì cần cho bản thu."""
        before = (self._clock.now() - SHOWN).timestamp()
        for path in (*self._packs.glob("minh-chung-*.zip"), *self._packs.glob("nhat-ky-*.*")):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _turn(self) -> float | None:
        return 0.0 if self.step() else None

    def step(self) -> bool:
        """Làm một việc; trả về có việc để làm không. Lỗi: ``DatabaseAway``."""
        with self._database.reading() as session:
            outdated = outdated_sites(session) if self._site_section.folder else []
            if not outdated and not anything_waiting(session):
                return False
        with self._database.writing() as session:
            for before in outdated:
                ask_site_again(session, before, now=self._clock.now())
            taken = claim(session, self._name)
        if taken is not None:
            self._do(taken)
        return taken is not None

    def _do(self, taken: Taken) -> None:
        """Một việc vấp lỗi thì chỉ việc ấy không xong, và người nhờ được biết vì sao."""
        try:
            {
                JobKind.EVIDENCE: self._evidence,
                JobKind.REPORT: self._report,
                JobKind.SITE: self._site,
                JobKind.LOG: self._log,
            }[taken.kind](taken)
        except _CalledOff:
            log.info("báo cáo dài đã thôi", viec=taken.job_id)
        except DatabaseAway:
            raise
        except BroadcasterError as error:
            self._fail(taken, next(iter(getattr(error, "problems", {}).values()), error.message))
        except OSError as error:
            self._fail(taken, f"Không ghi được tệp ({error.strerror or error}). Hãy xem ổ đĩa còn chỗ, rồi làm lại.")
        except Exception as error:
            log.exception("lỗi lạ khi làm báo cáo dài", viec=taken.job_id)
            self._fail(taken, f"Lỗi lạ ({type(error).__name__}). Hãy thử lại, hoặc gửi nhật ký máy cho người hỗ trợ.")

    def _report(self, taken: Taken) -> None:
        wanted, now = taken.wanted, self._clock.now()
        span = Period(date.fromisoformat(wanted["first"]), date.fromisoformat(wanted["last"]))
        period = NamedPeriod(PeriodKind(wanted["period"]), wanted["name"], span)
        with self._database.reading() as session:
            drafted = draft_report(session, taken.actor, ReportKind(wanted["form"]), period, now=now)
        with self._database.writing() as session:
            report = keep_report(session, taken.actor, drafted, now=now)
            if not finish(session, taken, now=now, report_id=report.id):
                raise _CalledOff

    def _evidence(self, taken: Taken) -> None:
        target = self._packs / f"minh-chung-{taken.job_id}.zip"
        progress = _Progress(self._database, self._clock, self.loop, taken)
        digest, missing = make_evidence(
            self._database,
            taken.actor,
            taken.wanted["report_id"],
            target,
            places=self._places,
            captures=taken.wanted["captures"],
            progress=progress,
        )
        with self._database.writing() as session:
            done = finish(session, taken, now=self._clock.now(), file=target.name, sha256=digest, message=" ".join(missing[:5]))
        if not done:
            target.unlink(missing_ok=True)
        self._forget_old()

    def _site(self, taken: Taken) -> None:
        section = self._site_section
        if not section.folder:
            raise Invalid("Chưa khai thư mục trang Nghe lại. Hãy ghi mục [site] trong config.toml rồi chạy lại đài.")
        count = write_site(
            self._database,
            taken.actor,
            self._places.library,
            Path(section.folder),
            address=section.address,
            days=section.days,
            now=self._clock.now(),
            progress=_Progress(self._database, self._clock, self.loop, taken),
        )
        with self._database.writing() as session:
            finish(session, taken, now=self._clock.now(), message=f"Đã ghi {count} bản tin vào {section.folder}.")
            close_alert(session, taken.actor.station_id, _SITE, by="phòng thu", now=self._clock.now())
            note_export(session, taken.actor, "trang Nghe lại", now=self._clock.now(), count=count)

    def _log(self, taken: Taken) -> None:
        kind, wanted = taken.wanted["kind"], stored_filter(taken.wanted["filter"])
        target = self._packs / f"nhat-ky-{taken.job_id}.{kind}"
        progress = _Progress(self._database, self._clock, self.loop, taken)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._database.reading() as session:
            total = count_log(session, taken.actor, wanted)
            step = partial(progress, "Đang ghi tệp nhật ký")
            write_log(session, taken.actor, wanted, target, kind=kind, progress=lambda done: step(done, total))
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with self._database.writing() as session:
            done = finish(session, taken, now=self._clock.now(), file=target.name, sha256=digest)
        if not done:
            target.unlink(missing_ok=True)
        self._forget_old()

    def _fail(self, taken: Taken, message: str) -> None:
        with self._database.writing() as session:
            fail(session, taken, message, now=self._clock.now())
            if taken.kind is JobKind.SITE:  # bản tin đã rút có thể còn nằm trên trang công khai
                told = f"Chưa ghi được trang Nghe lại nên trang ấy còn nội dung cũ. {message}"
                raise_alert(session, taken.actor.station_id, _SITE, told, now=self._clock.now())


class _Progress:
    """Báo nhiều nhất hai lần một giây; người nhờ đã thôi hay phòng thu đang dừng thì ném lỗi để dừng việc."""

    def __init__(self, database: Database, clock: Clock, loop: Loop, taken: Taken) -> None:
        self._database, self._clock, self._loop, self._taken = database, clock, loop, taken
        self._last = float("-inf")

    def __call__(self, step: str, done: int, total: int) -> None:
        """``done`` việc nhỏ trên ``total``."""
        self._loop.alive()
        if self._loop.stopping:
            raise _CalledOff
        if self._clock.monotonic() - self._last < _REPORT_EVERY_S:
            return
        self._last = self._clock.monotonic()
        with self._database.writing() as session:
            if not report_progress(session, self._taken, step, done, total):
                raise _CalledOff
