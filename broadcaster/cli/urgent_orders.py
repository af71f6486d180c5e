"""Lệnh ``urgent``: soạn, đọc lại, giao cho phòng phát sóng; giọng đọc nạp ngay trong tiến trình này."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broadcaster.accounts.actor import Action, Actor
from broadcaster.clock import SystemClock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import Invalid, NotFound
from broadcaster.newsroom.reading_aloud import manner_of, read_text
from broadcaster.playout.enums import UrgentLevel, UrgentState
from broadcaster.playout.loopback_client import PlayoutClient
from broadcaster.playout.urgent import composing
from broadcaster.playout.urgent.composing import Wish
from broadcaster.playout.urgent.orders import Order, check
from broadcaster.service.folders import open_library
from broadcaster.sound.frames import Samples
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker
from broadcaster.studio.announcing import Announcer
from broadcaster.traffic.calendar import zone_of

ALL = "tat-ca"


@dataclass(frozen=True)
class Wanted:
    """Điều người gõ lệnh muốn; ``until`` theo giờ của đài."""

    text: str
    zones: tuple[str, ...]
    level: UrgentLevel
    every: int
    until: datetime | None
    signal: bool


@dataclass(frozen=True)
class Ready:
    """Lệnh đã có tiếng; ``pcm`` chỉ khi kho không cất được."""

    order: Order
    pcm: Samples | None
    clusters: tuple[str, ...]


def compose(config: Config, database: Database, actor: Actor, wanted: Wanted) -> Ready:
    """Chỉ đọc cơ sở dữ liệu. Lỗi: ``NotFound`` khi không có TDP ấy, ``Invalid``, ``VoiceFailed``."""
    now = SystemClock().now()
    with database.reading() as session:
        zone = zone_of(session, actor.station_id)
        known = {one.code: one.id for one in composing.zones(session, actor)}
        strange = [code for code in wanted.zones if code not in known]
        if strange:
            raise NotFound(f"Đài không có TDP mã “{strange[0]}”. Các mã dùng được: {', '.join(known)}.")
        wish = Wish(
            key=uuid.uuid4().hex,
            text=wanted.text,
            zone_ids=tuple(known[code] for code in wanted.zones),
            every_minutes=wanted.every,
            until=wanted.until.replace(tzinfo=zone) if wanted.until else None,
            level=wanted.level,
            signal=wanted.signal,
            via="dòng lệnh",
        )
        ready = composing.prepare(session, actor, wish, now=now)
        manner = manner_of(session, actor.station_id, now.astimezone(zone).date(), approved=True)
    check(ready.order, now=now)
    reading = read_text(ready.order.text, manner)
    if not reading.sentences:
        raise Invalid("Lời này không có gì để đọc. Hãy gõ thành câu.")
    worker = EspeakWorker()
    try:
        announcer = Announcer(EspeakVoice(worker), open_library(config))
        announced = announcer.announce(reading.sentences, title=ready.order.title, on=now.astimezone(zone).date())
    finally:
        worker.close()
    order = composing.with_sound(ready.order, reading.sentences, announced.sha256, announced.voice)
    return Ready(order, announced.samples if announced.sha256 is None else None, ready.clusters)


def read_back(ready: Ready) -> str:
    """Lệnh đọc lại cho người sắp bấm."""
    order = ready.order
    often = f"nhắc mỗi {order.every_minutes} phút tới {order.until:%H:%M %d/%m/%Y}" if order.until else "một lần"
    where = ", ".join(order.zones) or "cả phường"
    told = f"Phát khẩn cấp tới {where} ({len(ready.clusters)} cụm loa), {often}, {order.level.label.lower()}."
    return f"{told}\nLoa sẽ nói: {order.spoken}"


def send(playout: PlayoutClient, ready: Ready) -> dict[str, Any]:
    """Giao lệnh. Lỗi: ``OutputFailed``, ``Invalid``."""
    return playout.order_urgent(ready.order, ready.pcm)


def stop(playout: PlayoutClient, actor: Actor, key: str) -> int:
    """Dừng một lệnh hay mọi lệnh còn đứng; trả về số lệnh. Lỗi: ``NotFound``, ``OutputFailed``."""
    actor.require(Action.URGENT)
    keys = [one["key"] for one in playout.state()["urgent"] if not UrgentState(one["state"]).over] if key == ALL else [key]
    for one in keys:
        playout.stop_urgent(one, by=actor)
    return len(keys)


def line(view: dict[str, Any]) -> str:
    """Một lệnh trên một dòng."""
    order = Order.from_json(view["order"])
    return f"{view['key']}  {UrgentState(view['state']).label} · {order.title} · {', '.join(order.zones) or 'cả phường'}"
