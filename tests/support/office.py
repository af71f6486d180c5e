"""LibreOffice thật mở lại tệp ta ghi: Word thành PDF, bảng tính được tính lại công thức."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


class OfficeMissing(Exception):
    """Máy không có LibreOffice; lời nhắn nói cần cài gì."""


def convert(source: Path, kind: str, folder: Path, *, infilter: str = "") -> Path:
    """``source`` thành tệp ``kind`` (pdf, csv…) trong ``folder``; ``infilter``: cách đọc CSV.

    Mỗi lần một hồ sơ riêng để các phép thử không giẫm nhau.
    """
    program = shutil.which("soffice")
    if program is None:
        raise OfficeMissing("LibreOffice (apt install libreoffice-writer-nogui libreoffice-calc-nogui)")
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    reading = [f"--infilter={infilter}"] if infilter else []
    command = [program, profile, "--headless", *reading, "--convert-to", kind, "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / f"{source.stem}.{kind.partition(':')[0]}"
