"""Lệnh với đài: thêm một đài vào cùng cơ sở dữ liệu, xem các đài."""

from __future__ import annotations

from typing import Annotated

import typer

from broadcaster.cli.common import DEFAULT_CONFIG, AsJson, ConfigFile, Who, say, station_as
from broadcaster.clock import SystemClock
from broadcaster.config import load

app = typer.Typer(help="Các đài trong một cơ sở dữ liệu.", no_args_is_help=True)


@app.command()
def add(
    code: Annotated[str, typer.Argument(help="Mã ngắn, không dấu, không đổi về sau, ví dụ bach-sam.")],
    name: Annotated[str, typer.Option("--ten", help="Tên đài, đọc lúc xướng đài.")],
    ward: Annotated[str, typer.Option("--phuong", help="Tên đơn vị, ví dụ “phường Bạch Sam”.")],
    admin: Annotated[str, typer.Option("--quan-tri", help="Tên đăng nhập của người sẽ quản trị đài ấy.")],
    who: Who = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Thêm một đài; người quản trị đổi đài trên trang."""
    from broadcaster.service.setup import add_station

    with station_as(config, who) as (_, actor):
        lines = add_station(load(config), SystemClock(), actor, code=code, name=name, ward=ward, admin=admin)
    for line in lines:
        typer.echo(line)


@app.command("list")
def listing(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Các đài đang có."""
    from contextlib import closing

    from sqlalchemy import select

    from broadcaster.accounts.tables import Station
    from broadcaster.service.assembly import open_database

    with closing(open_database(load(config))) as database, database.reading() as session:
        rows = [{"ma": one.code, "ten": one.name} for one in session.scalars(select(Station).order_by(Station.id))]
    say(rows, as_json=json, lines=[f"{row['ma']}  {row['ten']}" for row in rows] or ["Chưa có đài nào."])
