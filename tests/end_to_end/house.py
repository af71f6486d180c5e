"""Đài thật trong tiến trình con, với cổng rảnh: bản chép của một đài vừa dựng, hay ``broadcaster serve`` trên thư mục của nó."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.clock import SystemClock
from broadcaster.config import Config, load
from broadcaster.service.folders import instance_secret
from broadcaster.service.place import Place
from broadcaster.service.setup import prepare_data
from tests.end_to_end.browser import Person, first
from tests.support.secrets import leaked
from tests.support.waiting import eventually, slowness

NEVER_QUIET = {'quiet_from = "21:00"': 'quiet_from = "00:00"', 'quiet_to = "06:00"': 'quiet_to = "00:00"'}
SAMPLE = Path(__file__).parent.parent.parent / "config.toml"


@dataclass(frozen=True)
class House:
    """Địa chỉ trang, mật khẩu dùng một lần của quản trị, cấu hình và nhật ký máy."""

    address: str
    admin_password: str
    config: Config
    log: Path
    leaving: ExitStack
    disk: Path
    """Thư mục của đài nhìn từ phép thử: ổ đĩa nhỏ riêng của nó (``disk_mb``) nằm sau ``/proc``."""

    def person(self, login: str, one_time: str | None = None) -> Person:
        """Một người đăng nhập (lần đầu thì bằng mật khẩu dùng một lần); trình duyệt đóng cùng ngôi nhà."""
        person = Person(self.address, login, one_time)
        self.leaving.callback(person.client.close)
        return person


@contextmanager
def house(
    folder: Path,
    *,
    voices: str = '["espeak:vi-bac"]',
    environment: Mapping[str, str] | None = None,
    demo_after: int | None = None,
    settings: Mapping[str, str] = NEVER_QUIET,
    disk_mb: int | None = None,
    patience_s: float = 90,
    loopback: int | None = None,
) -> Iterator[House]:
    """Đài chạy thật; ``settings``: chữ trong config.toml → chữ thay nó, mặc định là bỏ giờ yên tĩnh. Dừng êm khi xong.

    Đài mẫu (``demo_after``) và đài có ổ đĩa riêng tự dựng từ thư mục rỗng bằng ``serve``; thư mục có đài rồi thì ``serve`` bật
    lại đài ấy; đài khác nhận bản chép của đài đã dựng trong làn này.

    ``loopback``: cổng của phòng phát sóng, mặc định một cổng rảnh. ``disk_mb``: dữ liệu và âm thanh nằm trên một ổ đĩa nhỏ của
    riêng đài, để làm đầy nó mà không ai khác phải chịu.
    """
    home = folder if disk_mb is None else folder / "o-dia"
    home.mkdir(parents=True, exist_ok=True)
    web, loopback = free_port(), loopback or free_port()
    text = _replaced(SAMPLE.read_text("utf-8"), [('["gtts:vi", "espeak:vi-bac"]', voices), *settings.items(), *_far_slots()])
    password = _copied(text, home) if disk_mb is None and demo_after is None and not (home / "data").exists() else ""
    places = (
        ('folder = "data" ', f'folder = "{home / "data"}" '),
        ('audio = "audio" ', f'audio = "{home / "audio"}" '),
        ("port = 8000 ", f"port = {web} "),
        ("port = 8001 ", f"port = {loopback} "),
    )
    (folder / "config.toml").write_text(_replaced(text, places), "utf-8")
    demo = [] if demo_after is None else ["--demo", "--demo-after", str(demo_after)]
    config, log, address = load(folder / "config.toml"), folder / "serve.log", f"http://127.0.0.1:{web}"
    command = [sys.executable, "-m", "broadcaster", "serve", "--config", str(config.file), *demo]
    if password:  # đã dựng rồi: bật thẳng người canh mà ``serve`` sẽ thay mình bằng
        instance_secret(config)
        told = ["--place", Place.of(config).as_text(), "--config", str(config.file)]
        command = [sys.executable, "-m", "broadcaster.service.guarding", *told]
    if disk_mb is not None:
        mount = f'mount -t tmpfs -o size={disk_mb}m tmpfs "$0" && exec "$@"'
        command = [*OWN_MOUNTS[0], "sh", "-c", mount, str(home), *command]
    with log.open("wb") as output, ExitStack() as leaving:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **(environment or {})})
        try:
            eventually(lambda: answers(config), seconds=patience_s, what="trang web trả lời")
            found = re.search(r"mật khẩu dùng một lần: (\S+)", log.read_text("utf-8"))
            root = Path(f"/proc/{process.pid}/root") if disk_mb is not None else Path("/")
            yield House(address, found[1] if found else password, config, log, leaving, root / str(home.resolve()).lstrip("/"))
        finally:
            process.terminate()
            process.wait(30 * slowness())
            found = leaked(log.read_text("utf-8", "replace"))
            assert found == [], "nhật ký máy mang bí mật"


def _replaced(text: str, changes: Iterable[tuple[str, str]]) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def _copied(text: str, home: Path) -> str:
    """Chép dữ liệu và âm thanh của đài vừa dựng theo ``text`` vào ``home``; trả về mật khẩu dùng một lần của quản trị."""
    built, password = _built(text)
    for name in ("data", "audio"):
        shutil.copytree(Path(built.name) / name, home / name)
    return password


@cache
def _built(text: str) -> tuple[tempfile.TemporaryDirectory[str], str]:
    """Đài vừa dựng, chưa tiến trình nào chạy; khoá bí mật thì mỗi bản chép tự đặt, như mỗi máy."""
    folder = tempfile.TemporaryDirectory(prefix="thu-dai-")
    (Path(folder.name) / "config.toml").write_text(text, "utf-8")
    config = load(Path(folder.name) / "config.toml")
    said = "\n".join(prepare_data(config, SystemClock()))
    (config.data_folder / "secret").unlink()
    return folder, first(r"dùng một lần: (\S+)", said)


def configured(folder: Path) -> Config:
    """Cấu hình của một đài chưa chạy, với giọng trên máy và cổng rảnh."""
    text = SAMPLE.read_text("utf-8").replace('["gtts:vi", "espeak:vi-bac"]', '["espeak:vi-bac"]')
    for port in ("port = 8000 ", "port = 8001 "):
        text = text.replace(port, f"port = {free_port()} ", 1)
    (folder / "config.toml").write_text(text, "utf-8")
    return load(folder / "config.toml")


def _own_mounts() -> list[list[str]]:
    """Cách cho một tiến trình ổ đĩa riêng mà máy này chịu: không gian tên của người thường, hay của root."""
    ways = [["unshare", "--map-root-user", "--mount"], ["unshare", "--mount"]]
    if not shutil.which("unshare"):
        return []
    return [way for way in ways if subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0]


OWN_MOUNTS = _own_mounts()


def _far_slots() -> list[tuple[str, str]]:
    """Hai buổi thường ngày dời sang ba hôm nữa và nửa ngày nữa: phép thử chạy ngày nào, giờ nào cũng có chỗ cho buổi của mình.

    Dời giờ thôi chưa đủ: sau nửa đêm chúng đứng giữa hai buổi thử cách nhau một ngày, bản tin không phát lại được ở buổi sau.
    Dời ngày thôi chưa đủ: buổi thử phát mọi ngày, chạy lúc sáu giờ sáng là đè lên buổi sáng của hôm ấy và bị từ chối.
    """
    now = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))
    later = {'start = "06:00"': now + timedelta(hours=9), 'start = "17:00"': now + timedelta(hours=12)}
    hours = [(start, f'start = "{moved:%H}:00"') for start, moved in later.items()]
    return [*hours, *[('weekdays = "12345"', f'weekdays = "{(now + timedelta(days=3)).isoweekday()}"')] * 2]


def answers(config: Config) -> bool:
    """Trang web đã trả lời; hỏi bằng kết nối trần, vì hỏi cả trăm lần lúc đài đang lên."""
    with closing(HTTPConnection("127.0.0.1", config.web.port, timeout=60)) as line:
        try:
            line.request("GET", "/suc-khoe")
            return line.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False


def free_port() -> int:
    """Một cổng TCP đang rảnh."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
