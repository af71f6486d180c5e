"""Từng đòn của mục 15-21: mỗi đòn một hàm, đánh tới giờ hẹn rồi kể đã làm được gì.

Đòn mà con số chỉ có nghĩa khi nó trúng đích (nhập từ điển, dữ liệu ác) đánh ít nhất một lần, dù giờ đã hết.
"""

from __future__ import annotations

import random
import re
import resource
import socket
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import numpy as np

from broadcaster.sound.frames import RATE
from tests.end_to_end.browser import Person
from tests.end_to_end.house import House
from tests.end_to_end.test_walk import Team, write
from tests.support.voice import wav
from tests.web.every_route import every_page
from tests.web.fuzz import shot

HALF_OPEN, GUESSERS, UPLOADERS, STRANGERS, WORDS = 1_100, 40, 80, 8, 2_000
UPLOAD_S, MOST_SENT = 30, 3_000_000_000
_LATEST_S = 20.0
"""Đòn phải trúng ít nhất một lần được đánh thêm nhiều nhất chừng này."""
_PATIENCE_S = 8.0
"""Kẻ tấn công chờ trả lời: hết giờ mà việc còn xếp hàng thì bỏ, để phép đo kết thúc."""
_SPARED = ("/im-lang", "/khan-cap", "/dang-xuat", "/nghe", "/tai-khoan/phien")
"""Nút của người bấm, và đường làm kẻ tấn công mất phiên."""
_HALVES = (b"", b"GET /", b"POST /dang-nhap HTTP/1.1\r\nHost: 127", b"\x16\x03\x01 rac\r\n\r\n")
"""Nửa lời yêu cầu, và lời không phải HTTP."""


class Target:
    """Đài bị tấn công, nhìn từ một tiến trình tấn công."""

    def __init__(self, place: House, people: Team) -> None:
        """Chỉ ở máy này; ``people``: những người đã đăng nhập mà kẻ trong nhà dùng phiên của họ."""
        assert place.address.startswith("http://127.0.0.1:")
        self.address = place.address
        self.port = int(place.address.rsplit(":", 1)[1])
        self._cookies = {one.login: dict(one.client.cookies) for one in (people.lan, people.hung)}
        self.waiting = first_waiting(people.lan)
        self.places = [place for place in every_page() if not place.path.startswith(_SPARED)]

    def connect(self) -> socket.socket:
        """Một kết nối thô."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def browser(self, login: str = "", *, patience_s: float = _PATIENCE_S, claimed: str = "") -> httpx.Client:
        """Trình duyệt mới, của người lạ hay mang phiên của ``login``; ``claimed``: địa chỉ tự khai."""
        headers = {"Origin": self.address} | ({"X-Forwarded-For": claimed} if claimed else {})
        return httpx.Client(base_url=self.address, headers=headers, cookies=self._cookies.get(login), timeout=patience_s)


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
        with target.browser(claimed=f"10.0.0.{number}") as client:
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
    hung, done = target.browser("hung", patience_s=_LATEST_S), 0
    while _goes_on(until, done):
        words = "chu_viet,loi_doc\n" + "".join(f"CK{n},chùa keo{' lớn' * (done % 2)}\n" for n in range(WORDS))
        with suppress(httpx.TransportError):
            answer = hung.post("/tu-dien/nhap", files={"tep": ("tu-dien.csv", words.encode())}, follow_redirects=False)
            done += answer.status_code == 303
    return {"dictionary_imports": done}


def fuzz(target: Target, until: float) -> dict[str, Any]:
    """21: dữ liệu ác cho mọi ô và mọi tham số."""
    hung, chance, shots, broken = target.browser("hung"), random.Random(1), 0, list[str]()  # noqa: S311
    while _goes_on(until, shots):
        one = shot(chance.choice(target.places), chance)
        with suppress(httpx.TransportError, httpx.InvalidURL):
            data = one.form if one.method != "GET" else None
            answer = hung.request(one.method, one.path, params=one.query, data=data, follow_redirects=False)
            shots += 1
            if answer.status_code >= 500:
                broken.append(f"{one.method} {one.path} {answer.status_code}")
    return {"fuzz_shots": shots, "5xx": len(broken), "broken": broken[:10]}


def _goes_on(until: float, done: int) -> bool:
    return time.monotonic() < until + (0 if done else _LATEST_S)


ATTACKS: dict[str, Callable[[Target, float], dict[str, Any]]] = {
    "hang": hang,
    "strangers": strangers,
    "guess": guess,
    "upload": upload,
    "teach": teach,
    "fuzz": fuzz,
}
