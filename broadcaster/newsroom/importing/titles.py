"""Gợi ý tiêu đề cho bản tin vừa nhập: dòng nói văn bản này về việc gì, không phải quốc hiệu, số hiệu hay tên tệp vô nghĩa."""

from __future__ import annotations

import re
from itertools import pairwise

from broadcaster.newsroom.enums import Genre
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
    r"|bài tuyên truyền|bài viết|giấy mời|công điện|thư ngỏ|lời kêu gọi|đề cương|hỏi\s*[-–]?\s*đáp|tin|phóng sự"
    r"|trả lời (?:phản ánh|kiến nghị|ý kiến)[^.]{0,60})$",
    re.IGNORECASE,
)

_GENRES = (
    (re.compile(r"(?:thông báo|giấy mời|công điện|lời kêu gọi|thư ngỏ)(?: (?:về|v/v) .{0,120})?", re.IGNORECASE), Genre.NOTICE),
    (re.compile(r"(?:chuyên mục )?hỏi\s*[-–]?\s*đáp.{0,80}", re.IGNORECASE), Genre.QA),
    (re.compile(r"trả lời (?:phản ánh|kiến nghị|ý kiến).{0,80}", re.IGNORECASE), Genre.COMPLAINT_ANSWER),
    (re.compile(r"(?:bài tuyên truyền|bài viết|phóng sự|đề cương tuyên truyền).{0,80}", re.IGNORECASE), Genre.FEATURE),
    (re.compile(r"(?:bản tin|tin)(?: .{0,60})?", re.IGNORECASE), Genre.NEWS),
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


def propose_genre(text: str) -> Genre | None:
    """Thể loại theo dòng đầu đề; văn bản không có đầu đề quen thuộc thì ``None``."""
    for line in [_bare(line) for line in text.split("\n") if has_letters(line)][:_SEARCHED]:
        for pattern, genre in _GENRES:
            if pattern.fullmatch(line):
                return genre
    return None


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
