"""Loa có im khi máy chết không: giết tiến trình phát, khoá cơ sở dữ liệu, đầy đĩa, kiểm chuỗi; người nghe đứng ngoài phán.

Người nghe là một chương trình ``aplay`` giả: mỗi khối nhận được là một dấu giờ, nên im lặng được đo ở dưới phần ghi của cạc,
không hỏi đài lấy một câu. Mỗi mục là một nốt riêng, nghe là biết mục nào, bao lâu.

Chạy: python scripts/bench/survival.py [--json] [--quick] [--only kills locked disk verify cost month]
"""

from __future__ import annotations

# ruff: noqa: E402
import argparse
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import select, update

from broadcaster.accounts import settings
from broadcaster.airlog.enums import Event, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.airlog.writing import append
from broadcaster.clock import ManualClock, SystemClock
from broadcaster.config import Config, load
from broadcaster.database import Database
from broadcaster.database.schema import upgrade
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.journal import read
from broadcaster.playout.tables import Cluster, Output, Player
from broadcaster.service.assembly import open_database
from broadcaster.service.beats import read_beats
from broadcaster.service.folders import journal_folder, open_library, rundown_folder
from broadcaster.service.process import beats_folder
from broadcaster.service.serving import command
from broadcaster.service.supervisor import Supervisor
from broadcaster.sound.pcm import RATE, Samples, to_samples
from broadcaster.studio.tables import Recording
from broadcaster.traffic.enums import ItemKind, PlacedBy, ProgrammeState
from broadcaster.traffic.slots import create_slot
from broadcaster.traffic.tables import Format, Item, Programme
from tests.end_to_end.house import SAMPLE, free_port
from tests.support.scene import Scene, lay_scene
from tests.traffic import build

LOUD = 1500
FRAME = RATE // 50
LATE_MS = 20.0
LINES_FULL, LINES_QUICK = 1_000_000, 3_000
_LISTENER = """#!{python} -S
import array, os, struct, sys, time
name = os.environ["EARS"] + "/" + sys.argv[sys.argv.index("-D") + 1]
ears = open(name, "ab", buffering=0)
rate, buffer, began, got = 48000, 4800, None, 0
rest = b""
while data := os.read(0, 1920 - len(rest)):
    data = rest + data
    whole = len(data) // 2 * 2
    rest, data = data[whole:], data[:whole]
    samples = array.array("h", data)
    loud = max(samples, default=0) > {loud}
    above = [one > 0 for one in samples]
    crossings = sum(one != other for one, other in zip(above, above[1:])) if loud else 0
    ears.write(struct.pack("<dHHI", time.time(), loud, crossings, len(samples)))
    began = began or time.monotonic()
    got += len(samples)
    ahead = got - buffer - (time.monotonic() - began) * rate
    if ahead > 0:
        time.sleep(ahead / rate)
"""
_STAMP = np.dtype([("at", "<f8"), ("loud", "<u2"), ("crossings", "<u2"), ("samples", "<u4")])


def _pitch(note: int) -> int:
    """Nốt thứ ``note``: bội của 100 Hz để mỗi khối 20 ms có số lần qua không nguyên."""
    return 400 + 200 * (note % 24)


def _tone(note: int, seconds: float) -> Samples:
    moments = np.arange(int(RATE * seconds)) / RATE
    return to_samples((0.3 * np.sin(2 * np.pi * _pitch(note) * moments)).astype(np.float32))


