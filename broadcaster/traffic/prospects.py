"""Không ai phải đoán: mỗi bản tin đã duyệt *sẽ phát* lúc nào hay *chưa có chỗ* vì sao, và bấm gì để nó có chỗ.

Chỉ đọc: hỏi chính bàn xếp của máy trên dữ liệu lúc này; ``book`` giữ bàn ấy tới khi dữ liệu đổi.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.accounts.tables import User
from broadcaster.newsroom.enums import DecisionKind
from broadcaster.newsroom.tables import Decision, Revision, Script
from broadcaster.traffic.autofill import Broadcast, Candidate, Paths
from broadcaster.traffic.board import Board, Place
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.emptiness import empty_programmes, thin_programmes
from broadcaster.traffic.forecast import WEEKS, Outlook, forecast
from broadcaster.traffic.loading import Loaded, PlanBook
from broadcaster.traffic.once import Openings
from broadcaster.traffic.tables import Programme
from broadcaster.traffic.timetable import DAY, local_day
from broadcaster.traffic.why_not import Mend, Refusal, broken_limits, why_not

PAGE = 20
_MOST_LEFT_OUT = 100
_NEVER = date.max


@dataclass(frozen=True)
class Prospect:
    """Một bản tin trong kho: đã phát mấy lần, sẽ phát ở buổi nào, hoặc vì sao chưa có chỗ.

    ``programme_id``: buổi sẽ phát nó, hoặc buổi đáng thêm nó vào nhất; không có buổi nào thì trống.
    """

    candidate: Candidate
    author: str
    aired: int
    last_day: date | None
    plays_at: datetime | None
    programme_id: int | None
    refusal: Refusal | None
    format_id: int | None = None
    """Khuôn của ``programme_id``."""
    once_at: datetime | None = None
    """Lúc đề nghị phát một lần, khi điều phải làm là lập khung giờ."""

    @property
    def settled(self) -> bool:
        """Đã phát hoặc sẽ phát: không có gì phải lo."""
        return self.aired > 0 or self.plays_at is not None


@dataclass(frozen=True)
class Waiting:
    """Trang *Chờ phát*: một trang của kho, tổng số, số mục chưa có chỗ, và dự báo bốn tuần."""

    prospects: Sequence[Prospect]
    total: int
    without_place: int
    outlooks: Sequence[Outlook]
    thin: Mapping[int, str]
    """Buổi của một ngày tới còn rỗng hay mỏng → lời."""


def waiting(session: Session, actor: Actor, now: datetime, *, book: PlanBook, paths: Paths | None, page: int = 1) -> Waiting:
    """Kho chờ phát: chưa có chỗ trước, rồi hạn gần, rồi duyệt lâu. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    view = _View(session, actor.station_id, now, book, paths)
    ordered = sorted(view.loaded.stock, key=view.order)
    shown = ordered[(page - 1) * PAGE : page * PAGE]
    lost = sum(not view.heard(one) and view.plays(one) is None for one in ordered)
    return Waiting(view.prospects(shown), len(ordered), lost, view.outlooks(), view.thin())


def prospect_of(
    session: Session, actor: Actor, script_id: int, now: datetime, *, book: PlanBook, paths: Paths | None
) -> Prospect | None:
    """Triển vọng của một bản tin; chưa duyệt hay hết hiệu lực thì ``None``. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.PROGRAMME_READ)
    owned(session, Script, script_id, actor)
    view = _View(session, actor.station_id, now, book, paths)
    found = [one for one in view.loaded.stock if one.script_id == script_id]
    return next(iter(view.prospects(found)), None)


def left_out_of(
    session: Session, actor: Actor, programme_id: int, now: datetime, *, book: PlanBook, paths: Paths | None
) -> list[tuple[Candidate, Refusal]]:
    """Bản tin không có trong một buổi chưa phát, và vì sao không; gần được phát nhất trước. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.PROGRAMME_READ)
    owned(session, Programme, programme_id, actor)
    view = _View(session, actor.station_id, now, book, paths)
    place = view.place(programme_id)
    if place is None:
        return []
    names = view.loaded.zone_names
    absent = [one for one in view.loaded.stock if one.script_id not in place.taken and one.valid_on(place.broadcast.day)]
    found = [(one, why_not(view.board, one, place, names)) for one in absent[: 5 * _MOST_LEFT_OUT]]
    return sorted(found, key=lambda pair: (-pair[1].rank, pair[0].script_id))[:_MOST_LEFT_OUT]


