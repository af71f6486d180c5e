"""Đo việc chính của đài trên tiến trình thật: từ biểu mẫu tới bản ghi, từ giờ phát tới mẫu đầu tiên, bộ nhớ, cài đặt, commit.

Chạy: python scripts/bench/main_job.py [--json] [--only forms starts memory commits clone] [--runs 9]
``clone`` chép kho, cài từ đầu rồi đợi nghe được; nó cần mạng nên chỉ chạy khi được gọi tên.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import psutil  # noqa: E402
import structlog  # noqa: E402
from sqlalchemy import select  # noqa: E402

from broadcaster.accounts import settings  # noqa: E402
from broadcaster.accounts.tables import Zone  # noqa: E402
from broadcaster.airlog.enums import Event  # noqa: E402
from broadcaster.airlog.writing import append  # noqa: E402
from broadcaster.alarm import AlarmClock  # noqa: E402
from broadcaster.clock import (  # noqa: E402
    Clock,
    ManualClock,
    SystemClock,
)
from broadcaster.config import Config, load  # noqa: E402
from broadcaster.database import Database  # noqa: E402
from broadcaster.database.schema import upgrade  # noqa: E402
from broadcaster.playout.director import Director  # noqa: E402
from broadcaster.playout.enums import OutputKind  # noqa: E402
from broadcaster.playout.tables import Cluster, Output  # noqa: E402
from broadcaster.service.assembly import open_database  # noqa: E402
from broadcaster.service.folders import open_library  # noqa: E402
from broadcaster.service.setup import prepare_data  # noqa: E402
from broadcaster.sound.outputs import Health, SinkPort, SinkState  # noqa: E402
from broadcaster.sound.pcm import Samples  # noqa: E402
from broadcaster.sound.priority import favour_pump  # noqa: E402
from broadcaster.sound.pump import Pump  # noqa: E402
from broadcaster.studio.enums import RecordingState  # noqa: E402
from broadcaster.studio.tables import Recording  # noqa: E402
from broadcaster.traffic.enums import ItemKind, PlacedBy  # noqa: E402
from broadcaster.traffic.keeper import alarms  # noqa: E402
from broadcaster.traffic.slots import create_slot  # noqa: E402
from broadcaster.traffic.tables import Format, Item, Programme, Slot  # noqa: E402
from scripts.bench.studio import SCRIPT  # noqa: E402
from tests.end_to_end.browser import Person  # noqa: E402
from tests.end_to_end.house import SAMPLE, free_port, house  # noqa: E402
from tests.support.receiver import tone  # noqa: E402
from tests.support.scene import Scene, lay_scene  # noqa: E402
from tests.support.waiting import eventually  # noqa: E402
from tests.traffic import build  # noqa: E402

OUTPUTS, STARTS_PER_OUTPUT = 20, 10
Hang = Callable[[Clock], tuple[SinkPort, list[datetime]]]
EVERY = timedelta(seconds=12)
COMMITS, LOADERS = 300, 3
QUIET_FRAMES = 100


def main() -> None:
    """In các số đo, hoặc JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--only", nargs="*", choices=[*JOBS, "clone"], default=list(JOBS))
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    found: dict[str, Any] = {"machine": machine()}
    for name in chosen.only:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = ({**JOBS, "clone": clone})[name](Path(folder), chosen.runs)
    print(json.dumps(found, ensure_ascii=False, indent=1) if chosen.json else _table(found))


