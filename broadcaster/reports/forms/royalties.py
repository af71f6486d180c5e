"""F4. Bảng nhuận bút: ai, vai trò, bản tin, thể loại, mức, số tiền; mức là dữ liệu có ngày hiệu lực, không phải mã."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.airlog.enums import Mode, Result
from broadcaster.airlog.tables import Airing
from broadcaster.newsroom.enums import CreditRole, Genre
from broadcaster.newsroom.tables import Credit
from broadcaster.reports.document import Column, Document, Kind, Paragraph, Signature, Table, Value
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
_MOST_NAMED = 10
"""Kể tên chừng ấy bản tin chưa ghi người hưởng."""


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
    return _settled(session, actor, period)[0]


def _settled(session: Session, actor: Actor, period: NamedPeriod) -> tuple[list[Share], list[Airing]]:
    """Các phần nhuận bút, và lượt đầu của những bản tin chưa ghi ai hưởng."""
    firsts = _first_airings(session, actor, period)
    credits: dict[int, list[Credit]] = {}
    query = select(Credit).where(Credit.revision_id.in_([row.revision_id for row in firsts])).order_by(Credit.id)
    for credit in session.scalars(query):
        credits.setdefault(credit.revision_id, []).append(credit)
    rates = list(session.scalars(select(RoyaltyRate).where(RoyaltyRate.station_id == actor.station_id)))
    shares = [
        _share(credit, row, Genre(row.genre), rates)
        for row in firsts
        if row.genre
        for credit in credits.get(row.revision_id or 0, ())
    ]
    nameless = [row for row in firsts if row.revision_id not in credits]
    return sorted(shares, key=lambda share: (share.name, share.first_day, share.title)), nameless


def _share(credit: Credit, row: Airing, genre: Genre, rates: Sequence[RoyaltyRate]) -> Share:
    amount = rate_on(rates, genre, credit.role, row.local_day)
    return Share(credit.name, credit.role, row.title, genre, row.local_day, amount)


def rate_on(rates: Sequence[RoyaltyRate], genre: Genre, role: CreditRole, day: date) -> int | None:
    """Mức đang có hiệu lực vào ``day``; mức đặt sau thắng mức đặt trước cùng ngày."""
    known = [one for one in rates if one.genre is genre and one.role is role and one.valid_from <= day]
    return max(known, key=lambda one: (one.valid_from, one.id)).amount if known else None


def _first_airings(session: Session, actor: Actor, period: NamedPeriod) -> list[Airing]:
    """Lượt phát đủ đầu tiên của mỗi bản tin, nếu rơi vào kỳ này: phát lại không hưởng lần hai.

    Dòng khẩn cấp không kể thể loại nên không có mức nào: lượt đầu tiên ngoài khẩn cấp mới là lượt hưởng. Lỗi: ``NotAllowed``.
    """
    actor.require(Action.LOG_READ)
    whole = (
        Airing.station_id == actor.station_id,
        Airing.result == Result.FULL,
        Airing.mode != Mode.REHEARSAL,
        Airing.genre.is_not(None),
    )
    mine = select(Airing.script_id).where(*whole, Airing.local_day.between(period.span.first, period.span.last))
    until = select(Airing).where(*whole, Airing.local_day <= period.span.last, Airing.script_id.in_(mine))
    first: dict[int, Airing] = {}
    for row in session.scalars(until.order_by(Airing.planned_at, Airing.position, Airing.id)):
        first.setdefault(row.script_id or 0, row)
    return [row for row in first.values() if row.local_day >= period.span.first]


def _note(shares: Sequence[Share], nameless: Sequence[Airing]) -> str:
    """Điều còn thiếu để tờ kê đủ tiền cho mọi người."""
    without, told = sum(share.amount is None for share in shares), []
    if without:
        told.append(f"Còn {without} phần chưa có mức nhuận bút cho thể loại và vai trò ấy: hãy đặt mức rồi lập lại.")
    if nameless:
        named = ", ".join(f"“{row.title}” (số {row.script_id})" for row in nameless[:_MOST_NAMED])
        more = f" và {len(nameless) - _MOST_NAMED} bản tin khác" if len(nameless) > _MOST_NAMED else ""
        told.append(f"{len(nameless)} bản tin phát lần đầu trong kỳ chưa ghi người hưởng nhuận bút: {named}{more}.")
    return " ".join(told)


def royalty_form(session: Session, actor: Actor, period: NamedPeriod, *, day: date, now: datetime) -> Document:
    """Bảng nhuận bút của ``period``, lập ngày ``day``. Lỗi: ``NotAllowed``."""
    names = letter(session, actor, day)
    shares, nameless = _settled(session, actor, period)
    note = _note(shares, nameless)
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
