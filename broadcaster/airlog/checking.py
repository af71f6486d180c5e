"""Xác nhận tại loa: một người có tên đã nghe ở cụm loa ấy; chỉ điều này (hoặc thiết bị) làm nên “đã xác nhận”.

Người của đài ghi lời mình hay lời người khác; tổ trưởng tự bấm qua liên kết một chạm, trong đúng ngày ấy, không cần tài khoản.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note as note_audit
from broadcaster.accounts.door import owned
from broadcaster.accounts.names import clean_name, readable
from broadcaster.accounts.signing_in import standing
from broadcaster.accounts.tables import Station, Zone
from broadcaster.airlog.delivered import Delivery
from broadcaster.airlog.enums import DeliveryState, Event, Mode
from broadcaster.airlog.programmes import aired, order_of
from broadcaster.airlog.tables import Airing, CheckLink
from broadcaster.airlog.writing import append
from broadcaster.errors import Invalid, NotFound

MAX_NAME, MAX_NOTE = 100, 300
STALE_LINK = "Liên kết này không còn dùng được: nó chỉ có hiệu lực trong ngày được gửi. Hãy hỏi đài để nhận liên kết mới."


@dataclass(frozen=True)
class Heard:
    """Ai nghe; ``via``: đường nào lời ấy tới nhật ký; ``noted_by``: người ghi hộ."""

    name: str
    via: str
    noted_by: str = ""
    note: str = ""


def confirm(
    session: Session,
    actor: Actor,
    airing_id: int,
    cluster_ids: Collection[int],
    *,
    name: str,
    note: str = "",
    programme: bool = False,
    now: datetime,
) -> int:
    """Ghi rằng ``name`` đã nghe lượt này (hay cả buổi của nó) tại các cụm loa; trả về số dòng đã nối.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Invalid`` khi thiếu tên, chưa chọn cụm loa, hay máy ghi cụm ấy không nhận tiếng.
    """
    actor.require(Action.LOG_CORRECT)
    name, problems = clean_name(name), {}
    if not readable(name):
        problems["nguoi_nghe"] = "Hãy ghi họ tên người đã nghe."
    elif len(name) > MAX_NAME:
        problems["nguoi_nghe"] = f"Họ tên dài quá {MAX_NAME} chữ cái."
    if len(note.strip()) > MAX_NOTE:
        problems["ghi_chu"] = f"Ghi chú dài quá {MAX_NOTE} chữ cái. Hãy rút gọn."
    if not cluster_ids:
        problems["cum"] = "Hãy chọn cụm loa đã nghe."
    if problems:
        raise Invalid(problems=problems)
    airing = owned(session, Airing, airing_id, actor)
    heard = Heard(name, "người của đài ghi", noted_by=actor.name, note=note.strip())
    found = [_heard_at(session, airing, cluster_id, heard, now, programme=programme) for cluster_id in sorted(set(cluster_ids))]
    return sum(found)


def make_link(session: Session, actor: Actor, zone_id: int, token: str, *, name: str, now: datetime) -> CheckLink:
    """Liên kết một chạm cho ``name`` (tổ trưởng) của một TDP, dùng được hết hôm nay.

    Lỗi: ``NotAllowed``, ``NotFound``, ``Invalid``.
    """
    actor.require(Action.LOG_CORRECT)
    zone, name = owned(session, Zone, zone_id, actor), clean_name(name)
    if not readable(name) or len(name) > MAX_NAME:
        raise Invalid(problems={"nguoi_nhan": "Hãy ghi họ tên người nhận liên kết: tên ấy đứng trong lời xác nhận."})
    row = CheckLink(
        station_id=actor.station_id,
        token_sha256=_digest(token),
        zone_code=zone.code,
        zone_name=zone.name,
        day=_today(session, actor.station_id, now),
        name=name,
        made_by=actor.name,
        made_by_id=actor.user_id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    note_audit(session, actor, "check_link_made", zone.code, now=now, name=row.name)
    return row


def revoke_link(session: Session, actor: Actor, link_id: int, *, now: datetime) -> CheckLink:
    """Thôi một liên kết. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.LOG_CORRECT)
    row = owned(session, CheckLink, link_id, actor)
    if row.revoked_at is None:
        row.revoked_at = now
        note_audit(session, actor, "check_link_revoked", row.zone_code, now=now, name=row.name)
    return row


