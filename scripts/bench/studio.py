"""Đo phòng thu: một bản tin 300 tiếng từ chữ tới tệp FLAC đã làm chủ âm lượng, trung vị của nhiều lần, tách từng chặng."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from broadcaster.sound.library import Library  # noqa: E402
from broadcaster.sound.mastering import master  # noqa: E402
from broadcaster.sound.quality import check  # noqa: E402
from broadcaster.sound.tagging import ai_tags  # noqa: E402
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker  # noqa: E402
from broadcaster.sound.voices.text import syllables  # noqa: E402

Result = TypeVar("Result")

SCRIPT = [
    "Kính thưa toàn thể cán bộ và nhân dân trong phường, sau đây là bản tin cải cách hành chính của đài truyền thanh phường.\n",
    "Năm nay, Ủy ban nhân dân phường tập trung nâng cao nhận thức, trách nhiệm của tập thể lãnh đạo, người đứng đầu cơ quan, "
    "của cán bộ, công chức và của nhân dân về ý nghĩa, mục tiêu, tầm quan trọng của công tác cải cách hành chính.",
    "Trọng tâm là cải cách thủ tục hành chính, để người dân và doanh nghiệp bớt đi lại, bớt giấy tờ, bớt thời gian chờ đợi.\n",
    "Bà con có thể nộp hồ sơ trực tuyến tại nhà, hoặc đến bộ phận một cửa của phường vào giờ hành chính các ngày trong tuần.",
    "Cán bộ trực sẽ hướng dẫn tận tình từng bước, từ chuẩn bị giấy tờ, nộp hồ sơ, đến nhận kết quả và đánh giá mức độ hài lòng.",
    "Mọi góp ý, phản ánh của bà con đều được ghi nhận, trả lời bằng văn bản, và đọc lại trên đài trong chuyên mục hỏi đáp.\n",
    "Đài truyền thanh phường phát tin, bài về cải cách hành chính thường xuyên, liên tục, đúng giờ, đến từng tổ dân phố, "
    "để mọi người dân đều nghe, đều hiểu, đều biết và cùng giám sát việc thực hiện của cơ quan nhà nước trên địa bàn.",
    "Tập thể và cá nhân có sáng kiến, mô hình hay, cách làm hiệu quả sẽ được biểu dương, khen thưởng và giới thiệu trên đài.",
    "Mời bà con đón nghe chuyên mục cải cách hành chính vào thứ ba và thứ năm hằng tuần.",
    "Cảm ơn bà con đã chú ý lắng nghe, xin kính chúc bà con một ngày làm việc hiệu quả, mạnh khỏe và nhiều niềm vui.",
]


def main() -> None:
    """In bảng trung vị (mili giây) của từng chặng."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    worker = EspeakWorker()
    with tempfile.TemporaryDirectory() as folder:
        rows = [_once(EspeakVoice(worker), Library(Path(folder)), number) for number in range(runs)]
    worker.close()
    print(f"{sum(map(syllables, SCRIPT))} tiếng, {runs} lần, trung vị (lần đầu gồm cả dựng tiến trình đọc):")
    for stage in rows[0]:
        values = [row[stage] for row in rows]
        print(f"  {stage:<34}{statistics.median(values):8.0f} ms   lần đầu {values[0]:.0f} ms")


def _once(voice: EspeakVoice, library: Library, number: int) -> dict[str, float]:
    times: dict[str, float] = {}
    tags = ai_tags(engine=voice.name, model=voice.version, made_on=f"lần {number}", revision="0" * 64, reading="0" * 64)
    speech = _timed(times, "đọc (espeak)", lambda: voice.speak(SCRIPT))
    faults = _timed(times, "cổng chất lượng", lambda: check(speech.samples, syllables=sum(map(syllables, SCRIPT))))
    mastered = _timed(times, "làm chủ âm lượng", lambda: master(speech.samples))
    stored = _timed(times, "cất vào kho (FLAC, đo lại)", lambda: library.put(mastered.samples, tags=tags))
    times["cả chặng tới FLAC"] = sum(times.values())
    _timed(times, "bản MP3 nghe thử", lambda: library.mp3(stored.sha256))
    times["(độ dài tiếng)"] = mastered.duration_ms
    if faults:
        raise SystemExit(f"bản đọc không qua cổng: {faults}")
    return times


def _timed(times: dict[str, float], stage: str, work: Callable[[], Result]) -> Result:
    start = time.perf_counter()
    result = work()
    times[stage] = (time.perf_counter() - start) * 1000
    return result


if __name__ == "__main__":
    main()
