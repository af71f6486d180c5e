"""Đo đài lúc bị tấn công: mọi đòn của mục 15-21 cùng lúc, một buổi đang phát, một lãnh đạo bấm khẩn cấp và im lặng.

Chạy: python scripts/bench/attack.py [--json] [--quick] [--seconds N]

Mọi thứ chỉ ở 127.0.0.1, có hạn về số và giờ. Kẻ tấn công là những tiến trình riêng, nhường CPU (``nice``) như thể ở máy khác,
nhưng cùng địa chỉ với người bấm: khó nhất cho đài. Người bấm gửi như trình duyệt: kết nối rỗi đã bị đài đóng thì nối lại và gửi
lại, giờ tính cả hai lần. Cạc đo thay ``aplay``: nhận tiếng theo nhịp thật với bộ đệm 100 ms, khung nào tới sau lúc phải vang là
một khung trễ.

urgent_ms_p99, silence_ms_p99  bấm tới lúc đài trả lời “đã nhận”
late_frames                    khung 20 ms cạc phải chờ
peak_web_mb                    bộ nhớ lớn nhất của trang, cửa trước và con của chúng, phần chung tính một lần (PSS)
log_mb_per_min                 nhật ký máy lớn thêm mỗi phút, cả màn hình lẫn mọi tệp của mọi tiến trình
lock_hold_ms_max               lần giữ khoá ghi lâu nhất mà đài tự đo từ lúc đang phát: theo đồng hồ, cả lúc chờ CPU
lock_hold_cpu_ms_max           như trên, theo công của chính luồng giữ khoá
fuzz_5xx                       trả lời 5xx cho dữ liệu ác
reconnects                     lần bấm gặp kết nối đã bị đóng và phải nối lại
unproven                       số đo nào không có nghĩa (``null``) vì đòn của nó chưa trúng lần nào, và vì sao
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import stat
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import psutil  # noqa: E402

from broadcaster.database.engine import LONG_HOLD_MS  # noqa: E402
from scripts.bench.attacking.strikes import ATTACKS, Target  # noqa: E402
from scripts.bench.loudspeaker import lay_paths  # noqa: E402
from scripts.bench.main_job import machine, spread  # noqa: E402
from tests.end_to_end.browser import Person, option, text_of  # noqa: E402
from tests.end_to_end.house import House, house  # noqa: E402
from tests.end_to_end.test_walk import Team, add_slot, decide, programme, team, write  # noqa: E402
from tests.support.waiting import eventually  # noqa: E402

_SETTLE_S = 1.0
_FEWEST = 5
"""Lượt bấm ít nhất để có số."""
READY = "Tin khẩn có sẵn"
_CARD = """#!{python} -S
import os, sys, time
if "-L" in sys.argv:
    print("the1\\n    Thẻ đo")
    sys.exit()
late, rate, buffer, began, got = open(os.environ["LATE"], "a", buffering=1), 48000, 4800, None, 0
while data := os.read(0, 1920):
    now = time.monotonic()
    began = began or now
    missing = (now - began) * rate - got
    if got > buffer and missing > 0:
        print(int(missing // 960) + 1, time.time(), file=late)
        began += missing / rate
    got += len(data) // 2
    ahead = got - buffer - (time.monotonic() - began) * rate
    if ahead > 0:
        time.sleep(ahead / rate)
"""


def main() -> None:
    """In các số đo, hoặc JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="trong 45 giây")
    parser.add_argument("--seconds", type=float, help="bấm chừng ấy giây: p99 của năm chục lần bấm chỉ là lần tệ nhất")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), seconds=chosen.seconds or (8 if chosen.quick else 60))
    if chosen.json:
        print(json.dumps(found | {"machine": machine()}, ensure_ascii=False, indent=1))
        return
    for name, value in found.items():
        print(f"{name:<20} {value}")


