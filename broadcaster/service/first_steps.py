"""Những bước đầu của một đài mới: đã làm gì, còn gì; hỏi thẳng dữ liệu nên không bước nào phải đánh dấu tay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.enums import Role
from broadcaster.accounts.tables import Membership, UnitName, Zone
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Revision, Script
from broadcaster.playout.tables import Cluster
from broadcaster.traffic.enums import ProgrammeState
from broadcaster.traffic.tables import Programme, Slot

_NEEDED = (Role.CONTRIBUTOR, Role.APPROVER, Role.OPERATOR)


@dataclass(frozen=True)
class FirstStep:
    """Một bước: việc, vì sao, nút tới đúng trang; ``found``: điều đã có, rỗng là chưa làm."""

    title: str
    why: str
    path: str
    label: str
    found: str


def first_steps(session: Session, actor: Actor) -> list[FirstStep]:
    """Từ tên đơn vị tới lần nghe thử đầu tiên, theo thứ tự nên làm. Lỗi: ``NotAllowed``."""
    actor.require(Action.STATION_EDIT)

    def count(row: type[Any], *where: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(row).where(row.station_id == actor.station_id, *where)) or 0

    units, zones, clusters, slots = count(UnitName), count(Zone), count(Cluster), count(Slot, Slot.rehearsal.is_(False))
    people = list(session.scalars(select(Membership.roles).where(Membership.station_id == actor.station_id)))
    missing = [
        role.label.lower() for role in (Role.CONTRIBUTOR, Role.APPROVER, Role.OPERATOR) if not any(role in one for one in people)
    ]
    approved = count(Script, Script.revisions.any(Revision.state == RevisionState.APPROVED))
    scripts = count(Script)
    heard = count(Programme, Programme.rehearsal.is_(True), Programme.state == ProgrammeState.CLOSED)
    told = f"Còn thiếu: {', '.join(missing)}." if missing else "Người viết, lãnh đạo, người vận hành: mỗi việc một người."
    return [
        FirstStep(
            "Tên đài, tên đơn vị",
            "Đứng ở xướng đài, báo cáo, nhật ký.",
            "/dai",
            "Mở trang Đài",
            f"{units} tên" * bool(units),
        ),
        FirstStep(
            "Tổ dân phố",
            "Dán cả danh sách, mỗi dòng một tên.",
            "/dai#tdp",
            "Dán danh sách",
            f"{zones} tổ dân phố" * bool(zones),
        ),
        FirstStep(
            "Loa và đường ra",
            "Chọn cạc âm thanh, nối từng cụm loa với tổ dân phố, bấm Thử loa.",
            "/dai/loa",
            "Nối loa",
            f"{clusters} cụm loa" * bool(clusters),
        ),
        FirstStep(
            "Người làm việc",
            told,
            "/nguoi-dung",
            "Thêm người",
            f"{len(people)} người" * (not missing),
        ),
        FirstStep(
            "Giờ phát",
            "Sáng, chiều, các thứ trong tuần; lịch tự lập từ đây.",
            "/khung-gio",
            "Xem khung giờ",
            f"{slots} khung giờ" * bool(slots),
        ),
        FirstStep(
            "Bản tin đầu tiên",
            "Viết, nghe máy đọc, gửi duyệt; lãnh đạo duyệt thì máy tự xếp vào buổi.",
            "/ban-tin",
            "Mở Bản tin",
            (f"{approved} bản đã duyệt" if approved else "đã viết, đang chờ duyệt") * bool(scripts),
        ),
        FirstStep(
            "Nghe thử cả dây chuyền",
            "Diễn tập ba phút: không ra loa, giờ nào cũng được.",
            "/truc-tiep",
            "Diễn tập",
            f"đã diễn tập {heard} lần" * bool(heard),
        ),
    ]
