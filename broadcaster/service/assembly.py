"""Từ cấu hình tới các phần thật cần cơ sở dữ liệu hay giọng đọc; chỗ trên đĩa ở ``folders``."""

from __future__ import annotations

from broadcaster.airlog.records import hanging
from broadcaster.clock import Clock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import ConfigWrong
from broadcaster.newsroom.records import STATION_OF
from broadcaster.sound.parts import PartStore
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker, Region
from broadcaster.sound.voices.port import Voice
from broadcaster.sound.voices.tone import ToneVoice


def open_database(config: Config) -> Database:
    """Cơ sở dữ liệu của cấu hình, mọi dòng sổ ghi qua nó treo vào chuỗi nhật ký; chưa nâng cấp lược đồ."""
    config.data_folder.mkdir(parents=True, exist_ok=True)
    database = Database(config.database_url)
    database.before_commit = hanging(STATION_OF)
    return database


def open_parts(config: Config) -> PartStore:
    """Chỗ nhận giọng người đang thu và tệp đang tải lên."""
    return PartStore(config.audio_folder / "uploads")


def open_voices(config: Config, clock: Clock) -> dict[str, Voice]:
    """Tên → giọng, theo thứ tự ``studio.voices``. Lỗi: ``ConfigWrong`` khi có tên lạ, kể các tên dùng được."""
    from broadcaster.sound.voices.google import GoogleVoice, Patience  # mạng và chứng thư: chỉ phòng thu gọi ra ngoài

    worker = EspeakWorker()
    online = GoogleVoice(
        cache=config.audio_folder / "recordings" / "cache",
        clock=clock,
        tld=config.studio.google_tld,
        patience=Patience(answer=config.studio.online_timeout_s),
        authority=config.authority,
    )
    every: list[Voice] = [online, *(EspeakVoice(worker, region) for region in Region), ToneVoice()]
    known = {voice.name: voice for voice in every}
    strange = [name for name in config.studio.voices if name not in known]
    if strange:
        raise ConfigWrong(f"[studio.voices] không có giọng tên “{strange[0]}”. Tên dùng được: {', '.join(known)}.")
    return {name: known[name] for name in config.studio.voices}
