"""Cửa trước: nút đỏ ở lại tiến trình giữ cổng, trang khác sang tiến trình trang; một bên chết thì cả hai dựng lại."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from broadcaster.clock import SystemClock
from broadcaster.config import Config
from broadcaster.loop import DIED
from broadcaster.service.log_volume import EACH, WINDOW_S
from broadcaster.service.process import STOP
from broadcaster.service.setup import prepare_data
from broadcaster.web.app import create_app
from broadcaster.web.connections import Limits
from broadcaster.web.front import CAN_SPLIT
from broadcaster.web.handover import LONGEST_HEAD, is_red
from broadcaster.web.services import Services
from tests.end_to_end.house import configured
from tests.support.waiting import eventually
from tests.web.live import Halves, connected, halves, status_line

pytestmark = pytest.mark.skipif(not CAN_SPLIT, reason="máy này không tách được tiến trình: một tiến trình làm cả hai việc")
sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
RED, PAGE = "/khan-cap", "/suc-khoe"
PATIENT = Limits(each=150, head_s=300)
"""Máy bận tới đâu cũng không cắt người của phép thử."""


@pytest.fixture
def two(services: Services) -> Iterator[Halves]:
    with halves(create_app(services), PATIENT) as found:
        yield found


@pytest.mark.parametrize(
    ("line", "red"),
    [
        (b"POST /khan-cap HTTP/1.1", True),
        (b"GET /khan-cap?kieu=mau HTTP/1.1", True),
        (b"POST /khan-cap/0123/dung HTTP/1.1", True),
        (b"POST /im-lang HTTP/1.1", True),
        (b"POST /api/v1/urgent HTTP/1.1", True),
        (b"GET /khan-capx HTTP/1.1", False),
        (b"GET /im-lang/x HTTP/1.1", False),
        (b"GET / HTTP/1.1", False),
        (b"GET http://127.0.0.1/khan-cap HTTP/1.1", False),
        (b"get /khan-cap HTTP/1.1", False),
        (b"\x16\x03\x01 /khan-cap", False),
        (b"", False),
    ],
)
def test_the_red_paths_are_known_by_their_first_line(line: bytes, red: bool) -> None:
    assert is_red(line + b"\r\n\r\n") is red


@sqlite
def test_one_connection_goes_to_and_fro_and_each_side_keeps_its_own(two: Halves) -> None:
    person = HTTPConnection("127.0.0.1", two.port, timeout=30)
    for path, status, here, there in ((RED, 303, two.front, two.pages), (PAGE, 200, two.pages, two.front)) * 2:
        person.request("GET", path)
        answer = person.getresponse()
        answer.read()
        assert answer.status == status
        eventually(lambda here=here, there=there: (here.count, there.count) == (1, 0), what=f"{path} ở đúng bên")  # type: ignore[misc]
    person.close()
    eventually(lambda: two.pages.count == 0, what="đã rời cả hai bên")


@sqlite
def test_a_body_that_comes_in_pieces_after_the_handover_is_whole(two: Halves) -> None:
    with connected(two.port) as wire:
        form = b"ten=khong-ai&mat_khau=" + b"a" * 200_000
        wire.sendall(
            f"POST /dang-nhap HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nContent-Length: {len(form)}\r\n".encode()
        )
        wire.sendall(b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + form[:70_000])
        eventually(lambda: two.pages.count == 1, what="đã trao khi thân mới tới một phần")
        wire.sendall(form[70_000:])
        assert " 401 " in status_line(wire)


@sqlite
def test_requests_sent_in_one_breath_are_all_answered_in_order(two: Halves) -> None:
    with connected(two.port) as wire:
        wire.sendall(b"".join(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in (PAGE, RED, PAGE)))
        assert _statuses(wire, 3) == [b"200", b"303", b"200"]


@sqlite
def test_a_head_in_pieces_and_a_head_without_end(two: Halves) -> None:
    with connected(two.port) as wire:
        for piece in (b"GET /khan", b"-cap HTTP/1.1\r\nHost: 127.0.0.1\r", b"\n\r", b"\n"):
            wire.sendall(piece)
        assert " 303 " in status_line(wire)
    with connected(two.port) as wire:
        wire.sendall(b"GET /khan-cap HTTP/1.1\r\nX: " + b"a" * LONGEST_HEAD)
        assert " 400 " in status_line(wire)
    eventually(lambda: (two.front.count, two.pages.count) == (0, 0), what="không kết nối nào sót")


@sqlite
def test_half_a_head_is_cut_in_time_and_nobody_had_to_take_it(services: Services) -> None:
    with halves(create_app(services), Limits(head_s=0.5)) as two, connected(two.port) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: 127")
        assert wire.recv(1) == b""
        assert two.pages.count == 0


@sqlite
def test_while_the_pages_take_nothing_the_red_button_is_answered(services: Services) -> None:
    with halves(create_app(services), PATIENT, pages=False) as two, ExitStack() as closing_all:
        waiting = [closing_all.enter_context(connected(two.port)) for _ in range(100)]
        for wire in waiting:
            wire.sendall(f"GET {PAGE} HTTP/1.1\r\nHost: 127.0.0.1\r\nX: {'a' * 16_000}\r\n\r\n".encode())
        with connected(two.port) as wire:
            wire.sendall(f"GET {RED} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            assert " 303 " in status_line(wire)
        silent = [closing_all.enter_context(connected(two.port)) for _ in range(200)]
        assert silent[0].recv(1) == b"", "kết nối im lặng nhường chỗ, không phải người đang đợi được trao"
        two.start_pages()
        assert {status_line(wire)[9:12] for wire in waiting} == {"200"}, "việc đã xếp hàng không mất"


@sqlite
def test_a_crowd_waiting_for_the_pages_takes_nobody_s_place_at_the_red_button(services: Services) -> None:
    few = Limits(each=20, head_s=300)
    with halves(create_app(services), few, pages=False) as two, ExitStack() as closing_all:
        for _ in range(100):
            wire = closing_all.enter_context(connected(two.port))
            wire.sendall(f"GET {PAGE} HTTP/1.1\r\nHost: 127.0.0.1\r\nX: {'a' * 16_000}\r\n\r\n".encode())
        eventually(lambda: two.front.count == few.each, what="chỉ chừng ấy người được đợi, người sau phải rời")
        pressed = closing_all.enter_context(connected(two.port))
        for wire in (pressed, closing_all.enter_context(connected(two.port)), pressed):
            wire.sendall(f"GET {RED} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            assert " 303 " in status_line(wire)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("dies", ["front", "pages"])
def test_when_one_side_is_killed_the_other_goes_too_and_the_port_is_free(tmp_path: Path, dies: str) -> None:
    with _web(tmp_path) as (process, config):
        front = psutil.Process(process.pid).children()[0]
        if dies == "front":
            front.kill()
            assert process.wait(60) == DIED, "người canh dựng lại cả hai ngay"
        else:
            process.kill()
            process.wait(60)
        eventually(lambda: not front.is_running() or front.status() == psutil.STATUS_ZOMBIE, seconds=60, what="bên kia đi theo")
        with socket.create_server(("127.0.0.1", config.web.port)):
            pass


@pytest.mark.timeout(300)
def test_rubbish_on_the_wire_does_not_fill_the_log(tmp_path: Path) -> None:
    began = time.monotonic()
    with _web(tmp_path) as (_process, config):
        for _ in range(4 * EACH):
            with connected(config.web.port) as wire:
                wire.sendall(b"\x16\x03\x01 rac\r\n\r\n")
                assert " 400 " in status_line(wire)
        written = [(tmp_path / "web.log"), *(config.data_folder / "logs").glob("*.log")]
        told = [path.read_text("utf-8", "replace").count("Invalid HTTP request") for path in written]
    minutes = 1 + int((time.monotonic() - began) / WINDOW_S)
    assert 0 < max(told) <= EACH * minutes, "chỉ phần đầu của mỗi phút, ở màn hình và trong tệp như nhau"


@pytest.mark.timeout(300)
def test_only_the_pages_process_is_told_to_stop_and_both_leave(tmp_path: Path) -> None:
    with _web(tmp_path) as (process, config):
        front = psutil.Process(process.pid).children()[0]
        for number in (signal.SIGINT, signal.SIGTERM):
            front.send_signal(number)
        assert _answers(config, RED), "tín hiệu gửi cả nhóm không làm mất nút đỏ trước khi các trang dừng"
        assert psutil.Process(process.pid).nice() > front.nice(), "các trang nhường CPU cho nút đỏ"
        assert process.stdin is not None
        process.stdin.write(STOP)
        process.stdin.flush()
        assert process.wait(60) == 0
        assert not front.is_running()


@contextmanager
def _web(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Config]]:
    """Tiến trình trang thật, như người canh chạy nó; trả lời rồi mới vào khối."""
    config = configured(folder)
    prepare_data(config, SystemClock())
    command = [sys.executable, "-m", "broadcaster", "web", "--supervised", "--config", str(config.file)]
    with (
        (folder / "web.log").open("wb") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log) as process,
    ):
        try:
            eventually(lambda: _answers(config, PAGE), seconds=120, what="trang web trả lời")
            yield process, config
        finally:
            process.kill()


def _answers(config: Config, path: str) -> bool:
    with suppress(OSError):
        person = HTTPConnection("127.0.0.1", config.web.port, timeout=30)
        with closing(person):
            person.request("GET", path)
            return person.getresponse().status < 400
    return False


def _statuses(wire: socket.socket, wanted: int) -> list[bytes]:
    """Mã của từng trả lời, theo thứ tự tới."""
    told = b""
    while len(found := re.findall(rb"HTTP/1.1 (\d+)", told)) < wanted:
        more = wire.recv(65_536)
        assert more, "kết nối bị cắt giữa chừng"
        told += more
    return found