def measured(folder: Path, *, seconds: float) -> dict[str, Any]:
    """Dựng đài, lên sóng, tấn công, bấm, rồi đọc các số."""
    with _on_air(folder) as (place, people, late):
        recording = option("ban_ghi", READY, people.trang.post("/khan-cap/soan", {"kieu": "ban_ghi", "key": uuid.uuid4().hex}))
        logs, told, late_before = _log_bytes(place), place.log.stat().st_size, _late(late)
        with _attacked(place, people, seconds + _SETTLE_S) as reports, _memory(place) as memory:
            threading.Event().wait(_SETTLE_S)  # đòn nào cũng đã vào
            presses = _presses(people.trang, recording, time.monotonic() + seconds)
            frames = _late(late) - late_before
        _stage("xong các đòn")
        grown = (_log_bytes(place) - logs) / 1e6 * 60 / (seconds + _SETTLE_S)
        did = {name: value for one in reports for name, value in one.items()}
        found = {
            **_pressed("urgent", presses.urgent),
            **_pressed("silence", presses.silence),
            "late_frames": frames,
            "peak_web_mb": round(max(memory) / 1e6, 1),
            "log_mb_per_min": round(grown, 2),
            **_holds(place, told),
            "fuzz_5xx": did["5xx"],
            "presses": len(presses.urgent) + len(presses.silence),
            "reconnects": presses.reconnects,
            "attacks": did,
        }
        unproven = {name: why for name, why in _unproven(did) if name in found}
        return found | dict.fromkeys(unproven) | {"unproven": unproven}


def _pressed(name: str, times: list[float]) -> dict[str, float]:
    told = spread(times)
    return {f"{name}_ms_{what}": told[what] for what in ("p99", "median")}


