"""Lệnh với sóng: buổi hôm nay, đang phát gì, cho im lặng."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from broadcaster.cli.common import DEFAULT_CONFIG, AsJson, ConfigFile, Who, say, station, station_as
from broadcaster.clock import SystemClock
from broadcaster.config import Config, load
from broadcaster.playout.enums import UrgentLevel


def register(app: typer.Typer) -> None:
    """Gắn các lệnh."""
    for command in (today, now, silence, urgent):
        app.command()(command)


def today(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Các buổi hôm nay và thứ tự phát."""
    from broadcaster.accounts.stations import today_at
    from broadcaster.traffic.queries import ProgrammeView, programmes_between
    from broadcaster.traffic.snapshots import title_of
    from broadcaster.web.pages import clock_time, minutes

    def told(view: ProgrammeView) -> dict[str, Any]:
        programme = view.programme
        items = [
            {
                "luc": line.planned_at.isoformat(),
                "tieu_de": title_of(line.item),
                "dai_ms": line.planned_ms,
                "tinh_trang": line.item.state.value,
            }
            for line in view.lines
        ]
        return {
            "buoi": programme.slot.name,
            "bat_dau": programme.starts_at.isoformat(),
            "tinh_trang": programme.state.value,
            "muc": items,
        }

    with station(config) as (database, actor), database.reading() as session:
        day = today_at(session, actor, SystemClock().now())
        views = programmes_between(session, actor, day, day)
        value = [told(view) for view in views]
        lines: list[str] = []
        for view in views:
            programme = view.programme
            lines.append(f"{clock_time(programme.starts_at)}  {programme.slot.name} · {programme.state.label}")
            lines += [
                f"   {clock_time(one.planned_at)}  {minutes(one.planned_ms):>5}  {title_of(one.item)}" for one in view.lines
            ]
    say(value, as_json=json, lines=lines or ["Hôm nay chưa có buổi nào."])


def now(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Đang phát gì trên từng đường ra."""
    from broadcaster.playout.network_admin import outputs

    state = _playout(load(config)).state()["outputs"]
    with station(config) as (database, actor), database.reading() as session:
        names = {str(output.id): output.name for output in outputs(session, actor)}
    lines = [f"{names.get(key, key)}: {_on_air(one)}" for key, one in state.items()]
    say({names.get(key, key): one for key, one in state.items()}, as_json=json, lines=lines or ["Đài chưa có đường ra nào."])


def silence(
    output: Annotated[str, typer.Argument(help="Tên đường ra; để trống là tất cả.")] = "",
    lift: Annotated[bool, typer.Option("--go", help="Bỏ im lặng.")] = False,
    who: Who = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Cho im lặng ngay, giữ tới khi có người gỡ; làm được cả khi cơ sở dữ liệu bị khoá."""
    from broadcaster.errors import NotFound
    from broadcaster.playout.network_admin import outputs

    with station_as(config, who) as (database, actor), database.reading() as session:
        output_id = next((one.id for one in outputs(session, actor) if one.name == output), None)
    if output and output_id is None:
        raise NotFound(f"Đài không có đường ra tên “{output}”.")
    _playout(load(config)).silence(output_id, on=not lift, by=actor)
    typer.echo("Đã bỏ im lặng." if lift else "Đã cho im lặng.")


def urgent(
    text: Annotated[str, typer.Argument(help="Lời cần phát; để trống khi xem, dừng.")] = "",
    zones: Annotated[list[str] | None, typer.Option("--tdp", help="Mã TDP, nhiều lần được; không nêu là cả phường.")] = None,
    level: Annotated[UrgentLevel, typer.Option("--cap", help="Cấp độ 1-5.")] = UrgentLevel.THREE,
    every: Annotated[int, typer.Option("--nhac", min=0, max=120, help="Nhắc lại mỗi 15, 30, 60 hay 120 phút; 0 là một lần.")] = 0,
    until: Annotated[datetime | None, typer.Option("--toi", help="Nhắc tới lúc, giờ của đài.")] = None,
    plain: Annotated[bool, typer.Option("--khong-hieu-lenh", help="Bỏ hiệu lệnh báo 6 giây.")] = False,
    stop: Annotated[str, typer.Option("--dung", help="Khoá của lệnh cần dừng; “tat-ca” là mọi lệnh.")] = "",
    yes: Annotated[bool, typer.Option("--khong-hoi", help="Phát luôn, không đọc lại để hỏi.")] = False,
    who: Who = None,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Phát khẩn cấp ngay, qua giờ yên tĩnh; không lời nào là xem các lệnh. Làm được khi cơ sở dữ liệu bị khoá, đĩa đầy."""
    from broadcaster.cli import urgent_orders as orders

    loaded = load(config)
    playout = _playout(loaded)
    with station_as(config, who) if stop or text else station(config) as (database, actor):
        if stop:
            typer.echo(f"Đã dừng {orders.stop(playout, actor, stop)} lệnh.")
        elif text:
            wanted = orders.Wanted(text, tuple(zones or ()), level, every, until, signal=not plain)
            ready = orders.compose(loaded, database, actor, wanted)
            if not yes:
                typer.confirm(f"{orders.read_back(ready)}\nPhát ngay?", abort=True)
            view = orders.send(playout, ready)
            say(view, as_json=json, lines=[orders.line(view)])
        else:
            views = playout.state()["urgent"]
            say(views, as_json=json, lines=[orders.line(view) for view in views] or ["Chưa có lệnh khẩn cấp nào."])


def _on_air(one: dict[str, Any]) -> str:
    if one["silenced"]:
        return "đang im lặng"
    if one["on_air"] is None:
        return "đang mở, chưa có mục nào" if one["open"] else "đang nghỉ"
    return f"{one['on_air']['title']} ({one['on_air']['heard_ms'] // 1000}/{one['on_air']['planned_ms'] // 1000} giây)"


def _playout(config: Config) -> Any:
    from broadcaster.playout.loopback_client import PlayoutClient
    from broadcaster.service.folders import instance_secret

    return PlayoutClient(config.playout.port, instance_secret(config), config.station.code)
