"""Lược đồ: nâng cấp bằng alembic, và các trigger chỉ-thêm mà nâng cấp hàng loạt trên SQLite có thể làm rơi.

Alembic nạp muộn: nó nặng, mà tiến trình nào cũng cần tệp này để kiểm trigger, chỉ lúc dựng mới nâng cấp.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from broadcaster.database.engine import Database
from broadcaster.errors import ConfigWrong, Conflict

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

APPEND_ONLY = ("log_entries", "decisions", "audit_entries", "reading_snapshots", "anchors")
"""Bảng chỉ được thêm dòng: cơ sở dữ liệu tự từ chối UPDATE và DELETE."""


def scripts_folder() -> Path:
    """Thư mục alembic: bản đóng trong gói trước, rồi tới cạnh mã nguồn (cài kiểu editable không có bản đóng gói)."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "_alembic"
    return packaged if packaged.is_dir() else package.parent / "alembic"


def upgrade(database: Database) -> None:
    """Đưa lược đồ lên bản mới nhất, trọn hoặc không gì cả; chạy lại bao nhiêu lần cũng được."""
    with migrating(database) as connection:
        upgrade_on(connection)


@contextmanager
def migrating(database: Database) -> Iterator[Connection]:
    """Một giao dịch duy nhất để đổi lược đồ: mất điện giữa chừng thì cơ sở dữ liệu vẫn là bản cũ nguyên vẹn.

    SQLite dựng lại bảng bằng cách xoá bảng cũ, nên khoá ngoại chỉ được kiểm một lượt trước khi commit.
    Lỗi: ``Conflict`` khi sau khi đổi còn dòng trỏ vào chỗ không có.
    """
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            with connection.begin():
                yield connection
            return
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        try:
            with connection.begin():
                yield connection
                _check_references(connection)
        finally:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]


def upgrade_on(connection: Connection, revision: str = "head") -> None:
    """Nâng cấp tới ``revision`` trong giao dịch đang mở."""
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise Conflict(f"Nâng cấp cơ sở dữ liệu sẽ làm hỏng liên kết ở {tables}, nên chưa nâng cấp. Hãy báo người làm phần mềm.")


def alembic_config() -> Config:
    """Cấu hình alembic không cần tệp ini."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts_folder()))
    return config


def head_revision() -> str | None:
    """Bản lược đồ mới nhất mà phần mềm này biết."""
    return _scripts().get_current_head()


def knows_revision(revision: str) -> bool:
    """Phần mềm này nâng cấp được từ ``revision`` không (bản của phần mềm mới hơn thì không)."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(alembic_config())


def current_revision(database: Database) -> str | None:
    """Bản lược đồ mà cơ sở dữ liệu đang mang; chưa có bảng nào thì ``None``."""
    from alembic.runtime.migration import MigrationContext

    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(database: Database) -> bool:
    """Lược đồ đã ở bản mới nhất chưa."""
    return current_revision(database) == head_revision()


_PG_REFUSE = " BEGIN RAISE EXCEPTION '%: chi duoc them dong', TG_TABLE_NAME; END "
_PG_ROW_BEFORE_UPDATE_DELETE, _PG_BEFORE_TRUNCATE = 27, 34
"""``pg_trigger.tgtype``: ROW 1, BEFORE 2, DELETE 8, UPDATE 16, TRUNCATE 32."""


def _sqlite_triggers(table: str) -> dict[str, str]:
    """Tên trigger → đúng chữ mà ``sqlite_master`` giữ."""
    return {
        f"{table}_no_{verb.lower()}": f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table}: chi duoc them dong'); END"
        for verb in ("UPDATE", "DELETE")
    }


