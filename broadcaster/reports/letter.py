"""Phần chung của mọi báo cáo: tên đơn vị, địa danh, chữ ký, nơi nhận như đang có hiệu lực vào ngày của báo cáo."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.enums import UnitLevel
from broadcaster.accounts.tables import Station, UnitName
from broadcaster.airlog.queries import head
from broadcaster.reports.document import Letterhead, Signature
from broadcaster.reports.figures import COUNTING_RULES

_KIND = re.compile(r"^(?:phường|xã|thị trấn|đặc khu)\s+", re.IGNORECASE)
"""Địa danh trên văn bản là tên riêng: “Đường Hào”, dù tên đơn vị gõ “Phường Đường Hào”."""


@dataclass(frozen=True)
class Letter:
    """Mọi tên gọi mà một báo cáo lập ngày ``day`` phải mang."""

    station: str
    ward: str
    parent: str
    place: str
    day: date
    zone: ZoneInfo
    signer_lines: tuple[str, ...]
    signer: str
    station_head: str
    recipients: tuple[str, ...]
    seq: int
    digest: str

    def letterhead(self, symbol: str) -> Letterhead:
        """Phần đầu của văn bản do UBND ban hành."""
        parent = f"Ủy ban nhân dân {self.parent}" if self.parent else ""
        return Letterhead(f"Ủy ban nhân dân {self.ward}", self.place, self.day, symbol, parent=parent)

    def authority(self) -> Signature:
        """Chữ ký của người có thẩm quyền ban hành."""
        return Signature(self.signer_lines, self.signer)

    def station_signatures(self) -> tuple[Signature, Signature]:
        """Hai chữ ký dưới nhật ký: người lập và người phụ trách đài."""
        hint = "(Ký, ghi rõ họ tên)"
        return Signature(("NGƯỜI LẬP",), "", hint), Signature(("PHỤ TRÁCH ĐÀI",), self.station_head, hint)

    def footnotes(self, made_at: datetime, *, rules: bool = True) -> tuple[str, ...]:
        """Cách đếm, lúc lập, và số dòng nhật ký mà mọi con số tính tới."""
        at = made_at.astimezone(self.zone)
        stand = f"Lập lúc {at:%H:%M ngày %d/%m/%Y}, tính đến dòng nhật ký số {self.seq}, mã băm {self.digest[:16] or 'chưa có'}."
        return (*(COUNTING_RULES if rules else ()), stand)

    def local(self, at: datetime | None) -> datetime | None:
        """Giờ địa phương tới giây, không múi giờ, như in trên giấy."""
        return None if at is None else at.astimezone(self.zone).replace(tzinfo=None, microsecond=0)


def letter(session: Session, actor: Actor, day: date) -> Letter:
    """Tên gọi của đài vào ngày ``day``. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    station = session.get_one(Station, actor.station_id)
    zone = ZoneInfo(station.timezone)
    end_of_day = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    names = {level: _name_on(session, actor.station_id, level, day) for level in UnitLevel}
    seq, digest = head(session, actor)

    def setting(key: settings.Key[str]) -> str:
        return settings.get(session, actor.station_id, key, at=end_of_day)

    ward = names[UnitLevel.WARD] or station.name
    return Letter(
        station=station.name,
        ward=ward,
        parent=names[UnitLevel.PARENT] or names[UnitLevel.PROVINCE],
        place=setting(settings.REPORT_PLACE) or _KIND.sub("", ward),
        day=day,
        zone=zone,
        signer_lines=tuple(line.strip() for line in setting(settings.REPORT_SIGNER_TITLE).split(";") if line.strip()),
        signer=setting(settings.REPORT_SIGNER),
        station_head=setting(settings.REPORT_STATION_HEAD),
        recipients=tuple(line.strip() for line in setting(settings.REPORT_RECIPIENTS).split(";") if line.strip()),
        seq=seq,
        digest=digest,
    )


def _name_on(session: Session, station_id: int, level: UnitLevel, day: date) -> str:
    query = select(UnitName.name).where(
        UnitName.station_id == station_id,
        UnitName.level == level,
        UnitName.valid_from <= day,
        or_(UnitName.valid_to.is_(None), UnitName.valid_to >= day),
    )
    return session.scalar(query.order_by(UnitName.valid_from.desc()).limit(1)) or ""
