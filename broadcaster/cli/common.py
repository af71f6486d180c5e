"""Điều mọi lệnh dùng chung: tệp cấu hình, in cho người hay cho máy, và người đứng tên ở dòng lệnh."""

from __future__ import annotations

import json
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
AsJson = Annotated[bool, typer.Option("--json", help="In JSON cho máy đọc.")]


def say(value: Any, *, as_json: bool, lines: list[str]) -> None:
    """In ``value`` thành một JSON, hoặc ``lines`` cho người đọc."""
    for line in [json.dumps(value, ensure_ascii=False)] if as_json else lines:
        typer.echo(line)


@contextmanager
def station(config: Path) -> Iterator[tuple[Database, Actor]]:
    """Cơ sở dữ liệu của cấu hình và người đứng tên “dòng lệnh”. Lỗi: ``ConfigWrong``, ``NotFound``."""
    from broadcaster.service.local import opened

    with opened(load(config)) as found:
        yield found
