"""Mục nào kế tiếp: bản phát, điều sổ trực đã biết, và phần giờ còn lại của buổi. Thuần."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.airlog.bodies import ItemBody
from broadcaster.airlog.enums import Reason
from broadcaster.playout.air_state import AirState, ItemStatus
from broadcaster.playout.network import Path
from broadcaster.playout.rules import SLACK, overruns
from broadcaster.playout.rundown import Rundown, RundownItem, quiet_at
from broadcaster.traffic.clock_fit import Fitted, fit


@dataclass(frozen=True)
class Refusal:
    """Vì sao mục này không được vang."""

    reason: Reason
    note: str


@dataclass(frozen=True)
class Next:
    """Mục đứng đầu nếu nó vang lúc ``at``; ``fits`` sai thì ``why`` nói vì sao. ``attempt`` > 1: phát lại từ đầu."""

    item: RundownItem
    at: datetime
    planned_ms: int
    fits: bool
    why: str = ""
    attempt: int = 1
    planned_at: datetime | None = None
    """Giờ dự kiến lúc nhận buổi; mục thêm khi buổi đang phát thì không có."""

    def body(self, planned_ms: int | None = None) -> ItemBody:
        """Phần “mục” của dòng nhật ký."""
        planned_at = (self.planned_at or self.at).isoformat()
        body: ItemBody = {**self.item.body, "planned_at": planned_at, "planned_ms": planned_ms or self.planned_ms}
        return {**body, "is_rerun": True} if self.attempt > 1 else body


def waiting(rundown: Rundown, state: AirState) -> list[tuple[RundownItem, int]]:
    """Mục còn phải phát và là lần phát thứ mấy: chờ trong bản phát mà sổ chưa nhắc tới, hoặc đã đứt và phải phát lại."""
    known: dict[int, ItemStatus] = {}
    for run in state.of_programme(rundown.programme_id):
        known |= run.items
    found = []
    for item in rundown.items:
        status = known.get(item.item_id)
        if status is None and item.waiting:
            found.append((item, 1))
        elif status is not None and status.again:
            found.append((item, status.attempt + 1))
    return found


def next_item(rundown: Rundown, state: AirState, at: datetime) -> Next | None:
    """Mục đứng đầu lúc ``at``; không còn mục nào thì ``None``."""
    left = waiting(rundown, state)
    if not left:
        return None
    item, attempt = left[0]
    fitted = _fitted(rundown, [one for one, _ in left], at)
    placed = next((one for one in fitted.placed if one.item_id == item.item_id), None)
    planned_ms = placed.planned_ms if placed else item.planned_ms
    why = next((one.reason for one in fitted.left_out if one.item_id == item.item_id), "")
    fits = placed is not None and not overruns(at, planned_ms, rundown.ends_at)
    planned = next((run.plan[item.item_id] for run in state.of_programme(rundown.programme_id) if item.item_id in run.plan), None)
    return Next(item, at, planned_ms, fits, "" if fits else why or _too_long(planned_ms), attempt, planned)


def plan_of(rundown: Rundown) -> dict[str, str]:
    """Mã mục → giờ dự kiến theo thứ tự phát lúc nhận buổi, và từ đó không đổi nữa. Mục không có chỗ thì không có giờ."""
    waiting = [item for item in rundown.items if item.waiting]
    budget_ms = (rundown.ends_at - rundown.starts_at + SLACK) // timedelta(milliseconds=1)
    fitted = fit([item.piece(rundown.starts_at) for item in waiting], budget_ms)
    return {str(one.item_id): (rundown.starts_at + timedelta(milliseconds=one.offset_ms)).isoformat() for one in fitted.placed}


def _fitted(rundown: Rundown, left: list[RundownItem], at: datetime) -> Fitted:
    """Nhạc đệm lấp tới đúng giờ hết; mục đầu chỉ thiếu chỗ vì làm tròn khung thì buổi được lố một giây."""
    pieces = [item.piece(at) for item in left]
    budget_ms = max(0, (rundown.ends_at - at) // timedelta(milliseconds=1))
    fitted = fit(pieces, budget_ms)
    if any(one.item_id == left[0].item_id for one in fitted.placed):
        return fitted
    return fit(pieces, budget_ms + SLACK // timedelta(milliseconds=1))


def refusal(
    rundown: Rundown, one: Next, free: Collection[Path], taken: Collection[Path], *, setback: Refusal | None
) -> Refusal | None:
    """Điều cấm mục này vang; ``free``: đường nhận được, ``taken``: đang nhường khẩn cấp; ``setback``: vì sao buổi đã muộn đi."""
    return _unfit(one, free, taken, setback) or _barred(rundown, one)


def mine_of(paths: Collection[Path], item: RundownItem) -> list[Path]:
    """Trong các đường ra ấy, những đường tới vùng riêng của mục."""
    return [path for path in paths if path.serves(item.zone_ids)]


def _unfit(one: Next, free: Collection[Path], taken: Collection[Path], setback: Refusal | None) -> Refusal | None:
    if not one.fits:
        return setback if setback and one.planned_at else Refusal(Reason.LATE, one.why)
    if mine_of(free, one.item):
        return None
    if mine_of(taken, one.item):
        return Refusal(Reason.URGENT, "Các đường ra tới TDP của mục này đang nhường tin khẩn cấp.")
    return Refusal(Reason.DEVICE, "Buổi không có đường ra nào tới các TDP của mục này.")


def _barred(rundown: Rundown, one: Next) -> Refusal | None:
    if quiet_at(rundown, one.at):
        return Refusal(Reason.QUIET, "Đang trong giờ yên tĩnh; chỉ khẩn cấp hoặc ngoại lệ có văn bản mới được phát.")
    day = datetime.fromisoformat(rundown.programme["day"]).date()
    item = one.item
    too_early = item.valid_from is not None and day < item.valid_from
    if item.barred or too_early or (item.valid_to is not None and item.valid_to < day):
        return Refusal(Reason.NOT_APPROVED, item.barred or "Bản tin không còn được duyệt hoặc đã hết hiệu lực vào lúc phát.")
    return None


def _too_long(planned_ms: int) -> str:
    return f"Không còn đủ thời lượng: mục dài {planned_ms // 1000} giây."
