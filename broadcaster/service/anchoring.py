"""Gửi đầu chuỗi nhật ký tới những nơi chủ máy không sửa được, và giữ hộ đầu chuỗi của đài khác.

Mỗi nơi một cách (thư mục ngoài, thư điện tử, máy khác); nơi này hỏng không cản nơi kia, và nơi quá lâu chưa tới được thì báo.
"""

from __future__ import annotations

import errno
import hashlib
import json
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import close_alert, raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.accounts.tables import Station
from broadcaster.airlog import anchors
from broadcaster.airlog.anchors import Head, digests, head_of, short_code
from broadcaster.airlog.tables import Anchor
from broadcaster.airlog.tree import consistency, leaf
from broadcaster.clock import Clock
from broadcaster.config import Config, MailSection, SendSection
from broadcaster.database import Database
from broadcaster.errors import BroadcasterError
from broadcaster.service.anchor_keeping import SIGNATURE, sign
from broadcaster.service.marks import anchor_file, append_line, folder_place
from broadcaster.service.time_stamps import place_of, stamp

if TYPE_CHECKING:
    import requests

_PATIENCE_S = 20.0
AHEAD = timedelta(days=1)
"""Mốc ghi xa hơn thế ở tương lai là do đồng hồ từng nhảy tới: nó không nói được lần cuối là bao giờ."""


@dataclass(frozen=True)
class Sent:
    """Một nơi: ``receipt`` là câu trả lời; ``error`` có thì chưa tới được; ``doubt``: nơi ấy giữ nhưng nói không nối tiếp."""

    place: str
    receipt: str = ""
    error: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class _Seal:
    """Điều gửi đi: đầu chuỗi của đài ``code`` lúc ``at``."""

    code: str
    name: str
    head: Head
    at: datetime

    def told(self) -> dict[str, Any]:
        return {
            "dai": self.code,
            "dong": self.head.seq,
            "bam": self.head.digest,
            "goc": self.head.root,
            "luc": self.at.isoformat(timespec="seconds"),
        }


def places(config: Config) -> list[str]:
    """Tên mọi nơi đã cấu hình."""
    mail = [_mail_name(config.anchors.mail)] if config.anchors.mail.to else []
    stamps = [place_of(config)] if config.anchors.stamp.url else []
    return [*map(folder_place, config.anchor_folders), *mail, *stamps, *(one.name for one in config.anchors.send)]


def anchor(config: Config, database: Database, clock: Clock) -> list[Sent]:
    """Gửi đầu chuỗi của đài tới mọi nơi đã cấu hình, ghi sổ mốc, nêu hoặc đóng cảnh báo; trả về từng nơi ra sao."""
    with database.reading() as session:
        station = session.scalar(select(Station).where(Station.code == config.station.code))
        head = head_of(session, station.id) if station is not None else None
    if station is None or head is None:
        return []
    seal = _Seal(station.code, station.name, head, clock.now())
    found = [_tried(place, send) for place, send in _ways(config, database, station.id, seal)]
    with database.writing() as session:
        for one in found:
            _note(session, config, station, seal, one)
    return found


def _note(session: Session, config: Config, station: Station, seal: _Seal, sent: Sent) -> None:
    subject = f"anchor:{hashlib.sha256(sent.place.encode()).hexdigest()[:16]}"
    if sent.error:
        if not reached_lately(session, station, sent.place, seal.at, timedelta(days=config.anchors.remind_days)):
            told = f"Mốc nhật ký đã quá {config.anchors.remind_days} ngày chưa tới được “{sent.place}”: {sent.error}"
            raise_alert(session, station.id, subject, told, now=seal.at)
        return
    anchors.kept(session, station.id, sent.place, seal.head, at=seal.at, receipt=sent.doubt or sent.receipt)
    if sent.doubt:
        raise_alert(session, station.id, subject, f"“{sent.place}”: {sent.doubt}", now=seal.at, level=AlertLevel.CRITICAL)
    else:
        close_alert(session, station.id, subject, by="đã gửi được mốc", now=seal.at)


def reached_lately(session: Session, station: Station, place: str, now: datetime, limit: timedelta) -> bool:
    """Nơi ấy đã nhận mốc trong quãng ``limit`` vừa qua; đài mới dựng thì chưa kể là muộn."""
    query = select(Anchor.at).where(Anchor.station_id == station.id, Anchor.place == place, Anchor.at <= now + AHEAD)
    last = session.scalar(query.order_by(Anchor.id.desc()).limit(1)) or station.created_at
    return now - last <= limit


def _ways(config: Config, database: Database, station_id: int, seal: _Seal) -> Iterator[tuple[str, Callable[[], Sent]]]:
    for folder in config.anchor_folders:
        yield folder_place(folder), partial(_folder, folder, seal)
    if config.anchors.mail.to:
        yield _mail_name(config.anchors.mail), partial(_mail, config, seal)
    if config.anchors.stamp.url:
        yield place_of(config), partial(_stamp, config, seal)
    for target in config.anchors.send:
        yield target.name, partial(_post, config, target, database, station_id, seal)


