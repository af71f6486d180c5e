"""Đài thật chỉ gồm phòng phát và phòng lịch, dưới người canh thật, ra những cạc giả có người nghe đứng ngoài.

Cạc là một chương trình thay ``aplay``: nhận tiếng theo nhịp thật với bộ đệm 100 ms, mỗi khối là một dấu giờ. Mỗi mục là một nốt
riêng, nên nghe là biết mục nào, bao lâu, không hỏi đài một câu.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
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
from broadcaster.service.guarding import command
from broadcaster.service.place import Place
from broadcaster.service.process import beats_folder
from broadcaster.service.supervisor import Command, Supervisor
from broadcaster.sound.pcm import RATE, Samples, to_samples
from broadcaster.studio.tables import Recording
from broadcaster.traffic.enums import ItemKind, PlacedBy, ProgrammeState
from broadcaster.traffic.slots import create_slot
from broadcaster.traffic.tables import Format, Item, Programme
from tests.end_to_end.house import SAMPLE, free_port
from tests.support.scene import Scene, lay_scene
from tests.traffic import build

ROOT = Path(__file__).parent.parent.parent
NOTES = 24
"""Chừng ấy nốt khác nhau; mục nhiều hơn thì nốt lặp lại."""
_LOUD = 1500
_HEARD_S = 0.1
_LAYING_S = 0.1
"""Giờ bắt đầu lùi chừng này cho mỗi mục phải dựng: máy bận thì dựng trăm mục mất cả chục giây."""
_LISTENER = """#!{python} -S
import array, os, struct, sys, time
ears = open("{ears}/" + sys.argv[sys.argv.index("-D") + 1], "ab", buffering=0)
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
STAMP = np.dtype([("at", "<f8"), ("loud", "<u2"), ("crossings", "<u2"), ("samples", "<u4")])


def tone(note: int, seconds: float) -> Samples:
    """Nốt thứ ``note``: bội của 100 Hz để mỗi khối 20 ms có số lần qua không nguyên."""
    moments = np.arange(int(RATE * seconds)) / RATE
    return to_samples((0.3 * np.sin(2 * np.pi * (400 + 200 * (note % NOTES)) * moments)).astype(np.float32))


def heard_s(blocks: np.ndarray) -> dict[int, float]:
    """Nốt → số giây đã nghe. Nốt ngắn hơn ``_HEARD_S`` là khối giao nhau của hai nốt, không phải một nốt."""
    loud = blocks[blocks["loud"] > 0]
    notes = np.round(loud["crossings"] / (2 * loud["samples"] / RATE) / 200 - 2).astype(int)
    lasted = {int(note): float(loud["samples"][notes == note].sum()) / RATE for note in np.unique(notes)}
    return {note: seconds for note, seconds in lasted.items() if seconds > _HEARD_S}


def silences(blocks: np.ndarray, first: float, last: float) -> list[tuple[float, float]]:
    """Những quãng loa không có tiếng nào trong ``[first, last]`` (giây từ 1970): khối lặng, và lúc bộ đệm của cạc cạn."""
    ends = np.empty(len(blocks))
    end = -np.inf
    for place, (at, lasts) in enumerate(zip(blocks["at"], blocks["samples"] / RATE, strict=True)):
        end = ends[place] = max(at, end) + lasts
    loud = blocks["loud"] > 0
    found, until = [], first
    for begins, ends_at in zip((ends - blocks["samples"] / RATE)[loud], ends[loud], strict=True):
        if begins - until > 1e-4 and begins > first:
            found.append((until, min(begins, last)))
        until = max(until, ends_at)
        if until >= last:
            break
    return [*found, (until, last)] if until < last else found


@dataclass(frozen=True)
class Station:
    """Một đài đang chạy; ``starts`` giây từ 1970, ``seconds`` độ dài buổi đã đặt."""

    config: Config
    database: Database
    scene: Scene
    ears: Path
    starts: float = 0.0
    seconds: float = 0.0
    whole_s: float = 0.0
    """Tổng độ dài các nốt đã đặt."""

    def heard(self, card: int = 1) -> np.ndarray:
        """Mọi khối cạc ấy đã nhận."""
        path = self.ears / f"loa{card}"
        size = path.stat().st_size // STAMP.itemsize * STAMP.itemsize if path.exists() else 0
        return np.frombuffer(path.read_bytes()[:size], STAMP) if size else np.zeros(0, STAMP)

    def pid(self, name: str = "playout") -> int:
        """Tiến trình đang giữ lượt."""
        beat = read_beats(beats_folder(self.config)).get(name)
        return beat.pid if beat else 0

    def wait(self, ready: Callable[[], bool], seconds: float, *, look_s: float = 0.05) -> bool:
        """Chờ tới khi ``ready``, hỏi lại mỗi ``look_s`` giây; trả về có thành không."""
        end = time.monotonic() + seconds
        while not (found := ready()) and time.monotonic() < end:
            time.sleep(look_s)
        return found

    def sounding(self) -> bool:
        """Cạc thứ nhất vừa nhận khối to trong nửa giây qua."""
        heard = self.heard()[-50:]
        return bool((heard["at"][heard["loud"] > 0] > time.time() - 0.5).any())

    def settled(self) -> bool:
        """Mọi buổi đã khép và mọi bản ghi đã vào nhật ký."""
        last = max((record.number for record in read(journal_folder(self.config), self.scene.player_id)), default=0)
        with self.database.reading() as session:
            states = set(session.scalars(select(Programme.state)))
            entered = session.scalars(select(Player.spooled_to).where(Player.id == self.scene.player_id)).one()
        return states <= {ProgrammeState.CLOSED, ProgrammeState.MISSED} and entered >= last

    def finish(self, patience_s: float = 60.0) -> bool:
        """Đợi buổi hết, khép, và mọi dòng vào nhật ký."""
        time.sleep(max(0.0, self.starts + self.seconds - time.time()))
        return self.wait(self.settled, patience_s, look_s=0.3)


