"""Phòng phát sóng đang ở đâu, kể bằng sổ trực: ``decide(state, record)`` thuần, chung cho lúc phát, đọc lại và phục hồi.

Không nơi nào khác đổi trạng thái của một lượt giữ buổi, một mục hay một lệnh khẩn cấp; bảng chuyển trạng thái được hỏi ở đây.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from broadcaster.airlog.enums import Result
from broadcaster.playout import absences
from broadcaster.playout.absences import Away
from broadcaster.playout.enums import RunState, UrgentState
from broadcaster.playout.rules import RUN, URGENT
from broadcaster.traffic.enums import ItemState
from broadcaster.traffic.rules import ITEM

Body = Mapping[str, Any]
KEEP = timedelta(days=2)


@dataclass(frozen=True)
class ItemStatus:
    """Một lần phát của một mục; ``armed``: bản ghi đã hẹn nó."""

    state: ItemState = ItemState.WAITING
    attempt: int = 1
    armed: Body = field(default_factory=dict)
    started_at: datetime | None = None
    parts: tuple[Body, ...] = ()
    """Những phần đã đứt vì sự cố: ``started_at``, ``ended_at``, ``heard_ms``."""
    ended: Body = field(default_factory=dict)
    again: bool = False
    """Đứt lâu quá nên sẽ phát lại từ đầu, thành lần phát khác."""

    @property
    def open(self) -> bool:
        """Đã hẹn mà chưa có kết thúc."""
        return self.state in (ItemState.ARMED, ItemState.ON_AIR)


@dataclass(frozen=True)
class RunStatus:
    """Một lượt giữ buổi."""

    key: str
    programme_id: int
    state: RunState
    body: Body
    outputs: Mapping[int, str]
    plan: Mapping[int, datetime] = field(default_factory=dict)
    """Mục → giờ dự kiến lúc nhận buổi."""
    items: Mapping[int, ItemStatus] = field(default_factory=dict)
    sound_until: datetime | None = None
    """Tiếng của buổi đã ra liền tới lúc này."""

    @property
    def live(self) -> bool:
        """Chưa khép."""
        return self.state in (RunState.CLAIMED, RunState.AIRING)


@dataclass(frozen=True)
class OrderStatus:
    """Một lệnh khẩn cấp: ``number`` lần đã vang, ``heard_times`` lần có đường ra nhận được tiếng."""

    order: Body
    state: UrgentState
    number: int = 0
    heard_times: int = 0
    first_at: datetime | None = None
    sounded_at: datetime | None = None
    closed_at: datetime | None = None
    against: tuple[str, ...] = ()
    armed: Body = field(default_factory=dict)
    """Bản ghi hẹn của lần đang vang; rỗng khi không có lần nào dở."""
    started_at: datetime | None = None


@dataclass(frozen=True)
class AirState:
    """Tất cả; ``newest``: giờ tường lớn nhất trong sổ, cho cổng đồng hồ."""

    runs: Mapping[str, RunStatus] = field(default_factory=dict)
    orders: Mapping[str, OrderStatus] = field(default_factory=dict)
    silenced: Mapping[int, bool] = field(default_factory=dict)
    failed: frozenset[tuple[int, str]] = frozenset()
    """(đường ra, đầu ra) đang được báo là mất tiếng."""
    gate_shut: bool = False
    gate_since: datetime | None = None
    """Giờ máy lúc cổng đóng."""
    doubted: bool = False
    """Giờ đã nhảy quá xa mà chưa ai xác nhận."""
    trusted: datetime | None = None
    """Lời xác nhận giờ gần nhất đã được nghe theo; từ nó ``newest`` được đếm lại."""
    away: tuple[Away, ...] = ()
    """Những quãng máy phát không phát được gần đây."""
    newest: datetime | None = None

    def of_programme(self, programme_id: int) -> list[RunStatus]:
        """Các lượt giữ của một buổi, theo thứ tự."""
        return [run for run in self.runs.values() if run.programme_id == programme_id]


def decide(state: AirState, record: Body) -> AirState:
    """Trạng thái sau bản ghi. Lỗi: ``Conflict`` khi bảng chuyển trạng thái không cho, ``KeyError`` khi bản ghi thiếu điều gì."""
    state = replace(state, newest=_newest(state, record))
    what = record["what"]
    if what in ("silenced", "lifted"):
        return replace(state, silenced={**state.silenced, **dict.fromkeys(record["outputs"], what == "silenced")})
    if what in ("path_silent", "path_back"):
        place = {(int(record["output_id"]), str(record["sink"]))}
        return replace(state, failed=state.failed | place if what == "path_silent" else state.failed - place)
    if what == "clock_stepped":
        return replace(state, gate_shut=True, gate_since=_instant(record["at"]))
    if what == "clock_back":
        return _gate_opened(state, record)
    if what in ("away", "clock_jumped"):
        away = absences.after(state.away, absences.of_body(record))
        return replace(state, away=away, doubted=state.doubted or record.get("doubted", False))
    if "run" in record:
        run = decide_run(state.runs.get(record["run"]), record)
        return replace(state, runs={**_recent(state.runs, run), run.key: run})
    if "key" in record:
        return replace(state, orders={**state.orders, record["key"]: decide_order(state.orders.get(record["key"]), record)})
    return state


def _gate_opened(state: AirState, record: Body) -> AirState:
    """Cổng mở; có người xác nhận thì dòng mang giờ sai không còn là mốc, lần lùi sau so với những gì ghi từ đây."""
    state = replace(state, gate_shut=False, gate_since=None, doubted=False)
    trusted = _instant(record.get("trusted"))
    return state if trusted is None else replace(state, trusted=trusted, newest=_instant(record["at"]))


def decide_run(run: RunStatus | None, record: Body) -> RunStatus:
    """Một lượt giữ buổi sau bản ghi về nó hay về một mục của nó."""
    what = record["what"]
    if run is None:
        outputs = {int(key): name for key, name in record["outputs"].items()}
        plan = {int(key): datetime.fromisoformat(at) for key, at in record.get("plan", {}).items()}
        return RunStatus(record["run"], record["programme_id"], RunState.AIRING, record["body"], outputs, plan)
    if what == "closed":
        return replace(run, state=RUN.check(run.state, RunState.CLOSED))
    if "item" not in record:
        return run
    item_id = int(record["item"])
    item = decide_item(run.items.get(item_id, ItemStatus()), record)
    until = [run.sound_until, _instant(record.get("until"))]
    return replace(run, items={**run.items, item_id: item}, sound_until=max((at for at in until if at), default=None))


def decide_item(item: ItemStatus, record: Body) -> ItemStatus:
    """Một mục sau bản ghi về nó."""
    what, body = record["what"], record["body"]
    target = item_target(record, started=item.started_at is not None)
    if what == "armed":
        before = ItemState.WAITING if item.again else item.state
        return ItemStatus(ITEM.check(before, ItemState.ARMED), record.get("attempt", 1), armed=record)
    if what == "skipped" and item.again:  # lần đầu đã có kết quả; lần phát lại không còn chỗ thì thôi
        return replace(item, again=False)
    if what == "started" and target is not None:
        return replace(item, state=ITEM.check(item.state, target), started_at=_instant(body["started_at"]))
    if what == "interrupted":
        return replace(item, parts=(*item.parts, body))
    if target is not None:
        return replace(item, state=ITEM.check(item.state, target), ended=body, again=record.get("again", False))
    return item


def item_target(record: Body, *, started: bool) -> ItemState | None:
    """Trạng thái mà bản ghi đưa mục tới; ``None`` là không đổi. Người đưa sổ vào nhật ký hỏi cùng hàm này."""
    what = record["what"]
    if what == "armed":
        return ItemState.ARMED
    if what == "started":
        return ItemState.ON_AIR
    if what == "skipped":
        return ItemState.SKIPPED
    if what != "ended":
        return None
    if record["body"]["result"] == Result.FULL:
        return ItemState.AIRED
    return ItemState.CUT if started else ItemState.FAILED


def decide_order(order: OrderStatus | None, record: Body) -> OrderStatus:
    """Một lệnh khẩn cấp sau bản ghi về nó."""
    what, at, body = record["what"], _instant(record["at"]), record["body"]
    if order is None:
        return OrderStatus(body, UrgentState.RESTING)
    target = order_target(order.state, record)
    order = replace(order, state=order.state if target is None else URGENT.check(order.state, target))
    if order.state.over and order.closed_at is None:
        order = replace(order, closed_at=at)
    if what == "waiting":
        return replace(order, against=tuple(record.get("keys", ())))
    if what == "armed":
        number, first = record["number"], order.first_at or at
        return replace(order, number=number, first_at=first, sounded_at=at, armed=record, started_at=None, against=())
    if what == "started":
        return replace(order, started_at=_instant(body["started_at"]))
    if what == "ended":
        heard = any(target["state"] == "sent" for target in body["deliveries"]) or bool(body["heard_ms"])
        return replace(order, armed={}, heard_times=order.heard_times + heard)
    return order


def order_target(state: UrgentState, record: Body) -> UrgentState | None:
    """Trạng thái mà bản ghi đưa lệnh tới; một lần vang hết mà lệnh đã bị dừng thì vẫn là đã dừng."""
    if record["what"] == "closed":
        return UrgentState.DONE if record["body"].get("heard_times", 1) else UrgentState.UNREACHED
    if record["what"] == "ended":
        return UrgentState.RESTING if state is UrgentState.SOUNDING else None
    return {
        "waiting": UrgentState.WAITING,
        "chosen": UrgentState.QUEUED,
        "armed": UrgentState.SOUNDING,
        "stopped": UrgentState.STOPPED,
    }.get(record["what"])


def _recent(runs: Mapping[str, RunStatus], newest: RunStatus) -> dict[str, RunStatus]:
    """Thôi nhớ lượt đã khép từ lâu: giữ lượt còn sống và các lượt của những buổi gần đây."""
    edge = _instant(newest.body["programme"]["planned_at"])
    assert edge is not None
    return {key: run for key, run in runs.items() if run.live or _planned(run) > edge - KEEP}


def _planned(run: RunStatus) -> datetime:
    return datetime.fromisoformat(run.body["programme"]["planned_at"])


def _newest(state: AirState, record: Body) -> datetime | None:
    wall = _instant(record.get("stamp", {}).get("wall"))
    return max((at for at in (state.newest, wall) if at is not None), default=None)


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
