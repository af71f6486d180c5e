"""Trang README của bộ đọc nói đúng điều mã làm: ví dụ chạy được, mã câu hỏi và lựa chọn kể đủ, dòng lệnh trả đúng mã thoát."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import broadcaster
from broadcaster.reading import __main__ as command
from broadcaster.reading import engine_version
from broadcaster.reading.contexts import _AFTER, _BEFORE

ROOM = Path(broadcaster.__file__).parent / "reading"
PAGE = (ROOM / "README.md").read_text("utf-8")
ROOT = ROOM.parents[1]


def run(text: str, *arguments: str) -> tuple[int, str, str]:
    """Gọi ``python -m broadcaster.reading``; mã thoát, đầu ra, lời nhắc."""
    call = [sys.executable, "-m", "broadcaster.reading", *arguments]
    done = subprocess.run(call, input=text.encode(), capture_output=True, cwd=ROOT, check=False, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_examples_run(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})


def test_the_example_rule_reads() -> None:
    found: dict[str, object] = {}
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[1], found)
    rule = found["STARS"]
    assert rule.pattern.match("4* ") is not None  # type: ignore[attr-defined]


def test_every_question_code_is_told() -> None:
    told = set(re.findall(r"`(\w+)`", PAGE.split("### Questions")[1].split("## How")[0]))
    asked = set()
    for path in ROOM.rglob("*.py"):
        asked |= set(re.findall(r"(?:ask|ask_at|Question)\(\s*\"(\w+)\"", path.read_text("utf-8")))
    assert asked | {"number_format"} == told - {"code", "dangerous"}


def test_every_option_and_context_kind_is_told() -> None:
    options = {option for action in command._parser()._actions for option in action.option_strings if option.startswith("--")}
    assert {option for option in options if option != "--help"} <= set(re.findall(r"--[a-z-]+", PAGE))
    assert {kind for kind in (*_AFTER, *_BEFORE) if not kind.startswith(".")} <= {
        one.lower() for one in re.findall(r"<[^>`]+>", PAGE)
    }


def test_the_console_example_says_what_it_shows() -> None:
    shown = re.search(r"\$ echo '(?P<text>.*?)' .*\n(?P<said>.*)\n(?P<asked>.*)\n", PAGE)
    assert shown is not None
    assert run(shown["text"] + "\n") == (3, shown["said"] + "\n", shown["asked"] + "\n")


def test_exit_codes_and_json() -> None:
    assert run("Phường họp.")[:2] == (0, "Phường họp.\n")
    assert run("Chia 1/2.")[0] == 1
    assert run("x", "--documents", "lạ")[0] == 2
    assert run("không phải json", "--input", "json")[0] == 2
    assert run('{"text": "a", "manner": {"la": 1}}', "--input", "json")[0] == 2
    assert run("x", "khong-co-tep.txt")[0] == 2
    given = json.dumps(
        [{"text": "TDP 5: 1205 hộ", "lexicon": {"TDP": "khu"}, "manner": {"zero_tens": "lẻ"}}, {"text": "😀 7h30"}]
    )
    code, out, _ = run(given, "--input", "json")
    first, second = json.loads(out)
    assert code == 0
    assert first["spoken"] == "khu năm: một nghìn hai trăm lẻ năm hộ"
    assert first["engine_version"] == engine_version()
    assert [(span["given_start"], span["utf16_start"]) for span in second["spans"] if span["kind"] == "time"] == [(2, 3)]


def test_lexicon_and_manner_as_options(tmp_path: Path) -> None:
    words = tmp_path / "words.json"
    words.write_text(json.dumps([{"surface": "XQZ", "reading": "đội xung kích", "contexts": []}]), "utf-8")
    code, out, _ = run("XQZ có 1.500 người từ 5/1/2026", "--lexicon", str(words), "--thousand", "ngàn", "--no-first")
    assert (code, out) == (
        0,
        "đội xung kích có một ngàn năm trăm người từ ngày năm tháng một năm hai ngàn không trăm hai mươi sáu\n",
    )


def test_the_room_stands_alone(tmp_path: Path) -> None:
    """Chép riêng thư mục này sang chỗ khác vẫn đọc được, không nạp gì ngoài thư viện chuẩn."""
    alone = tmp_path / "broadcaster"
    alone.mkdir()
    (alone / "__init__.py").touch()
    for path in ROOM.rglob("*.py"):
        target = alone / path.relative_to(ROOM.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    code = "import sys; from broadcaster.reading import spoken; print(spoken('UBND 5/11')); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, cwd=tmp_path, check=True, timeout=120)
    said, modules = done.stdout.decode().splitlines()
    assert said.startswith("ủy ban nhân dân")
    foreign = {name.split(".")[0] for name in modules.split()} - set(sys.stdlib_module_names) - {"broadcaster", "__main__"}
    assert foreign <= {name for name in foreign if name.startswith("_")}