def cautions(
    session: Session, actor: Actor, programme_id: int, now: datetime, *, book: PlanBook, paths: Paths | None
) -> dict[int, tuple[str, ...]]:
    """Bản tin → giới hạn bị vượt nếu người thêm nó vào buổi này; không vượt gì thì không có mặt. Lỗi: như ``left_out_of``."""
    actor.require(Action.PROGRAMME_READ)
    owned(session, Programme, programme_id, actor)
    loaded = book.loaded(session, actor.station_id, now, paths=paths)
    broadcast = next((one for one in loaded.broadcasts if one.programme_id == programme_id), None)
    if broadcast is None:
        return {}
    board, place = loaded.board(), Place(broadcast)
    told = {one.script_id: tuple(broken_limits(board, one, place)) for one in loaded.stock if one.script_id not in place.taken}
    return {script_id: found for script_id, found in told.items() if found}


class _View:
    """Lịch như máy sẽ xếp nếu xếp ngay bây giờ."""

    def __init__(self, session: Session, station_id: int, now: datetime, book: PlanBook, paths: Paths | None) -> None:
        self._session, self._station_id, self._now = session, station_id, now
        self.loaded: Loaded = book.loaded(session, station_id, now, paths=paths)
        self.board: Board = self.loaded.plan.board
        self._plays = _first_places(self.board, now)
        self._formats = {one.programme_id: one.format_id for one in self.loaded.broadcasts}

    @cached_property
    def _openings(self) -> Openings:
        return Openings(self._session, self._station_id, self._now, self.loaded.paths)

    def plays(self, one: Candidate) -> Broadcast | None:
        """Buổi sớm nhất sẽ phát bản tin."""
        return self._plays.get(one.script_id)

    def heard(self, one: Candidate) -> int:
        """Đã phát đủ mấy lần, ở TDP nghe nhiều nhất."""
        return max((past.count for past in self.loaded.history.get(one.script_id, {}).values()), default=0)

    def order(self, one: Candidate) -> tuple[bool, bool, date, date, int]:
        """Chưa phát và chưa có chỗ trước; rồi hạn; rồi tuổi."""
        heard, planned = self.heard(one), self.plays(one) is not None
        return heard > 0, planned, one.valid_to or _NEVER, one.approved_on or _NEVER, one.script_id

    def place(self, programme_id: int) -> Place | None:
        """Buổi chưa tới giờ phát; buổi đã chốt thì như nó đã chốt."""
        planned = (one for one in self.board.places if one.broadcast.programme_id == programme_id)
        locked = (Place(one) for one in self.board.broadcasts if one.programme_id == programme_id and one.at > self._now)
        return next(chain(planned, locked), None)

    def prospects(self, many: Sequence[Candidate]) -> list[Prospect]:
        """Triển vọng của từng bản tin."""
        authors = _authors(self._session, [one.revision_id for one in many])
        return [self._prospect(one, authors.get(one.revision_id, "")) for one in many]

    def outlooks(self) -> list[Outlook]:
        """Dự báo bốn tuần từ các buổi của bảy ngày tới và số duyệt của bốn tuần qua."""
        first = local_day(self._now, zone_of(self._session, self._station_id))
        week = [one for one in self.loaded.broadcasts if first <= one.day < first + 7 * DAY and not one.rehearsal]
        unaired = [one for one in self.loaded.stock if not self.heard(one)]
        seen = _lately(self._session, self._station_id, self._now, self.loaded.stock)
        return forecast([[(rule, rule.name) for rule in one.segments] for one in week if one.open], unaired, seen, WEEKS)

    def thin(self) -> dict[int, str]:
        """Buổi của một ngày tới còn rỗng hay mỏng, theo giờ phát."""
        asked = self._session, self._station_id, self._now
        found = empty_programmes(*asked) | thin_programmes(*asked)
        return {one.programme_id: found[one.programme_id] for one in self.board.broadcasts if one.programme_id in found}

    def _prospect(self, one: Candidate, author: str) -> Prospect:
        broadcast = self.plays(one)
        days = [past.last_day for past in self.loaded.history.get(one.script_id, {}).values()]
        refusal, best = (None, None) if broadcast else self._best_refusal(one)
        programme_id = broadcast.programme_id if broadcast else best
        return Prospect(
            candidate=one,
            author=author,
            aired=self.heard(one),
            last_day=max(days, default=None),
            plays_at=broadcast.at if broadcast else None,
            programme_id=programme_id,
            refusal=refusal,
            format_id=self._formats.get(programme_id) if programme_id else None,
            once_at=self._openings.first_for(one) if refusal and refusal.mend is Mend.SLOT else None,
        )

    def _best_refusal(self, one: Candidate) -> tuple[Refusal, int | None]:
        """Lý do ở buổi gần được nhất; cùng mức thì buổi sớm nhất."""
        names = self.loaded.zone_names
        real = [place for place in self.board.places if not place.broadcast.rehearsal]
        found = [(why_not(self.board, one, place, names), place.broadcast.programme_id) for place in real]
        if not found:
            return Refusal(0, "Những ngày tới không có buổi phát nào chưa chốt.", Mend.SLOT), None
        return max(found, key=lambda pair: pair[0].rank)


