"""``broadcaster install``: giao đài cho máy tự canh, để người canh bị giết hay máy bật lại thì đài tự chạy lại.

Linux: một đơn vị systemd của người dùng (không cần quyền quản trị). Windows: một việc trong Task Scheduler. Máy không có cả
hai thì nói rõ phải làm gì. Giết riêng người canh không giết các con: chúng vẫn phát và nhường chỗ cho con của người canh mới.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from broadcaster.config import Config
from broadcaster.errors import Conflict
from broadcaster.sound.files import whole_file

Run = Callable[[Sequence[str]], int]
"""Chạy một lệnh của máy, trả về mã thoát."""


def unit_name(config: Config) -> str:
    """Tên đơn vị systemd của đài này."""
    return f"broadcaster-{config.station.code}.service"


def unit_text(config: Config, python: str) -> str:
    """Tệp đơn vị systemd; ``KillMode=process``: dừng thì chỉ bảo người canh, nó tự dừng các con cho êm."""
    command = " ".join(_quoted(part) for part in serve_command(config, python))
    return f"""[Unit]
Description=Đài truyền thanh {config.station.code}
After=network.target sound.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart={command}
WorkingDirectory={str(config.file.parent).replace("%", "%%")}
Restart=always
RestartSec=1
KillMode=process
TimeoutStopSec=30

[Install]
WantedBy=default.target
"""


def task_text(config: Config, python: str) -> str:
    """Việc của Task Scheduler (XML): chạy khi người này đăng nhập, chết thì chạy lại sau một phút, không bao giờ bị cắt giờ."""
    program, *arguments = serve_command(config, python)
    told = subprocess.list2cmdline(arguments)
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Đài truyền thanh {escape(config.station.code)}</Description></RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>
  <Principals>
    <Principal id="Author"><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>4</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(told)}</Arguments>
      <WorkingDirectory>{escape(str(config.file.parent))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def serve_command(config: Config, python: str) -> list[str]:
    """Lệnh chạy cả đài."""
    return [python, "-m", "broadcaster", "serve", "--config", str(config.file)]


def install(config: Config, *, python: str = sys.executable, run: Run | None = None, home: Path | None = None) -> list[str]:
    """Giao đài cho máy; trả về những câu cho người chạy. Lỗi: ``Conflict`` khi máy từ chối, kể lệnh đã bị từ chối."""
    do = run or _run
    if os.name == "nt":
        return _install_task(config, python, do)
    if shutil.which("systemctl") is None or do(["systemctl", "--user", "show-environment"]) != 0:
        return [
            "Máy này không có systemd của người dùng, nên máy không tự canh được đài.",
            "Đài vẫn tự canh các phần của nó khi chạy bằng scripts/run; người canh mà mất thì trang Hôm nay báo.",
            f"Muốn tự chạy khi bật máy, thêm vào crontab -e:  @reboot {_shell(serve_command(config, python))}",
        ]
    path = (home or Path.home()) / ".config" / "systemd" / "user" / unit_name(config)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as temporary:
        temporary.write_text(unit_text(config, python), "utf-8")
    _must(do, ["systemctl", "--user", "daemon-reload"])
    _must(do, ["systemctl", "--user", "enable", "--now", unit_name(config)])
    lines = [f"Đã giao đài cho máy: {path}", f"Xem: systemctl --user status {unit_name(config)}"]
    if do(["loginctl", "enable-linger"]) != 0:
        lines.append("Máy chưa cho đài chạy khi chưa ai đăng nhập. Nhờ quản trị chạy: sudo loginctl enable-linger $USER")
    return lines


def uninstall(config: Config, *, run: Run | None = None, home: Path | None = None) -> list[str]:
    """Thôi giao đài cho máy; đài đang chạy được dừng êm. Chưa giao thì không sao."""
    do = run or _run
    if os.name == "nt":
        do(["schtasks", "/Delete", "/F", "/TN", _task_name(config)])
        return ["Đã bỏ việc trong Task Scheduler."]
    path = (home or Path.home()) / ".config" / "systemd" / "user" / unit_name(config)
    if not path.exists():
        return ["Đài chưa được giao cho máy."]
    do(["systemctl", "--user", "disable", "--now", unit_name(config)])
    path.unlink()
    do(["systemctl", "--user", "daemon-reload"])
    return [f"Đã bỏ {path}."]


def _install_task(config: Config, python: str, do: Run) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.xml"
        file.write_text(task_text(config, python), "utf-16")
        _must(do, ["schtasks", "/Create", "/F", "/TN", _task_name(config), "/XML", str(file)])
    do(["schtasks", "/Run", "/TN", _task_name(config)])
    return [f"Đã giao đài cho Task Scheduler: việc “{_task_name(config)}”, chạy khi bạn đăng nhập."]


def _task_name(config: Config) -> str:
    return f"Broadcaster {config.station.code}"


def _run(command: Sequence[str]) -> int:
    return subprocess.run(command, check=False, capture_output=True).returncode  # noqa: S603  lệnh của chính ta


def _must(do: Run, command: Sequence[str]) -> None:
    if do(command) != 0:
        raise Conflict(f"Máy từ chối lệnh: {_shell(command)}. Hãy chạy lệnh ấy bằng tay để xem vì sao.")


def _shell(command: Sequence[str]) -> str:
    return " ".join(f"'{part}'" if " " in part else part for part in command)


def _quoted(part: str) -> str:
    """Một phần của ExecStart: systemd hiểu ngoặc kép, gạch chéo ngược, ``%`` và ``$``."""
    safe = part.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{safe}"'
