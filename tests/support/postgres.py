"""Một PostgreSQL thật cho cả lần chạy thử, bật một lần khi có phép thử đầu tiên cần; mỗi làn có cơ sở dữ liệu riêng của mình.

Máy chủ do một tiến trình giữ riêng trông (``python -m tests.support.postgres``): nó chờ PostgreSQL nhận được người gọi rồi mới
đưa địa chỉ, bao lâu cũng chờ khi máy bận, và tự dọn khi lần chạy thử không còn.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from filelock import FileLock

RUN = "BROADCASTER_TEST_RUN"
"""Biến môi trường: thư mục chung của lần chạy thử, các làn thừa hưởng từ tiến trình chính."""
_GIVEN = "BROADCASTER_TEST_POSTGRES"
_PATIENCE_S = 240
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
"""Phép thử không thử việc mất điện của PostgreSQL."""


class PostgresMissing(Exception):
    """Không có PostgreSQL nào dùng được; lời nhắn nói cần cài gì."""


def new_run() -> None:
    """Tiến trình chính của lần chạy thử gọi một lần, trước khi sinh các làn."""
    folder = Path(tempfile.mkdtemp(prefix="thu-pg-"))
    folder.chmod(0o711)
    os.environ[RUN] = f"{folder}:{os.getpid()}"


def end_run() -> None:
    """Lần chạy thử đã xong: chưa ai cần PostgreSQL thì dọn ngay, có thì người giữ tự dọn."""
    folder, _ = _run()
    if not (folder / "keeper.log").exists():
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(name: str, prepare: Callable[[str], None]) -> Iterator[str]:
    """Địa chỉ ``postgresql+psycopg://…`` của cơ sở dữ liệu ``name``, chép từ mẫu đã được ``prepare(địa chỉ)`` một lần."""
    folder, pid = _run()
    name = f"thu_{pid}_{name}"
    with FileLock(folder / "lock"):
        server = os.environ.get(_GIVEN) or _server(folder, pid)
        template = f"thu_{pid}"
        if not (folder / "template").exists():
            _execute(server, f"CREATE DATABASE {template}")
            prepare(_address(server, template))
            (folder / "template").touch()
        _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _address(server, name)
    finally:
        _execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _run() -> tuple[Path, int]:
    folder, _, pid = os.environ[RUN].rpartition(":")
    return Path(folder), int(pid)


def _address(server: str, database: str) -> str:
    head, mark, query = server.partition("?")
    return f"{head.rpartition('/')[0]}/{database}{mark}{query}"


def _execute(server: str, statement: str) -> None:
    with psycopg.connect(server.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(statement.encode())


def _server(folder: Path, pid: int) -> str:
    """Địa chỉ máy chủ của lần chạy này; chưa có thì gọi người giữ và đợi. Đang cầm khoá của lần chạy."""
    told = folder / "address"
    if not (folder / "keeper.log").exists():
        _find()
        with (folder / "keeper.log").open("wb") as log:
            argv = [sys.executable, "-m", "tests.support.postgres", str(folder), str(pid)]
            keeper = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
            keeper.returncode = 0  # sống lâu hơn làn này, không ai đợi nó
    deadline = time.monotonic() + _PATIENCE_S
    while not told.exists():
        if time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL chưa bật được:\n{(folder / 'keeper.log').read_text('utf-8', 'replace')}")
        time.sleep(0.05)
    return told.read_text("utf-8")


def _find() -> tuple[Path, str | None]:
    """Thư mục chương trình PostgreSQL, và người phải đứng tên chạy (root không được phép)."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pgserver lúc nạp: chỉ nói máy không đặt XDG_RUNTIME_DIR
            from pgserver import _commands, utils
    except ImportError:
        return _installed(), "postgres" if root else None
    binaries = Path(_commands.POSTGRES_BIN_PATH)
    if not root:
        return binaries, None
    utils.ensure_user_exists("pgserver")
    utils.ensure_prefix_permissions(binaries)
    for part in (binaries, binaries.parent / "lib"):
        utils.ensure_folder_permissions(part, 0o055)
    return binaries, "pgserver"


def _installed() -> Path:
    found = shutil.which("initdb") or next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)
    if found is None:
        raise PostgresMissing("PostgreSQL (pip install pgserver, hoặc cài gói postgresql)")
    return Path(found).parent


def keep(folder: Path, pid: int) -> None:
    """Bật máy chủ trong ``folder``, đưa địa chỉ khi nó nhận người gọi, tắt và dọn khi tiến trình ``pid`` không còn."""
    binaries, user = _find()
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user:
        shutil.chown(data, user)
        shutil.chown(folder, user)
    subprocess.run(
        [binaries / "initdb", "-D", data, "-A", "trust", "-U", "thu", "-E", "UTF8", "--no-sync"], check=True, user=user
    )
    if os.name == "nt":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            where, port = "127.0.0.1", probe.getsockname()[1]
        place = ["listen_addresses=127.0.0.1", f"port={port}"]
        query = f"host={where}&port={port}"
    else:
        place, query = ["listen_addresses=", f"unix_socket_directories={folder}"], f"host={folder}"
    options = [part for option in (*_QUICK, *place) for part in ("-c", option)]
    server = subprocess.Popen([binaries / "postgres", "-D", data, *options], user=user)
    try:
        _await(f"postgresql://thu@/postgres?{query}", server)
        draft = folder / "address.tmp"
        draft.write_text(f"postgresql+psycopg://thu@/postgres?{query}", "utf-8")
        draft.replace(folder / "address")
        while _lives(pid) and server.poll() is None:
            time.sleep(0.5)
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _await(address: str, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PostgreSQL tắt ngay lúc bật")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
