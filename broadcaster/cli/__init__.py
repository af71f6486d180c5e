"""Dòng lệnh ``broadcaster``. Lỗi nói bằng tiếng Việt ra stderr, mã thoát theo loại lỗi; ``--json`` cho máy đọc."""

from __future__ import annotations

import sys

import typer

from broadcaster.cli import air, airlog, maintenance, people, processes, stations, texts
from broadcaster.errors import (
    AlreadyRunning,
    BroadcasterError,
    ChainBroken,
    ConfigWrong,
    Conflict,
    DatabaseAway,
    Invalid,
    NotAllowed,
    NotFound,
    OutputFailed,
    UnsoundText,
    VoiceFailed,
)
from broadcaster.plain_text import is_unsound
from broadcaster.service.logs import configure_command
from broadcaster.service.private import from_now_on

EXIT_CODES: dict[type[BroadcasterError], int] = {
    ConfigWrong: 3,
    AlreadyRunning: 4,
    DatabaseAway: 5,
    NotFound: 6,
    ChainBroken: 7,
    Invalid: 8,
    Conflict: 9,
    NotAllowed: 10,
    OutputFailed: 11,
    VoiceFailed: 12,
}
"""Loại lỗi → mã thoát; lỗi khác của ta là 1, gõ sai lệnh là 2."""

_HELP = """Đài truyền thanh phường: soạn, duyệt, đọc, phát đúng giờ, và nhật ký không sửa lén được.

Bắt đầu: “broadcaster serve --demo” dựng một đài mẫu để thử; “broadcaster serve” bật đài thật của config.toml.
Có điều lạ: “broadcaster doctor” nói có gì, thiếu gì, phải làm gì. Lệnh nào cũng có --help.
"""
app = typer.Typer(help=_HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for group in (processes, texts, air, maintenance):
    group.register(app)
app.add_typer(people.app, name="user")
app.add_typer(stations.app, name="station")
app.add_typer(texts.scripts_app, name="scripts")
app.add_typer(airlog.app, name="airlog")


def main(arguments: list[str] | None = None) -> None:
    """Chạy dòng lệnh (``None``: của tiến trình); lỗi của ta thành một câu tiếng Việt và mã thoát, không phải vết lỗi."""
    configure_command()
    from_now_on()
    try:
        if any(map(is_unsound, sys.argv[1:] if arguments is None else arguments)):
            raise UnsoundText
        app(args=arguments)
    except BroadcasterError as error:
        typer.echo(error.message, err=True)
        sys.exit(next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1))
