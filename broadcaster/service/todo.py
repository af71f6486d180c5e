"""Việc của bạn: mỗi vai mở trang đầu là thấy việc đang đợi chính mình; con số của nó đứng ở mục lục và trên thẻ trình duyệt.

Nháp của mình và bản mình đã gửi được kể mà không đếm: không ai đang đợi chúng.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.enums import Role
from broadcaster.accounts.stations import today_at
from broadcaster.accounts.tables import Alert, Membership, User
from broadcaster.newsroom import desk_work
from broadcaster.newsroom.approving_entries import waiting as words_waiting
from broadcaster.newsroom.enums import RevisionState, Sorting
from broadcaster.newsroom.listing import ScriptFilter, scripts
from broadcaster.newsroom.tables import Revision
from broadcaster.playout.tables import Cluster
from broadcaster.reports.deadlines import Deadline, deadlines
from broadcaster.traffic.emptiness import EMPTY, THIN
from broadcaster.traffic.tables import Slot


@dataclass(frozen=True)
class Step:
    """Điều quản trị còn phải dựng cho đài: lời, và trang để làm."""

    text: str
    path: str
    label: str


@dataclass(frozen=True)
class Lacking:
    """Buổi sắp tới còn rỗng hay mỏng."""

    programme_id: int
    text: str


@dataclass(frozen=True)
class Todo:
    """Mọi việc của một người, để trang đầu hiện."""

    returned: Sequence[desk_work.Returned] = ()
    deciding: Sequence[Revision] = ()
    """Trang đầu của hộp chờ duyệt; ``waiting``: cả hộp bao nhiêu bản."""
    waiting: int = 0
    words: int = 0
    """Mục từ điển chờ lãnh đạo."""
    lacking: Sequence[Lacking] = ()
    due: Sequence[Deadline] = ()
    steps: Sequence[Step] = ()
    drafts: Sequence[Revision] = ()
    submitted: Sequence[Revision] = ()
    next_due: Deadline | None = None
    """Hạn báo cáo kế tiếp, khi chưa hạn nào gấp."""

    @property
    def quiet(self) -> bool:
        """Không việc nào đợi, không nháp nào dở."""
        return not any(
            (self.returned, self.deciding, self.words, self.lacking, self.due, self.steps, self.drafts, self.submitted)
        )


@dataclass(frozen=True)
class Counts:
    """Con số cạnh các mục; ``by_path``: đường dẫn của mục → bao nhiêu việc."""

    by_path: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Của trang đầu, cũng là của thẻ trình duyệt."""
        return self.by_path.get("/", 0)


_INBOX = ScriptFilter(state=RevisionState.SUBMITTED, sort=Sorting.WAITING)


def todo_of(session: Session, actor: Actor, now: datetime) -> Todo:
    """Việc của người này lúc này."""
    writes, decides, reports = (actor.may(one) for one in (Action.SCRIPT_WRITE, Action.SCRIPT_DECIDE, Action.REPORT_MAKE))
    told = deadlines(session, actor, now) if reports else []
    pressing = [one for one in told if one.pressing]
    deciding, waiting = scripts(session, actor, _INBOX) if decides else ([], 0)
    return Todo(
        returned=desk_work.returned(session, actor) if writes else (),
        deciding=deciding,
        waiting=waiting,
        words=len(words_waiting(session, actor)) if decides else 0,
        lacking=_lacking(session, actor),
        due=pressing,
        steps=_steps(session, actor, today_at(session, actor, now)),
        drafts=desk_work.mine_in(session, actor, RevisionState.DRAFT) if writes else (),
        submitted=desk_work.mine_in(session, actor, RevisionState.SUBMITTED) if writes else (),
        next_due=told[-1] if told and not pressing else None,
    )


def counts(session: Session, actor: Actor, now: datetime) -> Counts:
    """Như ``todo_of`` mà chỉ đếm, vài truy vấn nhỏ: trang nào cũng hỏi."""
    found: dict[str, int] = {"/": len(_lacking(session, actor)) + len(_steps(session, actor, today_at(session, actor, now)))}
    if actor.may(Action.SCRIPT_WRITE):
        found["/"] += desk_work.count_returned(session, actor)
    if actor.may(Action.SCRIPT_DECIDE):
        found["/duyet"] = desk_work.count_waiting(session, actor)
        found["/"] += found["/duyet"] + bool(words_waiting(session, actor))
    if actor.may(Action.REPORT_MAKE):
        found["/"] += sum(one.pressing for one in deadlines(session, actor, now))
    return Counts(found)


def _lacking(session: Session, actor: Actor) -> list[Lacking]:
    """Từ cảnh báo mà vòng trông lịch đã nêu: một luật, một nơi tính."""
    if not actor.may(Action.PROGRAMME_EDIT):
        return []
    query = select(Alert.subject, Alert.message).where(
        Alert.station_id == actor.station_id,
        Alert.closed_at.is_(None),
        or_(Alert.subject.startswith(THIN), Alert.subject.startswith(EMPTY)),
    )
    return [Lacking(int(subject.partition(":")[2]), message) for subject, message in session.execute(query.order_by(Alert.id))]


def _steps(session: Session, actor: Actor, today: date) -> list[Step]:
    found: list[Step] = []
    if actor.may(Action.PEOPLE_EDIT):
        found += _people_steps(session, actor)
    if actor.may(Action.STATION_EDIT):
        query = select(func.count(Cluster.id)).where(Cluster.station_id == actor.station_id, Cluster.retired_on.is_(None))
        if not session.scalar(query):
            found.append(Step("Đài chưa có cụm loa nào nên chưa ai nghe được.", "/dai/loa", "Thêm cụm loa"))
    if actor.may(Action.SLOT_EDIT):
        current = or_(Slot.valid_to.is_(None), Slot.valid_to >= today)
        if not session.scalar(select(func.count(Slot.id)).where(Slot.station_id == actor.station_id, current)):
            found.append(Step("Đài chưa có khung giờ nào nên không có buổi phát.", "/khung-gio", "Thêm khung giờ"))
    return found


def _people_steps(session: Session, actor: Actor) -> list[Step]:
    query = select(Membership.roles, User.must_change_password).join(User, User.id == Membership.user_id)
    rows = session.execute(query.where(Membership.station_id == actor.station_id, User.disabled_at.is_(None))).all()
    roles = frozenset().union(*(row[0] for row in rows))
    missing = {
        Role.CONTRIBUTOR: "Chưa ai có vai trò viết bản tin.",
        Role.APPROVER: "Chưa lãnh đạo nào có tài khoản để duyệt: bản tin gửi lên không ai duyệt được.",
    }
    found = [Step(text, "/nguoi-dung", "Thêm tài khoản") for role, text in missing.items() if role not in roles]
    if idle := sum(row[1] for row in rows):
        found.append(Step(f"{idle} tài khoản chưa đăng nhập lần nào từ khi được cấp mật khẩu.", "/nguoi-dung", "Xem tài khoản"))
    return found
