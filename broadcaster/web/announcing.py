"""Lệnh khẩn cấp từ điều người ta chọn tới phòng phát sóng: chung cho trang và API. Phần chậm nằm ngoài mọi phiên dữ liệu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.own_account import check_urgent_code
from broadcaster.errors import Invalid
from broadcaster.newsroom.reading_aloud import manner_of
from broadcaster.playout.urgent import composing
from broadcaster.playout.urgent.composing import Wish
from broadcaster.playout.urgent.orders import Order, check
from broadcaster.studio.announcing import Announced
from broadcaster.traffic.calendar import zone_of
from broadcaster.web.services import Services


@dataclass(frozen=True)
class Prepared:
    """Lệnh đã đọc thành tiếng và điều người ra lệnh cần thấy trước khi bấm; ``doubts``: chỗ ngờ trong chữ."""

    order: Order
    announced: Announced | None
    clusters: tuple[str, ...]
    doubts: tuple[str, ...] = ()


def prepared(services: Services, actor: Actor, wish: Wish) -> Prepared:
    """Soạn, đọc chữ, đọc thành tiếng. Lỗi: ``NotAllowed``, ``NotFound``, ``Invalid``, ``VoiceFailed``."""
    now = services.clock.now()
    with services.database.reading() as session:
        today = now.astimezone(zone_of(session, actor.station_id)).date()
        ready = composing.prepare(session, actor, wish, now=now)
        manner = manner_of(session, actor.station_id, today, approved=True) if ready.speak else None
    check(ready.order, now=now)
    if manner is None:
        return Prepared(ready.order, None, ready.clusters)
    reading = services.reader(ready.order.text, manner)
    if not reading.sentences:
        raise Invalid(problems={"noi_dung": "Lời này không có gì để đọc. Hãy gõ thành câu."})
    announced = services.announcer.announce(reading.sentences, title=ready.order.title, on=today)
    order = composing.with_sound(ready.order, reading.sentences, announced.sha256, announced.voice)
    return Prepared(order, announced, ready.clusters, tuple(question["message"] for question in reading.detail["questions"]))


def send(services: Services, actor: Actor, one: Prepared, *, lift: bool = False, code: str = "", place: str) -> dict[str, Any]:
    """Giao lệnh cho phòng phát sóng; kho không cất được tiếng thì tiếng đi kèm; ``lift``: bỏ im lặng rồi mới phát;
    ``code``: mã điện thoại của người ra lệnh, khi đài yêu cầu, gõ ở ``place``.

    Lỗi: ``Invalid``, ``TooManyAttempts``, ``OutputFailed``.
    """
    with services.database.reading() as session:
        check_urgent_code(session, actor, code, guesses=services.guesses, place=place, now=services.clock.now())
    pcm = one.announced.samples if one.announced and one.order.audio_sha256 is None else None
    return services.playout.of(actor).order_urgent(one.order, pcm, lift=lift)