def forms(folder: Path, runs: int) -> dict[str, Any]:
    """Bấm Gửi duyệt một bản tin 300 tiếng tới lúc bản ghi xong, qua HTTP, giọng trên máy; mỗi lần một chữ khác."""
    config = _config(folder)
    password = re.search(r"dùng một lần: (\S+)", "\n".join(prepare_data(config, SystemClock())))
    assert password is not None
    with _running(config, "web", "studio"):
        address = f"http://127.0.0.1:{config.web.port}"
        eventually(lambda: _answers(config.web.port), seconds=60, what="trang web")
        one_time = Person(address, "quantri", password[1]).add_person("lan", "Nguyễn Thị Lan", ["contributor"])
        lan = Person(address, "lan", one_time)
        database = open_database(config)
        answered, ready = [], []
        for number in range(runs + 1):
            began = time.perf_counter()
            text = f"Bản tin lần thứ {number}. {' '.join(SCRIPT)}"
            lan.post("/ban-tin/moi", {"tieu_de": f"Lần {number}", "noi_dung": text, "the_loai": "news", "viec": "gui"})
            answered.append((time.perf_counter() - began) * 1000)
            eventually(lambda number=number: _made(database) > number, seconds=60, what="bản ghi")  # type: ignore[misc]
            ready.append((time.perf_counter() - began) * 1000)
        database.close()
        lan.client.close()
    # Lần đầu còn dựng tiến trình đọc: kể riêng.
    return {"answered_ms": spread(answered[1:]), "ready_ms": spread(ready[1:]), "first_ready_ms": round(ready[0])}


def starts(folder: Path, _runs: int, hang: Hang | None = None) -> dict[str, Any]:
    """Lệch giữa giờ phát và lúc mẫu đầu tiên thật sự được đẩy vào từng đường ra: APScheduler, đạo diễn, bộ bơm, tệp thật.

    ``hang`` dựng đầu ra dưới mỗi đường và cho biết nó đã nghe những lúc nào; mặc định đo ngay ở bộ bơm.
    """
    config = _config(folder)
    database, clock = open_database(config), SystemClock()
    upgrade(database)
    scene = lay_scene(database, ManualClock(clock.now()))
    outputs, begins = _many_programmes(scene, config)
    hung = {output_id: (hang or _at_the_pump)(clock) for output_id in outputs}
    stop, wake = threading.Event(), threading.Event()
    pump = Pump(clock, lambda event: (director.on_event(event), wake.set()))
    director = Director(
        database, clock, pump, open_library(config), player_id=scene.player_id, station_id=scene.station_id, holder="đo"
    )
    for output_id, (sink, _) in hung.items():
        pump.add_channel(output_id, [sink])
    alarm_clock = AlarmClock(lambda _alarm: wake.set(), print)
    with database.reading() as session:
        alarm_clock.set(alarms(session, scene.station_id, clock.now()))
    favour_pump()
    pump.start()
    alarm_clock.start()
    running = threading.Thread(target=director.run, args=(stop, wake))
    running.start()
    threading.Event().wait((max(max(times) for times in begins.values()) - clock.now()).total_seconds() + 8)
    stop.set()
    wake.set()
    running.join()
    alarm_clock.stop()
    pump.stop()
    database.close()
    late = [
        (heard - planned).total_seconds() * 1000
        for output_id, times in begins.items()
        for planned, heard in zip(times, hung[output_id][1], strict=True)
    ]
    return {"late_ms": spread(late), "starts": len(late), "outputs": len(hung)}


def _at_the_pump(clock: Clock) -> tuple[SinkPort, list[datetime]]:
    sink = FirstSamples(clock)
    return sink, sink.begins


class FirstSamples:
    """Đường ra ghi lại lúc nhận mẫu có tiếng đầu tiên sau mỗi quãng lặng dài."""

    name, wants_idle = "đo", False

    def __init__(self, clock: Clock) -> None:
        self.begins: list[datetime] = []
        self._clock = clock
        self._last = -QUIET_FRAMES

    def push(self, frame_number: int, frame: Samples) -> bool:
        """Chỉ nhìn đồng hồ."""
        if frame.any():
            if frame_number - self._last > QUIET_FRAMES:
                self.begins.append(self._clock.now())
            self._last = frame_number
        return True

    def open(self) -> None:
        """Không có gì để mở."""

    def rest(self) -> None:
        """Không có gì để khép."""

    def close(self) -> None:
        """Không có gì để đóng."""

    def health(self) -> Health:
        """Luôn chạy."""
        return Health(SinkState.WORKING, 0, None)


def memory(folder: Path, _runs: int) -> dict[str, Any]:
    """PSS của từng tiến trình, và của cả đài, sau hai mươi giây rỗi dưới ``broadcaster serve``."""
    with house(folder):
        threading.Event().wait(20)
        sizes = [(_role(one), one.memory_full_info().pss / 1e6) for one in psutil.Process().children(recursive=True)]
    return {"all_mb": round(sum(size for _, size in sizes), 1), "each_mb": sorted((name, round(size, 1)) for name, size in sizes)}


