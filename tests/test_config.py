"""config.toml mẫu đọc được; mỗi chỗ sai có lời nhắn nói rõ khoá nào, sửa thế nào; mọi khoá đều có chú thích tiếng Việt."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from broadcaster.config import load
from broadcaster.errors import ConfigWrong

SAMPLE = Path(__file__).parent.parent / "config.toml"


def test_sample_is_the_plan() -> None:
    config = load(SAMPLE)
    assert config.station.plan is not None
    assert [topic.code for topic in config.station.plan.topics] == [f"C{n}" for n in range(1, 10)]
    assert [slot.start for slot in config.station.slots] == [time(6), time(17)]
    assert config.web.host == "127.0.0.1"
    assert config.database_url.startswith("sqlite:///")


def test_every_key_of_the_sample_is_commented() -> None:
    explained: set[str] = set()
    for line in SAMPLE.read_text("utf-8").splitlines():
        key, _, rest = line.partition("=")
        if line.startswith("#") or not rest:
            continue
        if "#" in rest:
            explained.add(key.strip())
        assert key.strip() in explained or key.strip() == "title", f"khoá chưa có chú thích: {line}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("port = 8000 ", 'port = "tám" ', "[web.port] phải là số nguyên"),
        ("port = 8000 ", "port = 99999 ", "[web.port] phải nhỏ hơn hoặc bằng 65535"),
        ("host = ", "hostt = ", "“host”"),
        ('start = "06:00"', 'start = "25:00"', "phải là giờ dạng"),
        ('google_tld = "com.vn"', 'google_tld = "com@127.0.0.1:9"', "không đúng dạng"),
        ('timezone = "Asia/Ho_Chi_Minh"', 'timezone = "Asia/Hanoi2"', "múi giờ"),
        ("clusters = [] ", 'clusters = [{code="A", name="A", zone="X", output="Y"}] ', "chưa có tổ dân phố “X”"),
        ("[web]", "[web", "viết sai cú pháp"),
        ('weekdays = "12345" ', 'weekdays = "1123" ', "mỗi số một lần"),
    ],
)
def test_each_mistake_says_what_to_mend(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = SAMPLE.read_text("utf-8")
    assert old in text
    file = tmp_path / "config.toml"
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigWrong) as caught:
        load(file)
    assert message in str(caught.value)


def test_missing_file_says_where(tmp_path: Path) -> None:
    with pytest.raises(ConfigWrong, match="Không thấy tệp"):
        load(tmp_path / "config.toml")