def links_of(session: Session, actor: Actor, *, now: datetime) -> list[CheckLink]:
    """Các liên kết hôm nay còn dùng được. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_CORRECT)
    today = _today(session, actor.station_id, now)
    query = select(CheckLink).where(
        CheckLink.station_id == actor.station_id, CheckLink.day == today, CheckLink.revoked_at.is_(None)
    )
    return list(session.scalars(query.order_by(CheckLink.zone_code, CheckLink.id)))


def new_token() -> str:
    """Phần bí mật của một liên kết: 192 bit ngẫu nhiên."""
    return secrets.token_urlsafe(24)


def opened_link(session: Session, token: str, *, now: datetime) -> CheckLink:
    """Liên kết còn hiệu lực mang ``token``. Lỗi: ``NotFound`` khi sai, đã thôi, ngày ấy đã qua, hay người tạo hết quyền."""
    row = session.scalar(select(CheckLink).where(CheckLink.token_sha256 == _digest(token)))
    if row is None or row.revoked_at is not None or row.day != _today(session, row.station_id, now):
        raise NotFound(STALE_LINK)
    if row.made_by_id is not None:
        maker = standing(session, row.station_id, row.made_by_id)
        if maker is None or not maker.may(Action.LOG_CORRECT):
            raise NotFound(STALE_LINK)
    return row


def heard_today(session: Session, link: CheckLink) -> list[Airing]:
    """Các lượt của ngày ấy đã vang tới một cụm loa của TDP, theo giờ."""
    query = select(Airing).where(Airing.station_id == link.station_id, Airing.local_day == link.day)
    rows = session.scalars(query.where(Airing.mode != Mode.REHEARSAL).options(selectinload(Airing.reach)))
    mine = (row for row in rows if any(one.zone_code == link.zone_code for one in row.deliveries))
    return sorted(filter(aired, mine), key=order_of)


def confirm_by_link(session: Session, token: str, airing_id: int, cluster_id: int, *, now: datetime) -> int:
    """Người giữ liên kết đã nghe cả buổi của lượt này tại cụm loa ấy. Lỗi: ``NotFound``, ``Invalid``."""
    link = opened_link(session, token, now=now)
    mine = {one.id: one for one in heard_today(session, link)}
    places = {one.cluster_id for row in mine.values() for one in row.deliveries if one.zone_code == link.zone_code}
    if airing_id not in mine or cluster_id not in places:
        raise Invalid("Buổi hoặc cụm loa này không thuộc liên kết của bác. Hãy tải lại trang.")
    heard = Heard(link.name, "liên kết của tổ trưởng", noted_by=link.made_by)
    return _heard_at(session, mine[airing_id], cluster_id, heard, now, programme=True)


def _heard_at(session: Session, airing: Airing, cluster_id: int, heard: Heard, now: datetime, *, programme: bool) -> int:
    """Nối một dòng cho mỗi mục đã vang; mục đã xác nhận rồi thì thôi."""
    if airing.mode is Mode.REHEARSAL:
        raise Invalid("Buổi diễn tập không ra loa nên không ai nghe được ở cụm loa.")
    group = _same_programme(session, airing) if programme else [airing]
    pairs = [(one, _place(one, cluster_id)) for one in group if aired(one)]
    sent = [(one, place) for one, place in pairs if place is not None and place.state is DeliveryState.SENT]
    known = any(place is not None and place.state is DeliveryState.CONFIRMED for _, place in pairs)
    if not sent and not known:
        raise Invalid(problems={"cum": "Máy ghi cụm loa này không nhận tiếng của mục ấy. Nếu đúng là có nghe, hãy đính chính."})
    for one, place in sent:
        assert place is not None
        body = {
            "cluster_id": cluster_id,
            "cluster": place.cluster_code,
            "state": DeliveryState.CONFIRMED.value,
            "by": heard.name,
            "via": heard.via,
            "noted_by": heard.noted_by,
            "note": f"đã nghe tại cụm {place.cluster_code}" + (f": {heard.note}" if heard.note else ""),
        }
        append(
            session,
            one.station_id,
            Event.DELIVERY_CHECKED,
            body,
            happened_at=now,
            now=now,
            run_id=one.run_id or None,
            item_id=one.item_id,
        )
    return len(sent)


def _same_programme(session: Session, airing: Airing) -> list[Airing]:
    """Mọi mục của buổi ấy; lần vang khẩn cấp không thuộc buổi nào: nghe lần này không phải là đã nghe lần khác."""
    if airing.mode is Mode.URGENT:
        return [airing]
    query = select(Airing).where(
        Airing.station_id == airing.station_id,
        Airing.programme_id == airing.programme_id,
        Airing.local_day == airing.local_day,
    )
    return sorted(session.scalars(query.options(selectinload(Airing.reach))), key=order_of)


def _place(airing: Airing, cluster_id: int) -> Delivery | None:
    return next((one for one in airing.deliveries if one.cluster_id == cluster_id), None)


def _today(session: Session, station_id: int, now: datetime) -> date:
    return now.astimezone(ZoneInfo(session.get_one(Station, station_id).timezone)).date()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