@dataclass(frozen=True)
class Station:
    """Một đài chỉ có phòng phát và phòng lịch, dưới người canh thật."""

    config: Config
    database: Database
    scene: Scene
    ears: Path
    starts: float
    seconds: float

    def heard(self, number: int = 1) -> np.ndarray:
        """Mọi khối cạc ``number`` đã nhận."""
        path = self.ears / f"loa{number}"
        return np.frombuffer(path.read_bytes()[: path.stat().st_size // _STAMP.itemsize * _STAMP.itemsize], _STAMP)

    def pid(self) -> int:
        """Tiến trình phát đang giữ lượt."""
        beat = read_beats(beats_folder(self.config)).get("playout")
        return beat.pid if beat else 0

    def wait(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Chờ tới khi ``ready``."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if ready():
                return True
            time.sleep(0.05)
        return False

    def sounding(self) -> bool:
        """Cạc vừa nhận khối to trong nửa giây qua."""
        heard = self.heard() if (self.ears / "loa1").exists() else np.zeros(0, _STAMP)
        return bool(len(heard)) and bool((heard["at"][heard["loud"] > 0] > time.time() - 0.5).any())


@contextmanager
def station(folder: Path, *, seconds: float, item_s: float = 5.0, cards: int = 1, lead_s: float = 4.0) -> Iterator[Station]:
    """Một buổi dài ``seconds`` toàn nốt liền nhau, bắt đầu sau ``lead_s`` giây, ra ``cards`` cạc."""
    tools, ears = folder / "bin", folder / "tai"
    for path in (tools, ears):
        path.mkdir(parents=True)
    (tools / "aplay").write_text(_LISTENER.format(python=sys.executable, loud=LOUD), "utf-8")
    (tools / "aplay").chmod(stat.S_IRWXU)
    (tools / "sounddevice.py").write_text("raise ImportError\n", "utf-8")
    text = SAMPLE.read_text("utf-8")
    for port in ("port = 8000 ", "port = 8001 "):
        text = text.replace(port, f"port = {free_port()} ", 1)
    (folder / "config.toml").write_text(text, "utf-8")
    config = load(folder / "config.toml")
    with closing(open_database(config)) as database:
        upgrade(database)
        scene = lay_scene(database, ManualClock(SystemClock().now()))
        _lay_outputs(database, scene, cards)
        kept = dict(os.environ)
        os.environ.update(PATH=f"{tools}:{kept['PATH']}", PYTHONPATH=f"{tools}:{ROOT}", EARS=str(ears))
        supervisor = Supervisor([command(config, name) for name in ("playout", "playout", "traffic")], SystemClock())
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        place = Station(config, database, scene, ears, 0.0, seconds)
        try:
            place.wait(lambda: place.pid() > 0 and any(rundown_folder(config).glob("network-*.json")), 90)
            starts = _lay_programme(database, scene, config, seconds=seconds, item_s=item_s, lead_s=lead_s)
            yield replace(place, starts=starts)
        finally:
            supervisor.stop()
            thread.join()
            os.environ.clear()
            os.environ.update(kept)


def _lay_outputs(database: Database, scene: Scene, cards: int) -> None:
    now = SystemClock().now()
    with database.writing() as session:
        for name in ("quiet_from", "quiet_to"):
            settings.put(session, scene.station_id, name, "00:00", changed_by="thử", now=now)
        session.execute(update(Output).values(kind=OutputKind.SOUND_CARD, captured=False, device={"name": "loa0"}))
        session.execute(update(Output).where(Output.id == scene.output_ids[0]).values(device={"name": "loa1"}))
        for number in range(3, cards + 1):
            place = {"station_id": scene.station_id, "player_id": scene.player_id, "name": f"Đường {number}"}
            output = Output(**place, kind=OutputKind.SOUND_CARD, captured=False, device={"name": f"loa{number}"})
            session.add(output)
            session.flush()
            of = {"station_id": scene.station_id, "zone_id": scene.zone_ids[0], "output_id": output.id}
            session.add(Cluster(**of, code=f"CL{number:02}", name=f"Cụm {number}"))


def _lay_programme(database: Database, scene: Scene, config: Config, *, seconds: float, item_s: float, lead_s: float) -> float:
    library, zone = open_library(config), ZoneInfo("Asia/Ho_Chi_Minh")
    tones = [library.put(_tone(place, item_s), tags={}).sha256 for place in range(min(24, int((seconds - 1) / item_s)))]
    first = SystemClock().now().replace(microsecond=0) + timedelta(seconds=lead_s)
    with database.writing() as session:
        format_row = Format(station_id=scene.station_id, name="Buổi đo")
        session.add(format_row)
        session.flush()
        local = first.astimezone(zone)
        form = build.form(format_row.id, name="Buổi đo", starts_at=local.time(), length_ms=int(seconds * 1000))
        slot = create_slot(session, scene.operator, form, now=first)
        slot.weekdays, slot.valid_from, slot.valid_to = str(local.isoweekday()), local.date(), local.date()
        programme = Programme(
            station_id=scene.station_id,
            slot_id=slot.id,
            day=local.date(),
            starts_at=first,
            ends_at=first + timedelta(seconds=seconds),
            state=ProgrammeState.PLANNED,
        )
        session.add(programme)
        session.flush()
        for place in range(int((seconds - 1) / item_s)):
            made = build.script(session, scene, f"Nốt {place}", length_ms=int(item_s * 1000))
            recording = session.get_one(Recording, made.recording_id)
            recording.sha256 = tones[place % 24]
            session.add(
                Item(
                    programme_id=programme.id,
                    rank=float(place),
                    kind=ItemKind.SCRIPT,
                    revision_id=made.revision_id,
                    recording_id=made.recording_id,
                    planned_ms=int(item_s * 1000),
                    placed_by=PlacedBy.PERSON,
                    placed_name="người đo",
                )
            )
    return first.timestamp()


# --- các phép đo --------------------------------------------------------------------------------------------------


def kills(folder: Path, *, count: int, every_s: float) -> dict[str, Any]:
    """SIGKILL tiến trình phát ``count`` lần giữa buổi; im lặng là từ khối to cuối trước khi chết tới khối to kế tiếp."""
    with station(folder, seconds=count * every_s + 15) as place:
        place.wait(place.sounding, 30)
        moments = []
        for _ in range(count):
            time.sleep(every_s)
            place.wait(lambda: place.sounding() and psutil.pid_exists(place.pid()), 20)
            moments.append(time.time())
            os.kill(place.pid(), signal.SIGKILL)
        _finish(place)
        ends = [*moments[1:], moments[-1] + 30]
        silences = [_silence_after(place.heard(), moment, end) for moment, end in zip(moments, ends, strict=True)]
        return {
            "kill_silence_ms_p95": round(float(np.percentile(silences, 95))),
            "kill_silence_ms_max": round(max(silences)),
            "kill_silence_ms_median": round(median(silences)),
            "kills": count,
            **_judge(place),
        }


def _silence_after(heard: np.ndarray, moment: float, end: float) -> float:
    """Im lặng dài nhất từ nửa giây trước lúc giết tới lần giết sau; không có tiếng lại thì cả quãng ấy."""
    loud = heard["at"][heard["loud"] > 0]
    window = loud[(loud > moment - 0.5) & (loud < end)]
    return float(np.diff(window).max() * 1000) if len(window) > 1 else (end - moment) * 1000


def locked(folder: Path, *, seconds: float) -> dict[str, Any]:
    """Một phần mềm khác giữ khoá ghi qua lúc bắt đầu và suốt buổi; khoá nhả thì đủ dòng."""
    with station(folder, seconds=seconds, lead_s=5.0) as place:
        time.sleep(max(0.0, place.starts - 2.5 - time.time()))
        with closing(sqlite3.connect(str(place.database.url.database), isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(max(0.0, place.starts + seconds + 1 - time.time()))
            other.execute("ROLLBACK")
        _finish(place)
        loud = place.heard()["at"][place.heard()["loud"] > 0]
        judged = _judge(place)
        return {
            "locked_extra_silence_ms": _extra_silence(loud, place),
            "locked_start_error_ms": round((float(loud[0]) - place.starts) * 1000) if len(loud) else None,
            "locked_lines_complete": judged["without_end"] == 0 and judged["unlogged"] == 0,
        }


def disk_full(folder: Path, *, seconds: float) -> dict[str, Any]:
    """Ổ đĩa của đài đầy tới byte cuối, từ trước buổi tới hết buổi."""
    disk = folder / "o-dia"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(disk)], capture_output=True).returncode:
        return {"disk_full_extra_silence_ms": None}
    try:
        with station(disk, seconds=seconds, lead_s=5.0) as place:
            time.sleep(max(0.0, place.starts - 2.0 - time.time()))
            ears = folder / "tai"
            _fill(disk / "day.bin", keep=place.ears)
            time.sleep(max(0.0, place.starts + seconds + 1 - time.time()))
            (disk / "day.bin").unlink()
            _finish(place)
            heard = place.heard()
            ears.mkdir(exist_ok=True)
            return {"disk_full_extra_silence_ms": _extra_silence(heard["at"][heard["loud"] > 0], place)}
    finally:
        subprocess.run(["umount", "-l", str(disk)], capture_output=True)


def _fill(path: Path, *, keep: Path) -> None:
    """Lấp hết ổ; tai nghe ghi ra chỗ khác, vì người nghe phải nghe được."""
    outside = Path(tempfile.mkdtemp())
    for ear in keep.iterdir():
        shutil.move(ear, outside / ear.name)
        ear.symlink_to(outside / ear.name)
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def _extra_silence(loud: np.ndarray, place: Station) -> int | None:
    """Im lặng quá một khối trong lúc các nốt phải liền nhau."""
    if len(loud) < 2:
        return round(place.seconds * 1000)
    gaps = np.diff(loud)
    return round(float(np.sum(gaps[gaps > 0.15] - 0.02)) * 1000)


def verifying(folder: Path, *, lines: int, seconds: float) -> dict[str, Any]:
    """``verify`` trên ``lines`` dòng trong lúc đang phát: tốc độ, và khung nào tới cạc muộn."""
    with station(folder, seconds=seconds, lead_s=5.0) as place:
        _many_lines(place, lines)
        place.wait(place.sounding, 40)
        began = time.monotonic()
        told = verify(place.database, place.scene.station_id)
        took = time.monotonic() - began
        time.sleep(1)
        heard = place.heard()
        during = heard[heard["at"] > time.time() - took - 2]
        late = np.diff(during["at"]) * 1000
        return {
            "verify_late_frames": int((late > 100 + LATE_MS).sum()),
            "verify_lines_per_s": round(told.entries / took) if hasattr(told, "entries") else round(lines / took),
            "verify_lines": lines,
        }


def _many_lines(place: Station, lines: int) -> None:
    now = SystemClock().now()
    for start in range(0, lines, 2000):
        with place.database.writing() as session:
            for number in range(start, min(lines, start + 2000)):
                append(session, place.scene.station_id, Event.PATH_TESTED, {"by": f"đo {number}"}, happened_at=now, now=now)


def cost(folder: Path, *, zones: Sequence[int], seconds: float) -> dict[str, Any]:
    """CPU và bộ nhớ của tiến trình phát bên cạnh Liquidsoap: cùng nốt, cùng số đường, đầu ra là ``cat``."""
    found: dict[str, Any] = {"cpu_ratio_liquidsoap": None, "memory_ratio_liquidsoap": None}
    ratios, memories = [], []
    for count in zones:
        ours, our_mb = _our_cost(folder / f"ta-{count}", count, seconds)
        found[f"ours_{count}_cpu_percent"], found[f"ours_{count}_mb"] = ours, our_mb
        theirs = _liquidsoap_cost(folder / f"lq-{count}", count, seconds)
        if theirs is not None:
            found[f"liquidsoap_{count}_cpu_percent"], found[f"liquidsoap_{count}_mb"] = theirs
            ratios.append(ours / theirs[0])
            memories.append(our_mb / theirs[1])
    if ratios:
        found["cpu_ratio_liquidsoap"], found["memory_ratio_liquidsoap"] = round(max(ratios), 2), round(max(memories), 2)
    return found


def _our_cost(folder: Path, count: int, seconds: float) -> tuple[float, float]:
    with station(folder, seconds=seconds + 20, cards=count, item_s=20.0) as place:
        cat = folder / "bin" / "aplay"
        cat.write_text("#!/bin/sh\nexec cat > /dev/null\n", "utf-8")
        time.sleep(max(0.0, place.starts + 2 - time.time()))
        return _weigh(psutil.Process(place.pid()), seconds)


def _liquidsoap_cost(folder: Path, count: int, seconds: float) -> tuple[float, float] | None:
    liquidsoap = shutil.which("liquidsoap")
    if liquidsoap is None:
        return None
    folder.mkdir(parents=True)
    import soundfile

    tune = folder / "not.flac"
    soundfile.write(tune, np.concatenate([_tone(number, 20.0) for number in range(3)]), RATE, subtype="PCM_16")
    outputs = "\n".join('output.external(%wav(stereo=false), "cat > /dev/null", s)' for _ in range(count))
    script = f"settings.init.allow_root.set(true)\nsettings.frame.audio.samplerate.set({RATE})\n"
    (folder / "dai.liq").write_text(f'{script}s = mksafe(single("{tune}"))\n{outputs}\n', "utf-8")
    with (folder / "dai.log").open("wb") as log:
        process = subprocess.Popen([liquidsoap, str(folder / "dai.liq")], stdout=log, stderr=log)
        try:
            time.sleep(6)
            return _weigh(psutil.Process(process.pid), seconds) if process.poll() is None else None
        finally:
            process.terminate()
            process.wait(20)


def _weigh(process: psutil.Process, seconds: float) -> tuple[float, float]:
    process.cpu_percent()
    time.sleep(seconds)
    return round(process.cpu_percent(), 2), round(process.memory_full_info().pss / 1e6, 1)


# --- phán xét -----------------------------------------------------------------------------------------------------


def _finish(place: Station) -> None:
    """Đợi buổi khép và mọi dòng vào nhật ký."""

    def closed() -> bool:
        last = max((record.number for record in read(journal_folder(place.config), place.scene.player_id)), default=0)
        with place.database.reading() as session:
            state = session.scalars(select(Programme.state)).one()
            entered = session.scalars(select(Player.spooled_to).where(Player.id == place.scene.player_id)).one()
        return state is ProgrammeState.CLOSED and entered >= last

    time.sleep(max(0.0, place.starts + place.seconds - time.time()))
    place.wait(closed, 180)


def _judge(place: Station) -> dict[str, Any]:
    """Sổ và tai: mục phát hai lần, tiếng không có dòng, mục không có kết thúc, lệch giữa điều ghi và điều nghe."""
    with place.database.reading() as session:
        entries = session.scalars(select(LogEntry).where(LogEntry.item_id.is_not(None)).order_by(LogEntry.seq)).all()
        airings = session.scalars(select(Airing).where(Airing.started_at.is_not(None))).all()
        planned = {item.id: place_ for place_, item in enumerate(session.scalars(select(Item).order_by(Item.rank)))}
    armed = Counter((one.run_id, one.item_id) for one in entries if one.event is Event.ITEM_ARMED)
    ended = {(one.run_id, one.item_id): json.loads(one.body) for one in entries if one.event is Event.ITEM_ENDED}
    heard = place.heard()
    loud = heard[heard["loud"] > 0]
    notes = np.round(loud["crossings"] / (2 * loud["samples"] / RATE) / 200 - 2).astype(int)
    errors, unlogged = [], 0
    heard_s = {note: float(loud["samples"][notes == note].sum()) / RATE for note in np.unique(notes)}
    told_s: Counter[int] = Counter()
    for airing in airings:
        told_s[planned.get(airing.item_id, -1) % 24] += _sounded_ms(ended.get((airing.run_id, airing.item_id), {})) / 1000  # type: ignore[assignment]
    for note, lasted in heard_s.items():
        if lasted > 0.1:
            unlogged += int(note) not in told_s
            errors.append(abs(lasted - told_s.get(int(note), 0)) * 1000)
    full = Counter(airing.item_id for airing in airings if airing.result is Result.FULL)
    return {
        "doubles": sum(count > 1 for count in armed.values()) + sum(count > 1 for count in full.values()),
        "unlogged": unlogged,
        "without_end": len(set(armed) - set(ended)),
        "heard_error_ms_p95": round(float(np.percentile(errors, 95))) if errors else None,
        "items_full": sum(full.values()),
        "items": len(planned),
    }


def _sounded_ms(body: dict[str, Any]) -> float:
    """Tiếng thật sự đã ra của một lượt phát: các phần có thể đọc lại nhau một câu."""
    base, total = 0, 0.0
    for part in body.get("parts", []):
        total += max(0, part["heard_ms"] - base)
        base = part["from_ms"]
    return total + max(0, body.get("heard_ms", 0) - base)


# --- chạy ---------------------------------------------------------------------------------------------------------

QUICK: dict[str, dict[str, Any]] = {
    "kills": {"count": 4, "every_s": 2.5},
    "locked": {"seconds": 7.0},
    "disk": {"seconds": 6.0},
    "verify": {"lines": LINES_QUICK, "seconds": 14.0},
    "cost": {"zones": (10,), "seconds": 5.0},
}
FULL: dict[str, dict[str, Any]] = {
    "kills": {"count": 60, "every_s": 8.0},
    "locked": {"seconds": 600.0},
    "disk": {"seconds": 120.0},
    "verify": {"lines": LINES_FULL, "seconds": 900.0},
    "cost": {"zones": (10, 30), "seconds": 30.0},
}
JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "kills": kills,
    "locked": locked,
    "disk": disk_full,
    "verify": verifying,
    "cost": cost,
}
KEYS = (
    "kill_silence_ms_p95 kill_silence_ms_max locked_extra_silence_ms disk_full_extra_silence_ms verify_late_frames "
    "doubles unlogged without_end heard_error_ms_p95 cpu_ratio_liquidsoap"
).split()


def main() -> None:
    """In các số đo, hoặc JSON; việc không đo được ở máy này là null."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="dưới 45 giây, cùng các khoá")
    parser.add_argument("--only", nargs="*", choices=list(JOBS), default=list(JOBS))
    chosen = parser.parse_args()
    found: dict[str, Any] = dict.fromkeys(KEYS)
    found["load_before"] = list(os.getloadavg())
    jobs = QUICK if chosen.quick else FULL
    threads = [threading.Thread(target=_run, args=(name, jobs[name], found)) for name in chosen.only]
    for thread in threads:
        thread.start()
        if not chosen.quick:
            thread.join()
    for thread in threads:
        thread.join()
    found["load_after"] = list(os.getloadavg())
    print(json.dumps(found, ensure_ascii=False, indent=None if chosen.json else 1))


def _run(name: str, wanted: dict[str, Any], found: dict[str, Any]) -> None:
    folder = Path(tempfile.mkdtemp(prefix=f"song-sot-{name}-"))
    try:
        found.update(JOBS[name](folder, **wanted))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
