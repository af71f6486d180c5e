"""PostgreSQL cho phép thử: gói ``pgserver`` trước, rồi máy chủ đã cài trên máy."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class PostgresMissing(Exception):
    """Không có PostgreSQL nào dùng được; lời nhắn nói cần cài gì."""


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """Địa chỉ ``postgresql+psycopg://…`` của một cơ sở dữ liệu rỗng, tắt khi xong."""
    given = os.environ.get("BROADCASTER_TEST_POSTGRES")
    if given:
        yield given
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pgserver lúc nạp: chỉ nói máy không đặt XDG_RUNTIME_DIR
            import pgserver
    except ImportError:
        with _installed(folder) as url:
            yield url
        return
    server = pgserver.get_server(folder / "data")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


@contextmanager
def _installed(folder: Path) -> Iterator[str]:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    initdb = shutil.which("initdb") or next((str(b / "initdb") for b in reversed(binaries) if (b / "initdb").exists()), None)
    if initdb is None or not hasattr(os, "geteuid") or os.geteuid() == 0:
        raise PostgresMissing("PostgreSQL (pip install pgserver, hoặc cài gói postgresql và chạy bằng tài khoản thường)")
    control = str(Path(initdb).with_name("pg_ctl"))
    data = folder / "data"
    subprocess.run([initdb, "-D", data, "-A", "trust", "-U", "broadcaster", "-E", "UTF8"], check=True, capture_output=True)
    options = f"-c listen_addresses= -c unix_socket_directories={folder}"
    subprocess.run([control, "-D", data, "-w", "-o", options, "start"], check=True, capture_output=True)
    try:
        yield f"postgresql+psycopg://broadcaster@/postgres?host={folder}"
    finally:
        subprocess.run([control, "-D", data, "-m", "immediate", "stop"], check=True, capture_output=True)