def _first_places(board: Board, now: datetime) -> dict[int, Broadcast]:
    places = {place.broadcast.programme_id: place for place in board.places}
    found: dict[int, Broadcast] = {}
    for one in board.broadcasts:
        if one.rehearsal or one.at <= now:
            continue
        place = places.get(one.programme_id)
        scripts = {kept.script_id for kept in one.kept if kept.ahead}
        scripts |= {pick.candidate.script_id for pick in place.picks} if place else set()
        for script_id in scripts:
            found.setdefault(script_id, one)
    return found


def _authors(session: Session, revision_ids: Sequence[int]) -> dict[int, str]:
    query = select(Revision.id, User.full_name).join(User, User.id == Revision.author_id).where(Revision.id.in_(revision_ids))
    return {row[0]: row[1] for row in session.execute(query)}


def _lately(session: Session, station_id: int, now: datetime, stock: Iterable[Candidate]) -> list[Candidate]:
    """Bản tin được duyệt trong bốn tuần qua, kể cả bản đã hết hiệu lực; chỉ thể loại, chuyên mục và độ dài là có nghĩa."""
    known = {one.revision_id: one for one in stock}
    query = (
        select(Revision.id, Revision.script_id, Revision.genre, Revision.column_id, Revision.priority)
        .join(Script, Script.id == Revision.script_id)
        .join(Decision, Decision.revision_id == Revision.id)
        .where(
            Script.station_id == station_id,
            Decision.kind == DecisionKind.APPROVED,
            Decision.at > now - timedelta(weeks=WEEKS),
            Decision.at <= now,
        )
        .distinct()
    )
    typical = [one.length_ms for one in known.values()]
    length = sum(typical) // len(typical) if typical else 75_000
    return [
        known.get(row.id)
        or Candidate(row.script_id, row.id, "", row.genre, row.column_id, False, row.priority, (), frozenset(), length)
        for row in session.execute(query)
    ]
