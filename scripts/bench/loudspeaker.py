"""Đo loa thật: bấm khẩn cấp tới mẫu đầu tiên ở cạc, giờ phát tới mẫu đầu tiên ở cạc, máy phát nặng bao nhiêu, cạc lệch bao nhiêu.

Chạy: python scripts/bench/loudspeaker.py [--json] [--only presses starts weight drift] [--presses 100]

Cạc ở đây là một chương trình thay ``aplay``: nó nhận tiếng theo nhịp thật với bộ đệm 100 ms và ghi lại lúc nhận mẫu to đầu tiên.
Chương trình đang phát bị trần âm lượng ép xuống 5 %, nên mẫu to chỉ có thể là của lệnh khẩn cấp, thứ bỏ qua mọi trần.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import stat
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import psutil  # noqa: E402

from broadcaster.clock import Clock, ManualClock  # noqa: E402
from broadcaster.sound.frames import FRAME, FRAMES_PER_SECOND, RATE, SILENCE, Samples  # noqa: E402
from broadcaster.sound.outputs import SinkPort  # noqa: E402
from broadcaster.sound.outputs.cards.drift import TARGET  # noqa: E402
from broadcaster.sound.outputs.cards.writer import CardWriter, card_sink  # noqa: E402
from broadcaster.sound.outputs.simulated import SimulatedCard  # noqa: E402
from scripts.bench.main_job import machine, spread, starts  # noqa: E402
from tests.end_to_end.browser import Person, option  # noqa: E402
from tests.end_to_end.house import House, house  # noqa: E402
from tests.end_to_end.test_walk import Team, add_slot, decide, programme, team, write  # noqa: E402
from tests.support.waiting import eventually  # noqa: E402

USERS = 10
PAGES = ("/", "/ban-tin", "/lich-phat", "/truc-tiep", "/nhat-ky")
CARDS = (1, 3, 10)
WATCHED_S = 12
CLOCK_ERROR = 0.0002
SHORT = "Tin khẩn có sẵn"
SENTENCES = " ".join(
    f"Điều {number}: bà con tổ dân phố số {number} nộp hồ sơ tại bộ phận một cửa trước ngày cuối tháng."
    for number in range(2, 32)
)
_CARD = """#!{python} -S
import array, os, sys, time
if "-L" in sys.argv:
    print("\\n".join(f"the{{n}}\\n    Thẻ đo {{n}}" for n in range(1, 11)))
    sys.exit()
stamps = open(os.environ["STAMPS"] + "/" + sys.argv[sys.argv.index("-D") + 1], "a", buffering=1)
rate, buffer, began, got, quiet = 48000, 4800, None, 0, 10**9
while data := os.read(0, 1920):
    now = time.time()
    samples = array.array("h", data)
    if max(samples) > 2500:
        if quiet > rate // 4:
            print(now, file=stamps)
        quiet = 0
    else:
        quiet += len(samples)
    began = began or time.monotonic()
    got += len(samples)
    ahead = got - buffer - (time.monotonic() - began) * rate
    if ahead > 0:
        time.sleep(ahead / rate)
"""


def main() -> None:
    """In các số đo, hoặc JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--presses", type=int, default=100)
    parser.add_argument("--only", nargs="*", choices=list(JOBS), default=list(JOBS))
    chosen = parser.parse_args()
    found: dict[str, Any] = {"machine": machine()}
    for name in chosen.only:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = JOBS[name](Path(folder), chosen.presses)
            if not chosen.json:
                print(name, json.dumps(found[name], ensure_ascii=False), flush=True)
    if chosen.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))


