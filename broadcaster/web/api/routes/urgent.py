"""Khẩn cấp cho phần mềm khác: ra lệnh, xem, dừng, chọn. Cùng luật, cùng cổng với trang."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field
from starlette.requests import Request

from broadcaster.accounts.actor import Action
from broadcaster.errors import Invalid
from broadcaster.playout.enums import UrgentLevel, UrgentState
from broadcaster.playout.urgent.composing import MAX_TEXT, Wish
from broadcaster.playout.urgent.orders import Order
from broadcaster.studio.enums import TemplateCode
from broadcaster.web.announcing import prepared, send
from broadcaster.web.api.bearer import Caller
from broadcaster.web.api.shapes import Given, StrictId, Told
from broadcaster.web.pages import services_of
from broadcaster.web.params import Id
from broadcaster.web.session import address_of

router = APIRouter(prefix="/urgent", tags=["urgent"])
Key = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class UrgentGiven(Given):
    """Đúng một trong ``text``, ``template``, ``recording_id``. Gửi lại cùng ``key`` thì vẫn là một lệnh.

    ``zone_ids`` rỗng là cả phường. ``every_minutes``: 0 (một lần), 15, 30, 60 hay 120, khi ấy cần ``until``.
    """

    key: Key
    text: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    template: TemplateCode | None = None
    blanks: dict[str, str] = Field(default_factory=dict)
    recording_id: StrictId | None = None
    zone_ids: list[StrictId] = Field(default_factory=list)
    every_minutes: Literal[0, 15, 30, 60, 120] = 0
    until: AwareDatetime | None = None
    level: UrgentLevel = UrgentLevel.THREE
    signal: bool = True
    lift: bool = False
    """Bỏ im lặng ở các đường ra của lệnh rồi mới phát."""
    code: Annotated[str, Field(max_length=10)] = ""
    """Mã điện thoại của người mang thẻ, khi đài yêu cầu mã cho khẩn cấp."""


class ChoiceGiven(Given):
    """``now``: phát ngay, ngắt tin kia; ``after``: sau khi tin kia hết; ``drop``: bỏ."""

    choice: Literal["now", "after", "drop"]


class UrgentTold(Told):
    """Một lệnh; ``against``: khoá của lệnh đang vang trên cùng đường ra khi lệnh này chờ.

    ``warning``: đường ra nào lúc này không nghe được, rỗng là mọi đường đều nghe; ``unheard``: không đường nào nghe được;
    ``heard_times``: số lần vang mà ít nhất một đường nhận được tiếng.
    """

    key: str
    state: UrgentState
    title: str
    spoken: str
    level: UrgentLevel
    by: str
    ordered_at: datetime
    zones: list[str]
    soundings: int
    heard_times: int
    unheard: bool
    warning: str
    next_at: datetime | None
    against: list[str]


class PathTold(Told):
    """Một đường ra tới các TDP được hỏi."""

    id: int
    name: str
    silenced: bool
    failed: bool


class AudienceTold(Told):
    """Ai nghe được lúc này; ``warning`` rỗng là mọi đường đều nghe."""

    warning: str
    paths: list[PathTold]


_CHOICES = {"now": "ngay", "after": "sau", "drop": "bo"}


@router.get("")
def listing(request: Request, actor: Caller) -> list[UrgentTold]:
    """Các lệnh còn đứng và lệnh đã xong trong một ngày, mới nhất trước."""
    actor.require(Action.URGENT)
    return [_told(one) for one in services_of(request).playout.of(actor).state()["urgent"]]


@router.get("/audience")
def audience(request: Request, actor: Caller, zone_ids: Annotated[list[Id] | None, Query(max_length=200)] = None) -> AudienceTold:
    """Hỏi trước khi ra lệnh: đường ra nào tới các TDP ấy (không nêu là cả phường) đang im lặng hay hỏng."""
    actor.require(Action.URGENT)
    return AudienceTold.model_validate(services_of(request).playout.of(actor).audience(zone_ids or []))


@router.post("", status_code=201)
def order(request: Request, actor: Caller, given: UrgentGiven) -> UrgentTold:
    """Ra lệnh: phát ở khung kế tiếp, qua giờ yên tĩnh. Đường ra đang có tin khẩn khác thì lệnh chờ người chọn."""
    if sum((bool(given.text.strip()), given.template is not None, given.recording_id is not None)) != 1:
        raise Invalid(problems={"text": "Hãy gửi đúng một trong text, template, recording_id."})
    wish = Wish(
        key=given.key,
        text=given.text,
        template=given.template,
        blanks=given.blanks,
        recording_id=given.recording_id,
        zone_ids=tuple(given.zone_ids),
        every_minutes=given.every_minutes,
        until=given.until,
        level=given.level,
        signal=given.signal,
        via="API",
    )
    services = services_of(request)
    ready, place = prepared(services, actor, wish), address_of(request)
    return _told(send(services, actor, ready, lift=given.lift, code=given.code, place=place))


@router.post("/{key}/stop")
def stop(request: Request, actor: Caller, key: Key) -> list[UrgentTold]:
    """Dừng lệnh và mọi lần nhắc."""
    actor.require(Action.URGENT)
    services_of(request).playout.of(actor).stop_urgent(key, by=actor)
    return listing(request, actor)


@router.post("/{key}/choose")
def choose(request: Request, actor: Caller, key: Key, given: ChoiceGiven) -> list[UrgentTold]:
    """Quyết lệnh đang chờ."""
    actor.require(Action.URGENT)
    services_of(request).playout.of(actor).choose_urgent(key, _CHOICES[given.choice], by=actor)
    return listing(request, actor)


def _told(view: dict[str, object]) -> UrgentTold:
    order = Order.from_json(view["order"])  # type: ignore[arg-type]
    return UrgentTold.model_validate(
        {
            **{name: view[name] for name in ("key", "state", "next_at", "against", "heard_times", "unheard", "warning")},
            **{name: getattr(order, name) for name in ("title", "spoken", "level", "by", "ordered_at")},
            "zones": list(order.zones),
            "soundings": view["number"],
        }
    )
