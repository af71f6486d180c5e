"""Gợi ý tiêu đề cho bản tin vừa nhập: dòng nói văn bản này về việc gì, không phải quốc hiệu, số hiệu hay tên tệp vô nghĩa."""

from __future__ import annotations

import re
from itertools import pairwise

from broadcaster.newsroom.text import has_letters

MAX_SUGGESTION = 150
_SEARCHED = 25
_LETTERHEAD = re.compile(
    r"^cộng h(òa|oà) xã hội.{0,60}$|^độc lập.{0,40}$|^số\s*[:.].{0,60}$"
    r"|ngày\s+\S+\s+tháng\s+\S+\s+năm\s+\S+$|^kính (gửi|thưa)|^thưa |^nơi nhận"
    r"|^(đảng|ủy ban|uỷ ban|ubnd|hđnd|hội đồng|đài truyền thanh)[^.]{0,60}$",
    re.IGNORECASE,
)
_KIND = re.compile(
    r"(kế hoạch|thông báo|báo cáo|quyết định|tờ trình|công văn|chương trình|hướng dẫn|chỉ thị|nghị quyết|bản tin|tin bài"
    r"|bài tuyên truyền|bài viết|giấy mời|công điện|thư ngỏ|lời kêu gọi|đề cương)$",
    re.IGNORECASE,
)


def suggest_title(text: str, stem: str) -> str:
    """Tiêu đề gợi ý, tối đa 150 ký tự; không có dòng nào hợp thì lấy tên tệp."""
    lines = [_bare(line) for line in text.split("\n")[: _SEARCHED * 2] if has_letters(line)][:_SEARCHED]
    useful = [line for line in lines if not _LETTERHEAD.search(line)]
    for line, after in pairwise(useful):
        if _KIND.fullmatch(line):
            return shorten(f"{line} {after}" if after.isupper() else f"{line.capitalize()} {_lowered(after)}")
    first = useful[0] if useful else stem.replace("_", " ")
    return shorten(first)


def shorten(title: str) -> str:
    """Cắt ở hết một chữ."""
    title = " ".join(title.split())
    if len(title) <= MAX_SUGGESTION:
        return title
    return title[: MAX_SUGGESTION - 1].rsplit(" ", 1)[0].rstrip(",;:-") + "…"


def _bare(line: str) -> str:
    return re.sub(r"^\s*(-|\d{1,3}[.)]|[IVX]+\.)\s+", "", line).strip(" .:*")


def _lowered(line: str) -> str:
    line = re.sub(r"^(v/v|về việc)\s*:?\s*", "về việc ", line, flags=re.IGNORECASE)
    return line[:1].lower() + line[1:]