def _role(process: psutil.Process) -> str:
    told = process.cmdline()
    named = [one for one in told if one.startswith("broadcaster.service.") or one in ("web", "studio")]
    return named[0].removeprefix("broadcaster.service.") if named else process.name()


def commits(folder: Path, _runs: int) -> dict[str, Any]:
    """Một dòng nhật ký, từ xin khoá ghi tới bền trên đĩa: khi rỗi và khi ba luồng khác cùng ghi."""
    config = _config(folder)
    database = open_database(config)
    upgrade(database)
    scene = lay_scene(database, ManualClock(SystemClock().now()))
    idle = [_commit(database, scene) for _ in range(COMMITS)]
    stop = threading.Event()
    others = [threading.Thread(target=_load, args=(database, scene, stop)) for _ in range(LOADERS)]
    for thread in others:
        thread.start()
    loaded = [_commit(database, scene) for _ in range(COMMITS)]
    stop.set()
    for thread in others:
        thread.join()
    database.close()
    return {"idle_ms": spread(idle), "loaded_ms": spread(loaded), "other_writers": LOADERS}


def clone(folder: Path, _runs: int) -> dict[str, Any]:
    """Từ ``git clone`` tới trang trả lời và tới byte âm thanh đầu tiên của đường nghe thử, với ``scripts/run --demo``."""
    began, place = time.perf_counter(), folder / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(place)], check=True)
    text = (place / "config.toml").read_text("utf-8")
    port = free_port()
    text = text.replace("port = 8000 ", f"port = {port} ").replace("port = 8001 ", f"port = {free_port()} ")
    (place / "config.toml").write_text(text, "utf-8")
    station = subprocess.Popen([place / "scripts/run", "--demo"], stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: _answers(port), seconds=600, what="trang web")
        return {"page_s": round(time.perf_counter() - began, 1)}
    finally:
        station.terminate()
        station.wait(30)


JOBS: dict[str, Callable[[Path, int], dict[str, Any]]] = {"forms": forms, "starts": starts, "memory": memory, "commits": commits}


def _config(folder: Path) -> Config:
    text = SAMPLE.read_text("utf-8").replace('["gtts:vi", "espeak:vi-bac"]', '["espeak:vi-bac"]')
    for port in ("port = 8000 ", "port = 8001 "):
        text = text.replace(port, f"port = {free_port()} ", 1)
    (folder / "config.toml").write_text(text, "utf-8")
    return load(folder / "config.toml")


@contextmanager
def _running(config: Config, *names: str) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    log = (config.file.parent / "processes.log").open("wb")
    command = [sys.executable, "-m", "broadcaster"]
    processes = {
        name: subprocess.Popen([*command, name, "--config", str(config.file)], stdout=log, stderr=log, cwd=ROOT) for name in names
    }
    try:
        yield processes
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.wait(20)
        log.close()


def _many_programmes(scene: Scene, config: Config) -> tuple[list[int], dict[int, list[datetime]]]:
    """Hai mươi đường ra, mỗi đường một TDP, mỗi mười hai giây một buổi, lệch nhau; trả về đường ra và giờ phát của nó."""
    library = open_library(config)
    first = SystemClock().now().replace(microsecond=0) + timedelta(seconds=25)
    sound = library.put(tone(3, 3000), tags={})
    begins: dict[int, list[datetime]] = {}
    with scene.database.writing() as session:
        for name in ("quiet_from", "quiet_to"):
            settings.put(session, scene.station_id, name, "00:00", changed_by="đo", now=first)
        form = Format(station_id=scene.station_id, name="Buổi ngắn")
        session.add(form)
        text = build.script(session, scene, "Tin đo", length_ms=sound.duration_ms)
        session.get_one(Recording, text.recording_id).sha256 = sound.sha256
        for place, (zone_id, output_id) in enumerate(_paths(session, scene)):
            begins[output_id] = [first + turn * EVERY + place * EVERY / OUTPUTS for turn in range(STARTS_PER_OUTPUT)]
            for turn, starts_at in enumerate(begins[output_id]):
                slot = _slot(session, scene, form.id, f"{place}-{turn}", zone_id, starts_at)
                programme = Programme(
                    station_id=scene.station_id,
                    slot_id=slot.id,
                    day=slot.valid_from,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(seconds=10),
                )
                session.add(programme)
                session.flush()
                item = Item(programme_id=programme.id, rank=1.0, kind=ItemKind.SCRIPT, revision_id=text.revision_id)
                item.recording_id, item.planned_ms = text.recording_id, sound.duration_ms
                item.placed_by, item.placed_name = PlacedBy.PERSON, "đo"
                session.add(item)
    return list(begins), begins