def create_append_only(connection: Connection, table: str) -> None:
    """Gắn trigger từ chối UPDATE và DELETE cho ``table`` (một trong ``APPEND_ONLY``)."""
    if connection.dialect.name == "sqlite":
        for sql in _sqlite_triggers(table).values():
            connection.execute(text(sql.replace("CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS", 1)))
        return
    connection.execute(text(f"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${_PG_REFUSE}$$"))
    connection.execute(
        text(
            f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    )
    connection.execute(
        text(
            f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    )


def allow_words(connection: Connection, table: str, column: str, check: str, words: Iterable[str]) -> None:
    """Cột ``column`` từ nay nhận đúng các từ ``words``; ``check``: tên ràng buộc CHECK của nó. Không dòng nào bị chép hay đổi.

    SQLite không đổi được CHECK tại chỗ bằng lệnh; cách của chính tài liệu SQLite (ALTER TABLE, mục 7, cách đơn giản) là sửa lời
    khai của bảng, nên bảng triệu dòng cũng tức thì và trigger chỉ-thêm không rơi.
    """
    allowed = ", ".join(f"'{word}'" for word in words)
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {check}"))
        connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({column} IN ({allowed}))"))
        return
    old = connection.execute(text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :table"), {"table": table})
    pattern = rf"(CONSTRAINT {check} CHECK \({column} IN \()[^)]*(\)\))"
    declared, found = re.subn(pattern, lambda match: f"{match[1]}{allowed}{match[2]}", str(old.scalar_one()))
    if found != 1:
        raise ConfigWrong(f"Bảng {table} không có ràng buộc {check} nên chưa nâng cấp được. Hãy báo người làm phần mềm.")
    version = int(connection.execute(text("PRAGMA schema_version")).scalar_one())
    connection.execute(text("PRAGMA writable_schema = ON"))
    change = text("UPDATE sqlite_schema SET sql = :declared WHERE type = 'table' AND name = :table")
    connection.execute(change, {"declared": declared, "table": table})
    connection.execute(text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(text("PRAGMA writable_schema = OFF"))


def more_words(connection: Connection, table: str, column: str, check: str, words: Iterable[str]) -> None:
    """Như ``allow_words`` nhưng thêm vào các từ cột ấy đang nhận: hai bản nâng cấp thêm từ riêng không xoá từ của nhau."""
    query = (
        "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :table"
        if connection.dialect.name == "sqlite"
        else "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = CAST(:table AS regclass) AND conname = :check"
    )
    told = str(connection.execute(text(query), {"table": table, "check": check}).scalar_one())
    if connection.dialect.name == "sqlite":
        told = told.partition(f"CONSTRAINT {check} CHECK")[2].partition("))")[0]
    known = re.findall(r"'(\w+)'", told)
    allow_words(connection, table, column, check, dict.fromkeys([*known, *words]))


def trigger_faults(session: Session) -> list[str]:
    """Mọi điều khác với trigger chỉ-thêm mà phần mềm này gắn: mất, bị thay ruột, bị tắt, hay có trigger lạ (rỗng là tốt)."""
    if session.connection().dialect.name == "sqlite":
        stored = {
            str(name): str(sql)
            for name, sql in session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        }
        wanted = {name: sql for table in APPEND_ONLY for name, sql in _sqlite_triggers(table).items()}
        return _differences(wanted, stored)
    query = text(
        "SELECT t.tgname, t.tgrelid::regclass::text, t.tgtype, t.tgenabled, t.tgqual IS NULL, p.proname, p.prosrc "
        "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
    )
    found = {str(row[0]): str(tuple(row[1:])) for row in session.execute(query)}
    kinds = (("{}_append_only", _PG_ROW_BEFORE_UPDATE_DELETE), ("{}_no_truncate", _PG_BEFORE_TRUNCATE))
    expected = {
        name.format(table): str((table, kind, "O", True, "refuse_change", _PG_REFUSE))
        for table in APPEND_ONLY
        for name, kind in kinds
    }
    return _differences(expected, found)


def _differences(wanted: dict[str, str], stored: dict[str, str]) -> list[str]:
    changed = [name for name in wanted if name in stored and stored[name] != wanted[name]]
    return [
        *(f"mất trigger chỉ-thêm {name}" for name in wanted if name not in stored),
        *(f"trigger chỉ-thêm {name} đã bị thay bằng trigger khác cùng tên" for name in changed),
        *(f"có trigger lạ {name}" for name in stored if name not in wanted),
    ]
