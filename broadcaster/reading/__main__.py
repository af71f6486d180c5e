"""Dùng bộ đọc từ dòng lệnh: chữ vào, lời ra; hoặc JSON vào, JSON ra, kèm câu hỏi. Không cần gì ngoài Python.

Mã thoát: 0 không có gì phải hỏi; 1 có điều nên xem lại; 3 có điều phải trả lời trước khi phát; 2 sai cách gọi hoặc chữ vào hỏng.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from broadcaster.reading import DocumentStyle, Entry, Lexicon, Reading, Style, read

CLEAR, ASKED, WRONG, BLOCKED = 0, 1, 2, 3
_MANNER = ("thousand", "zero_tens", "first_days", "documents", "provincial_party", "places")


class _Bad(Exception):
    """Chữ vào không dùng được; lời là cách sửa."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Đọc tệp hay đầu vào chuẩn, in lời và câu hỏi; trả mã thoát."""
    chosen = _parser().parse_args(arguments)
    try:
        given = _input(chosen)
        readings = [_read(one, chosen) for one in (given if isinstance(given, list) else [given])]
    except _Bad as error:
        print(error, file=sys.stderr)  # noqa: T201
        return WRONG
    if chosen.json or chosen.input == "json":
        shown: Any = [reading.as_json() for reading in readings]
        print(json.dumps(shown if isinstance(given, list) else shown[0], ensure_ascii=False))  # noqa: T201
    else:
        _show(readings[0])
    questions = [question for reading in readings for question in reading.questions]
    return BLOCKED if any(question.dangerous for question in questions) else ASKED if questions else CLEAR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m broadcaster.reading", description="Văn bản hành chính thành lời đọc.")
    parser.add_argument("file", nargs="?", default="-", help="tệp UTF-8; “-” hoặc bỏ trống là đầu vào chuẩn")
    parser.add_argument("--json", action="store_true", help="in JSON: lời, đoạn, câu hỏi, phiên bản")
    parser.add_argument(
        "--input", choices=("text", "json"), default="text", help="json: {text, lexicon, manner} hoặc một danh sách"
    )
    parser.add_argument("--lexicon", metavar="TỆP", help="JSON: {“chữ”: “lời”} hoặc [{surface, reading, contexts, any_case}]")
    parser.add_argument("--thousand", choices=("nghìn", "ngàn"))
    parser.add_argument("--zero", dest="zero_tens", choices=("linh", "lẻ"))
    parser.add_argument("--no-first", dest="first_days", action="store_false", default=None, help="không thêm “mùng”")
    parser.add_argument("--documents", choices=tuple(style.value for style in DocumentStyle), help="cách đọc số, ký hiệu văn bản")
    parser.add_argument("--party", dest="provincial_party", help="nghĩa của TU: tỉnh ủy, thành ủy")
    parser.add_argument("--place", dest="places", action="append", help="“cấp|tên” của đài, để bắt lỗi gõ địa danh; lặp lại được")
    return parser


def _input(chosen: argparse.Namespace) -> Any:
    try:
        text = sys.stdin.buffer.read().decode() if chosen.file == "-" else Path(chosen.file).read_text("utf-8")
    except OSError as error:
        raise _Bad(f"Không mở được {chosen.file} ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise _Bad("Chữ vào không phải UTF-8. Hãy lưu lại dạng UTF-8.") from error
    return {"text": text} if chosen.input == "text" else _json(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _Bad(f"Không phải JSON: dòng {error.lineno}, cột {error.colno}.") from error


def _read(given: Any, chosen: argparse.Namespace) -> Reading:
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise _Bad("Mỗi mục phải là {“text”: “…”}; lexicon và manner có thể kèm theo.")
    entries = _json(_file(chosen.lexicon)) if chosen.lexicon else {}
    manner = {name: getattr(chosen, name) for name in _MANNER if getattr(chosen, name) is not None}
    return read(
        given["text"], lexicon=_lexicon(given.get("lexicon", entries)), style=_style({**manner, **given.get("manner", {})})
    )


def _file(name: str) -> str:
    try:
        return Path(name).read_text("utf-8")
    except OSError as error:
        raise _Bad(f"Không mở được {name} ({error.strerror}).") from error


def _lexicon(given: Any) -> Lexicon:
    try:
        if isinstance(given, dict):
            return Lexicon({str(surface): str(reading) for surface, reading in given.items()})
        return Lexicon(more=tuple(_entry(one) for one in given))
    except (KeyError, TypeError) as error:
        raise _Bad("Từ điển phải là {“chữ”: “lời”} hoặc danh sách {surface, reading, contexts, any_case}.") from error


def _entry(one: dict[str, Any]) -> Entry:
    return Entry(one["surface"], one["reading"], tuple(one.get("contexts", ())), any_case=bool(one.get("any_case", False)))


def _style(given: dict[str, Any]) -> Style:
    unknown = sorted(set(given) - set(_MANNER))
    if unknown:
        raise _Bad(f"Không có lựa chọn “{unknown[0]}”; chỉ có: {', '.join(_MANNER)}.")
    try:
        documents = DocumentStyle(given.get("documents", DocumentStyle.ISSUER))
    except ValueError as error:
        raise _Bad("documents phải là issuer hoặc spelled.") from error
    return replace(Style(), **{**given, "documents": documents, "places": tuple(given.get("places", ()))})


def _show(reading: Reading) -> None:
    for sentence in reading.sentences:
        print(sentence.strip())  # noqa: T201
    for question in reading.questions:
        place = reading.place(question.start, question.end)["given_start"]
        print(f"{place}: {'PHẢI XEM: ' if question.dangerous else ''}{question.message}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
