"""Điều mọi lệnh dùng chung: tệp cấu hình, in cho người hay cho máy, và người đứng tên ở dòng lệnh."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from broadcaster.accounts.actor import Actor
from broadcaster.config import load
from broadcaster.database import Database

DEFAULT_CONFIG = Path("config.toml")
ConfigFile = Annotated[Path, typer.Option("--config", help="Tệp cấu hình.", envvar="BROADCASTER_CONFIG")]
Who = Annotated[
    str | None,
    typer.Option("--nguoi", help="Tên đăng nhập của bạn: sổ và nhật ký ghi tên này.", envvar="BROADCASTER_NGUOI"),
]
AsJson = Annotated[bool, typer.Option("--json", help="In JSON cho máy đọc.")]


def say(value: Any, *, as_json: bool, lines: list[str]) -> None:
    """In ``value`` thành một JSON, hoặc ``lines`` cho người đọc."""
    for line in [json.dumps(value, ensure_ascii=False)] if as_json else lines:
        typer.echo(line)


@contextmanager
def station(config: Path) -> Iterator[tuple[Database, Actor]]:
    """Để xem: cơ sở dữ liệu của cấu hình, không ai phải đứng tên. Lỗi: ``ConfigWrong``, ``NotFound``."""
    from broadcaster.service.local import opened

    with opened(load(config)) as found:
        yield found


@contextmanager
def station_as(config: Path, who: str | None) -> Iterator[tuple[Database, Actor]]:
    """Để làm: như ``station``, với người thật đứng tên; chưa biết là ai thì hỏi. Lỗi: thêm ``Invalid`` khi không ai đứng tên."""
    from broadcaster.service.local import opened

    loaded = load(config)
    with opened(loaded, asked(who)) as found:
        yield found


def asked(who: str | None) -> str:
    """Tên đăng nhập của người gõ lệnh; chưa nói thì hỏi, không ai để hỏi thì rỗng."""
    if who is None and sys.stdin.isatty():
        who = typer.prompt("Tên đăng nhập của bạn (sổ ghi tên này)")
    return who or ""