@contextmanager
def laid(
    folder: Path, *, cards: int = 1, card: str = _LISTENER, before: Callable[[Database], None] = upgrade
) -> Iterator[Station]:
    """Một đài có ``cards`` cạc giả, chưa tiến trình nào chạy; ``before`` dựng lược đồ và điều phải có trước đài này."""
    tools, ears = folder / "bin", folder / "tai"
    for path in (tools, ears):
        path.mkdir(parents=True, exist_ok=True)
    (tools / "aplay").write_text(card.format(python=sys.executable, loud=_LOUD, ears=ears), "utf-8")
    (tools / "aplay").chmod(stat.S_IRWXU)
    (tools / "sounddevice.py").write_text("raise ImportError\n", "utf-8")
    text = SAMPLE.read_text("utf-8")
    for port in ("port = 8000 ", "port = 8001 "):
        text = text.replace(port, f"port = {free_port()} ", 1)
    (folder / "config.toml").write_text(text, "utf-8")
    config = load(folder / "config.toml")
    with closing(open_database(config)) as database:
        before(database)
        scene = lay_scene(database, ManualClock(SystemClock().now()))
        with database.writing() as session:
            _lay_outputs(session, scene, cards)
        yield Station(config, database, scene, ears)


def argv_of(config: Config, name: str) -> Sequence[str]:
    """Dòng lệnh của một tiến trình, thấy cạc giả."""
    tools = config.file.parent / "bin"
    seen = [f"PATH={tools}{os.pathsep}{os.environ['PATH']}", f"PYTHONPATH={tools}{os.pathsep}{ROOT}"]
    return ["env", *seen, *command(Place.of(config), config.file, name).argv]


@contextmanager
def guarded(place: Station, *names: str) -> Iterator[None]:
    """Chạy các tiến trình dưới người canh thật, tới khi máy phát biết mạng loa; xong thì dừng êm."""
    children = [Command(name, argv_of(place.config, name), 0.5) for name in names]
    supervisor = Supervisor(children, SystemClock())
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        assert place.wait(lambda: _ready(place), 240), "máy phát không lên"
        yield
    finally:
        supervisor.stop()
        thread.join()


def _ready(place: Station) -> bool:
    return place.pid() > 0 and any(rundown_folder(place.config).glob("network-*.json"))


@contextmanager
def station(
    folder: Path, *, seconds: float, item_s: float = 5.0, cards: int = 1, card: str = _LISTENER, lead_s: float = 4.0
) -> Iterator[Station]:
    """Đài đang chạy, một buổi dài ``seconds`` toàn nốt liền nhau bắt đầu sau ``lead_s`` giây."""
    with laid(folder, cards=cards, card=card) as place, guarded(place, "playout", "playout", "traffic"):
        yield lay_programme(place, seconds=seconds, item_s=item_s, lead_s=lead_s)


def _lay_outputs(session: Session, scene: Scene, cards: int) -> None:
    """Đường thứ nhất của sân khấu ra ``loa1``, đường thứ hai ra ``loa0``; thêm đường tới đủ ``cards`` cạc nghe cùng buổi."""
    now = SystemClock().now()
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


def lay_programme(place: Station, *, seconds: float, item_s: float, lead_s: float) -> Station:
    """Một buổi toàn nốt liền nhau, hở ít nhất một giây cuối."""
    scene, library = place.scene, open_library(place.config)
    count = int((seconds - 1) / item_s)
    tones = [library.put(tone(note, item_s), tags={}).sha256 for note in range(min(NOTES, count))]
    first = SystemClock().now().replace(microsecond=0) + timedelta(seconds=lead_s + count * _LAYING_S)
    length_ms = int(item_s * 1000)
    scene.clock.advance(max(0.0, (SystemClock().now() - scene.clock.now()).total_seconds()))
    with place.database.writing() as session:
        programme = _programme(session, scene, first, seconds)
        for number in range(count):
            made = build.script(session, scene, f"Nốt {number}", length_ms=length_ms)
            session.get_one(Recording, made.recording_id).sha256 = tones[number % NOTES]
            of = {"revision_id": made.revision_id, "recording_id": made.recording_id, "planned_ms": length_ms}
            by = {"placed_by": PlacedBy.PERSON, "placed_name": "người thử"}
            session.add(Item(programme_id=programme.id, rank=float(number), kind=ItemKind.SCRIPT, **of, **by))
    return replace(place, starts=first.timestamp(), seconds=seconds, whole_s=count * item_s)


def _programme(session: Session, scene: Scene, first: datetime, seconds: float) -> Programme:
    local = first.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    format_row = Format(station_id=scene.station_id, name=f"Buổi thử {local:%H:%M:%S}")
    session.add(format_row)
    session.flush()
    name = f"Buổi thử {local:%H:%M:%S}"
    form = build.form(format_row.id, name=name, starts_at=local.time(), length_ms=int(seconds * 1000))
    slot = create_slot(session, scene.operator, form, now=scene.clock.now())
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
    return programme
