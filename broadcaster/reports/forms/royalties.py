"""F4. Bảng nhuận bút: ai, vai trò, bản tin, thể loại, mức, số tiền; mức là dữ liệu có ngày hiệu lực, không phải mã."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.newsroom.enums import CreditRole, Genre
from broadcaster.newsroom.tables import Credit
from broadcaster.reports.document import Column, Document, Kind, Paragraph, Signature, Table, Value
from broadcaster.reports.figures import Aired, aired, spoken
from broadcaster.reports.letter import letter
from broadcaster.reports.periods import NamedPeriod
from broadcaster.reports.tables import RoyaltyRate

_COLUMNS = (
    Column("STT", Kind.COUNT, 0.5),
    Column("Họ và tên", Kind.TEXT, 2.2),
    Column("Vai trò", Kind.TEXT, 1.4),
    Column("Bản tin", Kind.TEXT, 4),
    Column("Thể loại", Kind.TEXT, 1.3),
    Column("Phát lần đầu", Kind.DAY, 1.3),
    Column("Số tiền (đồng)", Kind.MONEY, 1.4, total=True),
    Column("Ký nhận", Kind.TEXT, 1.2),
)


@dataclass(frozen=True)
class Share:
    """Một phần nhuận bút; ``amount`` rỗng khi chưa có mức cho thể loại và vai trò ấy."""

    name: str
    role: CreditRole
    title: str
    genre: Genre
    first_day: date
    amount: int | None


def royalty_shares(session: Session, actor: Actor, period: NamedPeriod) -> list[Share]:
    """Nhuận bút của các bản tin phát đủ lần đầu trong kỳ, theo tên người. Lỗi: ``NotAllowed``."""
    firsts = _first_airings(session, actor, period)
    credits: dict[int, list[Credit]] = {}
    query = select(Credit).where(Credit.revision_id.in_([row.revision_id for row in firsts])).order_by(Credit.id)
    for credit in session.scalars(query):
        credits.setdefault(credit.revision_id, []).append(credit)
    rates = list(session.scalars(select(RoyaltyRate).where(RoyaltyRate.station_id == actor.station_id)))
    shares = [
        Share(
            name=credit.name,
            role=credit.role,
            title=row.title,
            genre=Genre(row.genre),
            first_day=row.local_day,
            amount=rate_on(rates, Genre(row.genre), credit.role, row.local_day),
        )
        for row in firsts
        if row.genre
        for credit in credits.get(row.revision_id or 0, [])
    ]
    return sorted(shares, key=lambda share: (share.name, share.first_day, share.title))


def rate_on(rates: Sequence[RoyaltyRate], genre: Genre, role: CreditRole, day: date) -> int | None:
    """Mức đang có hiệu lực vào ``day``; mức đặt sau thắng mức đặt trước cùng ngày."""
    known = [one for one in rates if one.genre is genre and one.role is role and one.valid_from <= day]
    return max(known, key=lambda one: (one.valid_from, one.id)).amount if known else None


def _first_airings(session: Session, actor: Actor, period: NamedPeriod) -> list[Aired]:
    """Lượt phát đủ đầu tiên của mỗi bản tin, nếu rơi vào kỳ này: phát lại không hưởng lần hai."""
    before = type(period.span)(date(2000, 1, 1), period.span.last)
    first: dict[int, Aired] = {}
    for row in spoken(aired(session, actor, before)):
        if row.whole and row.script_id is not None:
            first.setdefault(row.script_id, row)
    return [row for row in first.values() if row.local_day >= period.span.first]


def royalty_form(session: Session, actor: Actor, period: NamedPeriod, *, day: date, now: datetime) -> Document:
    """Bảng nhuận bút của ``period``, lập ngày ``day``. Lỗi: ``NotAllowed``."""
    names = letter(session, actor, day)
    shares = royalty_shares(session, actor, period)
    without = sum(share.amount is None for share in shares)
    note = f"Còn {without} phần chưa có mức nhuận bút cho thể loại và vai trò ấy: hãy đặt mức rồi lập lại." if without else ""
    lines: list[list[Value]] = [
        [number, one.name, one.role.label, one.title, one.genre.label, one.first_day, one.amount, None]
        for number, one in enumerate(shares, start=1)
    ]
    empty = "Không có bản tin nào phát lần đầu trong kỳ mà đã ghi người hưởng nhuận bút."
    hint = "(Ký, ghi rõ họ tên)"
    return Document(
        "BẢNG KÊ NHUẬN BÚT",
        period.name[0].upper() + period.name[1:],
        (Paragraph(f"Đơn vị: {names.station}."), Table(_COLUMNS, lines, note=note, empty=empty)),
        unit=names.ward,
        signatures=(
            Signature(("NGƯỜI LẬP",), "", hint),
            Signature(("KẾ TOÁN",), "", hint),
            Signature(names.signer_lines, names.signer),
        ),
        landscape=True,
        footnotes=names.footnotes(now, rules=False),
    )
