"""Đọc chữ theo cách của đài cho trang và API, và dựng chữ có đánh dấu chỗ nào được đọc khác chữ viết."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.stations import today_at
from broadcaster.newsroom.reading_aloud import Manner, manner_of, read_with_title
from broadcaster.newsroom.submitting import ReadText
from broadcaster.web.services import Services

_AS_WRITTEN = "plain"


@dataclass(frozen=True)
class Piece:
    """Một mẩu chữ; ``spoken`` khác rỗng hoặc ``silent`` đúng là mẩu ấy không đọc như viết; ``question``: mẩu có điều phải hỏi."""

    text: str
    spoken: str = ""
    silent: bool = False
    others: tuple[str, ...] = ()
    question: str = ""


def manner_for(services: Services, actor: Actor) -> Manner:
    """Cách đọc của đài hôm nay."""
    with services.database.reading() as session:
        return manner_of(session, actor.station_id, today_at(session, actor, services.clock.now()))


def read_for(
    services: Services, actor: Actor, text: str, choices: Mapping[str, str] | None = None, *, title: str | None = None
) -> ReadText:
    """Đọc ``text``, và ``title`` nếu có, theo cách của đài và lựa chọn riêng của bản tin; không giữ phiên trong lúc đọc."""
    manner = manner_for(services, actor).choosing(choices or {})
    return services.reader(text, manner) if title is None else read_with_title(title, text, manner, services.reader)


def chosen_readings(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Các ô ``chon`` (“chữ→lời”) thành cặp; ô sau thay ô trước của cùng chữ."""
    pairs = (one.partition("→") for one in texts)
    return tuple({surface: reading for surface, arrow, reading in pairs if arrow}.items())


def pieces(detail: dict[str, Any]) -> Iterator[Piece]:
    """Chữ của một cách đọc, cắt theo đoạn, để trang đánh dấu."""
    source = detail.get("source", "")
    asked = [(question["start"], question["end"], question["key"]) for question in detail.get("questions", [])]
    for span in detail.get("spans", []):
        start, end = span["start"], span["end"]
        key = next((key for first, last, key in asked if first < end and start < last), "")
        if span["kind"] == _AS_WRITTEN:
            yield Piece(source[start:end], question=key)
        else:
            said = span["spoken"]
            yield Piece(source[start:end], said, silent=not said, others=tuple(span["alternatives"]), question=key)
