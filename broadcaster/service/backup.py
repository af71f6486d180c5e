"""Sao lưu và phục hồi: mọi dòng dữ liệu ở dạng JSON, mọi tệp âm thanh theo mã băm, trong một tệp tar trọn hoặc không có.

Dòng JSON chứ không phải bản sao tệp SQLite: một ảnh chụp nhất quán đọc được trong lúc đài đang phát, trên cả hai cơ sở dữ
liệu, và đưa được đài từ SQLite sang PostgreSQL bằng đúng hai lệnh ấy.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import Date, Enum, Table, Time, func, insert, select, text
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import Station
from broadcaster.airlog.chain import GENESIS
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import ChainHead
from broadcaster.airlog.writing import append
from broadcaster.clock import Clock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.database.base import Base
from broadcaster.database.schema import head_revision, upgrade
from broadcaster.database.types import UtcDateTime, WordSet
from broadcaster.errors import Conflict, Invalid
from broadcaster.service.assembly import open_database, open_library
from broadcaster.sound.files import whole_file
from broadcaster.sound.library import Library
from broadcaster.studio.tables import Recording, Sound

FORMAT = 1
_PREFIX = "sao-luu-"
_SKIPPED = frozenset({"sign_ins"})
"""Phiên đăng nhập không đi theo bản sao: ai giữ bản sao cũng không vào được bằng phiên cũ."""
_BATCH = 500


@dataclass(frozen=True)
class Kept:
    """Một bản sao lưu vừa ghi."""

    path: Path
    rows: int
    sounds: int
    missing: tuple[str, ...]
    """Mã băm của tệp âm thanh mà dữ liệu gọi tên nhưng kho không còn nguyên."""


def back_up(config: Config, clock: Clock, folder: Path, *, keep: int | None = None) -> Kept:
    """Ghi một bản sao vào ``folder``; đài vẫn chạy. ``keep``: giữ lại chừng ấy bản mới nhất.

    Tệp hiện ra khi đã trọn và đã xuống đĩa; dừng giữa chừng không để lại gì.
    """
    now = clock.now()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{_PREFIX}{config.station.code}-{now:%Y%m%dT%H%M%SZ}.tar"
    with closing(open_database(config)) as database, whole_file(target) as temporary:
        about = {"created_at": now.isoformat(), "station": config.station.code}
        manifest = _write_archive(temporary, database, open_library(config), about)
    for old in backups(folder, config.station.code)[keep:] if keep else []:
        old.unlink()
    return Kept(target, manifest["rows"], len(manifest["sounds"]), tuple(manifest["missing"]))


def backups(folder: Path, code: str) -> list[Path]:
    """Các bản sao của một đài, mới nhất trước."""
    return sorted(folder.glob(f"{_PREFIX}{code}-*.tar"), reverse=True)


def made_at(backup: Path) -> datetime:
    """Lúc ghi bản sao, theo tên tệp."""
    return datetime.strptime(backup.stem.rsplit("-", 1)[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def restore(config: Config, clock: Clock, archive: Path, *, who: str, why: str) -> list[str]:
    """Dựng lại đài từ một bản sao vào thư mục dữ liệu còn trống; trả về những câu cho người chạy.

    Mọi thứ được kiểm mã băm trước khi ghi. Chuỗi nhật ký có thêm dòng ``chain_resumed``: ai, vì sao, từ bản nào.
    Lỗi: ``Conflict`` khi đã có dữ liệu, ``Invalid`` khi bản sao hỏng, của phiên bản khác hay của đài khác.
    """
    with tempfile.TemporaryDirectory() as unpacked:
        manifest = _unpack(archive, Path(unpacked))
        if manifest["schema"] != head_revision():
            raise Invalid(
                f"Bản sao lưu thuộc lược đồ {manifest['schema']}, phần mềm này dùng {head_revision()}. "
                "Hãy phục hồi bằng đúng phiên bản phần mềm đã sao lưu, rồi nâng cấp."
            )
        if manifest["station"] != config.station.code:
            raise Invalid(
                f'Bản sao lưu của đài “{manifest["station"]}”. Hãy đặt code = "{manifest["station"]}" trong config.toml.'
            )
        with closing(open_database(config)) as database:
            upgrade(database)
            _put_sounds(Path(unpacked), open_library(config), manifest["sounds"])
            _put_rows(database, Path(unpacked) / "rows.jsonl", clock, {"who": who, "why": why, "backup": archive.name})
    found = f"Đã phục hồi {manifest['rows']} dòng dữ liệu và {len(manifest['sounds'])} tệp âm thanh từ {archive.name}."
    lost = [f"{len(manifest['missing'])} tệp âm thanh đã thiếu từ lúc sao lưu: phòng thu sẽ làm lại khi cần."]
    return [found, *(lost if manifest["missing"] else [])]


# --- ghi ------------------------------------------------------------------------------------------------------------


def _write_archive(path: Path, database: Database, library: Library, about: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as rows, tarfile.open(path, "w") as archive:
        manifest, sounds = _write_rows(database, rows)
        _add_file(archive, "rows.jsonl", rows)
        kept, missing = _add_sounds(archive, library, sounds)
        manifest |= {**about, "sounds": kept, "missing": missing}
        _add_bytes(archive, "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return manifest


def _write_rows(database: Database, out: Any) -> tuple[dict[str, Any], list[str]]:
    count, digest = 0, hashlib.sha256()
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name in _SKIPPED:
                continue
            for row in session.execute(select(table).order_by(*table.primary_key).execution_options(yield_per=_BATCH)).mappings():
                line = json.dumps([table.name, {name: _plain(value) for name, value in row.items()}], ensure_ascii=False)
                out.write(line.encode() + b"\n")
                digest.update(line.encode() + b"\n")
                count += 1
        sounds = session.scalars(select(Recording.sha256).where(Recording.sha256.is_not(None)))
        names = {str(sha256) for sha256 in sounds} | set(session.scalars(select(Sound.sha256)))
    return {"format": FORMAT, "schema": head_revision(), "rows": count, "rows_sha256": digest.hexdigest()}, sorted(names)


def _add_sounds(archive: tarfile.TarFile, library: Library, names: list[str]) -> tuple[list[str], list[str]]:
    kept = [name for name in names if library.verify(name)]
    for name in kept:
        archive.add(library.path(name), f"sounds/{name}.flac")
    return kept, sorted(set(names) - set(kept))


def _add_file(archive: tarfile.TarFile, name: str, file: Any) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = file.tell()
    file.seek(0)
    archive.addfile(entry, file)


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value


# --- đọc ------------------------------------------------------------------------------------------------------------


def _unpack(archive: Path, folder: Path) -> dict[str, Any]:
    """Mở bản sao vào thư mục tạm và kiểm mã băm của các dòng. Lỗi: ``Invalid``."""
    broken = f"{archive.name} không phải bản sao lưu trọn vẹn. Hãy chọn bản khác."
    try:
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        digest = hashlib.sha256((folder / "rows.jsonl").read_bytes()).hexdigest()
    except (OSError, tarfile.TarError, ValueError) as error:
        raise Invalid(broken) from error
    if manifest.get("format") != FORMAT or digest != manifest["rows_sha256"]:
        raise Invalid(broken)
    return manifest


def _put_sounds(folder: Path, library: Library, names: list[str]) -> None:
    for name in names:
        library.take_in(name, folder / "sounds" / f"{name}.flac")


def _put_rows(database: Database, rows: Path, clock: Clock, deed: dict[str, str]) -> None:
    """Mọi dòng trong một giao dịch: phục hồi dở dang là chưa phục hồi."""
    with database.writing() as session:
        if session.scalar(select(Station.id).limit(1)) is not None:
            raise Conflict("Thư mục dữ liệu này đã có đài. Hãy phục hồi vào thư mục trống (đổi [data] folder trong config.toml).")
        for table, batch in _batches(rows):
            session.execute(insert(table), batch)
        if not database.is_sqlite:
            _restart_counters(session)
        now = clock.now()
        for station_id in session.scalars(select(Station.id)).all():
            head = session.get(ChainHead, station_id)
            body = {**deed, "seq": head.seq if head else 0, "digest": head.digest if head else GENESIS}
            append(session, station_id, Event.CHAIN_RESUMED, body, happened_at=now, now=now)


def _batches(rows: Path) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """Các dòng theo bảng, mỗi lần vài trăm dòng, đã thành giá trị của cột."""
    table: Table | None = None
    batch: list[dict[str, Any]] = []
    with rows.open(encoding="utf-8") as lines:
        for line in lines:
            name, values = json.loads(line)
            if table is not None and (name != table.name or len(batch) == _BATCH):
                yield table, batch
                batch = []
            table = Base.metadata.tables[name]
            batch.append({column: _typed(table.c[column].type, value) for column, value in values.items()})
    if table is not None and batch:
        yield table, batch


def _typed(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Time):
        return time.fromisoformat(value)
    if isinstance(kind, WordSet):
        return frozenset(kind.words(word) for word in value)
    return kind.enum_class(value) if isinstance(kind, Enum) and kind.enum_class is not None else value


def _restart_counters(session: Session) -> None:
    """PostgreSQL: số tự tăng đi tiếp sau các mã đã nạp."""
    for table in Base.metadata.sorted_tables:
        if "id" in table.c:
            newest = session.scalar(select(func.max(table.c.id)))
            if newest is not None:
                session.execute(
                    text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :newest)"), {"name": table.name, "newest": newest}
                )
