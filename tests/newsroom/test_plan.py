"""Kế hoạch năm mới: đọc văn bản thật của phường thành đề nghị, chép năm trước; gợi ý nội dung cho bài kèm lý do."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.errors import Invalid, NotAllowed, NotFound
from broadcaster.newsroom.importing import FileKind, Imported, import_file
from broadcaster.newsroom.plan_admin import PlanForm, TopicForm, add_plan, retire_topic
from broadcaster.newsroom.plan_founding import NewTopic, found_plan, plan_before
from broadcaster.newsroom.plan_import import propose_plan, yearly
from broadcaster.newsroom.queries import topic_choices
from broadcaster.newsroom.topic_words import closest, suggest
from broadcaster.service.demo_texts import SCRIPTS, DemoScript
from tests.support.scene import Scene

REAL = Path(__file__).parents[1] / "reading" / "ke-hoach.md"
"""Kế hoạch 16/KH-UBND của phường, nguyên văn."""


def proposed_from(text: str, title: str = "") -> Imported:
    return Imported(title, text, (), (), FileKind.TEXT, "kh.txt")


def test_the_wards_real_plan_is_read_whole() -> None:
    found = propose_plan(import_file(REAL.read_bytes(), "ke-hoach.md"))
    assert (found.number, found.issued_on, found.year) == ("16/KH-UBND", date(2025, 1, 21), 2025)
    assert [one.code for one in found.topics] == [f"C{number}" for number in range(1, 10)]
    assert found.topics[0].title.startswith("Tầm quan trọng, ý nghĩa của công tác cải cách hành chính")
    assert found.topics[8].detail.endswith("được biểu dương, khen thưởng.")
    assert {one.target for one in found.topics} == {None}
    assert found.slots == ()
    assert any("chỉ tiêu" in note for note in found.notes)
    assert all(len(one.title) <= 160 for one in found.topics)


def test_targets_and_slots_are_read_where_the_plan_says_them() -> None:
    text = (
        "Số: 7/KH-UBND\nĐường Hào, ngày 31 tháng 02 năm 2027\nKẾ HOẠCH\nII. NỘI DUNG\n1. Nội dung tuyên truyền\n"
        "- Kỷ luật, kỷ cương hành chính, đạo đức công vụ, mỗi tháng 2 tin, bài;\n"
        "- Mô hình, sáng kiến hay của tổ dân phố.\n"
        "2. Hình thức\n- Phát từ 5 giờ 30 đến 6 giờ 15, từ thứ Hai đến thứ Sáu.\n"
        "PHỤ LỤC\n2 | Mô hình, sáng kiến hay của tổ dân phố | 6 lượt/quý | Văn hoá\n"
    )
    found = propose_plan(proposed_from(text, "Kế hoạch năm 2027"))
    assert (found.number, found.issued_on, found.year) == ("7/KH-UBND", None, 2027), "ngày 31/02 không có thật thì để trống"
    assert [(one.target, one.target_words) for one in found.topics] == [(24, "mỗi tháng 2 tin, bài"), (24, "6 lượt/quý")]
    assert [(one.start, one.minutes, one.weekdays) for one in found.slots] == [(time(5, 30), 45, "12345")]


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("5h30-6h30 hằng ngày", "1234567"),
        ("17:00 - 17:15 thứ 2 đến hết thứ 7", "123456"),
        ("từ thứ Ba đến Chủ nhật, 17 giờ đến 18 giờ", "234567"),
        ("11 giờ 15 phút - 11 giờ 30 phút thứ Bảy và Chủ nhật", "67"),
        ("17h00 - 17h15 thứ Ba, thứ Năm", "24"),
        ("17h00 - 17h15 các ngày thứ 2, 4 và 6 trong năm", "135"),
        ("Chủ nhật: 8h00 - 8h30", "7"),
    ],
)
def test_a_slot_is_proposed_only_for_the_days_named(words: str, days: str) -> None:
    assert [one.weekdays for one in propose_plan(proposed_from(words)).slots] == [days]


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("24 lượt/năm", 24),
        ("ít nhất 3 tin bài trong quý", 12),
        ("một tuần 2 buổi", 104),
        ("Điều 5 năm 2025", None),
        ("", None),
        ("1.200 lượt/năm", 1200),
        ("mỗi quý ít nhất 5-10 tin", 20),
        ("10-15 lượt/năm", 10),
        ("mỗi năm 1.200 lượt", 1200),
        ("3,5 tin/năm", None),
    ],
)
def test_a_yearly_target_in_words(words: str, target: int | None) -> None:
    assert yearly(words)[0] == target


@given(st.text(max_size=400))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = propose_plan(proposed_from(text))
    assert all(one.title or not one.detail.strip(" .;") for one in found.topics) or found.topics == ()
    assert suggest(text, {1: text, 2: "Mô hình, sáng kiến"}) is not None


@pytest.mark.parametrize("script", [one for one in SCRIPTS if one.topics], ids=lambda one: one.title)
def test_the_suggestion_has_the_topic_a_person_chose_and_says_why(script: DemoScript) -> None:
    plan = propose_plan(import_file(REAL.read_bytes(), "ke-hoach.md"))
    texts = {number: one.detail for number, one in enumerate(plan.topics, start=1)}
    body = f"{script.title}. {script.text}"
    found = suggest(body, texts)
    assert {f"C{one.topic_id}" for one in found} & set(script.topics)
    for one in found:
        assert one.words
        assert all(word.casefold() in body.casefold().replace("\n", " ") for phrase in one.words for word in phrase.split())


def test_nothing_telling_suggests_nothing() -> None:
    topics = {1: "Tầm quan trọng của cải cách hành chính", 2: "Mô hình, sáng kiến"}
    assert suggest("", topics) == suggest("Lịch cắt điện tuần tới, bà con chú ý.", topics) == suggest("Bài", {}) == []
    assert suggest("Công tác cải cách hành chính của người dân", topics) == [], "chữ ai cũng dùng thì không nói gì"


def test_closest_needs_more_than_a_common_phrase() -> None:
    old = {1: "Mô hình, sáng kiến, giải pháp nâng cao công tác CCHC", 2: "Biểu dương, khen thưởng tập thể, cá nhân"}
    assert closest("Các mô hình, sáng kiến, giải pháp mới nâng cao công tác CCHC", old) == 1
    assert closest("Lịch cắt điện", old) is None


FORM = PlanForm("5/KH-UBND", date(2027, 1, 4), 2027, "Tuyên truyền CCHC năm 2027")


def test_a_years_plan_is_made_from_the_last_in_one_go(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        before = plan_before(session, scene.operator, 2027)
        assert before is not None
        rows = [NewTopic(n, TopicForm(one.code, one.title, 12), "Nguyên văn", one.id) for n, one in enumerate(before[1])]
        plan = found_plan(session, scene.operator, FORM, rows, now=now)
        after = plan_before(session, scene.operator, 2028)
        assert after is not None
        assert (after[0].id, [one.follows_id for one in after[1]]) == (plan.id, list(scene.topic_ids))
    with scene.database.reading() as session:
        both = topic_choices(session, scene.writer, date(2026, 12, 14))
        assert [(plan.year, topic.code) for topic, plan in both] == [(2026, "C1"), (2026, "C2"), (2027, "C1"), (2027, "C2")]
        assert {plan.year for _, plan in topic_choices(session, scene.writer, date(2026, 12, 15))} == {2027}
        kept = topic_choices(session, scene.writer, date(2031, 1, 1), scene.topic_ids[:1])
        assert [(plan.year, topic.code) for topic, plan in kept] == [(2026, "C1"), (2027, "C1"), (2027, "C2")]


def test_an_error_makes_nothing_and_names_the_row(scene: Scene) -> None:
    now = scene.clock.now()
    rows = [NewTopic(0, TopicForm("C1", "Một")), NewTopic(4, TopicForm("c1", "")), NewTopic(5, TopicForm("C3", "Ba", -1))]
    with pytest.raises(Invalid) as refused, scene.database.writing() as session:
        found_plan(session, scene.operator, FORM, rows, now=now)
    assert set(refused.value.problems) == {"ma_0", "ma_4", "ten_noi_dung_4", "chi_tieu_5"}
    with pytest.raises(NotFound), scene.database.writing() as session:
        found_plan(session, scene.operator, FORM, [NewTopic(0, TopicForm("C1", "Một"), "", 9999)], now=now)
    with pytest.raises(NotAllowed), scene.database.writing() as session:
        found_plan(session, scene.clerk, FORM, rows, now=now)
    with scene.database.writing() as session:
        before = plan_before(session, scene.operator, 2028)
        assert before is not None
        assert before[0].year == 2026
        retire_topic(session, scene.operator, scene.topic_ids[0], now=now)
        left = plan_before(session, scene.operator, 2028)
        assert left is not None
        assert [one.code for one in left[1]] == ["C2"], "nội dung đã thôi giữa năm không sang năm sau"
        assert plan_before(session, scene.stranger, 2028) is None
        add_plan(session, scene.operator, FORM, now=now)
