"""Loa và đường ra: mạng loa của đài, hỏng hóc và sửa chữa."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts import stations
from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import Conflict, Invalid, NotFound, OutputFailed
from broadcaster.playout import network_admin
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.network_admin import MAX_GAIN_DB, ClusterForm, OutputForm
from broadcaster.playout.tables import Output
from broadcaster.sound.frames import RATE
from broadcaster.sound.tones import rising_tone
from broadcaster.traffic.calendar import quiet_hours
from broadcaster.web.form_actions import Deed, attempt
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter(prefix="/dai/loa")
TEST_WORDS = "Đây là tiếng thử loa. Xin cảm ơn bà con."
"""Không có chỗ trống nào: nút thử loa không nói thay ai được điều gì."""
LEAD_S = range(86_400)
"""Rộng hơn luật của mạng loa: trong khoảng này thì luật nói, ngoài khoảng này thì không phải số giây."""


@router.get("")
def speakers(request: Request, signed: SignedIn) -> Response:
    """Đường ra, cụm loa, hỏng hóc."""
    return _page(request, signed, 200, {}, {})


@router.post("/duong-ra")
def add_output(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ô: ten, mo_truoc (giây). Thiết bị chọn sau, ở chính đường ấy."""

    def deed(session: Session, now: datetime) -> None:
        players = network_admin.players(session, signed.actor)
        if not players:
            raise Conflict("Đài này chưa có máy phát nào để gắn đường ra. Hãy nhờ người cài đặt chạy broadcaster station add.")
        new = OutputForm(players[0].id, form.text("ten"), OutputKind.MONITOR, lead_ms=form.whole("mo_truoc", LEAD_S) * 1000)
        network_admin.create_output(session, signed.actor, new, now=now)

    return _do(request, signed, form, deed, "Đã thêm đường ra.")


@router.post("/duong-ra/{output_id}")
def edit_output(request: Request, signed: SignedIn, output_id: Id, form: Form) -> Response:
    """Ô: ten, mo_truoc, loai, cac, khuech_dai, tang_am, đuôi r{mã}."""
    row, found = f"r{output_id}", _live(request, signed)[1]["devices"]
    cards = [card[called] for card in found for called in ("name", "label")]

    def deed(session: Session, now: datetime) -> None:
        kept = _form_of(_output(session, signed, output_id))
        amplifier = form.text(f"tang_am_{row}")
        if amplifier not in ("", kept.device.get("amplifier_on"), *services_of(request).amplifiers):
            raise Invalid(problems={f"tang_am_{row}": "Hãy chọn một máy tăng âm có trong config.toml."})
        card = {"name": form.text(f"cac_{row}"), "amplifier_on": amplifier, "amplifier_off": amplifier}
        changed = replace(
            kept,
            name=form.text(f"ten_{row}"),
            lead_ms=form.whole(f"mo_truoc_{row}", LEAD_S) * 1000,
            kind=form.word(f"loai_{row}", OutputKind, kept.kind),
            device=card,
            gain_db=form.decimal(f"khuech_dai_{row}", -MAX_GAIN_DB, MAX_GAIN_DB, empty=0.0),
        )
        network_admin.edit_output(session, signed.actor, output_id, changed, now=now, seen=form.text("truoc"), cards=cards)

    return _do(request, signed, form, deed, "Đã sửa đường ra.", row)


@router.post("/duong-ra/{output_id}/thu")
def test_output(request: Request, signed: SignedIn, output_id: Id, form: Form) -> Response:
    """Thử loa: tiếng trượt lên rồi một câu cố định, chỉ trên đường này; giờ yên tĩnh thì phải có phép phát có số văn bản."""
    services, now = services_of(request), services_of(request).clock.now()
    signed.actor.require(Action.STATION_EDIT)
    with services.database.reading() as session:
        _output(session, signed, output_id)
        quiet = quiet_hours(session, signed.actor.station_id, now).quiet_at(now)
    try:
        if quiet:
            raise Conflict("Đang là giờ yên tĩnh. Hãy thử loa vào giờ khác, hoặc nhờ lãnh đạo ghi phép phát có số văn bản.")
        announced = services.announcer.announce([TEST_WORDS], title="Thử loa", on=now.date())
        sound = np.concatenate([rising_tone(), _PAUSE, announced.samples])
        services.playout.of(signed.actor).test(output_id, sound, spoken=TEST_WORDS, by=signed.actor)
    except (Conflict, OutputFailed) as error:
        return _page(request, signed, 409, dict(form.kept()), {"chung": error.message})
    return back_to("/dai/loa", "Đang thử loa.")


@router.post("/duong-ra/{output_id}/bo")
def retire_output(request: Request, signed: SignedIn, output_id: Id, form: Form) -> Response:
    """Thôi dùng một đường ra."""

    def deed(session: Session, now: datetime) -> None:
        network_admin.retire_output(session, signed.actor, output_id, now=now)

    return _do(request, signed, form, deed, "Đường ra đã thôi dùng.")