def presses(folder: Path, count: int) -> dict[str, Any]:
    """Gửi biểu mẫu đã xác nhận tới lúc cạc nhận mẫu đầu tiên, trong khi một buổi đang phát và mười người đang mở trang.

    ``recording``: bản tin có sẵn. ``typed``: lời mới tinh, chưa từng đọc ở bước xem lại, nên phải đọc thành tiếng trong lúc chờ.
    """
    with _station(folder, cards=1) as (place, people, stamps), _crowd(place):
        recording = option("ban_ghi", SHORT, people.trang.post("/khan-cap/soan", {"kieu": "ban_ghi", "key": uuid.uuid4().hex}))
        _on_air(people)
        typed_form = {"kieu": "loi", "noi_dung": ""}
        found: dict[str, list[float]] = {"recording": [], "typed": []}
        for number in range(count):
            for name, form in (
                ("recording", {"kieu": "ban_ghi", "ban_ghi": recording}),
                ("typed", typed_form | {"noi_dung": f"Thông báo khẩn số {number + 1}. Bà con ở nguyên trong nhà."}),
            ):
                found[name].append(_press(people.trang, form, stamps))
        return {f"{name}_ms": spread(values) for name, values in found.items()} | {"presses": count, "users": USERS}


def _press(trang: Person, what: dict[str, str], stamps: Path) -> float:
    key, seen = uuid.uuid4().hex, _stamps(stamps)
    form = {"key": key, "noi": "tat_ca", "nhac": "0", "cap": "4", **what}
    pressed = time.time()
    trang.post("/khan-cap", form)
    first = eventually(lambda: _stamps(stamps)[len(seen) :], seconds=10, what="mẫu đầu tiên ở cạc")[0]
    trang.post(f"/khan-cap/{key}/dung", {})
    threading.Event().wait(0.5)  # cạc phải lặng một lúc thì mẫu to kế tiếp mới là của lần bấm sau
    return (first - pressed) * 1000


def _stamps(path: Path) -> list[float]:
    return [float(line) for line in path.read_text().split()] if path.exists() else []


def card_starts(folder: Path, _presses: int) -> dict[str, Any]:
    """Như ``main_job.starts``, đo ở thiết bị dưới phần ghi của cạc."""
    return starts(folder, 1, _at_the_card)


def _at_the_card(clock: Clock) -> tuple[SinkPort, list[datetime]]:
    device = StampingDevice(clock)
    return card_sink(lambda: device, clock), device.begins


class StampingDevice:
    """Thiết bị ghi lúc nhận mẫu có tiếng đầu tiên sau một quãng lặng; mực đệm luôn đúng, nên không có gì phải sửa."""

    def __init__(self, clock: Clock) -> None:
        self.begins: list[datetime] = []
        self._clock = clock
        self._quiet = RATE * 10

    def write(self, samples: Samples) -> None:
        """Chỉ nhìn đồng hồ."""
        if samples.any():
            if self._quiet > RATE * 2:
                self.begins.append(self._clock.now())
            self._quiet = 0
        else:
            self._quiet += len(samples)

    def pending(self) -> int:
        """Đệm vừa đủ."""
        return TARGET

    def close(self) -> None:
        """Không có gì để thả."""


def weight(folder: Path, _presses: int) -> dict[str, Any]:
    """Phần trăm một lõi và bộ nhớ của tiến trình phát khi đang phát ra 1, 3, 10 cạc."""
    found = {}
    for cards in CARDS:
        with _station(folder / str(cards), cards=cards) as (place, people, _):
            _on_air(people)
            process = _playout(place)
            process.cpu_percent()
            threading.Event().wait(WATCHED_S)
            found[f"{cards}_cards"] = {
                "cpu_percent": round(process.cpu_percent(), 1),
                "rss_mb": round(process.memory_info().rss / 1e6, 1),
            }
    return found


def _playout(place: House) -> psutil.Process:
    wanted = ["playout", "--config", str(place.config.file)]
    return next(one for one in psutil.process_iter(["cmdline"]) if (one.info["cmdline"] or [])[3:6] == wanted)


