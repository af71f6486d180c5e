"""Cổng bận thì nói ai giữ và làm gì; đài mẫu lấy cổng kế tiếp; thư mục không ghi được thì một câu, không phải vết lỗi."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from broadcaster.cli import EXIT_CODES
from broadcaster.config import LOOPBACK_PORT, WEB_PORT, Config, load
from broadcaster.errors import ConfigWrong, FolderClosed, PortTaken
from broadcaster.service import ports
from broadcaster.service.folders import must_be_writable
from tests.end_to_end.house import SAMPLE, free_port


@pytest.fixture
def held() -> Iterator[int]:
    """Một cổng mà chương trình khác (chính phép thử) đang nghe."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(1)
        yield sock.getsockname()[1]


@pytest.fixture
def config(tmp_path: Path, held: int) -> Config:
    text = SAMPLE.read_text("utf-8").replace("port = 8000 ", f"port = {held} ", 1)
    (tmp_path / "config.toml").write_text(text.replace("port = 8001 ", f"port = {free_port()} ", 1), "utf-8")
    (tmp_path / "data").mkdir()
    return load(tmp_path / "config.toml")


def test_an_answer_is_sent_at_once_not_after_the_other_side_has_acknowledged() -> None:
    """asyncio chỉ tắt thuật toán Nagle ở ổ cắm ghi rõ TCP; thiếu nó mỗi trang chờ thêm chừng 40 ms."""
    with ports.listen("127.0.0.1", 0) as sock:
        assert asyncio.run(_no_delay(sock)) == 1


async def _no_delay(sock: socket.socket) -> int:
    """Cờ TCP_NODELAY của kết nối mà asyncio nhận ở ``sock``."""
    found = asyncio.get_running_loop().create_future()

    def met(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(met, sock=sock):
        _, writer = await asyncio.open_connection(*sock.getsockname())
        writer.close()
        return int(await found)


def test_a_taken_port_names_its_program_and_what_to_do(config: Config, held: int) -> None:
    with pytest.raises(PortTaken) as refused:
        ports.settle(config, wanted=None, next_free=False)
    assert f"Cổng {held} đang được" in refused.value.message
    assert "--port 8010" in refused.value.message
    if Path("/proc/net/tcp").exists():
        assert f"(số {os.getpid()})" in refused.value.message


def test_the_sample_station_takes_the_next_free_port(config: Config, held: int) -> None:
    found = ports.settle(config, wanted=None, next_free=True)
    assert int(found[WEB_PORT]) > held
    assert ports.is_free("127.0.0.1", int(found[WEB_PORT]))
    assert LOOPBACK_PORT not in found


def test_a_typed_port_is_that_port_or_a_refusal(config: Config, held: int) -> None:
    free = free_port()
    assert ports.settle(config, wanted=free, next_free=True)[WEB_PORT] == str(free)
    with pytest.raises(PortTaken):
        ports.settle(config, wanted=held, next_free=True)


def test_the_port_of_our_own_waiting_process_is_no_stranger(config: Config) -> None:
    with FileLock(config.data_folder / "web.lock"):
        assert ports.settle(config, wanted=None, next_free=False) == {}


def test_every_process_of_the_run_reads_the_same_port(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WEB_PORT, "8123")
    monkeypatch.setenv(LOOPBACK_PORT, "8124")
    again = load(config.file)
    assert (again.web.port, again.playout.port) == (8123, 8124)
    monkeypatch.setenv(WEB_PORT, "tám nghìn")
    with pytest.raises(ConfigWrong):
        load(config.file)


def test_serve_on_a_taken_port_ends_in_one_sentence(config: Config) -> None:
    # Tiến trình riêng: ``serve`` đặt lại tín hiệu và cách chết của cả tiến trình.
    argv = [sys.executable, "-m", "broadcaster", "serve", "--config", str(config.file)]
    ended = subprocess.run(argv, check=False, capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert ended.returncode == EXIT_CODES[ConfigWrong]
    assert "Hãy tắt chương trình ấy" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Mở http" not in ended.stdout, "chưa bật được thì đừng mời mở"


def test_a_folder_that_takes_no_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("một tệp đứng ở chỗ của thư mục", "utf-8")
    with pytest.raises(FolderClosed) as refused:
        must_be_writable(tmp_path / "data" / "trong")
    assert str(tmp_path / "data" / "trong") in refused.value.message
    assert "[data]" in refused.value.message
    must_be_writable(tmp_path / "moi")
    assert list((tmp_path / "moi").iterdir()) == []
