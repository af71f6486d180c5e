"""Không ai làm đài đứng: kết nối treo, tệp của người lạ, tám mươi tệp tải lên, thân quá lớn; nút đỏ luôn qua."""

from __future__ import annotations

import inspect
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from http.client import HTTPConnection

import httpx
import pytest
from fastapi.routing import APIRoute

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.throttle import PAIR
from broadcaster.newsroom.reading_aloud import Manner
from broadcaster.newsroom.submitting import ReadText
from broadcaster.web.app import create_app
from broadcaster.web.bodies import UPLOADS
from broadcaster.web.connections import Door, Limits
from broadcaster.web.lanes import SHARES, Lane, lane_of
from broadcaster.web.routes import ROUTERS
from broadcaster.web.services import Services
from tests.conftest import BOTH
from tests.support.scene import Scene
from tests.support.waiting import eventually
from tests.web.conftest import Enter, StillPlayout
from tests.web.live import connected, listening, status_line
from tests.web.test_scripts import FORM

sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LITTLE = Limits(each=64)
HEAD = "Host: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"


def cookie(enter: Enter, actor: Actor) -> str:
    return f"Cookie: phien={enter(actor).cookies['phien']}\r\n"


@sqlite
def test_hanging_connections_give_way_to_whoever_comes_next(services: Services) -> None:
    with listening(create_app(services), Limits(each=20)) as port, ExitStack() as wires:
        hanging = [wires.enter_context(connected(port)) for _ in range(200)]
        for wire in hanging[-20:]:
            wire.sendall(b"GET / HTTP/1.1\r\nHost: 127")
        assert httpx.get(f"http://127.0.0.1:{port}/suc-khoe", timeout=10).status_code == 200
        assert hanging[0].recv(1) == b"", "kết nối treo lâu nhất đã nhường chỗ"


@sqlite
def test_a_person_between_two_presses_is_the_last_to_give_way(services: Services) -> None:
    with listening(create_app(services), Limits(each=20)) as port, ExitStack() as wires:
        person = HTTPConnection("127.0.0.1", port, timeout=20)
        wires.callback(person.close)
        assert pressed(person) == 200
        hanging = [wires.enter_context(connected(port)) for _ in range(100)]
        assert hanging[0].recv(1) == b""
        assert pressed(person) == 200, "trăm kết nối treo cùng địa chỉ không cắt người đang làm việc"


@sqlite
def test_a_crowd_that_comes_in_one_breath_is_answered_one_and_all(services: Services) -> None:
    wires: list[socket.socket] = []

    def crowd(port: int) -> None:
        for _ in range(3 * LITTLE.each):
            wires.append(connected(port))
            wires[-1].sendall(b"GET / HTTP/1.1\r\nHost: ten-la\r\n\r\n")

    with ExitStack() as closing, listening(create_app(services), LITTLE, crowd=crowd):
        for wire in wires:
            closing.enter_context(wire)
        assert {status_line(wire)[:12] for wire in wires} == {"HTTP/1.1 421"}, "không ai bị đẩy ra trước khi được nghe"


def pressed(person: HTTPConnection) -> int:
    """Một yêu cầu trên chính kết nối ấy."""
    person.request("GET", "/suc-khoe")
    answer = person.getresponse()
    answer.read()
    return answer.status


@sqlite
def test_a_request_line_dripping_letter_by_letter_has_an_end(services: Services) -> None:
    with listening(create_app(services), Limits(head_s=0.5)) as port, connected(port) as wire:
        assert sent_until_cut(wire, b"G" * 10) < 10_000
        assert httpx.get(f"http://127.0.0.1:{port}/suc-khoe", timeout=10).status_code == 200


def sent_until_cut(wire: socket.socket, letters: bytes) -> int:
    """Gửi từng chữ, mỗi chữ một nhịp, tới khi bị cắt; trả về số chữ đã gửi."""
    wire.settimeout(0.05)
    for number in range(10_000):
        try:
            wire.sendall(letters[number % len(letters) :][:1])
            if wire.recv(1) == b"":
                return number
        except TimeoutError:
            continue
        except OSError:
            return number
    return 10_000


@sqlite
def test_a_reader_who_takes_nothing_is_left(services: Services, scene: Scene, enter: Enter) -> None:
    door = Door(Limits(stalled_s=0.5))
    with listening(create_app(services), door=door) as port, connected(port) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        eventually(lambda: door.count == 1, seconds=60, what="kết nối được nhận")
        with suppress(OSError):  # đã bị cắt khi còn đang gửi
            wire.sendall(f"GET /tinh/broadcaster.css HTTP/1.1\r\n{HEAD}\r\n".encode() * 3_000)
        eventually(lambda: door.count == 0, seconds=60, what="kết nối không chịu nhận bị cắt")


@sqlite
def test_a_strangers_file_is_refused_before_it_is_sent(services: Services, scene: Scene) -> None:
    with listening(create_app(services)) as port, connected(port) as wire:
        kind = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 40000000\r\n"
        wire.sendall(f"POST /ban-tin/tai-len HTTP/1.1\r\n{HEAD}{kind}\r\n".encode())
        wire.sendall(b'--x\r\nContent-Disposition: form-data; name="tep"; filename="a"\r\n\r\n' + b"a" * 100_000)
        assert " 401 " in status_line(wire), "trả lời tới khi tệp còn chưa gửi xong"


