"""Mẫu bản tin: điền đủ là đọc được ngay, ô trống không để lại câu cụt, ô bắt buộc nói rõ từng ô."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.errors import Invalid, NotFound
from broadcaster.newsroom.notice_templates import TEMPLATES, NoticeTemplate, fill, template_of
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.newsroom.text import text_problems

VALUES = {"date": "05/3/2026", "time": "7 giờ 30", "line": "", "text": ""}
each = pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.code)


def given_for(template: NoticeTemplate, *, all_blanks: bool) -> dict[str, str]:
    wanted = [one for one in template.blanks if one.required or all_blanks]
    given = {one.name: VALUES[one.kind] or one.example or "Bà con tới đúng giờ." for one in wanted}
    return given | ({"den": "11 giờ"} if "den" in given else {})


@each
@pytest.mark.parametrize("all_blanks", [True, False])
def test_a_filled_template_is_whole_sentences_that_can_be_read(template: NoticeTemplate, all_blanks: bool) -> None:
    filled = fill(template, given_for(template, all_blanks=all_blanks))
    assert text_problems(filled.title, filled.body) == {}
    assert not re.search(r"[{}]|\s[.,;]|: *\.|\.\.", f"{filled.title}\n{filled.body}")
    for line in filled.body.split("\n"):
        assert line[0].isupper(), line
        assert line[-1] in ".?!", line
    read = read_text(filled.body)
    assert read.unanswered(()) == []
    assert not any(re.search(r"\d", sentence) for sentence in read.sentences)


@each
def test_every_required_blank_is_named(template: NoticeTemplate) -> None:
    with pytest.raises(Invalid) as refused:
        fill(template, {"khác": "x"})
    assert list(refused.value.problems) == [one.name for one in template.blanks if one.required]
    assert set(re.findall(r"\{(\w+)\}", template.title + "".join(template.lines))) == {one.name for one in template.blanks}
    assert not template.ends_on or next(one for one in template.blanks if one.name == template.ends_on).kind == "date"


@given(st.text(max_size=40))
def test_braces_typed_into_a_blank_stay_text(typed: str) -> None:
    template = template_of("mat-dien")
    try:
        filled = fill(template, {**given_for(template, all_blanks=True), "gi": "{noi}" + typed})
    except Invalid:
        return
    assert "{noi}" in filled.title


def test_a_strange_template_is_not_found() -> None:
    with pytest.raises(NotFound):
        template_of("../etc")
