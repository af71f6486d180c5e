"""Tìm mọi mốc neo mà máy này với tới: sổ mốc, tệp ở thư mục ngoài, bản sao lưu, và mốc người kiểm đưa vào."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broadcaster.airlog.anchors import Mark, book, day_of, typed
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import Invalid
from broadcaster.service.backup import copies
from broadcaster.service.sealing import SUFFIX, opened

_HEADS = b'["chain_heads", '


@dataclass(frozen=True)
class Found:
    """Các mốc, và những nơi đã tìm bằng lời (nơi không mở được cũng kể)."""

    marks: tuple[Mark, ...]
    places: tuple[str, ...]


def find_marks(config: Config, database: Database, station_id: int, code: str) -> Found:
    """Mọi mốc của một đài ở mọi nơi đọc được."""
    with database.reading() as session:
        marks = book(session, station_id)
    places = [f"sổ mốc: {len(marks)} mốc"]
    for folder in config.anchor_folders:
        some, told = _from_folder(folder, code)
        marks += some
        places.append(told)
    for backup in sorted(copies(config)):
        if backup.suffix == SUFFIX:
            places.append(f"bản sao {backup.name}: đã khoá, muốn so thì dùng --against kèm --khoa")
            continue
        try:
            found = from_backup(backup, station_id)
        except Invalid:
            places.append(f"bản sao {backup.name}: KHÔNG đọc được, tệp hỏng hoặc đã bị thay")
            continue
        marks += found
        places.append(f"bản sao {backup.name}: tới dòng {max((mark.seq for mark in found), default=0)}")
    return Found(tuple(marks), tuple(places))


def given(text: str, station_id: int, *, key: Path | None = None) -> list[Mark]:
    """Mốc người kiểm đưa: ``SỐ:BĂM``, một tệp mốc, hay một bản sao lưu. Lỗi: ``Invalid``."""
    path = Path(text)
    if not path.is_file():
        return [typed(text)]
    if path.name.endswith((".tar", f".tar{SUFFIX}")):
        return from_backup(path, station_id, key=key)
    marks = list(_from_file(path))
    if not marks:
        raise Invalid(f"Tệp {path.name} không có mốc nào. Hãy chọn tệp neo-….jsonl, bản sao lưu .tar, hoặc gõ SỐ:BĂM.")
    return marks


def from_backup(path: Path, station_id: int, *, key: Path | None = None) -> list[Mark]:
    """Đầu chuỗi mà một bản sao lưu giữ; đọc tới đúng dòng ấy thì thôi. Lỗi: ``Invalid`` khi tệp hỏng hay đã khoá."""
    broken = f"{path.name} không phải bản sao lưu đọc được. Hãy chọn bản khác."
    try:
        with opened(path, key) as file, tarfile.open(fileobj=file, mode="r|") as archive:
            rows = archive.extractfile(archive.next() or tarfile.TarInfo())
            for line in rows or ():
                if line.startswith(_HEADS):
                    row = json.loads(line)[1]
                    if row["station_id"] == station_id:
                        return [Mark(row["seq"], row["digest"], f"bản sao {path.name}")]
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise Invalid(broken) from error
    return []


def _from_folder(folder: Path, code: str) -> tuple[list[Mark], str]:
    path = folder / anchor_file(code)
    try:
        marks = list(_from_file(path))
    except OSError as error:
        return [], f"{path}: không đọc được ({error.strerror or error})"
    return marks, f"{path}: {len(marks)} mốc"


def _from_file(path: Path) -> Iterator[Mark]:
    """Dòng hỏng thì bỏ qua: ổ rút ngang có thể để lại nửa dòng cuối."""
    for line in path.read_text("utf-8", errors="replace").splitlines():
        with suppress(ValueError, KeyError, TypeError):
            told: dict[str, Any] = json.loads(line)
            yield Mark(int(told["dong"]), str(told["bam"]), f"tệp {path.name} ngày {day_of(str(told['luc']))}")


def append_line(path: Path, told: Mapping[str, Any]) -> None:
    """Thêm một dòng JSON vào tệp mốc, xuống tới đĩa. Lỗi: ``OSError`` khi thư mục không có."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, json.dumps(told, ensure_ascii=False).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def anchor_file(code: str) -> str:
    """Tên tệp mốc của một đài."""
    return f"neo-{code}.jsonl"