def drift(_folder: Path, _presses: int) -> dict[str, Any]:
    """Lệch lớn nhất giữa buổi phát và cạc trong một giờ, với đồng hồ cạc sai 0,02 %; và nếu không sửa thì sao."""
    found: dict[str, Any] = {}
    for name, error in (("fast", CLOCK_ERROR), ("slow", -CLOCK_ERROR)):
        clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
        device = SimulatedCard(clock, error=error)
        writer = CardWriter(lambda device=device: device, lambda: 0)  # type: ignore[misc]
        writer.open()
        loud, worst = np.full(FRAME, 9_000, np.int16), 0
        for number in range(3600 * FRAMES_PER_SECOND):
            writer.write(number, loud if number % (52 * FRAMES_PER_SECOND) < 50 * FRAMES_PER_SECOND else SILENCE)
            worst = max(worst, abs(device.pending() - FRAME - TARGET))
            clock.advance(1 / FRAMES_PER_SECOND)
        found[f"{name}_worst_ms"] = round(worst * 1000 / RATE, 1)
    return found | {"uncorrected_ms": round(3600 * CLOCK_ERROR * 1000), "gaps": device.gaps}


JOBS = {"presses": presses, "starts": card_starts, "weight": weight, "drift": drift}


@contextmanager
def _station(folder: Path, *, cards: int) -> Iterator[tuple[House, Team, Path]]:
    """Đài thật với ``cards`` cạc đo, mỗi cạc một TDP, và một buổi dài sắp phát ra tất cả."""
    tools, stamps = folder / "bin", folder / "dau"
    for path in (tools, stamps):
        path.mkdir(parents=True)
    (tools / "aplay").write_text(_CARD.format(python=sys.executable), "utf-8")
    (tools / "aplay").chmod(stat.S_IRWXU)
    (tools / "sounddevice.py").write_text("raise ImportError\n", "utf-8")  # chỉ dùng cạc đo
    environment = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": f"{tools}:{ROOT}",
        "STAMPS": str(stamps),
    }
    with house(folder / "dai", environment=environment) as place:
        people = team(place)
        lay_paths(people.hung, cards)
        write(people.lan, SHORT)
        decide(people.trang, SHORT, approve=True)
        write(people.lan, "Tin dài", noi_dung=SENTENCES)
        decide(people.trang, "Tin dài", approve=True)
        yield place, people, stamps / "the1"


def lay_paths(hung: Person, cards: int) -> None:
    names = ["Đường ra chính", *(f"Đường {number}" for number in range(2, cards + 1))]
    hung.post("/dai/tdp", {"tdp": "\n".join(f"Tổ dân phố số {number}" for number in range(1, cards + 1))})
    for name in names[1:]:
        hung.post("/dai/loa/duong-ra", {"ten": name, "mo_truoc": "1"})
    page = hung.get("/dai/loa")
    for number, name in enumerate(names, start=1):
        zone, output = option("tdp_moi", f"Tổ dân phố số {number}<", page), option("duong_moi", f"{name}<", page)
        cluster = {"ma": f"CL{number:02}", "ten": f"Cụm {number}", "tdp": zone, "duong": output, "tran": "0-24: 5"}
        hung.post("/dai/loa/cum", {f"{field}_moi": value for field, value in cluster.items()})
        path = {"ten": name, "mo_truoc": "1", "loai": "sound_card", "cac": f"the{number}", "khuech_dai": "0"}
        hung.post(f"/dai/loa/duong-ra/{output}", {f"{field}_r{output}": value for field, value in path.items()})


def _on_air(people: Team) -> None:
    """Buổi thường ngày bắt đầu sau ít giây; đợi tới lúc tin dài vang."""
    format_id = option("khuon", "Chương trình 15 phút", people.hung.get("/khung-gio"))
    add_slot(people.hung, seconds_ahead=25, phut="30", khuon=format_id)
    programme(people.hung)
    eventually(lambda: re.search(r"(?s)Đang phát.*Tin dài", people.hung.get("/truc-tiep")), seconds=180, what="tin dài đang vang")


@contextmanager
def _crowd(place: House) -> Iterator[None]:
    """Mười người mở hết trang này tới trang khác."""
    stop = threading.Event()
    people = [place.person("lan") for _ in range(USERS)]
    threads = [threading.Thread(target=_browse, args=(person, number, stop)) for number, person in enumerate(people)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _browse(person: Person, number: int, stop: threading.Event) -> None:
    while not stop.wait(0.8):
        person.get(PAGES[number % len(PAGES)])
        number += 1


if __name__ == "__main__":
    main()
