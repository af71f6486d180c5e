"""Dòng lệnh ``broadcaster``: chạy đài, kiểm và xuất nhật ký. Lỗi nói bằng tiếng Việt, mã thoát theo loại lỗi."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from broadcaster.config import load
from broadcaster.errors import AlreadyRunning, BroadcasterError, ChainBroken, ConfigWrong, DatabaseAway, NotFound

app = typer.Typer(
    help="Đài truyền thanh phường.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
airlog_app = typer.Typer(help="Nhật ký phát thanh.", no_args_is_help=True)
app.add_typer(airlog_app, name="airlog")

EXIT_CODES: dict[type[BroadcasterError], int] = {ConfigWrong: 3, AlreadyRunning: 4, DatabaseAway: 5, NotFound: 6, ChainBroken: 7}
"""Loại lỗi → mã thoát; lỗi khác của ta là 1."""

ConfigFile = Annotated[Path, typer.Option("--config", help="Tệp cấu hình.", envvar="BROADCASTER_CONFIG")]
Supervised = Annotated[bool, typer.Option("--supervised", hidden=True)]
DEFAULT_CONFIG = Path("config.toml")


@app.command()
def serve(
    config: ConfigFile = DEFAULT_CONFIG,
    demo: Annotated[bool, typer.Option("--demo", help="Dựng đài mẫu từ kế hoạch, có buổi diễn tập sau ba phút.")] = False,
    demo_after: Annotated[int, typer.Option("--demo-after", hidden=True, help="Diễn tập sau bao nhiêu giây.")] = 180,
) -> None:
    """Bật cả đài: trang web, phòng thu, phòng phát sóng."""
    from broadcaster.service.serving import serve as run

    run(load(config), demo_after=timedelta(seconds=demo_after) if demo else None)


@app.command()
def init(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Tạo thư mục dữ liệu, nâng cấp lược đồ và nạp đài từ config.toml nếu chưa có."""
    from broadcaster.clock import SystemClock
    from broadcaster.service.setup import prepare_data

    for line in prepare_data(load(config), SystemClock()):
        typer.echo(line)


@app.command()
def web(config: ConfigFile = DEFAULT_CONFIG, supervised: Supervised = False) -> None:
    """Chỉ chạy trang web."""
    from broadcaster.web.main import run

    run(load(config), supervised=supervised)


@app.command()
def studio(config: ConfigFile = DEFAULT_CONFIG, supervised: Supervised = False) -> None:
    """Chỉ chạy phòng thu."""
    from broadcaster.service.studio_process import run

    run(load(config), supervised=supervised)


@app.command()
def playout(config: ConfigFile = DEFAULT_CONFIG, supervised: Supervised = False) -> None:
    """Chỉ chạy phòng phát sóng (máy có đường ra loa)."""
    from broadcaster.service.playout_process import run

    run(load(config), supervised=supervised)


@airlog_app.command("verify")
def airlog_verify(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Kiểm chuỗi nhật ký; có chỗ bị sửa thì kể ra và thoát với mã 7."""
    from broadcaster.service.airlog_commands import verify

    for line in verify(load(config)):
        typer.echo(line)


@airlog_app.command("export")
def airlog_export(
    first: Annotated[str, typer.Option("--tu", help="Từ ngày, dạng 2026-03-01.")],
    last: Annotated[str, typer.Option("--den", help="Đến ngày, tính cả ngày ấy.")],
    file: Annotated[Path, typer.Option("--tep", help="Tệp .csv hoặc .xlsx sẽ ghi.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Xuất nhật ký của một kỳ ra CSV hoặc XLSX."""
    from broadcaster.service.airlog_commands import export

    typer.echo(export(load(config), first=first, last=last, file=file))


def main() -> None:
    """Chạy dòng lệnh; lỗi của ta thành một câu tiếng Việt và mã thoát, không phải vết lỗi."""
    try:
        app()
    except BroadcasterError as error:
        typer.echo(str(error), err=True)
        code = next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)
        sys.exit(code)