@sqlite
def test_who_may_not_write_is_refused_before_the_file_is_sent(services: Services, scene: Scene, enter: Enter) -> None:
    with listening(create_app(services)) as port, connected(port) as wire:
        kind = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 40000000\r\n"
        wire.sendall(f"POST /ban-tin/tai-len HTTP/1.1\r\n{HEAD}{cookie(enter, scene.clerk)}{kind}\r\n".encode())
        assert " 403 " in status_line(wire)


@sqlite
def test_no_route_takes_a_body_from_a_stranger_that_it_would_store(enter: Enter, scene: Scene) -> None:
    guest = enter(None)
    guest.headers["Content-Type"] = "multipart/form-data; boundary=x"
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods - {"GET", "HEAD"}:
                path = route.path_format.replace("{key}", "0" * 32)
                answer = guest.request(method, path.format_map(Ones()), content=endless())
                assert answer.status_code in (401, 404, 415), path


class Ones(dict[str, str]):
    """Mọi mã trên đường dẫn là 1."""

    def __missing__(self, _key: str) -> str:
        return "1"


def endless() -> Iterator[bytes]:
    """Thân không bao giờ là biểu mẫu hỏng cú pháp: đọc nó thì lỗi khác 401."""
    yield b"--y\r\n"


@sqlite
def test_an_oversized_body_without_a_length_is_told(services: Services, scene: Scene, enter: Enter) -> None:
    with listening(create_app(services)) as port, connected(port) as wire:
        kind = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n"
        wire.sendall(f"POST /ban-tin/moi HTTP/1.1\r\n{HEAD}{cookie(enter, scene.writer)}{kind}\r\n".encode())
        block = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
        for _ in range(9):
            wire.sendall(block)
        assert " 413 " in status_line(wire)


@sqlite
def test_eighty_readings_at_once_do_not_hold_the_red_button(services: Services, scene: Scene, enter: Enter) -> None:
    going, reading = threading.Event(), threading.Semaphore(0)

    def slow(text: str, manner: Manner) -> ReadText:
        reading.release()
        going.wait(300)
        return services.reader(text, manner)

    playout = services.playout
    assert isinstance(playout, StillPlayout)
    with listening(create_app(replace(services, reader=slow))) as port, ThreadPoolExecutor(90) as people, ExitStack() as ending:
        ending.callback(going.set)
        address, busy = f"http://127.0.0.1:{port}", {**FORM, "noi_dung": "Đọc. " * 10_000, "viec": "gui"}
        tokens = [enter(actor).cookies["phien"] for actor in (scene.writer, scene.operator)]
        asked = [people.submit(post, address, "/ban-tin/moi", tokens[n % 2], busy) for n in range(80)]
        assert all(reading.acquire(timeout=120) for _ in range(SHARES[Lane.HEAVY].slots))
        pressed = post(address, "/im-lang", enter(scene.leader).cookies["phien"], {"bat": "1"})
        turned_away = 80 - 2 * (SHARES[Lane.HEAVY].each + SHARES[Lane.HEAVY].waiting)
        eventually(lambda: sum(one.done() for one in asked) == turned_away, seconds=60, what="việc quá phần bị từ chối")
        going.set()
        answers = sorted(one.result() for one in asked)
    assert pressed == 303
    assert playout.silenced == [(None, True)]
    assert answers == [303] * (80 - turned_away) + [429] * turned_away


def post(address: str, path: str, token: str, form: dict[str, str]) -> int:
    headers = {"Sec-Fetch-Site": "same-origin"}
    return httpx.post(address + path, data=form, cookies={"phien": token}, headers=headers, timeout=300).status_code


@sqlite
def test_every_urgent_and_silence_path_has_the_fast_lane_and_every_upload_the_heavy_one(scene: Scene) -> None:
    paths = {route.path for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)}
    red = {path for path in paths if path.startswith(("/khan-cap", "/im-lang"))}
    assert len(red) >= 5
    assert {lane_of("POST", path, 100) for path in red} == {Lane.FAST}
    for upload in UPLOADS:
        found = [path.format_map(Ones()) for path in paths if upload.path.fullmatch(path.format_map(Ones()))]
        assert found, f"{upload.path.pattern} không còn đường nào"
        assert {lane_of("POST", path, None) for path in found} == {Lane.HEAVY}


def test_whatever_makes_sound_waits_in_the_heavy_lane() -> None:
    """Mỗi lần mở trang sửa tiếng là vài bản chép của hai mươi phút tiếng: sáu người cùng mở ngoài hàng đợi là hết bộ nhớ."""
    paths = {route.path for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)}
    sounding = {path.format_map(Ones()) for path in paths if path.endswith(".mp3") or re.search("/(thu-am|am-thanh)/.*sua", path)}
    assert len(sounding) >= 9
    assert {lane_of("GET", path, 0) for path in sounding} == {Lane.HEAVY}


def test_a_red_button_goes_to_another_thread_only_once() -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    red = [route for route in routes if route.path.startswith(("/khan-cap", "/im-lang")) and "POST" in route.methods]
    asked = [one.call for route in red for one in route.dependant.dependencies]
    assert len(red) >= 5
    assert asked, "còn biểu mẫu"
    assert all(inspect.isasyncgenfunction(one) or inspect.iscoroutinefunction(one) for one in asked)


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_forty_guesses_at_once_get_no_more_than_allowed(services: Services, scene: Scene) -> None:
    with listening(create_app(services)) as port, ThreadPoolExecutor(40) as people:
        form = {"ten": "trang", "mat_khau": "đoán"}
        guesses = [people.submit(post, f"http://127.0.0.1:{port}", "/dang-nhap", "", form) for _ in range(40)]
        answers = sorted(one.result() for one in guesses)
    assert answers == [401] * PAIR.free + [429] * (40 - PAIR.free)
