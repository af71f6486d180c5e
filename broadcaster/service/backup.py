"""Sao lưu và phục hồi: mọi dòng dữ liệu ở dạng JSON, mọi tệp âm thanh theo mã băm, trong một tệp tar trọn hoặc không có.

Dòng JSON chứ không phải bản sao tệp SQLite: một ảnh chụp nhất quán đọc được trong lúc đài đang phát, trên cả hai cơ sở dữ
liệu, và đưa được đài từ SQLite sang PostgreSQL bằng đúng hai lệnh ấy.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import note, note_export
from broadcaster.accounts.tables import Station
from broadcaster.airlog.anchors import Mark
from broadcaster.airlog.chain import GENESIS
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import ChainHead
from broadcaster.airlog.writing import append
from broadcaster.clock import Clock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.database.dump import as_stored, load_rows, rows_of, tables_of
from broadcaster.database.schema import current_revision, head_revision, knows_revision, migrating, upgrade_on
from broadcaster.errors import Conflict, Invalid
from broadcaster.service.assembly import open_database
from broadcaster.service.backup_check import Examined, examine
from broadcaster.service.folders import open_library, stamp_file
from broadcaster.service.local import local_actor
from broadcaster.service.local import opened as opened_station
from broadcaster.service.sealing import SUFFIX, opened, private_file
from broadcaster.sound.files import whole_file
from broadcaster.sound.library import Library

FORMAT = 2
_FORMATS = (1, FORMAT)
"""Dạng 1 (phần mềm đầu tiên) giữ tập từ thành danh sách và JSON thành đối tượng; dạng 2 giữ đúng chữ đang lưu."""
_PREFIX = "sao-luu-"
_STAMP = "%Y%m%dT%H%M%SZ"
_BEFORE_UPGRADE = "truoc-nang-cap-"
_SKIPPED = frozenset({"sign_ins"})
"""Phiên đăng nhập không đi theo bản sao: ai giữ bản sao cũng không vào được bằng phiên cũ."""
_STAMPS = "stamps.jsonl"
"""Các dấu thời gian của nơi cấp, y như tệp của đài: không dựng lại được từ đâu khác."""
_OURS = re.compile(rf"manifest\.json|rows\.jsonl|{re.escape(_STAMPS)}|sounds/[0-9a-f]{{64}}\.flac")
_WITH_SOUND = frozenset({"recordings", "sounds"})
"""Bảng có cột ``sha256`` gọi tên tệp của thư viện âm thanh."""


@dataclass(frozen=True)
class Kept:
    """Một bản sao lưu vừa ghi."""

    path: Path
    rows: int
    sounds: int
    missing: tuple[str, ...]
    """Mã băm của tệp âm thanh mà dữ liệu gọi tên nhưng kho không còn nguyên."""


@dataclass(frozen=True)
class Deed:
    """Lần phục hồi: ai, vì sao, từ bản nào."""

    login: str
    why: str
    backup: str


def back_up(config: Config, clock: Clock, folder: Path, *, keep: int | None = None) -> Kept:
    """Ghi một bản sao vào ``folder``; đài vẫn chạy. ``keep``: giữ lại chừng ấy bản mới nhất.

    Tệp hiện ra khi đã trọn và đã xuống đĩa; dừng giữa chừng không để lại gì.
    """
    now = clock.now()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / _named(config, f"{_PREFIX}{config.station.code}", now)
    with closing(open_database(config)) as database, private_file(target, config.backup.recipients) as out:
        about = {"created_at": now.isoformat(), "station": config.station.code}
        manifest = _write_archive(out, database, open_library(config), about, stamps=stamp_file(config, config.station.code))
    for old in by_age(backups(folder, config.station.code), now)[keep:] if keep else []:
        old.unlink()
    return Kept(target, manifest["rows"], len(manifest["sounds"]), tuple(manifest["missing"]))


def back_up_by(config: Config, clock: Clock, folder: Path, *, login: str) -> Kept:
    """Như ``back_up``, do một người ra lệnh: dữ liệu của đài ra tệp thì sổ có một dòng. ``login`` rỗng (việc hẹn giờ của máy):
    sổ nói không ai xưng tên. Lỗi: ``NotFound`` khi đài không có người ấy, trước khi ghi gì.
    """
    with opened_station(config, login or None) as (database, actor):
        kept = back_up(config, clock, folder)
        with database.writing() as session:
            sealed, file = bool(config.backup.recipients), str(kept.path)
            note_export(session, actor, "bản sao lưu", now=clock.now(), named=bool(login), file=file, sealed=sealed)
    return kept


def backups(folder: Path, code: str) -> list[Path]:
    """Các bản sao của một đài, mới nhất trước."""
    named = re.compile(rf"{_PREFIX}{re.escape(code)}-\d{{8}}T\d{{6}}Z\.tar(\{SUFFIX})?")
    return sorted((path for path in folder.glob(f"{_PREFIX}*") if named.fullmatch(path.name)), reverse=True)


def by_age(kept: list[Path], now: datetime) -> list[Path]:
    """Như ``kept``, bản mang giờ tương lai xếp sau cùng: nó ghi lúc đồng hồ chạy trước, nên không được đẩy bản đêm nay đi."""
    return sorted(kept, key=lambda one: (made_at(one) <= now, one.name), reverse=True)


def copies(config: Config) -> list[Path]:
    """Mọi bản sao của ta trong thư mục sao lưu, kể cả bản trước khi nâng cấp."""
    return [path for prefix in (_PREFIX, _BEFORE_UPGRADE) for path in config.backup_folder.glob(f"{prefix}*")]


def made_at(backup: Path) -> datetime:
    """Lúc ghi bản sao, theo tên tệp."""
    return datetime.strptime(backup.name.partition(".")[0].rsplit("-", 1)[1], _STAMP).replace(tzinfo=UTC)


def back_up_before_upgrade(config: Config, clock: Clock, database: Database) -> Path | None:
    """Đài cũ hơn phần mềm thì ghi một bản sao các dòng trước khi đổi lược đồ; tệp âm thanh không đổi nên không chép.

    Trả về bản vừa ghi, hoặc ``None`` khi không cần. Lỗi: ``Conflict`` khi đài mới hơn phần mềm hoặc không ghi được bản sao:
    khi ấy không được nâng cấp.
    """
    revision = current_revision(database)
    if revision is None or revision == head_revision():
        return None
    if not knows_revision(revision):
        raise Conflict(
            f"Dữ liệu của đài thuộc bản phần mềm mới hơn (lược đồ {revision}). Hãy cài lại đúng bản phần mềm đã chạy đài này."
        )
    now, folder, code = clock.now(), config.backup_folder, config.station.code
    target = folder / _named(config, f"{_BEFORE_UPGRADE}{code}-{revision}", now)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with private_file(target, config.backup.recipients) as out:
            _write_archive(out, database, None, {"created_at": now.isoformat(), "station": code})
    except OSError as error:
        raise Conflict(
            f"Chưa ghi được bản sao trước khi nâng cấp vào {folder} ({error.strerror or error}), nên chưa nâng cấp. "
            "Hãy dọn ổ đĩa hoặc đổi [backup] folder trong config.toml rồi bật lại."
        ) from error
    return target


def restore(
    config: Config,
    clock: Clock,
    archive: Path,
    *,
    login: str,
    why: str,
    key: Path | None = None,
    marks_of: Callable[[str], Sequence[Mark]] = lambda _code: (),
    examined: Callable[[Sequence[Examined]], None] = lambda _found: None,
) -> list[str]:
    """Dựng lại đài từ một bản sao vào thư mục dữ liệu còn trống; trả về những câu cho người chạy.

    ``login``: người phục hồi, có tên trong chính bản sao; ``key``: tệp khoá riêng.

    Bản sao của phần mềm cũ được dựng ở lược đồ của nó rồi nâng cấp, cùng một giao dịch. Mọi thứ được kiểm mã băm, và nhật ký
    được kiểm như đài thật cùng các mốc ``marks_of`` (mã đài → mốc), trước khi ghi gì. Chuỗi có thêm dòng ``chain_resumed``: ai,
    vì sao, từ bản nào.
    ``examined`` được nghe kết quả khi chưa ghi gì, và ném lỗi thì thôi dựng.
    Lỗi: ``Conflict`` khi đã có dữ liệu; ``Invalid`` khi bản sao hỏng, của phần mềm mới hơn, của đài khác, hay không ai xưng tên;
    ``NotFound`` khi bản sao không có người ấy.
    """
    with tempfile.TemporaryDirectory() as unpacked:
        with opened(archive, key) as file:
            manifest = _unpack(archive.name, file, Path(unpacked))
        if not knows_revision(manifest["schema"]):
            raise Invalid(
                f"Bản sao lưu thuộc lược đồ {manifest['schema']} mà phần mềm này không biết. "
                "Hãy phục hồi bằng đúng phiên bản phần mềm đã sao lưu, rồi nâng cấp."
            )
        if manifest["station"] != config.station.code:
            raise Invalid(
                f'Bản sao lưu của đài “{manifest["station"]}”. Hãy đặt code = "{manifest["station"]}" trong config.toml.'
            )
        with closing(open_database(config)) as database:
            _refuse_if_in_use(database)
            rows = Path(unpacked) / "rows.jsonl"
            examined(examine(rows, manifest["schema"], partial(_loadable, manifest["format"]), marks_of))
            _put_sounds(Path(unpacked), open_library(config), manifest["sounds"])
            _put_stamps(Path(unpacked) / _STAMPS, stamp_file(config, config.station.code))
            _put_rows(database, rows, manifest, clock, Deed(login, why, archive.name))
    found = f"Đã phục hồi {manifest['rows']} dòng dữ liệu và {len(manifest['sounds'])} tệp âm thanh từ {archive.name}."
    lost = [f"{len(manifest['missing'])} tệp âm thanh đã thiếu từ lúc sao lưu: phòng thu sẽ làm lại khi cần."]
    return [found, *(lost if manifest["missing"] else [])]


# --- ghi ------------------------------------------------------------------------------------------------------------


def _named(config: Config, prefix: str, now: datetime) -> str:
    return f"{prefix}-{now:{_STAMP}}.tar{SUFFIX if config.backup.recipients else ''}"


def _write_archive(
    out: IO[bytes], database: Database, library: Library | None, about: dict[str, Any], *, stamps: Path | None = None
) -> dict[str, Any]:
    """``library`` trống: chỉ các dòng, âm thanh vẫn ở kho của máy này; ``stamps`` cũng vậy, hoặc đài chưa có dấu nào."""
    with tempfile.TemporaryFile() as rows, tarfile.open(fileobj=out, mode="w|") as archive:
        manifest, sounds = _write_rows(database, rows)
        _add_file(archive, "rows.jsonl", rows)
        if stamps and stamps.is_file():
            _add_bytes(archive, _STAMPS, stamps.read_bytes())
        kept, missing = _add_sounds(archive, library, sounds) if library else ([], [])
        manifest |= {**about, "sounds": kept, "missing": missing}
        _add_bytes(archive, "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return manifest


def _write_rows(database: Database, out: Any) -> tuple[dict[str, Any], list[str]]:
    from alembic.runtime.migration import MigrationContext

    count, digest, sounds = 0, hashlib.sha256(), set[str]()
    with database.reading() as session:
        connection = session.connection()
        for table in tables_of(connection):
            for row in () if table.name in _SKIPPED else rows_of(connection, table):
                line = json.dumps([table.name, row], ensure_ascii=False).encode() + b"\n"
                out.write(line)
                digest.update(line)
                count += 1
                if table.name in _WITH_SOUND and row["sha256"]:
                    sounds.add(row["sha256"])
        schema = MigrationContext.configure(connection).get_current_revision()
    return {"format": FORMAT, "schema": schema, "rows": count, "rows_sha256": digest.hexdigest()}, sorted(sounds)


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


# --- đọc ------------------------------------------------------------------------------------------------------------


def _unpack(name: str, file: IO[bytes], folder: Path) -> dict[str, Any]:
    """Mở bản sao vào thư mục tạm và kiểm mã băm của các dòng. Lỗi: ``Invalid``."""
    broken = f"{name} không phải bản sao lưu trọn vẹn. Hãy chọn bản khác."
    try:
        with tarfile.open(fileobj=file) as archive:
            _extract(archive, folder)
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        digest = hashlib.sha256((folder / "rows.jsonl").read_bytes()).hexdigest()
    except (OSError, tarfile.TarError, ValueError) as error:
        raise Invalid(broken) from error
    if not _is_manifest(manifest) or digest != manifest["rows_sha256"]:
        raise Invalid(broken)
    return manifest


def _is_manifest(value: Any) -> bool:
    """Tờ kê có đủ trường, đúng kiểu, và là của một dạng ta đọc được."""
    kinds = {"format": int, "schema": str, "station": str, "rows": int, "rows_sha256": str, "sounds": list, "missing": list}
    if not isinstance(value, dict) or not all(isinstance(value.get(name), kind) for name, kind in kinds.items()):
        return False
    names = [*value["sounds"], *value["missing"]]
    return value["format"] in _FORMATS and all(isinstance(name, str) and _OURS.fullmatch(f"sounds/{name}.flac") for name in names)


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    """Chỉ nhận đúng những tệp mà bản sao của ta có; tên lạ, đường dẫn ra ngoài, liên kết là bản sao hỏng.

    Tự chép chứ không ``extractall(filter=…)``: Python 3.11.2 của Debian 12 chưa có tham số ấy.
    """
    (folder / "sounds").mkdir()
    for entry in archive:
        content = archive.extractfile(entry) if entry.isreg() and _OURS.fullmatch(entry.name) else None
        if content is None:
            raise tarfile.TarError(entry.name)
        with (folder / entry.name).open("wb") as out:
            shutil.copyfileobj(content, out)


def _put_sounds(folder: Path, library: Library, names: list[str]) -> None:
    for name in names:
        library.take_in(name, folder / "sounds" / f"{name}.flac")


def _put_stamps(kept: Path, target: Path) -> None:
    if kept.is_file():
        with whole_file(target) as temporary:
            shutil.copyfile(kept, temporary)


def _refuse_if_in_use(database: Database) -> None:
    if current_revision(database) is None:
        return
    with database.reading() as session:
        if session.execute(text("SELECT 1 FROM stations")).first() is not None:
            raise Conflict("Thư mục dữ liệu này đã có đài. Hãy phục hồi vào thư mục trống (đổi [data] folder trong config.toml).")


def _put_rows(database: Database, rows: Path, manifest: dict[str, Any], clock: Clock, deed: Deed) -> None:
    """Lược đồ, mọi dòng và nâng cấp trong một giao dịch: phục hồi dở dang là chưa phục hồi."""
    with migrating(database) as connection, rows.open("rb") as lines:
        upgrade_on(connection, manifest["schema"])
        load_rows(connection, _loadable(manifest["format"], lines))
        upgrade_on(connection)
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            finish = database.before_commit(session)
            _resume_chains(session, clock, local_actor(session, manifest["station"], deed.login), deed)
            session.flush()
            finish()
            session.commit()


def _loadable(form: int, lines: IO[bytes]) -> Iterable[bytes]:
    return lines if form == FORMAT else map(_from_first_format, lines)


def _from_first_format(line: bytes) -> bytes:
    name, values = json.loads(line)
    return json.dumps([name, as_stored(name, values)], ensure_ascii=False).encode()


def _resume_chains(session: Session, clock: Clock, actor: Actor, deed: Deed) -> None:
    now, told = clock.now(), {"who": actor.name, "why": deed.why, "backup": deed.backup}
    note(session, actor, "restored", deed.backup, now=now, why=deed.why)
    for station_id in session.scalars(select(Station.id)).all():
        head = session.get(ChainHead, station_id)
        body = {**told, "seq": head.seq if head else 0, "digest": head.digest if head else GENESIS}
        append(session, station_id, Event.CHAIN_RESUMED, body, happened_at=now, now=now)
