"""Tìm mọi mốc neo mà máy này với tới: sổ mốc, tệp ở thư mục ngoài, bản sao lưu, và mốc người kiểm đưa vào."""

from __future__ import annotations

import errno
import json
import os
import re
import tarfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from broadcaster.airlog.anchors import Mark, book, day_of, moment, typed
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import Invalid
from broadcaster.service.backup import copies, made_at
from broadcaster.service.sealing import SUFFIX, opened

_ROWS = (b'["stations", ', b'["chain_heads", ')
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass
class Found:
    """Các mốc tìm được; ``places``: đã so với nơi nào; ``missed``: nơi nào lẽ ra so được mà không."""

    marks: list[Mark] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    outside: bool = False
    """Có ít nhất một mốc ở ngoài máy: sổ mốc và bản sao lưu thì chủ máy sửa được."""


@dataclass
class _Read:
    """Một tệp mốc: mốc của đài, số dòng hỏng, và mã những đài khác có dòng ở đó."""

    marks: list[Mark] = field(default_factory=list)
    broken: int = 0
    others: set[str] = field(default_factory=set)

    def told(self, name: str) -> str:
        more = [f"{self.broken} dòng không đọc được"] if self.broken else []
        more += [f"kèm dòng của đài khác ({', '.join(sorted(self.others))}), không so"] if self.others else []
        return f"{name}: {'; '.join([f'{len(self.marks)} mốc', *more])}"


def find_marks(config: Config, database: Database, station_id: int, code: str) -> Found:
    """Mọi mốc của một đài ở mọi nơi đọc được."""
    with database.reading() as session:
        booked = book(session, station_id)
    found = Found(list(booked), [f"sổ mốc: {len(booked)} mốc"])
    for folder in config.anchor_folders:
        _look_in(found, folder, code, [one for one in booked if one.source.endswith(f"({folder_place(folder)})")])
    for backup in sorted(copies(config)):
        _look_at(found, backup, code)
    return found


def marks_for_restore(config: Config, against: Sequence[str], archive: Path, key: Path | None) -> Callable[[str], list[Mark]]:
    """Mốc của từng đài khi máy còn trống: mọi thư mục ngoài, mọi bản sao khác, và mốc người kiểm đưa. Lỗi: ``Invalid``."""
    handed = {text: given(text, config.station.code, key=key) for text in against}

    def marks_of(code: str) -> list[Mark]:
        found = Found()
        for folder in config.anchor_folders:
            _look_in(found, folder, code, ())
        for backup in sorted(copies(config)):
            if backup.resolve() != archive.resolve():
                _look_at(found, backup, code)
        for text, marks in handed.items():
            if code == config.station.code:
                found.marks += marks
            elif not all(one.by_hand for one in marks):
                found.marks += given(text, code, key=key)
        return found.marks

    return marks_of


def given(text: str, code: str, *, key: Path | None = None) -> list[Mark]:
    """Mốc người kiểm đưa: ``SỐ:BĂM``, một tệp mốc, thư mục có tệp ấy, hay một bản sao lưu.

    Rỗng khi tệp chỉ nói về đài khác. Lỗi: ``Invalid``.
    """
    path = Path(text)
    if path.is_dir() and any(path.glob(anchor_file("*"))):
        path /= anchor_file(code)
        if not path.is_file():
            return []
    if not path.is_file():
        if len(path.parts) > 1 or path.suffix in (".jsonl", ".tar", SUFFIX):
            raise Invalid(f"Không thấy tệp mốc ở {path}. Hãy xem lại đường dẫn, hoặc gõ mốc dạng SỐ:BĂM.")
        return [typed(text)]
    if path.name.endswith((".tar", f".tar{SUFFIX}")):
        return from_backup(path, code, key=key)
    read = _from_file(path, code)
    if not read.marks and not read.others:
        raise Invalid(f"Tệp {path.name} không có mốc nào. Hãy chọn tệp neo-….jsonl, bản sao lưu .tar, hoặc gõ SỐ:BĂM.")
    return read.marks


