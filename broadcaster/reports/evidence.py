"""F5. Gói minh chứng của một báo cáo: báo cáo, nhật ký, văn bản cùng quyết định duyệt, âm thanh, tiếng đã thu, mã băm, trang xem.

Thu thập trong những lần đọc ngắn; chép tệp ở ngoài, từng khúc, nên bộ nhớ không tăng theo cỡ gói và ai thôi thì dừng ngay.
Cùng dữ liệu thì cùng một gói tới từng byte: giờ của mọi tệp trong gói là giờ lập báo cáo.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.tables import Station
from broadcaster.airlog.enums import Mode, Result
from broadcaster.airlog.programmes import order_of
from broadcaster.airlog.queries import Period, bodies_of, sealed_captures
from broadcaster.airlog.searching import AiringFilter
from broadcaster.airlog.tables import Airing, unindexed
from broadcaster.database import Database
from broadcaster.errors import NotFound
from broadcaster.newsroom.freezing import sha256_of
from broadcaster.newsroom.tables import Revision, Script
from broadcaster.playout.tables import Output
from broadcaster.reports.document import Document
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.evidence_page import index_page, text_of
from broadcaster.reports.log_files import write_log
from broadcaster.reports.making import report_of, write_report
from broadcaster.reports.reform_scope import reform_scope
from broadcaster.sound.files import whole_file
from broadcaster.sound.library import Library
from broadcaster.sound.outputs.segments import SEGMENT_MS, segments

Progress = Callable[[str, int, int], None]
"""(đang làm gì, xong mấy, tất cả mấy); ném lỗi để dừng."""
DRAFT = "dang-lam-"
"""Thư mục tạm của gói đang làm; bị giết giữa chừng thì lần chạy sau dọn."""
_CHUNK = 1 << 20
_BATCH = 200
_STORED = frozenset({".flac", ".mp3", ".docx", ".xlsx", ".pdf"})
"""Đã nén rồi: cất nguyên cho nhanh."""


@dataclass(frozen=True)
class AiredText:
    """Một bản sửa đã phát trong kỳ: chữ, quyết định duyệt và băm như nhật ký ghi lúc phát; ``matches``: chữ còn khớp băm ấy."""

    revision_id: int
    script_id: int
    number: int
    title: str
    body: str
    item: Mapping[str, Any]
    matches: bool
    airings: int

    @property
    def name(self) -> str:
        """Tên tệp trong gói."""
        return f"van-ban/ban-tin-{self.script_id}-ban-{self.number}.txt"


@dataclass(frozen=True)
class Packed:
    """Một tệp trong gói."""

    name: str
    sha256: str
    size: int


@dataclass
class Contents:
    """Điều sẽ vào gói; ``missing``: điều lẽ ra có mà không còn, và vì sao."""

    report_id: int
    made_at: datetime
    kind: ReportKind
    period: Period
    period_name: str
    document: Document
    zone: ZoneInfo
    texts: list[AiredText] = field(default_factory=list)
    sounds: dict[str, Path] = field(default_factory=dict)
    captures: dict[str, Path] = field(default_factory=dict)
    heard: dict[str, str] = field(default_factory=dict)
    """Tệp thu trong gói → lúc nào, đường ra nào, cho người đọc."""
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Places:
    """Kho bản ghi và thư mục bản thu của máy này."""

    library: Library
    captures: Path


def make_evidence(
    database: Database, actor: Actor, report_id: int, target: Path, *, places: Places, captures: bool, progress: Progress
) -> tuple[str, list[str]]:
    """Ghi gói vào ``target``, trọn hoặc không có gì; trả về SHA-256 của gói và những điều thiếu. Lỗi: như ``report_of``."""
    actor.require(Action.REPORT_MAKE)
    contents = _collect(database, actor, report_id, places, captures=captures, progress=progress)
    with tempfile.TemporaryDirectory(dir=_folder(target), prefix=DRAFT) as folder, whole_file(target) as temporary:
        sources = list(_sources(database, actor, contents, Path(folder)))
        _write(contents, sources, temporary, progress)
        digest = _sha256(temporary)
    return digest, contents.missing


def _folder(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.parent


def _collect(database: Database, actor: Actor, report_id: int, places: Places, *, captures: bool, progress: Progress) -> Contents:
    with database.reading() as session:
        report, document = report_of(session, actor, report_id)
        period = Period(report.period_from, report.period_to)
        zone = ZoneInfo(session.get_one(Station, actor.station_id).timezone)
        contents = Contents(report.id, report.made_at, report.kind, period, report.period_name, document, zone)
        outputs = select(Output.id, Output.name).where(Output.station_id == actor.station_id)
        channels = {str(key): name for key, name in session.execute(outputs)}
    spans: list[tuple[datetime, datetime]] = []
    for done, total, batch in _batches(database, actor, contents):
        progress("Đang đọc nhật ký", done, total)
        with database.reading() as session:
            spans += _add(session, actor, contents, batch)
    _find_sounds(contents, places.library)
    if captures:
        with database.reading() as session:
            sealed = sealed_captures(session, actor, datetime.combine(contents.period.first, time(), contents.zone))
        _find_captures(contents, places.captures, spans, channels, sealed)
    return contents


def _batches(database: Database, actor: Actor, contents: Contents) -> Iterator[tuple[int, int, Sequence[int]]]:
    """Mã các lượt đã vang của báo cáo, từng đợt."""
    with database.reading() as session:
        scope = reform_scope(session, actor)
        query = select(Airing.id, Airing.topics, Airing.column_name, Airing.revision_id).where(
            Airing.station_id == actor.station_id,
            Airing.local_day.between(contents.period.first, contents.period.last),
            Airing.mode != Mode.REHEARSAL,
            Airing.script_id.is_not(None),
            Airing.result.in_((Result.FULL, Result.PARTIAL)),
        )
        rows = session.execute(query.order_by(Airing.planned_at, Airing.id)).all()
    every = contents.kind is not ReportKind.REFORM
    wanted = [row.id for row in rows if every or scope.counts(row)]
    for start in range(0, len(wanted), _BATCH):
        yield start, len(wanted), wanted[start : start + _BATCH]


def _add(session: Session, actor: Actor, contents: Contents, airing_ids: Sequence[int]) -> list[tuple[datetime, datetime]]:
    query = select(Airing).where(unindexed(Airing.station_id) == actor.station_id, Airing.id.in_(airing_ids))
    found = sorted(session.scalars(query), key=order_of)
    bodies = bodies_of(session, actor, found)
    revisions = _revisions(session, actor, {one.revision_id for one in found if one.revision_id})
    known = {text.revision_id: at for at, text in enumerate(contents.texts)}
    for one in found:
        item = bodies.get(one.id, {}).get("item", {})
        if sha := item.get("audio_sha256"):
            contents.sounds.setdefault(sha, Path())
        at = known.get(one.revision_id or 0)
        if at is not None:
            contents.texts[at] = _again(contents.texts[at], revisions[one.revision_id or 0], item)
        elif one.revision_id in revisions:
            known[one.revision_id] = len(contents.texts)
            contents.texts.append(_text(revisions[one.revision_id], item))
        else:
            contents.missing.append(f"“{one.title}”, phát {one.local_day:%d/%m/%Y}: văn bản không còn trong cơ sở dữ liệu.")
    return [(one.started_at, one.ended_at) for one in found if one.started_at and one.ended_at]


def _revisions(session: Session, actor: Actor, revision_ids: set[int]) -> dict[int, Revision]:
    query = select(Revision).join(Script, Script.id == Revision.script_id)
    rows = session.scalars(query.where(Script.station_id == actor.station_id, Revision.id.in_(revision_ids)))
    return {row.id: row for row in rows}


def _again(old: AiredText, revision: Revision, item: Mapping[str, Any]) -> AiredText:
    """Thêm một lượt phát: ảnh chụp mới nhất được kể, còn chữ phải khớp ở mọi lượt."""
    return replace(old, airings=old.airings + 1, item=item or old.item, matches=old.matches and _matches(revision, item))


def _matches(revision: Revision, item: Mapping[str, Any]) -> bool:
    logged = item.get("text_sha256")
    return logged is not None and revision.frozen is not None and sha256_of(revision.frozen) == logged


def _text(revision: Revision, item: Mapping[str, Any]) -> AiredText:
    frozen = revision.frozen or {}
    return AiredText(
        revision_id=revision.id,
        script_id=revision.script_id,
        number=revision.number,
        title=str(frozen.get("title", revision.title)),
        body=str(frozen.get("body", revision.body)),
        item=item,
        matches=_matches(revision, item),
        airings=1,
    )


def _find_sounds(contents: Contents, library: Library) -> None:
    for sha in list(contents.sounds):
        try:
            contents.sounds[sha] = library.path(sha)
        except NotFound:
            del contents.sounds[sha]
            contents.missing.append(f"Tệp âm thanh {sha[:16]}… không còn trong kho của máy này.")
            continue
        if not library.verify(sha):
            del contents.sounds[sha]
            contents.missing.append(f"Tệp âm thanh {sha[:16]}… trong kho KHÔNG phải tiếng đã phát (bị thay), không vào gói.")


def _find_captures(
    contents: Contents,
    folder: Path,
    spans: Sequence[tuple[datetime, datetime]],
    channels: Mapping[str, str],
    sealed: Mapping[str, str],
) -> None:
    """Những phút đã thu trùng với lượt phát, ở đường ra của chính đài; phút đang ghi dở (.wav) thì để lần sau.

    ``sealed``: mã băm mà nhật ký giữ; phút nào trên đĩa đã thành tiếng khác thì không là minh chứng.
    """
    kept = [one for one in segments(folder) if one.path.suffix == ".flac" and one.channel in channels]
    length = timedelta(milliseconds=SEGMENT_MS)
    unsealed = 0
    for one in kept:
        if not any(one.start < ended and one.start + length > started for started, ended in spans):
            continue
        known = sealed.get(one.path.relative_to(folder).as_posix())
        if known is not None and _sha256(one.path) != known:
            contents.missing.append(f"Bản thu {one.path.name} trên đĩa KHÔNG phải tiếng đã thu (bị thay), không vào gói.")
            continue
        unsealed += known is None
        name = f"tieng-da-thu/{one.path.name}"
        contents.captures[name] = one.path
        contents.heard[name] = f"{one.start.astimezone(contents.zone):%H:%M:%S ngày %d/%m/%Y}, {channels[one.channel]}"
    if unsealed:
        contents.missing.append(f"{unsealed} phút tiếng thu lại chưa có mã băm trong nhật ký nên chưa chứng minh được là nguyên.")
    covered = sum(any(one.start <= started < one.start + length for one in kept) for started, _ in spans)
    if covered < len(spans):
        contents.missing.append(
            f"Tiếng thu lại còn cho {covered}/{len(spans)} lượt phát: bản thu chỉ được giữ trong thời hạn đài đã đặt."
        )


def _write(contents: Contents, sources: Sequence[tuple[str, Path]], target: Path, progress: Progress) -> None:
    packed: list[Packed] = []
    with zipfile.ZipFile(target, "w", allowZip64=True) as archive:
        for name, path in sources:
            alive = partial(progress, "Đang chép tệp vào gói", len(packed), len(sources))
            alive()
            packed.append(_store(archive, name, path, contents.made_at, alive))
        hashes = "".join(f"{one.sha256}  {one.name}\n" for one in packed)
        packed.append(_store_text(archive, "ma-bam.txt", hashes, contents.made_at))
        _store_text(archive, "index.html", index_page(contents, packed), contents.made_at)


def _sources(database: Database, actor: Actor, contents: Contents, folder: Path) -> Iterable[tuple[str, Path]]:
    """(tên trong gói, tệp nguồn) theo thứ tự cố định."""
    for kind in ("docx", "pdf", "xlsx"):
        path = folder / f"bao-cao.{kind}"
        write_report(contents.document, kind, path, made_at=contents.made_at)
        yield path.name, path
    log = folder / "nhat-ky.csv"
    with database.reading() as session:
        write_log(session, actor, AiringFilter(contents.period), log, kind="csv")
    yield log.name, log
    for text in contents.texts:
        path = folder / text.name.replace("/", "-")
        path.write_text(text_of(text, contents.zone), encoding="utf-8-sig")
        yield text.name, path
    for sha, path in sorted(contents.sounds.items()):
        yield f"am-thanh/{sha[:16]}.flac", path
    yield from sorted(contents.captures.items())


def _store(archive: zipfile.ZipFile, name: str, path: Path, at: datetime, alive: Callable[[], None]) -> Packed:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(_entry(name, at), "w", force_zip64=True) as out:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
            alive()
    return Packed(name, digest.hexdigest(), size)


def _store_text(archive: zipfile.ZipFile, name: str, text: str, at: datetime) -> Packed:
    content = text.encode()
    archive.writestr(_entry(name, at), content)
    return Packed(name, hashlib.sha256(content).hexdigest(), len(content))


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_STORED if Path(name).suffix in _STORED else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
