"""Lệnh chạy đài: cả ba tiến trình, hoặc từng tiến trình."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from broadcaster.cli.common import DEFAULT_CONFIG, ConfigFile
from broadcaster.config import load

Supervised = Annotated[bool, typer.Option("--supervised", hidden=True)]


def register(app: typer.Typer) -> None:
    """Gắn các lệnh."""
    for command in (serve, install, init, web, studio, playout, traffic):
        app.command()(command)


def serve(
    config: ConfigFile = DEFAULT_CONFIG,
    demo: Annotated[bool, typer.Option("--demo", help="Dựng đài mẫu từ kế hoạch, có buổi diễn tập sau ba phút.")] = False,
    demo_after: Annotated[
        int, typer.Option("--demo-after", min=1, max=86_400, hidden=True, help="Diễn tập sau bao nhiêu giây.")
    ] = 180,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65_535, help="Cổng của trang web cho lần chạy này.", show_default=False)
    ] = None,
) -> None:
    """Bật cả đài: trang web, phòng thu, phòng phát sóng.

    Lần đầu thì dựng dữ liệu và in mật khẩu quản trị. Tắt bằng Ctrl+C: buổi đang phát được ghi kết thúc rồi mới tắt.
    """
    from broadcaster.service.serving import serve as run

    run(load(config), demo_after=timedelta(seconds=demo_after) if demo else None, port=port)


def install(
    config: ConfigFile = DEFAULT_CONFIG,
    remove: Annotated[bool, typer.Option("--bo", help="Thôi giao đài cho máy.")] = False,
) -> None:
    """Giao đài cho máy tự canh (systemd hoặc Task Scheduler): bật máy là chạy, người canh chết thì chạy lại."""
    from broadcaster.service import install as machine

    for line in (machine.uninstall if remove else machine.install)(load(config)):
        typer.echo(line)


def init(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Tạo thư mục dữ liệu, nâng cấp lược đồ và nạp đài từ config.toml nếu chưa có."""
    from broadcaster.clock import SystemClock
    from broadcaster.service.folders import must_be_writable
    from broadcaster.service.setup import prepare_data

    loaded = load(config)
    must_be_writable(loaded.data_folder)
    for line in prepare_data(loaded, SystemClock()):
        typer.echo(line)


def web(config: ConfigFile = DEFAULT_CONFIG, supervised: Supervised = False) -> None:
    """Chỉ chạy trang web."""
    from broadcaster.web.main import run

    run(load(config), supervised=supervised)


def studio(config: ConfigFile = DEFAULT_CONFIG, supervised: Supervised = False) -> None:
    """Chỉ chạy phòng thu."""
    from broadcaster.service.studio_process import run

    run(load(config), supervised=supervised)


def playout(config: ConfigFile = DEFAULT_CONFIG, supervised: Supervised = False) -> None:
    """Chỉ chạy phòng phát sóng (máy có đường ra loa)."""
    from broadcaster.service.place import Place
    from broadcaster.service.playout_process import run

    run(Place.of(load(config)), supervised=supervised)


def traffic(config: ConfigFile = DEFAULT_CONFIG, supervised: Supervised = False) -> None:
    """Chỉ chạy phòng lịch phát: giữ lịch, viết bản phát, đưa sổ trực của phòng phát sóng vào nhật ký."""
    from broadcaster.service.traffic_process import run

    run(load(config), supervised=supervised)
