"""Lệnh với nhật ký phát thanh: kiểm chuỗi, xuất một kỳ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from broadcaster.cli.common import DEFAULT_CONFIG, AsJson, ConfigFile, Who, say, station_as
from broadcaster.config import load

app = typer.Typer(help="Nhật ký phát thanh.", no_args_is_help=True)


@app.command()
def verify(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Kiểm chuỗi nhật ký; có chỗ bị sửa thì kể ra và thoát với mã 7."""
    from broadcaster.errors import ChainBroken
    from broadcaster.service.airlog_commands import verify as verdicts

    found = verdicts(load(config))
    value = [{"dai": name, "dong": one.lines, "ma_bam": one.digest, "sai": list(one.faults)} for name, one in found]
    sound = [f"{name}: nhật ký nguyên vẹn, {one.lines} dòng, mã băm cuối {one.digest}" for name, one in found if one.sound]
    say(value, as_json=json, lines=sound)
    broken = [f"{name}: {fault}" for name, one in found for fault in one.faults]
    if broken:
        raise ChainBroken("Nhật ký KHÔNG nguyên vẹn. Hãy giữ nguyên tệp dữ liệu và báo người quản trị:\n" + "\n".join(broken))


@app.command()
def export(
    first: Annotated[str, typer.Option("--tu", help="Từ ngày, dạng 2026-03-01.")],
    last: Annotated[str, typer.Option("--den", help="Đến ngày, tính cả ngày ấy.")],
    file: Annotated[Path, typer.Option("--tep", help="Tệp .csv hoặc .xlsx sẽ ghi.")],
    who: Who = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Xuất nhật ký của một kỳ ra CSV hoặc XLSX."""
    from broadcaster.service.airlog_commands import export as write

    with station_as(config, who) as (database, actor):
        typer.echo(write(database, actor, first=first, last=last, file=file))
