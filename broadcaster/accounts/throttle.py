"""Chặn dò mật khẩu: mỗi lần thử được ghi trước khi so, sai nhiều thì phải đợi dài dần, theo cặp tên và máy, và theo máy.

Không ai khoá được người khác: kẻ dò chỉ làm chậm chính máy mình. Máy quen (đã từng đăng nhập đúng tên ấy) có phần riêng và
chỉ phải đợi vài giây, nên chủ tài khoản luôn vào được, kể cả để ra lệnh khẩn cấp giữa lúc bị dò.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import SignIn, SignInAttempt, User
from broadcaster.database.turns import one_at_a_time
from broadcaster.errors import TooManyAttempts

LONGEST = 64
"""Tên và địa chỉ dài hơn chừng này chỉ được nhớ phần đầu: vẫn đếm được lần thử."""
REMEMBERED = timedelta(days=180)
"""Máy đã đăng nhập đúng trong chừng này là máy quen."""


@dataclass(frozen=True)
class Patience:
    """``free`` lần đầu không phải đợi; sau đó ``first``, gấp đôi mỗi lần, không quá ``most``; chỉ đếm trong ``window``."""

    free: int
    first: timedelta
    most: timedelta
    window: timedelta

    def wait(self, wrong: int) -> timedelta:
        """Phải đợi bao lâu kể từ lần sai thứ ``wrong``."""
        if wrong < self.free:
            return timedelta()
        return min(self.first * (1 << min(wrong - self.free, 20)), self.most)


PAIR = Patience(5, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=6))
ADDRESS = Patience(30, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=1))
KNOWN = Patience(5, timedelta(seconds=2), timedelta(seconds=20), timedelta(hours=6))
CODE = Patience(5, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=6))


@dataclass(frozen=True)
class Attempt:
    """Một lần thử đã ghi là sai, chờ so mật khẩu; ``left``: còn mấy lần trước khi phải đợi."""

    id: int
    left: int


def check(session: Session, login: str, address: str, *, device: str = "", now: datetime) -> None:
    """Có phải đợi không, chỉ đọc: người đang bị chặn không chạm tới khoá ghi. Lỗi: ``TooManyAttempts``."""
    _waited(session, login[:LONGEST], address, device, now)


def begin(session: Session, login: str, address: str, *, device: str = "", now: datetime) -> Attempt:
    """Ghi một lần thử là sai trước khi so; ``device``: dấu của máy quen. ``now`` phải lấy trong giao dịch ghi này.

    Lỗi: ``TooManyAttempts`` nói còn phải đợi bao lâu.
    """
    login = login[:LONGEST]
    one_at_a_time(session, f"đăng nhập {address}")
    place, wrong = _waited(session, login, address, device, now)
    row = SignInAttempt(login=login, address=place, at=now, succeeded=False)
    session.add(row)
    session.flush()
    return Attempt(row.id, max(0, PAIR.free - wrong - 1))


def is_known(session: Session, device: str, *, now: datetime, login: str | None = None) -> bool:
    """Máy này từng đăng nhập đúng (tên ấy, hoặc tên bất kỳ); dấu của máy là băm của một phiên cũ, không mở được phiên nào."""
    found = select(SignIn.id).where(SignIn.token_sha256 == device, SignIn.created_at > now - REMEMBERED)
    if login is not None:
        found = found.join(User, User.id == SignIn.user_id).where(User.login == login)
    return bool(device) and session.scalar(found.limit(1)) is not None


def matched(session: Session, attempt: Attempt) -> None:
    """Lần thử ấy hoá ra đúng."""
    session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt.id).values(succeeded=True))


class CodeGuesses:
    """Lần gõ mã điện thoại của người đang có phiên hay thẻ, đếm trước khi so; trong bộ nhớ, vì nút đỏ không chờ khoá ghi nào.

    Mỗi chỗ (phiên, hay địa chỉ với thẻ) một phần: người cầm phiên khác, máy khác không làm chủ phải đợi.
    """

    _MOST = 5_000

    def __init__(self, patience: Patience = CODE) -> None:
        """``patience``: được sai mấy lần, rồi đợi bao lâu."""
        self._patience = patience
        self._lock = threading.Lock()
        self._wrong: OrderedDict[tuple[int, str], tuple[int, datetime]] = OrderedDict()

    def begin(self, user_id: int, place: str, *, now: datetime) -> None:
        """Ghi một lần thử là sai trước khi so. Lỗi: ``TooManyAttempts`` nói còn phải đợi bao lâu."""
        with self._lock:
            wrong, last = self._wrong.pop((user_id, place), (0, now))
            if not timedelta() <= now - last < self._patience.window:
                wrong = 0
            wait = last + self._patience.wait(wrong) - now if wrong else timedelta()
            self._wrong[user_id, place] = (wrong, last) if wait > timedelta() else (wrong + 1, now)
            if len(self._wrong) > self._MOST:
                self._wrong.popitem(last=False)
        if wait > timedelta():
            raise TooManyAttempts(f"Gõ sai mã điện thoại quá nhiều lần. Hãy đợi {_told(wait)}, hoặc đăng nhập lại, rồi gõ mã.")

    def matched(self, user_id: int, place: str) -> None:
        """Lần thử ấy đúng: đếm lại từ đầu."""
        with self._lock:
            self._wrong.pop((user_id, place), None)


def _waited(session: Session, login: str, address: str, device: str, now: datetime) -> tuple[str, int]:
    """Chỗ thử và số lần đã sai ở đó. Lỗi: ``TooManyAttempts``."""
    known = is_known(session, device, login=login, now=now)
    place = f"quen-{device[:40]}" if known else address[:LONGEST]
    pair = (SignInAttempt.login == login) & (SignInAttempt.address == place)
    wrong = _check(session, pair, KNOWN if known else PAIR, now, after=_last_success(session, pair))
    if not known:
        _check(session, SignInAttempt.address == place, ADDRESS, now)
    return place, wrong


def _check(session: Session, where: ColumnElement[bool], patience: Patience, now: datetime, *, after: int = 0) -> int:
    """Số lần sai; ``at <= now``: đồng hồ lùi lại không thành một lần khoá dài."""
    query = select(func.count(), func.max(SignInAttempt.at)).where(
        where,
        SignInAttempt.id > after,
        SignInAttempt.succeeded.is_(False),
        SignInAttempt.at > now - patience.window,
        SignInAttempt.at <= now,
    )
    wrong, last = session.execute(query).one()
    wait = last + patience.wait(wrong) - now if wrong else timedelta()
    if wait > timedelta():
        raise TooManyAttempts(f"Đăng nhập sai quá nhiều lần. Hãy đợi {_told(wait)} rồi thử lại.")
    return int(wrong)


def _last_success(session: Session, pair: ColumnElement[bool]) -> int:
    return session.scalar(select(func.max(SignInAttempt.id)).where(pair, SignInAttempt.succeeded.is_(True))) or 0


def _told(wait: timedelta) -> str:
    seconds = max(1, round(wait.total_seconds()))
    return f"{seconds} giây" if seconds < 60 else f"{-(-seconds // 60)} phút"
