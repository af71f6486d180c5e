"""Đo đài lúc bị tấn công: mọi đòn của mục 15-21 cùng lúc, một buổi đang phát, một lãnh đạo bấm khẩn cấp và im lặng.

Chạy: python scripts/bench/attack.py [--json] [--quick]

Mọi thứ chỉ ở 127.0.0.1, có hạn về số và giờ. Kẻ tấn công là những tiến trình riêng, nhường CPU (``nice``) như thể ở máy khác,
nhưng cùng địa chỉ với người bấm: khó nhất cho đài. Người bấm gửi như trình duyệt: kết nối rỗi đã bị đài đóng thì nối lại và gửi
lại, giờ tính cả hai lần. Cạc đo thay ``aplay``: nhận tiếng theo nhịp thật với bộ đệm 100 ms, khung nào tới sau lúc phải vang là
một khung trễ.

urgent_ms_p99, silence_ms_p99  bấm tới lúc đài trả lời “đã nhận”
late_frames                    khung 20 ms cạc phải chờ
peak_web_mb                    bộ nhớ lớn nhất của tiến trình trang
log_mb_per_min                 nhật ký máy lớn thêm mỗi phút, cả màn hình lẫn mọi tệp của mọi tiến trình
lock_hold_ms_max               lần giữ khoá ghi lâu nhất mà đài tự đo
fuzz_5xx                       trả lời 5xx cho dữ liệu ác
reconnects                     lần bấm gặp kết nối đã bị đóng và phải nối lại
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import resource
import socket
import stat
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import numpy as np  # noqa: E402
import psutil  # noqa: E402

from broadcaster.sound.frames import RATE  # noqa: E402
from scripts.bench.loudspeaker import lay_paths  # noqa: E402
from scripts.bench.main_job import machine, spread  # noqa: E402
from tests.end_to_end.browser import Person, option, text_of  # noqa: E402
from tests.end_to_end.house import House, house  # noqa: E402
from tests.end_to_end.test_walk import Team, add_slot, decide, programme, team, write  # noqa: E402
from tests.support.voice import wav  # noqa: E402
from tests.support.waiting import eventually  # noqa: E402
from tests.web.every_route import every_page  # noqa: E402
from tests.web.fuzz import shot  # noqa: E402

HALF_OPEN, GUESSERS, UPLOADERS, STRANGERS, WORDS = 1_100, 40, 80, 8, 2_000
UPLOAD_S, MOST_SENT = 30, 3_000_000_000
_SETTLE_S = 1.0
READY = "Tin khẩn có sẵn"
_HALVES = (b"", b"GET /", b"POST /dang-nhap HTTP/1.1\r\nHost: 127", b"\x16\x03\x01 rac\r\n\r\n")
"""Nửa lời yêu cầu, và lời không phải HTTP."""
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
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), seconds=8 if chosen.quick else 60)
    if chosen.json:
        print(json.dumps(found | {"machine": machine()}, ensure_ascii=False, indent=1))
        return
    for name, value in found.items():
        print(f"{name:<20} {value}")


def measured(folder: Path, *, seconds: float) -> dict[str, Any]:
    """Dựng đài, lên sóng, tấn công, bấm, rồi đọc các số."""
    with _on_air(folder) as (place, people, late):
        recording = option("ban_ghi", READY, people.trang.post("/khan-cap/soan", {"kieu": "ban_ghi", "key": uuid.uuid4().hex}))
        logs, late_before = _log_bytes(place), _late(late)
        with _attacked(place, people, seconds + _SETTLE_S) as reports, _memory(place) as memory:
            threading.Event().wait(_SETTLE_S)  # đòn nào cũng đã vào
            presses = _presses(people.trang, recording, time.monotonic() + seconds)
            frames = _late(late) - late_before
        _stage("xong các đòn")
        grown = (_log_bytes(place) - logs) / 1e6 * 60 / (seconds + _SETTLE_S)
        return {
            "urgent_ms_p99": spread(presses.urgent)["p99"],
            "silence_ms_p99": spread(presses.silence)["p99"],
            "late_frames": frames,
            "peak_web_mb": round(max(memory) / 1e6, 1),
            "log_mb_per_min": round(grown, 2),
            "lock_hold_ms_max": _longest_hold(place),
            "fuzz_5xx": sum(one.get("5xx", 0) for one in reports),
            "urgent_ms_median": spread(presses.urgent)["median"],
            "silence_ms_median": spread(presses.silence)["median"],
            "presses": len(presses.urgent) + len(presses.silence),
            "reconnects": presses.reconnects,
            "attacks": {name: value for one in reports for name, value in one.items()},
        }


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
    while time.monotonic() < until:
        key = uuid.uuid4().hex
        order = {"key": key, "noi": "tat_ca", "nhac": "0", "cap": "4", "kieu": "ban_ghi", "ban_ghi": recording}
        found.urgent.append(found.timed(trang, "/khan-cap", order))
        for silenced in ("1", ""):
            found.silence.append(found.timed(trang, "/im-lang", {"bat": silenced, "duong_ra": ""}))
        found.timed(trang, f"/khan-cap/{key}/dung", {})
        threading.Event().wait(0.05)
    return found


# --- các đòn ---------------------------------------------------------------------------------------------------------


class Target:
    """Đài bị tấn công, nhìn từ một tiến trình tấn công."""

    def __init__(self, place: House, people: Team) -> None:
        """Chỉ ở máy này; ``people``: những người đã đăng nhập mà kẻ trong nhà dùng phiên của họ."""
        assert place.address.startswith("http://127.0.0.1:")
        self.address = place.address
        self.port = int(place.address.rsplit(":", 1)[1])
        self._cookies = {one.login: dict(one.client.cookies) for one in (people.lan, people.hung)}
        self.waiting = first_waiting(people.lan)

    def connect(self) -> socket.socket:
        """Một kết nối thô."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def browser(self, login: str = "", **headers: str) -> httpx.Client:
        """Trình duyệt mới, của người lạ hay mang phiên của ``login``."""
        headers = {"Origin": self.address} | headers
        return httpx.Client(base_url=self.address, headers=headers, cookies=self._cookies.get(login), timeout=60)


