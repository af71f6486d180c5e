"""Lệnh giữ gìn: sao lưu, phục hồi, khám máy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from broadcaster.accounts.audit import note_export
from broadcaster.cli.common import DEFAULT_CONFIG, AsJson, ConfigFile, Who, asked, say, station_as
from broadcaster.clock import SystemClock
from broadcaster.config import load
from broadcaster.errors import Invalid

if TYPE_CHECKING:
    from broadcaster.service.backup_check import Examined


def register(app: typer.Typer) -> None:
    """Gắn các lệnh."""
    for command in (backup, backup_key, restore, doctor, listen_again):
        app.command()(command)


def backup(
    folder: Annotated[Path | None, typer.Argument(help="Thư mục sẽ ghi; để trống: theo config.toml.")] = None,
    who: Who = None,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Sao lưu dữ liệu và âm thanh vào một tệp, trong lúc đài vẫn chạy."""
    from broadcaster.service.backup import back_up_by

    loaded, login = load(config), asked(who)
    kept = back_up_by(loaded, SystemClock(), folder or loaded.backup_folder, login=login)
    value = {"tep": str(kept.path), "dong": kept.rows, "am_thanh": kept.sounds, "thieu": list(kept.missing)}
    lines = [f"Đã sao lưu {kept.rows} dòng và {kept.sounds} tệp âm thanh vào {kept.path}"]
    if kept.missing:
        lines.append(f"Thiếu {len(kept.missing)} tệp âm thanh trong kho: hãy chạy broadcaster doctor.")
    say(value, as_json=json, lines=lines)


def backup_key(file: Annotated[Path, typer.Argument(help="Tệp khoá riêng sẽ ghi; chép ra USB, đừng để cạnh bản sao.")]) -> None:
    """Tạo khoá cho bản sao lưu: khoá riêng vào tệp, khoá công khai in ra để ghi vào config.toml."""
    from broadcaster.service.sealing import new_key

    public = new_key(file)
    typer.echo(f"Khoá riêng ở {file}. Mất tệp này thì không mở được bản sao nào: hãy cất hai bản ở hai nơi.")
    typer.echo(f'Ghi vào config.toml, mục [backup]:  recipients = ["{public}"]')


def listen_again(
    folder: Annotated[Path | None, typer.Argument(help="Thư mục sẽ ghi; để trống: theo config.toml, mục [site].")] = None,
    address: Annotated[str, typer.Option("--dia-chi", help="Địa chỉ trang sẽ có; để trống: theo config.toml.")] = "",
    who: Who = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Ghi trang Nghe lại (trang tĩnh, podcast, mã vuông) cho trang thông tin của phường, trọn hoặc không ghi gì."""
    from broadcaster.reports.listen_again import write_site
    from broadcaster.service.folders import open_library

    loaded = load(config)
    target = folder or loaded.site_folder
    if target is None:
        raise Invalid("Hãy cho biết thư mục, hoặc khai ở mục [site] của config.toml.")
    with station_as(config, who) as (database, actor):
        count = write_site(
            database,
            actor,
            open_library(loaded),
            target.resolve(),
            address=address or loaded.site.address,
            days=loaded.site.days,
            now=SystemClock().now(),
            progress=lambda *_: None,
        )
        with database.writing() as session:
            note_export(session, actor, "trang Nghe lại", now=SystemClock().now(), count=count)
    typer.echo(f"Đã ghi {count} bản tin vào {target.resolve()}")


def restore(
    file: Annotated[Path, typer.Argument(help="Tệp sao lưu .tar hoặc .tar.age.")],
    why: Annotated[str, typer.Option("--ly-do", help="Vì sao phục hồi; ghi vào nhật ký.")],
    who: Who = None,
    key: Annotated[Path | None, typer.Option("--khoa", help="Tệp khoá riêng, khi bản sao đã khoá.")] = None,
    against: Annotated[
        list[str] | None, typer.Option("--against", help="Mốc bản sao phải đi qua: SỐ:BĂM, tệp mốc hay bản sao khác.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Kiểm nhật ký trong một bản sao lưu rồi dựng lại đài từ nó, vào thư mục dữ liệu còn trống."""
    from broadcaster.service.backup import restore as run
    from broadcaster.service.marks import marks_for_restore

    loaded = load(config)
    marks_of = marks_for_restore(loaded, against or (), file, key)
    for line in run(loaded, SystemClock(), file, login=asked(who), why=why, key=key, marks_of=marks_of, examined=_tell_examined):
        typer.echo(line)


def _tell_examined(found: Sequence[Examined]) -> None:
    """Nói nhật ký trong bản sao thế nào khi chưa ghi gì; có chỗ sai thì người ngồi máy quyết có dựng nữa không."""
    for one in found:
        typer.echo(f"{one.name}: nhật ký trong bản sao có {one.verdict.lines} dòng, mã băm cuối {one.verdict.digest}")
        for line in one.lines():
            typer.echo(line)
    if not all(one.verdict.sound for one in found) and sys.stdin.isatty():
        typer.confirm("Nhật ký trong bản sao này KHÔNG nguyên vẹn. Vẫn dựng lại đài từ nó?", abort=True)


def doctor(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Khám máy: có gì, thiếu gì, sai gì, làm gì tiếp. Có điều sai thì thoát với mã 1."""
    from broadcaster.service.doctor import WRONG, examine

    found = list(examine(load(config), SystemClock()))
    lines = [f"{one.state:>6}  {one.what}: {one.told}" for one in found]
    say([one.as_json() for one in found], as_json=json, lines=lines)
    if any(one.state == WRONG for one in found):
        raise typer.Exit(1)
