"""Tìm trong nhật ký triệu dòng: lọc theo mọi cột, mới trước, từng trang bằng con trỏ; trang nào cũng tốn chừng ấy công.

Lọc hiếm thì đi theo chỉ mục của chính điều hiếm ấy và kể đủ. Lọc thường thì đi ngược thời gian tới khi đầy trang. Nhiều điều
thường mà hầu như không gặp nhau thì dừng sau chừng ``Effort.steps`` lượt và nói đã tìm tới ngày nào, để người tìm bấm tìm tiếp.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.actor import Action, Actor
from broadcaster.airlog.enums import Mode, Reason, Result
from broadcaster.airlog.queries import Period
from broadcaster.airlog.subjects import listed
from broadcaster.airlog.tables import Airing, AiringLabel, AiringScope, AiringSubject, title_words, unindexed
from broadcaster.database.conditions import among
from broadcaster.errors import Invalid
from broadcaster.search_text import fold, marked, tokens

_A = Airing.__table__.c
_S = AiringSubject.__table__.c
_L = AiringLabel.__table__.c
_MOST_WORDS = 12


@dataclass(frozen=True)
class Effort:
    """Công bỏ ra cho một trang."""

    steps: tuple[int, ...] = (600, 3_000, 16_400)
    """Đi ngược thời gian nhiều nhất tổng chừng này lượt, mỗi bước một quãng dài hơn."""
    few: int = 10_000
    """Điều khớp không quá chừng này lượt là hiếm: đi theo chỉ mục của nó và kể đủ."""
    few_subjects: int = 1_000
    few_labels: int = 300
    few_scopes: int = 60


EFFORT = Effort()


@dataclass(frozen=True)
class AiringFilter:
    """Điều kiện lọc lượt phát; ``None`` hay rỗng là không lọc. ``text``: từ của tiêu đề; ``person``: từ của một cái tên."""

    period: Period
    result: Result | None = None
    mode: Mode | None = None
    reason: Reason | None = None
    genre: str | None = None
    script_id: int | None = None
    kind: str | None = None
    text: str = ""
    person: str = ""
    zone: str = ""
    cluster: str = ""
    column: str = ""
    topic: str = ""

    @property
    def whole(self) -> bool:
        """Chỉ lọc theo kỳ."""
        return all(getattr(self, one.name) == one.default for one in fields(self) if one.name != "period")


@dataclass(frozen=True)
class Cursor:
    """Chỗ trang trước dừng: giờ dự kiến và mã của lượt cuối đã xét."""

    at: datetime
    id: int

    def __str__(self) -> str:
        """Dạng nằm trong địa chỉ."""
        return f"{self.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{self.id}"

    @classmethod
    def parse(cls, told: str) -> Self | None:
        """Từ địa chỉ; rỗng thì ``None``. Lỗi: ``Invalid``."""
        if not told:
            return None
        at, _, number = told.partition("-")
        try:
            return cls(datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), int(number))
        except ValueError as error:
            raise Invalid("Địa chỉ trang nhật ký không đúng. Hãy mở lại trang Nhật ký.") from error


@dataclass(frozen=True)
class Found:
    """Một trang: mã các lượt khớp, mới trước; ``next`` là chỗ đi tiếp (``None``: hết kỳ); ``full``: trang đã đầy."""

    ids: tuple[int, ...]
    next: Cursor | None
    full: bool


def search(
    session: Session,
    actor: Actor,
    wanted: AiringFilter,
    *,
    before: Cursor | None = None,
    limit: int = 100,
    effort: Effort = EFFORT,
) -> Found:
    """Một trang lượt phát khớp, mới trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    plan = _Plan.of(session, actor, wanted, effort)
    if plan is None:
        return Found((), None, full=False)
    rows, reached = plan.driven(session, before, limit) or plan.walked(session, before, limit)
    if len(rows) > limit:
        return Found(tuple(row[0] for row in rows[:limit]), Cursor(rows[limit - 1][1], rows[limit - 1][0]), full=True)
    return Found(tuple(row[0] for row in rows), reached, full=False)


