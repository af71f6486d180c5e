"""``broadcaster doctor``: máy này có gì, thiếu gì, sai gì, và làm gì tiếp; nói như nói với người trực đài."""

from __future__ import annotations

import json
import platform
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, select, text
from sqlalchemy.exc import DBAPIError

from broadcaster.accounts import settings
from broadcaster.accounts.tables import Station
from broadcaster.clock import Clock, SystemClock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.database.schema import is_current
from broadcaster.errors import BroadcasterError
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.loopback_client import PlayoutClient
from broadcaster.playout.tables import Output
from broadcaster.service.airlog_commands import verify_one
from broadcaster.service.anchoring import places, reached_lately
from broadcaster.service.assembly import open_database, open_voices
from broadcaster.service.backup import backups, made_at
from broadcaster.service.folders import instance_secret, open_library
from broadcaster.service.private import open_to_others
from broadcaster.sound.outputs.cards.devices import backend, find, muted, none_found
from broadcaster.sound.outputs.reserve import Reserve
from broadcaster.studio.tables import Recording, Sound

_BROKEN = (
    "tệp dữ liệu hỏng ({loi}). Hãy tắt đài, giữ nguyên tệp ấy ở chỗ khác, rồi phục hồi bản sao mới nhất: broadcaster restore TỆP."
)
GOOD, NOTE, WRONG = "tốt", "lưu ý", "sai"


@dataclass(frozen=True)
class Finding:
    """Một điều đã xem: ``state`` là ``tốt``, ``lưu ý`` hay ``sai``."""

    what: str
    state: str
    told: str

    def as_json(self) -> dict[str, str]:
        """Cho ``--json``."""
        return asdict(self)


def examine(config: Config, clock: Clock) -> Iterator[Finding]:
    """Mọi điều đã xem, lần lượt; một phần hỏng không làm dừng phần sau."""
    yield Finding("Python", GOOD, f"{platform.python_version()} trên {platform.platform(terse=True)}")
    yield _disk(config)
    yield _private(config)
    yield from _voices(config, clock)
    yield _phone_files()
    yield _cards()
    yield _running(config)
    yield from _data(config)
    yield _backup(config, clock)


def _data(config: Config) -> Iterator[Finding]:
    url = make_url(config.database_url)
    file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
    if file is not None and not file.exists():
        yield Finding("Cơ sở dữ liệu", NOTE, f"chưa có ở {file}. Bật đài bằng scripts/run là dựng.")
        return
    with closing(open_database(config)) as database:
        found = list(_guarded(_whole, config, database))
        yield from found
        if not found:
            for look in (_database, _station, _bound_cards, _airlog, _anchors, _sounds):
                yield from _guarded(look, config, database)


def _guarded(look: Callable[[Config, Database], Iterator[Finding]], config: Config, database: Database) -> Iterator[Finding]:
    try:
        yield from look(config, database)
    except BroadcasterError as error:
        yield Finding("Cơ sở dữ liệu", WRONG, error.message)
    except DBAPIError as error:
        yield Finding("Cơ sở dữ liệu", WRONG, _BROKEN.format(loi=error.orig))


def _disk(config: Config) -> Finding:
    there = next(one for one in (config.data_folder, *config.data_folder.parents) if one.exists())
    free, reserve = Reserve(there).free()  # chỉ xem, không dựng gì: người ta chạy lệnh này cả trước khi có đài
    told = f"còn {free / 1e9:.1f} GB ở {config.data_folder}"
    if free < reserve:
        return Finding("Ổ đĩa", WRONG, f"{told}: đã ngừng ghi lưu. Hãy xoá bớt tệp hoặc chuyển [data] folder sang ổ khác.")
    if free < 2 * reserve:
        return Finding("Ổ đĩa", NOTE, f"{told}: nên dọn bớt trước khi đầy.")
    return Finding("Ổ đĩa", GOOD, told)


def _private(config: Config) -> Finding:
    found = open_to_others(config)
    if not found:
        return Finding("Quyền đọc dữ liệu", GOOD, "chỉ tài khoản chạy đài đọc được")
    told = f"{len(found)} tệp ai trên máy cũng đọc được, như {found[0]}. Bật lại đài là tự siết; ổ USB, NAS thì hãy khoá bản sao."
    return Finding("Quyền đọc dữ liệu", NOTE, told)


