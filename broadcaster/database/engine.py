"""Một cửa vào cơ sở dữ liệu: ``reading()`` không bao giờ chặn người ghi, ``writing()`` là một giao dịch ngắn.

SQLite và PostgreSQL cùng một cách dùng; khác nhau nằm hết ở tệp này và ``doorbell.py``.
"""

from __future__ import annotations

import gc
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from broadcaster.errors import Conflict, DatabaseAway, Invalid

log = structlog.get_logger(__name__)

CHANNEL = "broadcaster"
"""Tên kênh LISTEN/NOTIFY của PostgreSQL."""
LONG_HOLD_MS, TOO_LONG_HOLD_MS = 20, 100
"""Giữ khoá ghi lâu hơn chừng này thì ghi vào nhật ký máy: bốn người giữ 30 ms làm người thứ năm chờ nửa giây."""
_PATIENCE_S = 5.0
_ANALYSED_ROWS = 1000
_WAL_PAGES = 4000
"""Người ghi tự dồn WAL khi nó dài chừng này trang (16 MB); bình thường ``checkpoint`` đã dồn từ lúc vắng việc."""
UNSTORABLE = "Có chữ hoặc số dài quá, hoặc mang ký tự không lưu được. Hãy rút gọn rồi gửi lại."
TAKEN = "Người khác vừa ghi đúng mục này trước bạn. Hãy tải lại trang rồi làm lại."
_LOCKED = ("database is locked", "database table is locked")


@dataclass(frozen=True)
class Hold:
    """Một lần giữ khoá ghi, mili giây: theo đồng hồ, và theo công của luồng ấy."""

    ms: float
    cpu_ms: float