def airings(
    session: Session,
    actor: Actor,
    wanted: AiringFilter,
    *,
    before: Cursor | None = None,
    limit: int = 100,
    effort: Effort = EFFORT,
) -> tuple[list[Airing], Found]:
    """Như ``search``, kèm chính các lượt và cụm loa của chúng. Lỗi: ``NotAllowed``."""
    found = search(session, actor, wanted, before=before, limit=limit, effort=effort)
    query = select(Airing).where(unindexed(Airing.station_id) == actor.station_id, among(Airing.id, found.ids))
    rows = session.scalars(query.options(selectinload(Airing.reach)))
    return sorted(rows, key=lambda one: (one.planned_at, one.id), reverse=True), found


class Matched(NamedTuple):
    """Một lượt khớp, vừa đủ để biết nó ở buổi nào."""

    id: int
    planned_at: datetime
    programme_id: int
    local_day: date


def matched(
    session: Session, actor: Actor, wanted: AiringFilter, *, before: Cursor | None = None, limit: int = 100
) -> tuple[list[Matched], Found]:
    """Như ``search``, kèm buổi của từng lượt, mới trước. Lỗi: ``NotAllowed``."""
    found = search(session, actor, wanted, before=before, limit=limit)
    query = select(*(_A[name] for name in Matched._fields))
    rows = session.execute(query.where(unindexed(_A.station_id) == actor.station_id, among(_A.id, found.ids)))
    return sorted(map(Matched._make, rows), key=lambda one: (one.planned_at, one.id), reverse=True), found


def first_programmes(rows: list[Matched], found: Found, most: int) -> tuple[list[Matched], Found]:
    """Chỉ giữ các lượt của ``most`` buổi đầu; trang sau đi tiếp từ lượt cuối còn giữ."""
    seen: set[tuple[int, date]] = set()
    for place, row in enumerate(rows):
        seen.add((row.programme_id, row.local_day))
        if len(seen) > most:
            kept = rows[:place]
            return kept, Found(found.ids[:place], Cursor(kept[-1].planned_at, kept[-1].id), full=True)
    return rows, found


def matching(station_id: int, wanted: AiringFilter) -> ColumnElement[bool]:
    """Điều kiện đầy đủ cho truy vấn đi hết kỳ (tệp xuất, đếm)."""
    tests = _plain(wanted)
    labels = _label_conditions(station_id, wanted)
    of_subject = _subject_conditions(wanted, _S.label_id.in_(select(_L.id).where(*labels)) if labels else None)
    if of_subject:
        tests["subject_id"] = _subject_exists(of_subject)
    if wanted.zone or wanted.cluster:
        scopes = select(AiringScope.id).where(*_scope_conditions(station_id, wanted))
        tests["scope_id"] = lambda column: column.in_(scopes)
    return and_(
        _near(station_id, wanted),
        _A.local_day.between(wanted.period.first, wanted.period.last),
        *(test(_A[name]) for name, test in tests.items()),
    )


