"""Cổng của đài trước khi bật: đang rảnh thì dùng, bận thì nói chương trình nào giữ và làm gì; ``--demo`` tự lấy cổng kế tiếp.

Cổng đổi cho một lần chạy đi qua biến môi trường, nên mọi tiến trình con nghe và gọi đúng cùng một cổng.
"""

from __future__ import annotations

import errno
import socket
import sys
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from broadcaster.config import LOOPBACK_PORT, WEB_PORT, Config
from broadcaster.errors import PortTaken

_TRIED = 100
_LISTENING = "0A"


def listen(host: str, port: int) -> socket.socket:
    """Ổ cắm đã giữ cổng, chưa nhận ai. Lỗi: ``PortTaken``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio chỉ gửi ngay (TCP_NODELAY) khi thấy rõ TCP
    if sys.platform != "win32":  # ở Windows cờ này cho hai chương trình cùng giữ một cổng
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise PortTaken(_told(host, port, error)) from error
    return sock


def is_free(host: str, port: int) -> bool:
    """Cổng có giữ được lúc này không."""
    try:
        with listen(host, port) as sock:
            sock.listen(1)
    except (PortTaken, OSError):
        return False
    return True


def settle(config: Config, *, wanted: int | None, next_free: bool) -> dict[str, str]:
    """Biến môi trường cho lần chạy này (rỗng: theo cấu hình). ``wanted``: cổng gõ ở ``--port``. Lỗi: ``PortTaken``."""
    found: dict[str, str] = {}
    web, taken = wanted or config.web.port, set[int]()
    plans: tuple[tuple[str, str, str, int, int, bool], ...] = (
        ("web", WEB_PORT, config.web.host, web, config.web.port, next_free and wanted is None),
        ("playout", LOOPBACK_PORT, "127.0.0.1", config.playout.port, config.playout.port, next_free or wanted is not None),
    )
    for process, name, host, port, usual, may_move in plans:
        chosen = port
        if not _ours(config.data_folder, process):
            chosen = _next(host, port, taken) if may_move else _checked(host, port)
        taken.add(chosen)
        if chosen != usual:
            found[name] = str(chosen)
    return found


def _ours(folder: Path, process: str) -> bool:
    """Tiến trình của chính đài này còn sống từ lần trước, chờ người thay: cổng của nó sẽ được trao lại."""
    try:
        with FileLock(folder / f"{process}.lock", timeout=0):
            return False
    except Timeout:
        return True


def _checked(host: str, port: int) -> int:
    with listen(host, port) as sock:
        try:
            sock.listen(1)
        except OSError as error:
            raise PortTaken(_told(host, port, error)) from error
    return port


def _next(host: str, port: int, taken: set[int]) -> int:
    ports = (one for one in range(port, min(port + _TRIED, 65_536)) if one not in taken and is_free(host, one))
    if (found := next(ports, None)) is None:
        raise PortTaken(f"Không cổng nào từ {port} tới {port + _TRIED} còn rảnh. Hãy tắt bớt chương trình rồi chạy lại.")
    return found


def _told(host: str, port: int, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"Máy không cho mở cổng {port} (dưới 1024 cần quyền quản trị). {_ADVICE}"
    if error.errno != errno.EADDRINUSE:
        return f"Không nghe được ở {host}, cổng {port} ({error}). Hãy sửa [web] host trong config.toml: 127.0.0.1 hay 0.0.0.0."
    who = holder_of(port)
    return f"Cổng {port} đang được {f'chương trình “{who}”' if who else 'một chương trình khác'} dùng. {_ADVICE}"


_ADVICE = "Hãy tắt chương trình ấy, hoặc chạy với cổng khác: --port 8010 (dùng luôn thì sửa [web] port trong config.toml)."


def holder_of(port: int, proc: Path = Path("/proc")) -> str:
    """Tên chương trình đang nghe ở ``port`` (Linux, của cùng người dùng); không biết thì rỗng."""
    with suppress(OSError, ValueError, IndexError):
        inodes = {
            line.split()[9]
            for table in ("tcp", "tcp6")
            if (proc / "net" / table).exists()
            for line in (proc / "net" / table).read_text().splitlines()[1:]
            if line.split()[3] == _LISTENING and int(line.split()[1].rsplit(":", 1)[1], 16) == port
        }
        for link in proc.glob("[0-9]*/fd/*") if inodes else ():
            with suppress(OSError):
                if any(f"socket:[{inode}]" == str(link.readlink()) for inode in inodes):
                    return _name_of(link.parent.parent)
    return ""


def _name_of(process: Path) -> str:
    words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    return f"{Path(words[0]).name} {' '.join(words[1:4])}".strip()[:80] + f" (số {process.name})"