def hang(target: Target, until: float) -> dict[str, Any]:
    """17: một nghìn một trăm kết nối dở dang, cái nào bị cắt thì mở lại; và lời hỏng cho nhật ký."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * HALF_OPEN, hard_limit()), hard_limit()))
    opened, refused = 0, 0
    with ExitStack() as wires:
        hanging: list[socket.socket] = []
        while time.monotonic() < until:
            try:
                wire = wires.enter_context(target.connect())
                wire.sendall(_HALVES[(opened + refused) % len(_HALVES)])
                hanging.append(wire)
                opened += 1
            except OSError:
                refused += 1
            if len(hanging) > HALF_OPEN:
                hanging.pop(0).close()
            if opened > HALF_OPEN:
                threading.Event().wait(0.005)
    return {"half_open": opened, "half_open_refused": refused}


def hard_limit() -> int:
    """Số tệp một tiến trình của máy này mở được nhiều nhất."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def strangers(target: Target, until: float) -> dict[str, Any]:
    """18: người lạ gửi tệp nhiều phần."""
    sent = 0

    def one(_number: int) -> None:
        nonlocal sent
        while time.monotonic() < until and sent < MOST_SENT:
            with suppress(OSError), target.connect() as wire:
                head = "POST /ban-tin/tai-len HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
                kind = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 40000000\r\n\r\n"
                wire.sendall((head + kind).encode() + b'--x\r\nContent-Disposition: form-data; name="tep"; filename="a"\r\n\r\n')
                for _ in range(600):
                    wire.sendall(b"a" * 65_536)
                    sent += 65_536

    with ThreadPoolExecutor(STRANGERS) as people:
        list(people.map(one, range(STRANGERS)))
    return {"strangers_mb": round(sent / 1e6)}


def guess(target: Target, until: float) -> dict[str, Any]:
    """19: bốn mươi người đoán mật khẩu của lãnh đạo cùng lúc, khai địa chỉ giả."""
    tried = {401: 0, 429: 0}

    def one(number: int) -> None:
        with target.browser(**{"X-Forwarded-For": f"10.0.0.{number}"}) as client:
            while time.monotonic() < until:
                with suppress(httpx.TransportError):
                    status = client.post("/dang-nhap", data={"ten": "trang", "mat_khau": f"đoán {number}"}).status_code
                    tried[status] = tried.get(status, 0) + 1
                threading.Event().wait(0.2)

    with ThreadPoolExecutor(GUESSERS) as people:
        list(people.map(one, range(GUESSERS)))
    return {"guesses_checked": tried[401], "guesses_refused": tried[429]}


