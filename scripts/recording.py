"""Một phút của một buổi phát, cho README: ``python scripts/recording.py`` (cần Chromium, chừng hai phút).

Đài mẫu chạy thật trong thư mục tạm; bấm *Diễn tập ngay*, rồi một phút: tiếng là bản thu của chính đường ra (MP3), hình là trang
Trực tiếp trên điện thoại (GIF, chạy nhanh gấp sáu). Giọng đọc và nhạc hiệu đều do mã nguồn này làm ra.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import av  # noqa: E402
import numpy as np  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

from broadcaster.service.folders import capture_folder  # noqa: E402
from broadcaster.sound.library import encode_mp3  # noqa: E402
from broadcaster.sound.outputs.segments import read_capture  # noqa: E402
from broadcaster.sound.pcm import RATE  # noqa: E402
from broadcaster.sound.tagging import ai_tags, write_id3  # noqa: E402
from scripts.pictures import FOLDER, signed  # noqa: E402
from tests.end_to_end.house import House, house  # noqa: E402
from tests.support.chromium import chromium  # noqa: E402
from tests.support.waiting import eventually  # noqa: E402

SIZE = {"width": 390, "height": 660}
MINUTE = timedelta(minutes=1)
EVERY_S, SHOWN_S = 3.0, 0.5
KBPS = 80
_AUDIBLE = 200


def main() -> None:
    """Thu rồi ghi hai tệp."""
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), demo_after=7200) as place, chromium() as browser:
        page, began = _rehearsing(place, browser)
        shots = _shots(page, began)
        _write_sound(place, began)
    _write_gif(FOLDER / "mot-phut.gif", [_picture(shot) for shot in shots])
    for name in ("mot-phut.mp3", "mot-phut.gif"):
        print(name, round((FOLDER / name).stat().st_size / 1000), "kB", flush=True)


def _rehearsing(place: House, browser: Browser) -> tuple[Page, datetime]:
    """Trang Trực tiếp khi buổi diễn tập vừa vang, và lúc ấy."""
    page = signed(place, browser, "vanhanh", SIZE)
    page.goto("/truc-tiep")
    page.get_by_role("button", name="Diễn tập ngay").click()
    page.goto("/truc-tiep")
    eventually(lambda: page.locator("progress").count(), seconds=120, what="buổi diễn tập vang")
    page.locator("#dien-tap").evaluate("one => scrollTo(0, one.offsetTop - 64)")
    return page, datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))


def _shots(page: Page, began: datetime) -> list[bytes]:
    shots = []
    while (left := began + MINUTE - datetime.now(began.tzinfo)) > timedelta():
        shots.append(page.screenshot())
        time.sleep(min(EVERY_S, left.total_seconds()))
    return shots


def _write_sound(place: House, began: datetime) -> None:
    """Một phút tiếng từ lúc nốt đầu vang, như đường ra đã thu lại; có giọng máy nên mang dấu giọng nhân tạo."""
    samples, _ = read_capture(capture_folder(place.config), 1, began - timedelta(seconds=5), began + MINUTE)
    first = int(np.flatnonzero(np.abs(samples.astype(np.int32)) > _AUDIBLE)[0])
    target = FOLDER / "mot-phut.mp3"
    target.write_bytes(encode_mp3(samples[first : first + RATE * int(MINUTE.total_seconds())], kbps=KBPS))
    tags = ai_tags(engine="espeak", model="vi-bac", made_on=f"{began:%Y-%m-%d}", revision="", reading="")
    write_id3(target, {"TITLE": "Một phút của một buổi phát", **tags})


def _picture(png: bytes) -> np.ndarray:
    with av.open(io.BytesIO(png)) as opened:
        return next(opened.decode(video=0)).to_ndarray(format="rgb24")


def _write_gif(target: Path, pictures: Sequence[np.ndarray]) -> None:
    """Ảnh động một bảng màu chung, không chấm rải: trang là màng màu phẳng."""
    height, width, _ = pictures[0].shape
    tick = Fraction(1, 100)
    graph = av.filter.Graph()
    source = graph.add_buffer(width=width, height=height, format="rgb24", time_base=tick)
    split, chosen = graph.add("split"), graph.add("palettegen", "max_colors=64:stats_mode=full")
    painted, sink = graph.add("paletteuse", "dither=none:diff_mode=rectangle"), graph.add("buffersink")
    source.link_to(split)
    split.link_to(painted, 0, 0)
    split.link_to(chosen, 1, 0)
    chosen.link_to(painted, 0, 1)
    painted.link_to(sink)
    graph.configure()
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = round(number * SHOWN_S / tick), tick
        source.push(frame)
    source.push(None)
    with av.open(str(target), "w", format="gif") as opened:
        stream = opened.add_stream("gif", rate=Fraction(2), options={"gifflags": "+offsetting+transdiff"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = width, height, "pal8", tick
        for _ in pictures:
            opened.mux(stream.encode(sink.pull()))
        opened.mux(stream.encode())


if __name__ == "__main__":
    main()