def _unproven(did: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Số đo → vì sao nó không có nghĩa."""
    if not did["fuzz_shots"]:
        yield "fuzz_5xx", "không yêu cầu ác nào được trả lời"
    if not did["dictionary_imports"]:
        why = "không lần nhập từ điển nào xong"
        yield from (("lock_hold_ms_max", why), ("lock_hold_cpu_ms_max", why))


@dataclass
class Presses:
    """Mili giây của từng lần bấm, và số lần phải nối lại."""

    urgent: list[float] = field(default_factory=list)
    silence: list[float] = field(default_factory=list)
    reconnects: int = 0

    def timed(self, trang: Person, path: str, form: dict[str, str]) -> float:
        """Một lần bấm tới lúc đài nhận; kết nối đứt trước khi có trả lời thì trình duyệt (hay người) gửi lại."""
        began = time.perf_counter()
        for _ in range(10):
            try:
                answer = trang.client.post(path, data=form, follow_redirects=False)
            except httpx.TransportError:
                self.reconnects += 1
                continue
            if answer.status_code != 303:
                sys.exit(f"{path}: {answer.status_code} {text_of(answer.text)}")
            return (time.perf_counter() - began) * 1000
        sys.exit(f"{path}: mười lần không ai trả lời")


def _presses(trang: Person, recording: str, until: float) -> Presses:
    """Khẩn cấp, im lặng, gỡ, dừng; nối tiếp nhau như một người cuống."""
    found = Presses()
    while time.monotonic() < until or len(found.urgent) < _FEWEST:
        key = uuid.uuid4().hex
        order = {"key": key, "noi": "tat_ca", "nhac": "0", "cap": "4", "kieu": "ban_ghi", "ban_ghi": recording}
        found.urgent.append(found.timed(trang, "/khan-cap", order))
        for silenced in ("1", ""):
            found.silence.append(found.timed(trang, "/im-lang", {"bat": silenced, "duong_ra": ""}))
        found.timed(trang, f"/khan-cap/{key}/dung", {})
        threading.Event().wait(0.05)
    return found


@contextmanager
def _attacked(place: House, people: Team, seconds: float) -> Iterator[list[dict[str, Any]]]:
    """Mọi đòn cùng lúc, mỗi đòn một tiến trình tách từ đây; ra khỏi khối thì có báo cáo của từng đòn."""
    reports: list[dict[str, Any]] = []
    target = Target(place, people)
    fork, until = multiprocessing.get_context("fork"), time.monotonic() + seconds
    attackers = []
    for name in ATTACKS:
        ours, theirs = fork.Pipe(duplex=False)
        attackers.append((name, ours, fork.Process(target=_strike, args=(name, target, until, theirs), daemon=True)))
        attackers[-1][2].start()
        theirs.close()
    yield reports
    for name, ours, process in attackers:
        if not ours.poll(120):
            sys.exit(f"đòn {name} không xong, số đo không có nghĩa")
        try:
            reports.append(ours.recv())
        except EOFError:
            sys.exit(f"đòn {name} không chạy được, số đo không có nghĩa")
        process.kill()


def _strike(name: str, target: Target, until: float, told: Connection) -> None:
    """Đánh tới ``until`` rồi kể lại, trong tiến trình riêng, nhường CPU."""
    os.nice(10)
    told.send(ATTACKS[name](target, until))


# --- đài và các số ------------------------------------------------------------------------------------------------------


@contextmanager
def _on_air(folder: Path) -> Iterator[tuple[House, Team, Path]]:
    """Đài thật với một cạc đo, tin khẩn có sẵn, và một buổi đang phát."""
    tools, late = folder / "bin", folder / "tre"
    tools.mkdir(parents=True)
    late.touch()
    (tools / "aplay").write_text(_CARD.format(python=sys.executable), "utf-8")
    (tools / "aplay").chmod(stat.S_IRWXU)
    (tools / "sounddevice.py").write_text("raise ImportError\n", "utf-8")  # chỉ dùng cạc đo
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": f"{tools}:{ROOT}", "LATE": str(late)}
    _stage("dựng đài")
    with house(folder / "dai", environment=environment, patience_s=300) as place:
        _stage("trang web trả lời")
        people = team(place)
        lay_paths(people.hung, 1)
        write(people.lan, READY)
        decide(people.trang, READY, approve=True)
        _stage("có tin khẩn")
        format_id = option("khuon", "Chương trình 15 phút", people.hung.get("/khung-gio"))
        add_slot(people.hung, seconds_ahead=12, phut="30", khuon=format_id)
        programme(people.hung)
        eventually(lambda: "Đang phát" in people.hung.get("/truc-tiep"), seconds=180, what="buổi lên sóng")
        _stage("đang phát")
        yield place, people, late


@contextmanager
def _memory(place: House) -> Iterator[list[int]]:
    """Bộ nhớ của tiến trình trang và con của nó, mỗi một phần tư giây."""
    wanted = ["web", "--config", str(place.config.file)]
    process = next(one for one in psutil.process_iter(["cmdline"]) if (one.info["cmdline"] or [])[3:6] == wanted)
    seen, stop = [0], threading.Event()

    def look() -> None:
        while not stop.wait(0.25):
            with suppress(psutil.NoSuchProcess):  # tiến trình đọc chữ dài vừa xong việc
                seen.append(sum(one.memory_full_info().pss for one in (process, *process.children(recursive=True))))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _late(path: Path) -> int:
    return sum(int(line.split()[0]) for line in path.read_text().splitlines())


def _log_bytes(place: House) -> int:
    return sum(path.stat().st_size for path in _logs(place))


def _logs(place: House) -> list[Path]:
    """Màn hình của đài, và các tệp xoay vòng của mọi tiến trình."""
    return [place.log, *(place.config.data_folder / "logs").glob("*.log*")]


def _holds(place: House, told: int) -> dict[str, float]:
    """Lần giữ khoá lâu nhất kể trong nhật ký từ byte ``told``; dưới ngưỡng kể thì là ngưỡng ấy."""
    text = place.log.read_bytes()[told:].decode("utf-8", "replace")
    found = re.findall(r'"held_ms": ([\d.]+), "cpu_ms": ([\d.]+)', text)
    return {
        "lock_hold_ms_max": max([float(LONG_HOLD_MS), *(float(one) for one, _ in found)]),
        "lock_hold_cpu_ms_max": max([float(LONG_HOLD_MS), *(float(one) for _, one in found)]),
    }


_BEGAN = time.monotonic()


def _stage(what: str) -> None:
    """Tiến độ, ra stderr."""
    print(f"{time.monotonic() - _BEGAN:5.1f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
