"""Bỏ dấu của Markdown, giữ chữ: người nghe không nghe thấy dấu thăng, dấu sao hay địa chỉ liên kết."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from broadcaster.newsroom.importing.findings import struck_out
from broadcaster.newsroom.importing.formula import raised
from broadcaster.newsroom.importing.model import RawLine, RawText

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s+(.*?))?(?:\s+#+)?\s*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})\s*$")
_RULE = re.compile(r" {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$")
_BULLET = re.compile(r"(\s*)[*+-]\s+(?:\[[ xX]\]\s+)?(.*)$")
_TASK = re.compile(r"^\s*[*+-]\s+\[[ xX]\]\s", re.MULTILINE)
_NUMBERED = re.compile(r"\s*(\d{1,4}[.)])\s+(.*)$")
_DEFINITION = re.compile(r" {0,3}\[([^\]]{1,200})\]:\s")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*$")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.{0,5000}?)\n---[ \t]*(?:\n|$)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title\s*:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]\n]{0,500}\](?:\([^()\n]{0,2000}\)|\[[^\]\n]{0,200}\])")
_NOTE_MARK = re.compile(r"\[\^[^\]\n]{1,100}\]")
_LINK = re.compile(r"\[([^\[\]\n]{1,1000})\](?:\([^()\n]{0,2000}\)|\[[^\]\n]{0,200}\])")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,500}>")
_CODE = re.compile(r"(`{1,3})([^`\n]+)\1")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])")
_STRUCK = re.compile(r"~~(?=\S)([^~\n]{1,2000}?)(?<=\S)~~|<(s|del|strike)>([^<\n]{1,2000})</\2>", re.IGNORECASE)
_RAISED = re.compile(r"<sup>([^<\n]{1,40})</sup>", re.IGNORECASE)
_STRONG = re.compile(r"(\*\*\*|\*\*|(?<!\w)___|(?<!\w)__)(?=\S)([^\n]{1,2000}?)(?<=\S)\1")
_EMPHASIS = re.compile(
    r"(?<![\w*])(\*)(?=[^\s*])([^*\n]{1,2000}?)(?<=\S)\*(?![\w*])|(?<![\w_])(_)(?=[^\s_])([^_\n]{1,2000}?)(?<=\S)_(?!\w)"
)
_LONG_BLANKS = re.compile(r"[^\S\n]{4,}")
_KEPT = "\ue000"  # ký tự đã thoát dấu, đặt tạm vào vùng riêng để các bước sau không coi là dấu


def read_markdown(text: str) -> RawText:
    """Các dòng chữ của một tệp Markdown và điều đã bỏ."""
    draft = RawText([])
    text = _leave_out(_LONG_BLANKS.sub("    ", text), draft)  # các mẫu dưới đây chậm theo bình phương số dấu cách liền nhau
    draft.lines = list(_lines(text.split("\n"), draft))
    return draft


def _leave_out(text: str, draft: RawText) -> str:
    """Phần đầu khai báo, ghi chú ẩn, ảnh và chú thích: không bao giờ là lời phát."""
    if front := _FRONT_MATTER.match(text):
        named = _FRONT_TITLE.search(front.group(1))
        draft.title = named.group(1) if named else ""
        draft.notes.append("Đã bỏ phần khai báo ở đầu tệp.")
        text = text[front.end() :]
    for pattern, note in (
        (_COMMENT, "Đã bỏ ghi chú ẩn trong tệp."),
        (_IMAGE, "Đã bỏ ảnh. Chữ nằm trong ảnh không đọc được."),
    ):
        text, count = pattern.subn("", text)
        if count:
            draft.notes.append(note)
    draft.notes += struck_out([found[1] or found[3] for found in _STRUCK.finditer(text)])
    if boxes := len(_TASK.findall(text)):
        draft.notes.append(f"Đã bỏ {boxes} ô đánh dấu ở đầu dòng: dòng có chọn hay không đều được đọc. Hãy xoá dòng không cần.")
    return _STRUCK.sub("", text)


def _lines(lines: list[str], draft: RawText) -> Iterator[RawLine]:
    fenced = False
    tables = notes = 0
    for index, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced:
            yield RawLine(line, True)
        elif definition := _DEFINITION.match(line):
            notes += definition.group(1).startswith("^")
        elif _TABLE_RULE.match(line) and "|" in line:
            tables += 1
        elif not _is_drawn(line, index, lines):
            notes += len(_NOTE_MARK.findall(line))
            yield from _line(line, heads=index + 1 < len(lines) and _is_underline(lines[index + 1], line))
    if tables:
        draft.notes.append(f"Có {tables} bảng: đã đọc lần lượt từng hàng. Nên viết lại thành câu cho người nghe.")
    if notes:
        draft.notes.append("Đã bỏ chú thích cuối trang.")


def _is_drawn(line: str, index: int, lines: list[str]) -> bool:
    """Đường kẻ ngang hoặc đường gạch dưới đầu đề."""
    return bool(_RULE.match(line)) or (index > 0 and _is_underline(line, lines[index - 1]))


def _is_underline(line: str, before: str) -> bool:
    return bool(_UNDERLINE.match(line)) and bool(before.strip())


def _line(line: str, *, heads: bool) -> Iterator[RawLine]:
    line = re.sub(r"^(?: {0,3}> ?)+", "", line)
    if heading := _HEADING.match(line):
        yield RawLine(_inline(heading.group(1) or ""), True)
    elif bullet := _BULLET.match(line):
        yield RawLine(f"- {_inline(bullet.group(2))}")
    elif numbered := _NUMBERED.match(line):
        yield RawLine(f"{numbered.group(1)} {_inline(numbered.group(2))}")
    elif line.strip().startswith("|") and line.count("|") > 2:
        yield RawLine("; ".join(cell for part in line.strip().strip("|").split("|") if (cell := _inline(part).strip())), True)
    else:
        for part in _BREAK_TAG.sub("\n", line).split("\n"):
            yield RawLine(_inline(part.removesuffix("\\")), heads or part.endswith(("  ", "\\")))


def _inline(text: str) -> str:
    """Chữ trong dòng, không còn dấu nhấn, mã, liên kết, thẻ HTML."""
    text = text.replace(_KEPT, "")
    text = _ESCAPE.sub(lambda found: _KEPT + chr(0xE100 + ord(found.group(1))), text)
    text = _CODE.sub(r"\2", text)
    text = _NOTE_MARK.sub("", text)
    text = _RAISED.sub(lambda found: raised(found.string[: found.start()], found[1]) or "", text)
    text = _LINK.sub(r"\1", _AUTOLINK.sub(r"\1", text))
    text = _TAG.sub("", text)
    for _ in range(3):  # dấu nhấn lồng nhau
        text = _EMPHASIS.sub(lambda found: found.group(2) or found.group(4), _STRONG.sub(r"\2", text))
    text = html.unescape(text)
    return re.sub(f"{_KEPT}(.)", lambda found: chr(ord(found.group(1)) - 0xE100), text)
