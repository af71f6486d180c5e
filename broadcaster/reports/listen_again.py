"""*Nghe lại*: trang tĩnh và nguồn podcast cho trang thông tin của phường; chữ, tiếng, mã vuông cho từng TDP.

Chỉ điều loa đã vang: bản tin phát đủ trong ``days`` ngày qua mà bản sửa ấy nay vẫn được duyệt; rút rồi thì lần ghi sau không
còn. Cả thư mục được thay một lần: người mở trang thấy bản cũ hoặc bản mới, không bao giờ nửa này nửa kia.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import segno
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.stations import station_of, today_at
from broadcaster.airlog.enums import Mode, Result
from broadcaster.airlog.queries import bodies_of
from broadcaster.airlog.tables import Airing
from broadcaster.database import Database
from broadcaster.errors import Conflict, Invalid, NotFound
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.queries import choices
from broadcaster.newsroom.tables import Revision, Script
from broadcaster.reports.listen_again_page import feed, page, slug_of
from broadcaster.sound.files import sync_folder, temporary_beside
from broadcaster.sound.library import Library

MARK = ".nghe-lai"
"""Có tệp này thì thư mục là do ta ghi, được thay cả thư mục."""
MOST = 200
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Heard:
    """Một bản tin nghe lại được; ``zones`` rỗng là cả phường; ``synthetic``: giọng máy, phải nói ra."""

    revision_id: int
    title: str
    body: str
    aired_at: datetime
    zones: tuple[str, ...]
    audio_sha256: str
    duration_ms: int
    synthetic: bool

    @property
    def sound(self) -> str:
        """Tên tệp tiếng."""
        return f"am-thanh/{self.audio_sha256[:24]}.mp3"


@dataclass(frozen=True)
class Site:
    """Nội dung của trang; ``zones``: (mã, tên) các TDP; ``address``: nơi trang sẽ nằm, kết thúc bằng “/”."""

    station: str
    address: str
    made_at: datetime
    heard: tuple[Heard, ...]
    zones: tuple[tuple[str, str], ...]

    def of_zone(self, code: str) -> Site:
        """Phần của một TDP: bản tin cả phường và bản tin của nó."""
        mine = tuple(one for one in self.heard if not one.zones or code in one.zones)
        return Site(self.station, self.address, self.made_at, mine, self.zones)


def check_address(address: str) -> str:
    """Địa chỉ trang, kết thúc bằng “/”. Lỗi: ``Invalid`` khi không phải http(s)."""
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Invalid("Địa chỉ trang Nghe lại phải bắt đầu bằng https:// hoặc http://, ví dụ https://phuong.gov.vn/nghe-lai/.")
    return address.strip().rstrip("/") + "/"


def collect(session: Session, actor: Actor, *, address: str, days: int, now: datetime) -> Site:
    """Điều sẽ lên trang, mới phát trước. Lỗi: ``NotAllowed``, ``Invalid``."""
    actor.require(Action.REPORT_MAKE)
    address = check_address(address)
    query = (
        select(Airing)
        .join(Revision, Revision.id == Airing.revision_id)
        .join(Script, Script.id == Revision.script_id)
        .where(
            Airing.station_id == actor.station_id,
            Script.station_id == actor.station_id,
            Airing.local_day > today_at(session, actor, now) - timedelta(days=days),
            Airing.result == Result.FULL,
            Airing.mode != Mode.REHEARSAL,
            Revision.state == RevisionState.APPROVED,
        )
        .order_by(Airing.planned_at.desc(), Airing.id.desc())
    )
    latest: dict[int, Airing] = {}
    for one in session.scalars(query):
        latest.setdefault(one.revision_id or 0, one)
    found = list(latest.values())[:MOST]
    bodies = bodies_of(session, actor, found)
    places = tuple((zone.code, zone.name) for zone in choices(session, actor).zones)
    every = frozenset(code for code, _ in places)
    heard = [_heard(session, one, bodies.get(one.id, {}).get("item", {}), every) for one in found]
    return Site(station_of(session, actor).name, address, now, tuple(one for one in heard if one.audio_sha256), places)


def write_site(
    database: Database,
    actor: Actor,
    library: Library,
    folder: Path,
    *,
    address: str,
    days: int,
    now: datetime,
    progress: Progress,
) -> int:
    """Ghi cả trang vào ``folder``; trả về số bản tin. Lỗi: ``NotAllowed``, ``Invalid``; ``Conflict`` khi thư mục có thứ khác."""
    with database.reading() as session:
        site = collect(session, actor, address=address, days=days, now=now)
    with _whole_folder(folder) as temporary:
        kept = _sounds(site, library, temporary, progress)
        _pages(Site(site.station, site.address, site.made_at, kept, site.zones), temporary)
    return len(kept)


def _heard(session: Session, airing: Airing, item: dict[str, object], every: frozenset[str]) -> Heard:
    revision = session.get_one(Revision, airing.revision_id)
    frozen = revision.frozen or {}
    voice = item.get("voice")
    return Heard(
        revision_id=revision.id,
        title=str(frozen.get("title", revision.title)),
        body=str(frozen.get("body", revision.body)),
        aired_at=airing.started_at or airing.planned_at,
        zones=() if every <= set(airing.zones) else tuple(airing.zones),
        audio_sha256=str(item.get("audio_sha256") or ""),
        duration_ms=airing.heard_ms,
        synthetic=not (isinstance(voice, dict) and voice.get("reader")),
    )


def _sounds(site: Site, library: Library, folder: Path, progress: Progress) -> tuple[Heard, ...]:
    """Tiếng của từng bản tin ra MP3; tiếng không còn trong kho, hay đã bị thay, thì bản tin không lên trang."""
    (folder / "am-thanh").mkdir()
    kept: list[Heard] = []
    for number, one in enumerate(site.heard):
        progress("Đang ghi tiếng", number, len(site.heard))
        try:
            if not library.verify(one.audio_sha256):
                continue
            shutil.copyfile(library.mp3(one.audio_sha256), folder / one.sound)
        except NotFound:
            continue
        kept.append(one)
    return tuple(kept)


def _pages(site: Site, folder: Path) -> None:
    _write(folder / "index.html", page(site, "", site.station))
    _write(folder / "feed.xml", feed(site, folder))
    _qr(f"{site.address}index.html", folder / "ma-vuong.svg")
    for code, name in site.zones:
        slug = slug_of(code)
        _write(folder / f"tdp-{slug}.html", page(site.of_zone(code), slug, name))
        _qr(f"{site.address}tdp-{slug}.html", folder / f"ma-vuong-{slug}.svg")
    _write(folder / MARK, "Thư mục này do đài truyền thanh ghi; mỗi lần ghi lại là thay cả thư mục.\n")


def _qr(address: str, path: Path) -> None:
    segno.make(address, error="m").save(str(path), kind="svg", scale=6, border=4)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """Thư mục tạm cạnh ``folder``; ra khỏi khối không lỗi thì thay ``folder``, có lỗi thì biến mất.

    Tắt máy giữa hai lần đổi tên thì lần sau đưa bản cũ về chỗ trước.
    """
    old = folder.with_name(f".{folder.name}.cu")
    if old.exists() and not folder.exists():
        old.rename(folder)
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise Conflict(f"{folder} đang có thứ khác, đài không xoá của ai. Hãy chọn một thư mục trống cho trang Nghe lại.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    for stale in folder.parent.glob(f".{folder.stem[:16]}-*.part"):
        shutil.rmtree(stale, ignore_errors=True)
    temporary = temporary_beside(folder)
    temporary.mkdir()
    try:
        yield temporary
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        temporary.rename(folder)
        sync_folder(folder.parent)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