def choices(session: Session, actor: Actor) -> dict[str, list[str]]:
    """Điều đã có trong nhật ký để chọn mà lọc: TDP, cụm loa, chuyên mục, nội dung kế hoạch. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    scopes = select(AiringScope.zones, AiringScope.clusters).where(AiringScope.station_id == actor.station_id)
    labels = select(AiringLabel.column_name, AiringLabel.topics).where(AiringLabel.station_id == actor.station_id)
    found: dict[str, set[str]] = {"zone": set(), "cluster": set(), "column": set(), "topic": set()}
    for zones, clusters in session.execute(scopes.limit(1000)):
        found["zone"].update(part for part in zones.split("\n") if part)
        found["cluster"].update(part for part in clusters.split("\n") if part)
    for column, topics in session.execute(labels.distinct()):
        found["column"].update({column} if column else ())
        found["topic"].update(part for part in topics.split("\n") if part)
    return {name: sorted(values) for name, values in found.items()}


Rows = list[tuple[int, datetime]]
Test = Callable[[ColumnElement[Any]], ColumnElement[bool]]
"""Cột → điều kiện: cùng một điều kiện hỏi được trên bảng, trên cột giấu chỉ mục, và trên cửa sổ đang đi qua."""


@dataclass(frozen=True)
class _Plan:
    """Cách đi cho một bộ lọc; ``indexed``: các cột có chỉ mục ``ix_airings_<tên>`` đi được thẳng tới điều cần tìm."""

    near: ColumnElement[bool]
    """Đài và giờ dự kiến: phần của kỳ mà chỉ mục nào cũng có."""
    days: ColumnElement[bool]
    indexed: dict[str, Test]
    rest: dict[str, Test]
    effort: Effort

    @classmethod
    def of(cls, session: Session, actor: Actor, wanted: AiringFilter, effort: Effort) -> Self | None:
        """``None``: không điều hay nơi được phát nào khớp, khỏi tìm."""
        tests = _plain(wanted)
        few: dict[str, Test] = {name: tests.pop(name) for name in ("result", "reason", "mode") if name in tests}
        of_subject = _subject_conditions(wanted, _of_few_labels(session, actor.station_id, wanted, effort.few_labels))
        if of_subject:
            query = select(_S.id).where(_S.station_id == actor.station_id, *of_subject, *_title_words(wanted))
            subjects = list(session.scalars(query.limit(effort.few_subjects + 1)))
            if not subjects:
                return None
            if len(subjects) <= effort.few_subjects:
                few["subject_id"] = lambda column: among(column, subjects)
            else:
                tests["subject_id"] = _subject_exists(of_subject)
        if wanted.zone or wanted.cluster:
            scopes = list(session.scalars(select(AiringScope.id).where(*_scope_conditions(actor.station_id, wanted))))
            if not scopes:
                return None
            (few if len(scopes) <= effort.few_scopes else tests)["scope_id"] = lambda column: among(column, scopes)
        return cls(_near(actor.station_id, wanted), _days(wanted), few, tests, effort)

    def driven(self, session: Session, before: Cursor | None, limit: int) -> tuple[Rows, None] | None:
        """Đi theo điều hiếm nhất nếu nó đủ hiếm; khi ấy kể được đủ. Không có điều nào hiếm thì ``None``."""
        first = self._rarest(session, before)
        if first is None:
            return None
        others = {name: test for name, test in {**self.indexed, **self.rest}.items() if name != first}
        hidden = [test(unindexed(_A[name])) for name, test in others.items()]
        found: Rows = []
        for step in (self.effort.steps[0], self.effort.few):
            window = self._along(first, before).add_columns(_A.planned_at)
            newest = window.order_by(unindexed(_A.planned_at).desc(), _A.id.desc()).limit(step)
            seen = _rows(session, newest)
            query = select(_A.id, _A.planned_at).where(among(_A.id, (row[0] for row in seen)), self.days, *hidden)
            found += sorted(_rows(session, query), key=lambda row: (row[1], row[0]), reverse=True)
            if len(found) > limit or len(seen) < step:
                break
            before = Cursor(seen[-1][1], seen[-1][0])
        return found, None

    def _rarest(self, session: Session, before: Cursor | None) -> str | None:
        counts = {name: _count(session, self._along(name, before), self.effort.few) for name in self.indexed}
        first = min(counts, key=counts.__getitem__, default=None)
        return None if first is None or counts[first] > self.effort.few else first

    def _along(self, name: str, before: Cursor | None) -> Select[Any]:
        """Chỉ hỏi cột của chính chỉ mục ấy: thêm một cột ngoài nó (ngày) là SQLite bỏ nó mà đi cả nhật ký theo giờ."""
        return select(_A.id).where(self.near, _older(before), self.indexed[name](_A[name]))

    def walked(self, session: Session, before: Cursor | None, limit: int) -> tuple[Rows, Cursor | None]:
        """Đi ngược thời gian, mỗi bước một quãng dài hơn."""
        found: Rows = []
        tests = {**self.indexed, **self.rest}
        for step in self.effort.steps:
            window = select(Airing.__table__).where(self.near, self.days, _older(before))
            window = window.order_by(_A.planned_at.desc(), _A.id.desc()).limit(step)
            seen = window.with_only_columns(_A.id, _A.planned_at, *(_A[name] for name in tests)).subquery()
            query = select(seen.c.id, seen.c.planned_at).where(*(test(seen.c[name]) for name, test in tests.items()))
            found += sorted(_rows(session, query), key=lambda row: (row[1], row[0]), reverse=True)
            if len(found) > limit:
                return found, None
            edge = session.execute(window.with_only_columns(_A.id, _A.planned_at).offset(step - 1).limit(1)).first()
            if edge is None:
                return found, None
            before = Cursor(edge[1], edge[0])
        return found, before


def _near(station_id: int, wanted: AiringFilter) -> ColumnElement[bool]:
    """Giờ dự kiến chỉ lệch ngày của buổi không quá một ngày, nên chỉ mục theo giờ dùng được."""
    first = datetime.combine(wanted.period.first, time(), UTC) - timedelta(days=1)
    last = datetime.combine(wanted.period.last, time(), UTC) + timedelta(days=2)
    return and_(_A.station_id == station_id, _A.planned_at.between(first, last))


def _days(wanted: AiringFilter) -> ColumnElement[bool]:
    """Kỳ, theo ngày của buổi."""
    return unindexed(_A.local_day).between(wanted.period.first, wanted.period.last)


def _plain(wanted: AiringFilter) -> dict[str, Test]:
    found: dict[str, Test] = {}
    for name in ("result", "reason", "mode", "script_id", "kind"):
        if (value := getattr(wanted, name)) is not None:
            found[name] = _equal(value)
    return found


def _equal(value: object) -> Test:
    return lambda column: column == value


def _subject_conditions(wanted: AiringFilter, of_label: ColumnElement[bool] | None) -> list[ColumnElement[bool]]:
    return [*_begins(_S, "title", wanted.text), *([] if of_label is None else [of_label])]


def _title_words(wanted: AiringFilter) -> list[ColumnElement[bool]]:
    """Đường đi tới các tiêu đề ấy; chỉ khi hỏi cả bảng điều được phát, từng điều một thì khỏi."""
    found = tokens(wanted.text)[:_MOST_WORDS]
    return [title_words([fold(word) for word in found])] if found else []


def _subject_exists(conditions: list[ColumnElement[bool]]) -> Test:
    return lambda column: exists().where(_S.id == column, *conditions)


def _of_few_labels(session: Session, station_id: int, wanted: AiringFilter, few: int) -> ColumnElement[bool] | None:
    """Điều kiện nhãn của một điều được phát; ``None``: không lọc theo nhãn."""
    conditions = _label_conditions(station_id, wanted)
    if not conditions:
        return None
    labels = list(session.scalars(select(_L.id).where(*conditions).limit(few + 1)))
    return among(_S.label_id, labels) if len(labels) <= few else _S.label_id.in_(select(_L.id).where(*conditions))


def _label_conditions(station_id: int, wanted: AiringFilter) -> list[ColumnElement[bool]]:
    found = _begins(_L, "people", wanted.person)
    if wanted.column:
        found.append(_L.column_name == wanted.column)
    if wanted.genre:
        found.append(_L.genre == wanted.genre)
    if wanted.topic:
        found.append(_L.topics.contains(listed([wanted.topic]), autoescape=True))
    return [_L.station_id == station_id, *found] if found else []


def _scope_conditions(station_id: int, wanted: AiringFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [AiringScope.station_id == station_id]
    if wanted.zone:
        found.append(AiringScope.zones.contains(listed([wanted.zone]), autoescape=True))
    if wanted.cluster:
        found.append(AiringScope.clusters.contains(listed([wanted.cluster]), autoescape=True))
    return found


def _begins(table: Any, name: str, typed: str) -> list[ColumnElement[bool]]:
    """Có những từ bắt đầu như đã gõ: gõ có dấu thì khớp cả dấu, gõ không dấu thì dấu nào cũng khớp.

    Chỉ gõ dấu câu thì không gì khớp.
    """
    found = tokens(typed)[:_MOST_WORDS]
    if not found:
        return [false()] if typed.strip() else []
    lower, plain = table[f"{name}_lower"], table[f"{name}_plain"]
    return [lower.contains(f" {word}") if marked(word) else plain.contains(f" {fold(word)}") for word in found]


def _older(before: Cursor | None) -> ColumnElement[bool]:
    if before is None:
        return and_(True)
    same = and_(_A.planned_at == before.at, _A.id < before.id)
    return and_(_A.planned_at <= before.at, or_(_A.planned_at < before.at, same))


def _count(session: Session, query: Select[Any], most: int) -> int:
    few = query.limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def _rows(session: Session, query: Select[Any]) -> Rows:
    return [(row[0], row[1]) for row in session.execute(query)]