def _voices(config: Config, clock: Clock) -> Iterator[Finding]:
    """Đọc thử một câu bằng từng giọng: có tiếng mới là có giọng."""
    heard = 0
    for voice in open_voices(config, clock).values():
        try:
            length = voice.speak(["Xin chào."]).duration_ms
        except BroadcasterError as error:
            state = NOTE if voice.online else WRONG
            yield Finding(voice.label, state, error.message)
            continue
        heard += 1
        yield Finding(voice.label, GOOD, f"đọc được ({length} ms)")
    if not heard:
        yield Finding("Giọng đọc", WRONG, "Không giọng nào đọc được: hãy chạy lại scripts/run để cài giọng trên máy.")


def _phone_files() -> Finding:
    if find_spec("av") is not None:
        return Finding("Tệp thu của điện thoại", GOOD, "đọc được m4a, 3gp, aac, webm")
    told = "thiếu gói av nên chưa nhận m4a, 3gp, aac, webm: hãy chạy lại scripts/run khi có mạng. WAV, MP3 vẫn nhận."
    return Finding("Tệp thu của điện thoại", NOTE, told)


def _running(config: Config) -> Finding:
    if not config.data_folder.exists():
        return Finding("Phòng phát sóng", NOTE, "chưa dựng đài. Bật đài bằng scripts/run.")
    try:
        outputs = PlayoutClient(config.playout.port, instance_secret(config), config.station.code).state()["outputs"]
        return Finding("Phòng phát sóng", GOOD, f"đang chạy, {len(outputs)} đường ra")
    except BroadcasterError:
        pass
    busy = [port for port in (config.web.port, config.playout.port) if _taken(port) and not _ours(port)]
    if busy:
        told = (
            f"cổng {', '.join(map(str, busy))} đang bị phần mềm khác dùng. Hãy tắt phần mềm ấy hoặc đổi port trong config.toml."
        )
        return Finding("Phòng phát sóng", WRONG, told)
    return Finding("Phòng phát sóng", NOTE, "chưa chạy. Bật đài bằng scripts/run.")


def _cards() -> Finding:
    found = find()
    if not found:
        return Finding("Cạc âm thanh", NOTE, none_found())
    names = ", ".join(one.label for one in found[:3])
    return Finding("Cạc âm thanh", GOOD, f"{len(found)} thiết bị ({names}{'…' if len(found) > 3 else ''}), qua {backend()}")