def from_backup(path: Path, code: str, *, key: Path | None = None) -> list[Mark]:
    """Đầu chuỗi của đài ``code`` mà một bản sao lưu giữ; đọc tới đúng dòng ấy thì thôi.

    Lỗi: ``Invalid`` khi tệp hỏng hay đã khoá.
    """
    broken = f"{path.name} không phải bản sao lưu đọc được. Hãy chọn bản khác."
    try:
        with opened(path, key) as file, tarfile.open(fileobj=file, mode="r|") as archive:
            rows = archive.extractfile(archive.next() or tarfile.TarInfo())
            codes: dict[int, str] = {}
            for line in rows or ():
                if line.startswith(_ROWS):
                    name, row = json.loads(line)
                    if name == "stations":
                        codes[row["id"]] = row["code"]
                    elif codes.get(row["station_id"]) == code:
                        return [Mark(row["seq"], row["digest"], f"bản sao {path.name}", _made_at(path))]
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise Invalid(broken) from error
    return []


def folder_place(folder: Path) -> str:
    """Tên một thư mục mốc trong sổ mốc."""
    return f"thư mục {folder}"


def _look_in(found: Found, folder: Path, code: str, booked: Sequence[Mark]) -> None:
    """Tệp mốc ở một thư mục ngoài, và những mốc sổ kể đã gửi tới đó mà nay không còn."""
    path = folder / anchor_file(code)
    try:
        read = _from_file(path, code)
    except OSError as error:
        gone = isinstance(error, FileNotFoundError | NotADirectoryError)
        why = "chưa cắm ổ, hoặc thư mục, tệp đã mất" if gone else f"không đọc được ({error.strerror or error})"
        sent = f"; sổ mốc kể đã gửi {len(booked)} mốc tới đó" if booked else ""
        found.missed.append(f"CHƯA so được với {path}: {why}{sent}")
        return
    found.marks += read.marks
    found.outside |= bool(read.marks)
    found.places.append(read.told(str(path)))
    kept = {(one.seq, one.digest) for one in read.marks}
    lost = sum((one.seq, one.digest) not in kept for one in booked)
    if lost:
        found.missed.append(
            f"{path}: sổ mốc kể đã gửi {len(booked)} mốc tới đó, nay thiếu {lost}: đổi ổ khác, hoặc tệp bị xoá bớt"
        )


def _look_at(found: Found, backup: Path, code: str) -> None:
    if backup.suffix == SUFFIX:
        found.missed.append(f"CHƯA so được với bản sao {backup.name}: đã khoá, muốn so thì dùng --against kèm --khoa")
        return
    try:
        marks = from_backup(backup, code)
    except Invalid:
        found.missed.append(f"CHƯA so được với bản sao {backup.name}: KHÔNG đọc được, tệp hỏng hoặc đã bị thay")
        return
    found.marks += marks
    found.places.append(f"bản sao {backup.name}: tới dòng {max((mark.seq for mark in marks), default=0)}")


def _made_at(backup: Path) -> Any:
    with suppress(ValueError, IndexError):
        return made_at(backup)
    return None


def _from_file(path: Path, code: str) -> _Read:
    """Dòng hỏng thì bỏ qua mà đếm: ổ rút ngang có thể để lại nửa dòng."""
    read = _Read()
    for line in path.read_text("utf-8", errors="replace").splitlines():
        if not line.strip():
            continue
        try:
            told: dict[str, Any] = json.loads(line)
            seq, digest, at = told["dong"], told["bam"], str(told["luc"])
            if told["dai"] != code:
                read.others.add(str(told["dai"]))
            elif type(seq) is int and seq > 0 and _HEX.fullmatch(digest):
                read.marks.append(Mark(seq, digest, f"tệp {path.name} ngày {day_of(at)}", moment(at)))
            else:
                read.broken += 1
        except (ValueError, KeyError, TypeError):
            read.broken += 1
    return read


def append_line(path: Path, told: Mapping[str, Any]) -> None:
    """Thêm trọn một dòng JSON vào tệp mốc, xuống tới đĩa. Lỗi: ``OSError`` khi thư mục không có, đĩa chỉ nhận được nửa dòng.

    Nửa dòng do ổ rút ngang để lại thì được xuống dòng trước: dòng mới không dính vào nó.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.lseek(handle, 0, os.SEEK_END)
        torn = size > 0 and os.lseek(handle, size - 1, os.SEEK_SET) >= 0 and os.read(handle, 1) != b"\n"
        line = (b"\n" if torn else b"") + json.dumps(told, ensure_ascii=False).encode() + b"\n"
        if os.write(handle, line) < len(line):
            os.ftruncate(handle, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(handle)
    finally:
        os.close(handle)


def anchor_file(code: str) -> str:
    """Tên tệp mốc của một đài."""
    return f"neo-{code}.jsonl"
