"""Nhật ký máy không bao giờ mang bí mật: vết lỗi không kể biến, lời lỗi được che."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from broadcaster.database import Database
from broadcaster.service import logs
from broadcaster.service.log_volume import RollingFile

LINK = "Zq3-liên_kết-một-chạm-0123456789"
COOKIE, TOKEN = "pX3kq0Zr7_bánh-quy-rất-dài-của-người-trực", "dtt_0123456789abcdefghijABCDEFGHIJ"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("configure", [lambda: logs.configure("info", "web"), logs.configure_command])
def test_a_traceback_tells_where_and_never_with_what(configure: Callable[[], None], capsys: pytest.CaptureFixture[str]) -> None:
    configure()

    def handle(cookie: str) -> None:
        headers = {"cookie": f"phien={cookie}"}
        raise RuntimeError(f"hỏng với phien={'a' * 40} và {TOKEN}" if headers else "")

    try:
        handle(COOKIE)
    except RuntimeError as error:
        told = {"loi": repr(error), "exc_info": error, "mat_khau": "bí mật", "duong_dan": f"/xac-nhan/{LINK}"}
        structlog.get_logger("x").error("lỗi chưa lường trước", **told)
    said = "".join(capsys.readouterr())
    assert "lỗi chưa lường trước" in said
    assert "handle" in said
    for secret in (COOKIE, TOKEN, LINK, "a" * 40, "bí mật"):
        assert secret not in said


def test_every_line_tells_its_process_whatever_thread_wrote_it(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "web")
    writer = threading.Thread(target=structlog.get_logger("x").warning, args=("giữ khoá ghi quá lâu",))
    writer.start()
    writer.join()
    assert json.loads(capsys.readouterr().err)["process"] == "web"


def test_a_database_error_does_not_repeat_what_was_stored(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught, database.engine.connect() as connection:
        connection.execute(text("INSERT INTO khong_co VALUES (:secret)"), {"secret": COOKIE})
    assert COOKIE not in repr(caught.value) + str(caught.value)


class Terminal(io.StringIO):
    """Màn hình của người chạy."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_sentences_and_the_file_keeps_everything(tmp_path: Path) -> None:
    screen = Terminal()
    file = RollingFile(tmp_path / "web.log", mb=1, keep=1)
    logs.configure("info", "web", file, errors=screen)
    log = structlog.get_logger("x")
    log.info("đã chạy tiến trình con", con="web")
    log.warning("giữ khoá ghi quá lâu", held_ms=200.0)
    log.error("tiến trình con đã dừng, sẽ chạy lại", con="web", sau_s=0.5, mat_khau=TOKEN)
    file.close()
    shown = screen.getvalue().splitlines()
    assert len(shown) == 1
    assert shown[0].endswith("tiến trình con đã dừng, sẽ chạy lại (con web, sau s 0.5, mat khau ***)")
    kept = [json.loads(line) for line in (tmp_path / "web.log").read_text("utf-8").splitlines()]
    assert [line["level"] for line in kept] == ["info", "warning", "error"]
    assert TOKEN not in screen.getvalue()
