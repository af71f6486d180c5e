"""Tiến trình phòng thu: nghe chuông, làm bản ghi; và việc hằng đêm, vì việc nặng không được ở cạnh bộ bơm.

Dưới khoá tệp chỉ có một phòng thu sống trên một thư mục dữ liệu, nên lúc khởi động nó lấy lại ngay việc người trước bỏ dở.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta

import structlog

from broadcaster.clock import Clock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.database.doorbell import Doorbell
from broadcaster.errors import DatabaseAway
from broadcaster.reports.evidence import Places
from broadcaster.reports.jobs import take_back as take_reports_back
from broadcaster.service.assembly import open_database, open_voices
from broadcaster.service.capture_sealing import CaptureSealing
from broadcaster.service.disk_watch import DiskWatch
from broadcaster.service.folders import capture_folder, instance_secret, open_library, packs_folder
from broadcaster.service.health import HealthWatch
from broadcaster.service.nightly import Nightly
from broadcaster.service.process import Process, beats_folder
from broadcaster.service.report_worker import ReportWorker
from broadcaster.service.traffic_process import beside, player_of
from broadcaster.service.wal_keeping import WalKeeping
from broadcaster.sound.files import sweep
from broadcaster.sound.library import Library
from broadcaster.sound.outputs.reserve import Reserve
from broadcaster.studio.render import take_back
from broadcaster.studio.worker import Worker

log = structlog.get_logger(__name__)

_ORPHANED = timedelta(hours=1)


def run(config: Config, *, supervised: bool) -> None:
    """Chạy tới khi được bảo dừng; tiến trình thứ hai trên cùng thư mục dữ liệu đứng chờ khoá."""
    with Process(config, "studio", supervised=supervised) as process:
        if process.take_turn():
            _work(config, process)


def _work(config: Config, process: Process) -> None:
    database, library, clock = open_database(config), open_library(config), process.clock
    house = hashlib.sha256(instance_secret(config).encode()).hexdigest()[:12]
    _clean_up(database, library, house, clock)
    worker_name = f"{house}-{uuid.uuid4().hex[:8]}"
    worker = Worker(database, clock, open_voices(config, clock), library, name=worker_name)
    process.on_stop(worker.loop.stop)
    captures = capture_folder(config)
    places, site = Places(library, captures), config.site.model_copy(update={"folder": str(config.site_folder or "")})
    reports = ReportWorker(database, clock, places, packs_folder(config), name=worker_name, site=site)

    def wake() -> None:
        worker.loop.wake.set()
        reports.loop.wake.set()

    doorbell = Doorbell(database, wake, clock)
    nightly = Nightly(config, database, clock)
    watch = HealthWatch(database, clock, beats_folder(config), player_of(database, config)[1])
    disk = DiskWatch(database, clock, config.station.code, captures, Reserve(captures))
    sealing = CaptureSealing(database, clock, config.station.code, captures, config.data_folder / "ban-thu-da-khoa.txt")
    traffic = beside(config, database, clock)
    parts = (*((traffic,) if traffic else ()), doorbell, nightly, watch, disk, sealing, reports, WalKeeping(database, clock))
    for part in parts:
        part.start()
    try:
        worker.loop.run()
    finally:
        for part in reversed(parts):
            part.stop()
        database.close()


def _clean_up(database: Database, library: Library, house: str, clock: Clock) -> None:
    """Việc dở và tệp tạm của phòng thu đã chết; cơ sở dữ liệu vắng thì việc dở tự về hàng chờ khi hết hạn giữ."""
    sweep(library.root, before=clock.now() - _ORPHANED)
    try:
        with database.writing() as session:
            taken = take_back(session, f"{house}-", now=clock.now()) + take_reports_back(session, f"{house}-")
    except DatabaseAway:
        log.warning("cơ sở dữ liệu vắng lúc khởi động phòng thu")
    else:
        log.info("phòng thu sẵn sàng", viec_lay_lai=taken)