@router.post("/cum")
def add_cluster(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ô: ma_moi, ten_moi, tdp_moi, duong_moi, cong_nghe_moi, don_vi_cu_moi, dac_biet_moi."""

    def deed(session: Session, now: datetime) -> None:
        network_admin.create_cluster(session, signed.actor, _cluster(form, "moi"), now=now)

    return _do(request, signed, form, deed, "Đã thêm cụm loa.", "moi")


@router.post("/cum/{cluster_id}")
def edit_cluster(request: Request, signed: SignedIn, cluster_id: Id, form: Form) -> Response:
    """Ô như ``add_cluster``, đuôi là mã cụm."""

    def deed(session: Session, now: datetime) -> None:
        network_admin.edit_cluster(
            session, signed.actor, cluster_id, _cluster(form, cluster_id), now=now, seen=form.text("truoc")
        )

    return _do(request, signed, form, deed, "Đã sửa cụm loa.", cluster_id)


@router.post("/cum/{cluster_id}/bo")
def retire_cluster(request: Request, signed: SignedIn, cluster_id: Id, form: Form) -> Response:
    """Thôi dùng một cụm loa từ hôm nay."""

    def deed(session: Session, now: datetime) -> None:
        network_admin.retire_cluster(session, signed.actor, cluster_id, now=now)

    return _do(request, signed, form, deed, "Cụm loa đã thôi dùng.")


@router.post("/cum/{cluster_id}/hong")
def report_fault(request: Request, signed: SignedIn, cluster_id: Id, form: Form) -> Response:
    """Ô: hong_gi_{mã}."""

    def deed(session: Session, now: datetime) -> None:
        network_admin.report_fault(session, signed.actor, cluster_id, form.text(f"hong_gi_{cluster_id}"), now=now)

    return _do(request, signed, form, deed, "Đã ghi hỏng hóc.", cluster_id)


@router.post("/hong/{fault_id}/xong")
def fix_fault(request: Request, signed: SignedIn, fault_id: Id, form: Form) -> Response:
    """Báo đã sửa xong."""

    def deed(session: Session, now: datetime) -> None:
        network_admin.fix_fault(session, signed.actor, fault_id, now=now)

    return _do(request, signed, form, deed, "Đã ghi sửa xong.")


def _do(request: Request, signed: Signed, form: Posted, deed: Deed, said: str, row: int | str | None = None) -> Response:
    return attempt(request, signed, form, deed, show=_page, back="/dai/loa", said=said, row=row)


def _cluster(form: Posted, row: int | str) -> ClusterForm:
    zone_id, output_id = form.maybe(f"tdp_{row}"), form.maybe(f"duong_{row}")
    if zone_id is None or output_id is None:
        raise Invalid(problems={f"tdp_{row}": "Hãy chọn tổ dân phố và đường ra nuôi cụm loa này."})
    return ClusterForm(
        code=form.text(f"ma_{row}"),
        name=form.text(f"ten_{row}"),
        zone_id=zone_id,
        output_id=output_id,
        technology=form.text(f"cong_nghe_{row}"),
        former_unit=form.text(f"don_vi_cu_{row}"),
        special_area=form.checked(f"dac_biet_{row}"),
        volume_caps=_caps(form, f"tran_{row}"),
    )


_PAUSE = np.zeros(RATE // 3, np.int16)
_CAP = re.compile(r"(\d{1,2})\s*-\s*(\d{1,2})\s*:\s*(\d{1,3})\s*%?")


def _caps(form: Posted, name: str) -> list[tuple[int, int, int]]:
    """Trần âm lượng gõ thành “21-24: 40, 5-6: 50”."""
    parts = [part.strip() for part in form.text(name).split(",") if part.strip()]
    found = [_CAP.fullmatch(part) for part in parts]
    if not all(found):
        raise Invalid(problems={name: "Hãy ghi giờ bắt đầu - giờ kết thúc: phần trăm, ví dụ 5-6: 50, 20-21: 70."})
    return [(int(match[1]), int(match[2]), int(match[3])) for match in found if match]


def _output(session: Session, signed: Signed, output_id: Id) -> Output:
    found = next((one for one in network_admin.outputs(session, signed.actor) if one.id == output_id), None)
    if found is None:
        raise NotFound
    return found


def _form_of(row: Output) -> OutputForm:
    return OutputForm(row.player_id, row.name, row.kind, row.device, row.lead_ms, row.gain_db, row.captured)


def _page(request: Request, signed: Signed, status: int, typed: Mapping[str, str], problems: Mapping[str, str]) -> Response:
    signed.actor.require(Action.STATION_EDIT)
    services = services_of(request)
    live, cards, silent = _live(request, signed)
    with services.database.reading() as session:
        today = stations.today_at(session, signed.actor, services.clock.now())
        return render(
            request,
            "dai_loa.html",
            signed=signed,
            status=status,
            typed=typed,
            problems=problems,
            outputs=network_admin.outputs(session, signed.actor),
            clusters=network_admin.clusters(session, signed.actor),
            faults=network_admin.open_faults(session, signed.actor),
            zones=stations.zones(session, signed.actor, today),
            live=live,
            amplifiers=services.amplifiers,
            silent=silent,
            cards=cards,
            kinds=[OutputKind.MONITOR, OutputKind.SOUND_CARD],
        )


def _live(request: Request, signed: Signed) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Tình trạng đường ra, cạc của máy phát, và lời báo khi phòng phát sóng vắng."""
    playout = services_of(request).playout.of(signed.actor)
    try:
        return playout.state().get("outputs", {}), playout.devices(), ""
    except OutputFailed as error:
        return {}, {"devices": [], "none": ""}, error.message