def _ours(port: int) -> bool:
    """Cổng ấy do chính đài giữ: trang web của đài trả lời câu hỏi sức khoẻ bằng JSON, dù nói phần nào chưa chạy."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/api/v1/health")
        return "supervisor" in json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _whole(_config: Config, database: Database) -> Iterator[Finding]:
    """Tệp SQLite còn đọc được từ đầu tới cuối không; lành thì không có gì để kể."""
    if database.is_sqlite:
        with database.reading() as session:
            said = session.execute(text("PRAGMA quick_check(1)")).scalar()
        if said != "ok":
            yield Finding("Cơ sở dữ liệu", WRONG, _BROKEN.format(loi=said))


def _bound_cards(_config: Config, database: Database) -> Iterator[Finding]:
    """Đường ra nào gắn với cạc không thấy đâu, hay đang tắt tiếng, thì gọi tên."""
    with database.reading() as session:
        query = select(Output).where(Output.kind == OutputKind.SOUND_CARD, Output.retired_at.is_(None)).order_by(Output.id)
        bound = [(output.name, str((output.device or {}).get("name", ""))) for output in session.scalars(query)]
    found = find() if bound else []
    there = {one.name for one in found} | {one.label for one in found}
    for output, card in bound:
        if card and card not in there:
            others = ", ".join(one.label for one in found) or "không có cạc nào"
            told = f"gắn với cạc “{card}” mà máy không thấy. Máy đang có: {others}. Hãy cắm lại, hoặc chọn cạc ở trang đường ra."
            yield Finding(f"Đường ra “{output}”", WRONG, told)
        elif muted(card) or any(one.muted for one in found if one.name == card):
            yield Finding(
                f"Đường ra “{output}”", WRONG, f"cạc “{card}” đang tắt tiếng. Hãy bật tiếng trong trình chỉnh âm của máy."
            )


def _database(_config: Config, database: Database) -> Iterator[Finding]:
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    if is_current(database):
        yield Finding("Cơ sở dữ liệu", GOOD, f"{kind}, lược đồ mới nhất")
    else:
        yield Finding("Cơ sở dữ liệu", WRONG, f"{kind}, lược đồ chưa đúng bản. Hãy chạy broadcaster init để nâng cấp.")


def _station(config: Config, database: Database) -> Iterator[Finding]:
    """Dữ liệu thắng config.toml sau lần dựng đầu: chỗ khác nhau thì kể, để không ai sửa nhầm tệp mà tưởng đã đổi."""
    with database.reading() as session:
        station = session.scalar(select(Station).where(Station.code == config.station.code))
        if station is None:
            yield Finding("Đài", NOTE, f"chưa dựng đài “{config.station.code}”. Chạy scripts/run là dựng.")
            return
        pairs: list[tuple[str, Any, Any]] = [
            ("tên đài", config.station.name, station.name),
            ("giờ yên tĩnh bắt đầu", config.station.quiet_from, settings.get(session, station.id, settings.QUIET_FROM)),
            ("giờ yên tĩnh kết thúc", config.station.quiet_to, settings.get(session, station.id, settings.QUIET_TO)),
        ]
    changed = [f"{name}: tệp ghi {written}, đài đang dùng {used}" for name, written, used in pairs if written != used]
    if changed:
        yield Finding("Đài", NOTE, f"{station.name}. Khác config.toml ({'; '.join(changed)}); đài dùng dữ liệu, sửa ở trang Đài.")
    else:
        yield Finding("Đài", GOOD, station.name)


def _airlog(config: Config, database: Database) -> Iterator[Finding]:
    """Như ``airlog verify``: cùng các sổ, tệp tiếng, mốc và bản sao tìm được."""
    with database.reading() as session:
        stations = session.execute(select(Station.id, Station.code, Station.name).order_by(Station.id)).all()
    for station_id, code, name in stations:
        checked = verify_one(config, database, station_id, code, name)
        verdict, *places = checked.verdict, *checked.compared[1:]
        if verdict.sound:
            yield Finding("Nhật ký phát thanh", GOOD, f"{name}: nguyên vẹn, {verdict.lines} dòng; đã so: {'; '.join(places)}")
            yield from (Finding("Nhật ký, cần biết", NOTE, f"{name}: {told}") for told in verdict.notes)
        else:
            more = f", và {len(verdict.faults) - 1} điều khác" if len(verdict.faults) > 1 else ""
            advice = "Hãy giữ nguyên tệp dữ liệu và chạy broadcaster airlog verify."
            yield Finding("Nhật ký phát thanh", WRONG, f"{name}: KHÔNG nguyên vẹn ({verdict.faults[0]}{more}). {advice}")


def _anchors(config: Config, database: Database) -> Iterator[Finding]:
    """Nơi nào lâu chưa nhận mốc; không có nơi nào thì nhật ký chỉ còn tờ giấy làm chứng."""
    if not places(config):
        told = "chưa có nơi nào ngoài máy này giữ mốc: hãy điền [anchors] trong config.toml, và cất Bản giao ca đã in."
        yield Finding("Mốc nhật ký", NOTE, told)
        return
    now, limit = SystemClock().now(), timedelta(days=config.anchors.remind_days)
    with database.reading() as session:
        stations = list(session.scalars(select(Station).where(Station.code == config.station.code)))
        late = [name for one in stations for name in places(config) if not reached_lately(session, one, name, now, limit)]
    days = config.anchors.remind_days
    for name in late:
        yield Finding("Mốc nhật ký", WRONG, f"quá {days} ngày chưa tới được “{name}”. Hãy chạy broadcaster airlog anchor.")
    if not late:
        yield Finding("Mốc nhật ký", GOOD, f"mọi nơi đã nhận trong {days} ngày qua: {', '.join(places(config))}")


def _sounds(config: Config, database: Database) -> Iterator[Finding]:
    library = open_library(config)
    with database.reading() as session:
        names = {*session.scalars(select(Recording.sha256).where(Recording.sha256.is_not(None)))}
        names |= {*session.scalars(select(Sound.sha256).where(Sound.retired_at.is_(None)))}
    lost = [name for name in names if name and not library.verify(name)]
    if lost:
        told = f"{len(lost)} trong {len(names)} tệp mất hoặc hỏng. Hãy phục hồi từ bản sao lưu, hoặc bấm làm lại ở trang bản tin."
        yield Finding("Kho âm thanh", WRONG, told)
    else:
        yield Finding("Kho âm thanh", GOOD, f"{len(names)} tệp, nguyên vẹn")


def _backup(config: Config, clock: Clock) -> Finding:
    newest = next(iter(backups(config.backup_folder, config.station.code)), None)
    if newest is None:
        return Finding("Sao lưu", NOTE, "chưa có bản nào. Đài tự sao lưu mỗi đêm; muốn ngay thì chạy broadcaster backup.")
    age = clock.now() - made_at(newest)
    if age > timedelta(days=2):
        return Finding("Sao lưu", WRONG, f"bản mới nhất đã {age.days} ngày ({newest.name}). Hãy chạy broadcaster backup.")
    return Finding("Sao lưu", GOOD, newest.name)
