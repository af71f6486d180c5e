"""Cách đọc một đoạn chữ theo từ điển và địa danh của đài: từng đoạn, lời đọc, câu nói, điều phải hỏi."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from broadcaster.accounts.actor import Action
from broadcaster.newsroom.text import MAX_TEXT
from broadcaster.web.api.bearer import Caller
from broadcaster.web.api.shapes import Given, Told
from broadcaster.web.pages import services_of
from broadcaster.web.reading import read_for

router = APIRouter(prefix="/reading", tags=["reading"])


class TextGiven(Given):
    """Chữ cần đọc."""

    text: Annotated[str, Field(max_length=MAX_TEXT)]


class SpanTold(Told):
    """Đoạn ``source[start:end]``; ``spoken`` rỗng là không đọc; ``confidence`` từ 0 tới 1."""

    start: int
    end: int
    kind: str
    spoken: str
    rule: str
    confidence: float
    alternatives: list[str]


class QuestionTold(Told):
    """Một chỗ ngờ; ``dangerous`` thì phải trả lời bằng ``key`` lúc gửi duyệt.

    ``start``, ``end`` đếm trong ``source``; ``given_*`` đếm trong chữ đã gửi lên, ``utf16_*`` cũng thế theo UTF-16.
    """

    key: str
    code: str
    start: int
    end: int
    message: str
    dangerous: bool
    suggestions: list[str]
    given_start: int
    given_end: int
    utf16_start: int
    utf16_end: int


class TextTold(Told):
    """Cách đọc; ``spans`` phủ kín ``source`` theo thứ tự."""

    source: str
    sentences: list[str]
    syllables: int
    spans: list[SpanTold]
    questions: list[QuestionTold]
    engine_version: str
    lexicon_version: str


@router.post("")
def reading(request: Request, caller: Caller, given: TextGiven) -> TextTold:
    """Đọc một đoạn chữ; không lưu gì."""
    caller.require(Action.SCRIPT_READ)
    read = read_for(services_of(request), caller, given.text)
    detail: dict[str, Any] = read.detail
    return TextTold(
        source=detail["source"],
        sentences=[sentence.strip() for sentence in read.sentences],
        syllables=read.syllables,
        spans=[SpanTold(**span) for span in detail["spans"]],
        questions=[QuestionTold(**question) for question in detail["questions"]],
        engine_version=read.engine_version,
        lexicon_version=read.lexicon_version,
    )