def _slot(session: Any, scene: Scene, format_id: int, name: str, zone_id: int, starts_at: datetime) -> Slot:
    local = starts_at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    wanted = {"starts_at": local.time(), "length_ms": 10_000, "zone_ids": (zone_id,), "weekdays": str(local.isoweekday())}
    slot = create_slot(session, scene.operator, build.form(format_id, name=name, **wanted), now=starts_at - timedelta(days=1))
    slot.valid_from = slot.valid_to = local.date()
    return slot


def _paths(session: Any, scene: Scene) -> list[tuple[int, int]]:
    """(TDP, đường ra) của từng đường."""
    found = list(zip(scene.zone_ids, scene.output_ids, strict=True))
    for number in range(3, OUTPUTS + 1):
        code = {"station_id": scene.station_id, "code": f"TDP{number}"}
        zone = Zone(**code, name=f"TDP {number}", position=number, valid_from=date(2020, 1, 1))
        path = {"station_id": scene.station_id, "player_id": scene.player_id, "name": f"Đường {number}"}
        output = Output(**path, kind=OutputKind.MONITOR, device={})
        session.add_all([zone, output])
        session.flush()
        fed = {"station_id": scene.station_id, "zone_id": zone.id, "output_id": output.id}
        session.add(Cluster(**fed, code=f"CL{number:02}", name=f"Cụm {number}"))
        found.append((zone.id, output.id))
    return found


def _commit(database: Database, scene: Scene) -> float:
    began = time.perf_counter()
    with database.writing(eager=True) as session:
        now = SystemClock().now()
        append(session, scene.station_id, Event.CLOCK_STEPPED, {"đo": True}, happened_at=now, now=now)
    return (time.perf_counter() - began) * 1000


def _load(database: Database, scene: Scene, stop: threading.Event) -> None:
    while not stop.wait(0.01):
        with database.writing() as session:
            settings.put(
                session, scene.station_id, "plan_days", 1 + time.perf_counter_ns() % 60, changed_by="đo", now=scene.clock.now()
            )


def _made(database: Database) -> int:
    with database.reading() as session:
        query = select(Recording.id).where(Recording.state == RecordingState.MADE, Recording.title.startswith("Lần "))
        return len(session.scalars(query).all())


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/suc-khoe").status_code == 200
    except httpx.TransportError:
        return False


def spread(values: Sequence[float]) -> dict[str, float]:
    """Trung vị, p99, lớn nhất, và độ nhiễu: nửa khoảng tứ phân vị chia trung vị."""
    ordered = sorted(values)
    quarters = statistics.quantiles(ordered, n=4)
    median = statistics.median(ordered)
    noise = (quarters[2] - quarters[0]) / 2 / median if median else 0.0
    p99 = ordered[min(len(ordered) - 1, round(0.99 * (len(ordered) - 1)))]
    return {"median": round(median, 2), "p99": round(p99, 2), "max": round(ordered[-1], 2), "noise": round(noise, 3)}


def machine() -> dict[str, Any]:
    model = next((line.split(":")[1].strip() for line in _cpu_lines() if line.startswith("model name")), platform.processor())
    return {"cpu": model, "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform(terse=True)}


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _table(found: dict[str, Any]) -> str:
    lines = [" · ".join(str(value) for value in found["machine"].values())]
    for job, values in found.items():
        if job != "machine":
            lines += [f"{job}: {name} {value}" for name, value in values.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