@contextmanager
def _uncollected() -> Iterator[None]:
    """Không dọn rác trong lúc giữ khoá ghi: một lượt dọn quét mọi thứ của tiến trình, cả đài đợi thêm chừng ấy.

    Hai luồng cùng ghi (PostgreSQL) thì luồng tới trước bật lại: dọn sớm vài mili giây chứ không bao giờ tắt mãi.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _told(hold: Hold) -> None:
    times = {"held_ms": round(hold.ms, 1), "cpu_ms": round(hold.cpu_ms, 1)}
    if hold.ms > TOO_LONG_HOLD_MS:
        log.warning("giữ khoá ghi quá lâu", **times)
    elif hold.ms > LONG_HOLD_MS:
        log.info("giữ khoá ghi lâu", **times)


class Database:
    """Động cơ và phiên của một cơ sở dữ liệu; đóng bằng ``close()``."""

    def __init__(self, url: str) -> None:
        """``url`` dạng SQLAlchemy: ``sqlite:////…/broadcaster.db`` hoặc ``postgresql+psycopg://…``."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else create_engine(url, pool_pre_ping=True, hide_parameters=True)
        self._reader = self.engine if self.is_sqlite else _postgres_reader(self.engine)
        self._writer = self.engine.execution_options(broadcaster_begin="IMMEDIATE")
        self.on_hold: Callable[[Hold], None] = _told
        """Nghe mỗi lần giữ khoá ghi vừa xong; mặc định là ghi những lần lâu vào nhật ký máy."""
        self.before_commit: Callable[[Session], Callable[[], None]] = lambda _session: _nothing
        """Mở phiên ghi thì gọi; việc trả về làm sau lần ghi cuối, ngay trước khi commit, trong cùng giao dịch."""
        self._eager = self.engine.execution_options(broadcaster_begin="IMMEDIATE", broadcaster_eager=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Phiên chỉ đọc trên một ảnh chụp nhất quán; luôn đóng nhanh để WAL không phình.

        Lỗi: ``DatabaseAway`` khi không mở hoặc không đọc được.
        """
        with _away(), Session(self._reader, close_resets_only=False, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self, *, eager: bool = False) -> Iterator[Session]:
        """Phiên ghi: BEGIN IMMEDIATE, commit ở cuối khối, lỗi thì huỷ hết. Không làm gì chậm ở bên trong.

        ``eager``: xin khoá lại mỗi mili giây thay vì chờ theo nhịp của SQLite (dùng cho phòng phát sóng).
        Lỗi: ``DatabaseAway`` khi khoá quá lâu, đầy đĩa hoặc mất kết nối; ``Invalid`` khi giá trị không vừa cột.
        """
        engine = self._eager if eager else self._writer
        with _away(), Session(engine, close_resets_only=False, expire_on_commit=False, autoflush=True) as session:
            session.connection()
            finish = self.before_commit(session)
            with self._measured(), _uncollected():
                try:
                    yield session
                    session.flush()
                    finish()
                    if not self.is_sqlite:
                        session.execute(text(f"NOTIFY {CHANNEL}"))
                    session.commit()
                except BaseException:
                    session.rollback()
                    raise

    def refresh_statistics(self) -> None:
        """Cho SQLite biết lại cột nào hiếm, để sau nhiều năm nó vẫn chọn đúng chỉ mục; PostgreSQL tự làm việc này.

        Chỉ xem chừng nghìn dòng mỗi chỉ mục, nên giữ khoá ghi vài mili giây dù nhật ký dài tới đâu. Lỗi: ``DatabaseAway``.
        """
        if self.is_sqlite:
            with self.writing() as session:
                session.execute(text(f"PRAGMA analysis_limit={_ANALYSED_ROWS}"))
                session.execute(text("ANALYZE"))

    def checkpoint(self) -> None:
        """Dồn WAL của SQLite vào tệp chính mà không chặn ai; người ghi không phải dồn hộ giữa chừng. Lỗi: ``DatabaseAway``."""
        if not self.is_sqlite:
            return
        try:
            with closing(self.engine.raw_connection()) as raw:  # ngoài mọi giao dịch: ở trong thì SQLite từ chối
                raw.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
        except (DBAPIError, sqlite3.DatabaseError) as error:
            raise DatabaseAway from error

    @contextmanager
    def _measured(self) -> Iterator[None]:
        """Khoá ghi giữ bao lâu, kể cả khi cuối cùng là huỷ."""
        began, began_cpu = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            hold = Hold(1000 * (time.perf_counter() - began), 1000 * (time.thread_time() - began_cpu))
            self.on_hold(hold)

    def close(self) -> None:
        """Trả hết kết nối."""
        self.engine.dispose()


def _nothing() -> None:
    """Không ai xin làm gì trước khi commit."""


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise DatabaseAway from error
    except IntegrityError as error:
        raise Conflict(TAKEN) from error
    except (DataError, OverflowError, UnicodeEncodeError) as error:
        raise Invalid(UNSTORABLE) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseAway from error
        raise


def _postgres_reader(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _PATIENCE_S, "check_same_thread": False}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(raw: sqlite3.Connection, _record: Any) -> None:
    # Trình điều khiển tự mở giao dịch thì SELECT nằm ngoài giao dịch: tắt đi, ta tự BEGIN.
    raw.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"wal_autocheckpoint={_WAL_PAGES}",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # không có thì INSERT OR REPLACE lách được trigger chỉ-thêm
        f"busy_timeout={int(_PATIENCE_S * 1000)}",
    ):
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if "broadcaster_begin" not in options:
        connection.exec_driver_sql("BEGIN")
    elif options.get("broadcaster_eager"):
        _begin_eagerly(connection)
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_eagerly(connection: Connection) -> None:
    # busy_timeout của SQLite ngủ tới 100 ms một lần; phòng phát sóng không chờ được như vậy.
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    deadline = time.monotonic() + _PATIENCE_S
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as error:
                if time.monotonic() > deadline or not any(word in str(error) for word in _LOCKED):
                    raise
                time.sleep(0.001)
            else:
                return
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(_PATIENCE_S * 1000)}")