def upload(target: Target, until: float) -> dict[str, Any]:
    """15 và 20: tám mươi lần tải lên và đọc chữ dài cùng lúc, và số phần chín chữ số."""
    page, answers = target.waiting, dict[str, int]()
    noise = wav(np.random.default_rng(1).integers(-9_000, 9_000, RATE * UPLOAD_S, dtype=np.int16))

    def one(number: int) -> None:
        with target.browser("lan") as client:
            while time.monotonic() < until:
                try:
                    if number % 4 == 0:
                        form = {"so_phan": "9999999999", "nguoi_doc": "x", "reading_sha256": ""}
                        answer = client.post(f"{page}/lan/{'0' * 32}/xong", data=form)
                    elif number % 2:
                        answer = client.post("/ban-tin/cach-doc", data={"noi_dung": "UBND họp 7h30 ngày 5/6. " * 3_000})
                    else:
                        answer = client.post(page, data={"nguoi_doc": "x"}, files={"tep": ("a.wav", noise)})
                    told = str(answer.status_code)
                except httpx.TransportError:
                    told = "bị cắt"
                answers[told] = answers.get(told, 0) + 1
                threading.Event().wait(0.3)

    with ThreadPoolExecutor(UPLOADERS) as people:
        list(people.map(one, range(UPLOADERS)))
    return {"uploads": dict(sorted(answers.items()))}


def first_waiting(lan: Person) -> str:
    """Trang thu âm của một bản đang chờ duyệt."""
    write(lan, f"Bản chờ {uuid.uuid4().hex[:6]}")
    script = re.search(r'href="(/ban-tin/bai/\d+)"', lan.get("/ban-tin"))
    found = re.search(r'"(/ban-tin/\d+/thu-am)"', lan.get(script[1])) if script else None
    return found[1] if found else "/ban-tin/1/thu-am"


def teach(target: Target, until: float) -> dict[str, Any]:
    """16: nhập từ điển hai nghìn dòng, lần này tới lần khác."""
    lan, done = target.browser("lan"), 0
    while time.monotonic() < until:
        words = "chu_viet,loi_doc\n" + "".join(f"CK{n},chùa keo{' lớn' * (done % 2)}\n" for n in range(WORDS))
        with suppress(httpx.TransportError):
            answer = lan.post("/tu-dien/nhap", files={"tep": ("tu-dien.csv", words.encode())}, follow_redirects=False)
            done += answer.status_code == 303
    return {"dictionary_imports": done}


def fuzz(target: Target, until: float) -> dict[str, Any]:
    """21: dữ liệu ác cho mọi ô và mọi tham số."""
    hung, chance, shots, broken = target.browser("hung"), random.Random(1), 0, list[str]()  # noqa: S311
    places = [place for place in every_page() if not place.path.startswith(("/im-lang", "/khan-cap", "/dang-xuat", "/nghe"))]
    while time.monotonic() < until:
        one = shot(chance.choice(places), chance)
        with suppress(httpx.TransportError, httpx.InvalidURL):
            data = one.form if one.method != "GET" else None
            answer = hung.request(one.method, one.path, params=one.query, data=data, follow_redirects=False)
            shots += 1
            if answer.status_code >= 500:
                broken.append(f"{one.method} {one.path} {answer.status_code}")
    return {"fuzz_shots": shots, "5xx": len(broken), "broken": broken[:10]}


ATTACKS: dict[str, Callable[[Target, float], dict[str, Any]]] = {
    "hang": hang,
    "strangers": strangers,
    "guess": guess,
    "upload": upload,
    "teach": teach,
    "fuzz": fuzz,
}


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
    """Bộ nhớ của tiến trình trang, mỗi một phần tư giây."""
    wanted = ["web", "--config", str(place.config.file)]
    process = next(one for one in psutil.process_iter(["cmdline"]) if (one.info["cmdline"] or [])[3:6] == wanted)
    seen, stop = [process.memory_info().rss], threading.Event()

    def look() -> None:
        while not stop.wait(0.25):
            seen.append(process.memory_info().rss)

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


def _longest_hold(place: House) -> float:
    """Lần giữ khoá lâu nhất; dưới ngưỡng ghi thì là ngưỡng ấy."""
    return max([20.0, *(float(one) for one in re.findall(r'"held_ms": ([\d.]+)', place.log.read_text("utf-8", "replace")))])


_BEGAN = time.monotonic()


def _stage(what: str) -> None:
    """Tiến độ, ra stderr."""
    print(f"{time.monotonic() - _BEGAN:5.1f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
