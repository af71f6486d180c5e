"""Môi trường Python riêng của dự án, chỉ dùng thư viện chuẩn: venv, rồi uv, rồi virtualenv, rồi lời chỉ dẫn.

Debian và Ubuntu có thể có python3 mà thiếu gói venv, nên phải thử nhiều cách.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PYTHON = "Scripts/python.exe" if os.name == "nt" else "bin/python"
HELP = """Không tạo được môi trường Python. Hãy chạy MỘT trong hai lệnh sau rồi chạy lại:
    sudo apt install python3-venv                                       (có quyền quản trị)
    python3 -m pip install --user --break-system-packages virtualenv    (không có quyền quản trị)"""


def prepare(extras: str, wished: str = "") -> str:
    """Trả về đường dẫn python của môi trường có đủ ``extras``; ``wished``: phần có thì tốt, máy này không có bản cài thì thôi."""
    if sys.version_info < (3, 11):
        sys.exit(f"Cần Python 3.11 trở lên; máy này có {sys.version.split()[0]}.")
    folder = ROOT / ".venv"
    python = folder / _PYTHON
    if not _works(python):
        print("Đang tạo môi trường Python trong .venv …", flush=True)
        _create(folder, python)
    _install(python, folder / "installed.txt", extras)
    if wished:
        _install(python, folder / "installed.txt", wished, must=False)
    return str(python)


def overlay(folder: Path, project: str, packages: Sequence[str]) -> str:
    """Python của một môi trường riêng chỉ có ``packages``, đọc mọi thứ khác từ môi trường của ``project``."""
    python = folder / _PYTHON
    if not _works(python):
        _create(folder, python, base=project)
    ours, theirs = _packages(str(python)), _packages(project)
    if subprocess.run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages]).returncode:
        sys.exit("Chưa cài được: " + ", ".join(packages))
    (ours / "project.pth").write_text(f"{theirs}\n", "utf-8")
    return str(python)


def become(python: str, arguments: list[str]) -> None:
    """Chạy ``arguments`` bằng ``python`` thay cho tiến trình này (Windows: chạy con rồi trả mã của nó)."""
    os.chdir(ROOT)
    if os.name == "posix":
        os.execv(python, [python, *arguments])
    sys.exit(subprocess.run([python, *arguments]).returncode)


def _packages(python: str) -> Path:
    command = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return Path(subprocess.run(command, capture_output=True, text=True).stdout.strip())


def _works(python: Path) -> bool:
    """Chạy được và có pip; môi trường lập không kèm pip (``uv venv``) thì được thêm pip, không phải dựng lại."""
    return python.exists() and (
        _runs(python, "pip", "--version") or (_runs(python, "ensurepip") and _runs(python, "pip", "--version"))
    )


def _runs(python: Path, *module: str) -> bool:
    return subprocess.run([str(python), "-m", *module], capture_output=True).returncode == 0


def _create(folder: Path, python: Path, base: str = sys.executable) -> None:
    if Path(sys.prefix).resolve() == folder.resolve():
        sys.exit(
            f"Môi trường {folder} đang chạy chính lệnh này mà thiếu pip. Hãy gọi lệnh bằng Python của máy, ngoài môi trường ấy."
        )
    for command in (
        [base, "-m", "venv"],
        ["uv", "venv", "--seed", "--python", base],
        [base, "-m", "uv", "venv", "--seed", "--python", base],
        [base, "-m", "virtualenv", "-q"],
        ["virtualenv", "-q", "-p", base],
    ):
        shutil.rmtree(folder, ignore_errors=True)
        if shutil.which(command[0]) is None:
            continue
        if subprocess.run([*command, str(folder)], capture_output=True).returncode == 0 and _works(python):
            return
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(HELP)


def _install(python: Path, stamp: Path, extras: str, must: bool = True) -> None:
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + extras.encode()).hexdigest()
    if stamp.exists() and wanted in stamp.read_text("utf-8").split():
        return
    print("Đang cài thư viện (lần đầu mất một, hai phút) …", flush=True)
    command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-e", f"{ROOT}[{extras}]"]
    if subprocess.run(command).returncode:
        if not must:
            print(f"Chưa cài được phần thêm “{extras}”; đài vẫn chạy, lần bật sau sẽ thử lại.", flush=True)
            return
        sys.exit("Chưa cài được thư viện: hãy kiểm tra kết nối mạng tới kho gói Python rồi chạy lại.")
    with stamp.open("a", encoding="utf-8") as file:
        file.write(wanted + "\n")
