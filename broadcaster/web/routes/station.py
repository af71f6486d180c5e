"""Trang Đài: tên và TDP, cài đặt có lịch sử, chuyên mục và kế hoạch tuyên truyền CCHC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts import settings, stations
from broadcaster.accounts.actor import Action
from broadcaster.accounts.enums import UnitLevel
from broadcaster.accounts.signing_in import Signed
from broadcaster.newsroom import plan_admin
from broadcaster.playout.network_admin import retire_zone
from broadcaster.web.form_actions import Deed, attempt
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import local, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter(prefix="/dai")
TARGETS = range(plan_admin.MOST_TARGET + 1)


@router.get("")
def station(request: Request, signed: SignedIn) -> Response:
    """Tên, TDP, cài đặt."""
    return _station_page(request, signed, 200, {}, {})


@router.post("/ten")
def rename(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ô: ten."""

    def deed(session: Session, now: datetime) -> None:
        stations.rename_station(session, signed.actor, form.text("ten"), now=now)

    return _do(request, signed, form, deed, "Đã đổi tên đài.")


@router.post("/don-vi")
def rename_unit(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ô: cap, ten_don_vi, tu_ngay (để trống là hôm nay)."""

    def deed(session: Session, now: datetime) -> None:
        level, since = form.word("cap", UnitLevel, UnitLevel.WARD), form.day("tu_ngay") or local(now).date()
        stations.rename_unit(session, signed.actor, level, form.text("ten_don_vi"), since, now=now)

    return _do(request, signed, form, deed, "Đã ghi tên đơn vị.")


@router.post("/tdp")
def add_zones(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ô: tdp, mỗi dòng một TDP."""

    def deed(session: Session, now: datetime) -> None:
        stations.add_zones(session, signed.actor, form.text("tdp"), now=now)

    return _do(request, signed, form, deed, "Đã thêm tổ dân phố.")


@router.post("/tdp/{zone_id}")
def rename_zone(request: Request, signed: SignedIn, zone_id: Id, form: Form) -> Response:
    """Ô: ten_tdp_{mã}."""

    def deed(session: Session, now: datetime) -> None:
        stations.rename_zone(session, signed.actor, zone_id, form.text(f"ten_tdp_{zone_id}"), now=now, seen=form.text("truoc"))

    return _do(request, signed, form, deed, "Đã sửa tên tổ dân phố.", row=zone_id)


@router.post("/tdp/{zone_id}/thoi")
def end_zone(request: Request, signed: SignedIn, zone_id: Id, form: Form) -> Response:
    """Thôi dùng một TDP sau hôm nay."""

    def deed(session: Session, now: datetime) -> None:
        retire_zone(session, signed.actor, zone_id, now=now)

    return _do(request, signed, form, deed, "Tổ dân phố thôi dùng sau hôm nay.")


@router.post("/cai-dat/{name}")
def setting(request: Request, signed: SignedIn, name: str, form: Form) -> Response:
    """Ô: tên của chính cài đặt."""

    def deed(session: Session, now: datetime) -> None:
        stations.change_setting(session, signed.actor, name, settings.from_text(name, form.text(name)), now=now)

    return _do(request, signed, form, deed, "Đã lưu cài đặt.")


@router.get("/chuyen-muc")
def structure_page(request: Request, signed: SignedIn) -> Response:
    """Chuyên mục, kế hoạch."""
    return _plan_page(request, signed, 200, {}, {})


@router.post("/chuyen-muc")
def add_column(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ô: ten_chuyen_muc, cchc."""

    def deed(session: Session, now: datetime) -> None:
        plan_admin.add_column(session, signed.actor, form.text("ten_chuyen_muc"), is_reform=form.checked("cchc"), now=now)

    return _do_plan(request, signed, form, deed, "Đã thêm chuyên mục.")


@router.post("/chuyen-muc/{column_id}")
def edit_column(request: Request, signed: SignedIn, column_id: Id, form: Form) -> Response:
    """Ô: ten_chuyen_muc_{mã}, cchc."""

    def deed(session: Session, now: datetime) -> None:
        name, is_reform = form.text(f"ten_chuyen_muc_{column_id}"), form.checked("cchc")
        plan_admin.edit_column(session, signed.actor, column_id, name, is_reform=is_reform, now=now, seen=form.text("truoc"))

    return _do_plan(request, signed, form, deed, "Đã sửa chuyên mục.", row=column_id)


@router.post("/chuyen-muc/{column_id}/thoi")
def retire_column(request: Request, signed: SignedIn, column_id: Id, form: Form) -> Response:
    """Thôi dùng chuyên mục."""

    def deed(session: Session, now: datetime) -> None:
        plan_admin.retire_column(session, signed.actor, column_id, now=now)

    return _do_plan(request, signed, form, deed, "Chuyên mục đã thôi dùng.")


@router.post("/ke-hoach")
def add_plan(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ô: so, ban_hanh, nam, ten_ke_hoach."""

    def deed(session: Session, now: datetime) -> None:
        plan_admin.add_plan(session, signed.actor, _plan(form), now=now)

    return _do_plan(request, signed, form, deed, "Đã thêm kế hoạch. Hãy nhập các nội dung của nó.")


@router.post("/ke-hoach/{plan_id}")
def edit_plan(request: Request, signed: SignedIn, plan_id: Id, form: Form) -> Response:
    """Ô: so, ban_hanh, nam, ten_ke_hoach; tên ô mang thêm _p{kế hoạch}."""

    def deed(session: Session, now: datetime) -> None:
        plan_admin.edit_plan(session, signed.actor, plan_id, _plan(form, f"_p{plan_id}"), now=now, seen=form.text("truoc"))

    return _do_plan(request, signed, form, deed, "Đã sửa kế hoạch.", row=f"p{plan_id}")


@router.post("/ke-hoach/{plan_id}/noi-dung")
def add_topic(request: Request, signed: SignedIn, plan_id: Id, form: Form) -> Response:
    """Ô: ma_k{kế hoạch}, ten_noi_dung_k{kế hoạch}, chi_tieu_k{kế hoạch}."""

    def deed(session: Session, now: datetime) -> None:
        plan_admin.add_topic(session, signed.actor, plan_id, _topic(form, f"k{plan_id}"), now=now)

    return _do_plan(request, signed, form, deed, "Đã thêm nội dung.", row=f"k{plan_id}")


@router.post("/noi-dung/{topic_id}")
def edit_topic(request: Request, signed: SignedIn, topic_id: Id, form: Form) -> Response:
    """Ô: ma_{mã}, ten_noi_dung_{mã}, chi_tieu_{mã}."""

    def deed(session: Session, now: datetime) -> None:
        plan_admin.edit_topic(session, signed.actor, topic_id, _topic(form, topic_id), now=now, seen=form.text("truoc"))

    return _do_plan(request, signed, form, deed, "Đã sửa nội dung.", row=topic_id)


@router.post("/noi-dung/{topic_id}/thoi")
def retire_topic(request: Request, signed: SignedIn, topic_id: Id, form: Form) -> Response:
    """Thôi dùng một nội dung."""

    def deed(session: Session, now: datetime) -> None:
        plan_admin.retire_topic(session, signed.actor, topic_id, now=now)

    return _do_plan(request, signed, form, deed, "Nội dung đã thôi dùng.")


def _do(request: Request, signed: Signed, form: Posted, deed: Deed, said: str, row: int | None = None) -> Response:
    return attempt(request, signed, form, deed, show=_station_page, back="/dai", said=said, row=row)


def _do_plan(request: Request, signed: Signed, form: Posted, deed: Deed, said: str, row: int | str | None = None) -> Response:
    return attempt(request, signed, form, deed, show=_plan_page, back="/dai/chuyen-muc", said=said, row=row)


def _plan(form: Posted, row: str = "") -> plan_admin.PlanForm:
    number, title = form.text(f"so{row}"), form.text(f"ten_ke_hoach{row}")
    return plan_admin.PlanForm(number, form.day(f"ban_hanh{row}"), form.whole(f"nam{row}", plan_admin.YEARS), title)


def _topic(form: Posted, row: int | str) -> plan_admin.TopicForm:
    code, title = form.text(f"ma_{row}"), form.text(f"ten_noi_dung_{row}")
    return plan_admin.TopicForm(code, title, form.maybe(f"chi_tieu_{row}", TARGETS))


def _station_page(
    request: Request, signed: Signed, status: int, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Response:
    signed.actor.require(Action.STATION_EDIT)
    services = services_of(request)
    with services.database.reading() as session:
        today = stations.today_at(session, signed.actor, services.clock.now())
        return render(
            request,
            "dai.html",
            signed=signed,
            status=status,
            typed=typed,
            problems=problems,
            station=stations.station_of(session, signed.actor),
            names=stations.unit_names(session, signed.actor),
            levels=UnitLevel,
            zones=stations.zones(session, signed.actor, today),
            keys=[key for key in settings.KEYS.values() if key.name not in settings.LED],
            history=stations.setting_history(session, signed.actor),
        )


def _plan_page(request: Request, signed: Signed, status: int, typed: Mapping[str, str], problems: Mapping[str, str]) -> Response:
    signed.actor.require(Action.STATION_EDIT)
    with services_of(request).database.reading() as session:
        return render(
            request,
            "dai_chuyen_muc.html",
            signed=signed,
            status=status,
            typed=typed,
            problems=problems,
            columns=plan_admin.columns(session, signed.actor),
            plans=plan_admin.plans(session, signed.actor),
        )