def _tried(place: str, send: Callable[[], Sent]) -> Sent:
    try:
        return send()
    except BroadcasterError as error:
        return Sent(place, error=error.message)
    except Exception as error:  # nơi ngoài trả lời kiểu gì cũng không được cản nơi khác, hay làm cả đêm không mốc nào đi
        return Sent(place, error=_in_words(error))


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (FileNotFoundError, "chưa cắm ổ, hoặc thư mục không còn"),
    (NotADirectoryError, "đường dẫn ấy không phải thư mục"),
    (PermissionError, "không được phép ghi vào đó"),
    (smtplib.SMTPAuthenticationError, "hộp thư không nhận tên hay mật khẩu"),
    (smtplib.SMTPRecipientsRefused, "máy thư không nhận địa chỉ người nhận"),
    (ssl.SSLError, "chứng thư của máy ấy không đúng"),
    (ConnectionError, "không nối được tới máy ấy"),
    (TimeoutError, "máy ấy không trả lời"),
    (socket.gaierror, "không tìm thấy máy ấy trên mạng"),
)
_ERRNO = {errno.ENOSPC: "ổ đã đầy", errno.EROFS: "ổ chỉ đọc", errno.EIO: "ổ hỏng hoặc vừa bị rút"}


def _in_words(error: Exception) -> str:
    """Vì sao chưa tới được, cho người trực đài; lỗi lạ thì kể nguyên văn."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno in _ERRNO:
            return _ERRNO[cause.errno]
        for kind, words in _WORDS:
            if isinstance(cause, kind):
                return words
    return str(error) or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Lỗi của thư viện mạng bọc lỗi thật nhiều lớp: lớp trong cùng nói rõ nhất."""
    under: list[BaseException] = [error]
    while (inner := under[-1].__cause__ or under[-1].__context__) is not None and inner not in under:
        under.append(inner)
    yield from reversed(under)


def _mail_name(mail: MailSection) -> str:
    return f"thư tới {', '.join(mail.to)}"


def _folder(folder: Path, seal: _Seal) -> Sent:
    """Thư mục phải có sẵn: USB chưa cắm thì không ghi nhầm chỗ."""
    path = folder / anchor_file(seal.code)
    append_line(path, seal.told())
    return Sent(folder_place(folder), receipt=str(path))


def _mail(config: Config, seal: _Seal) -> Sent:
    mail = config.anchors.mail
    message = EmailMessage()
    message["From"], message["To"] = mail.sender or mail.user, ", ".join(mail.to)
    message["Subject"] = f"Mốc nhật ký {seal.name}: {short_code(seal.head.seq, seal.head.digest)}"
    message.set_content(
        f"Xin giữ thư này, không cần trả lời.\n\nNhật ký phát thanh của {seal.name} lúc {seal.at:%d/%m/%Y %H:%M} UTC "
        f"có {seal.head.seq} dòng:\n\n    {seal.head.seq}:{seal.head.digest}\n\ngốc cây băm: {seal.head.root}\n\n"
        "Sau này nghi nhật ký bị sửa thì chép dòng trên vào trang Mốc nhật ký, hoặc chạy\n"
        "    broadcaster airlog verify --against SỐ:BĂM\n"
    )
    with smtplib.SMTP(mail.host, mail.port, timeout=_PATIENCE_S) as server:
        if mail.starttls:
            server.starttls(context=ssl.create_default_context())
        if mail.user:
            server.login(mail.user, config.secret(mail.password_file))
        server.send_message(message)
    return Sent(_mail_name(mail), receipt=str(message["Subject"]))


def _stamp(config: Config, seal: _Seal) -> Sent:
    return Sent(place_of(config), receipt=stamp(config, seal.told(), seal.code))


def _post(config: Config, target: SendSection, database: Database, station_id: int, seal: _Seal) -> Sent:
    """Kèm chứng cứ RFC 9162 rằng nhật ký chỉ dài thêm từ mốc trước gửi tới nơi ấy."""
    import requests  # mọi lỗi của nó là OSError; tiến trình không gửi mốc thì không phải chở nó

    def posted(first: int) -> requests.Response:
        proof = _growth(database, station_id, first, seal.head.seq)
        body = json.dumps({**seal.told(), "tu_dong": first, "chung_cu": proof}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", SIGNATURE: sign(config.secret(target.secret_file), body)}
        return requests.post(target.url, data=body, headers=headers, timeout=_PATIENCE_S, allow_redirects=False)

    answer = posted(_last_at(database, station_id, target.name))
    if answer.status_code == requests.codes.precondition_required:
        answer = posted(int(answer.json()["tu_dong"]))
    if answer.status_code == requests.codes.conflict:
        return Sent(target.name, doubt=_detail(answer))
    if answer.status_code != requests.codes.ok:
        return Sent(target.name, error=f"không nhận mốc (mã {answer.status_code}): {_detail(answer)}")
    return Sent(target.name, receipt=str(answer.json().get("receipt", "")))


def _last_at(database: Database, station_id: int, place: str) -> int:
    """Dòng của mốc mới nhất mà nơi ấy đã nhận; chưa có thì 0."""
    with database.reading() as session:
        query = select(Anchor.seq).where(Anchor.station_id == station_id, Anchor.place == place)
        return session.scalar(query.order_by(Anchor.id.desc()).limit(1)) or 0


def _growth(database: Database, station_id: int, first: int, seq: int) -> list[str]:
    """Chứng cứ rằng nhật ký chỉ dài thêm từ dòng ``first`` tới dòng ``seq``."""
    if not 0 < first < seq:
        return []
    with database.reading() as session:
        return consistency([leaf(one) for one in digests(session, station_id, seq)], first)


def _detail(answer: requests.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.reason
