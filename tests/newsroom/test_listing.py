"""Danh sách bản tin: từ theo thứ tự nào cũng gặp, có dấu hay không; khớp đúng đứng trước; mỗi cách lọc, xếp, chia trang."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from broadcaster.newsroom.drafting import Draft, create, save
from broadcaster.newsroom.enums import Genre, RevisionState, Sorting
from broadcaster.newsroom.listing import PAGE, ScriptFilter, people, scripts
from broadcaster.newsroom.tables import RevisionWords
from broadcaster.newsroom.word_index import indexed
from broadcaster.search_text import fold, tokens
from tests.support.scene import Scene

BODY = "Nội dung chưa nói gì."


def keep(scene: Scene, title: str, body: str = BODY, **more: object) -> int:
    """Một bản nháp nữa, một phút sau bản trước; trả về mã bản sửa."""
    scene.clock.advance(60)
    with scene.database.writing() as session:
        draft = replace(Draft(title, body), **more)  # type: ignore[arg-type]
        return create(session, scene.writer, draft, now=scene.clock.now()).id


def titles(scene: Scene, page: int = 1, **wanted: object) -> list[str]:
    with scene.database.reading() as session:
        found, _ = scripts(session, scene.clerk, ScriptFilter(**wanted), page=page)  # type: ignore[arg-type]
        return [one.title for one in found]


def test_words_in_any_order_with_or_without_marks_exact_first(scene: Scene) -> None:
    keep(scene, "Thông báo hợp đồng điện")
    keep(scene, "Lịch thu phí", body="Mời bà con họp tại Đường Hào.")
    keep(scene, "Mời họp tổ dân phố")
    keep(scene, "Chợ hộp quà")
    assert titles(scene, text="hop moi") == ["Mời họp tổ dân phố", "Lịch thu phí"]
    assert titles(scene, text="họp") == ["Mời họp tổ dân phố", "Chợ hộp quà", "Thông báo hợp đồng điện", "Lịch thu phí"]
    assert titles(scene, text="HÀO  đường") == ["Lịch thu phí"]
    assert titles(scene, text="tổ dân phố, họp") == ["Mời họp tổ dân phố"]
    assert titles(scene, text="op") == [], "từ phải bắt đầu bằng chữ đã gõ"
    assert titles(scene, text="% _ ?") == []
    keep(scene, "Kế hoạch số 16/KH-UBND")
    assert titles(scene, text="16/kh-ubnd") == ["Kế hoạch số 16/KH-UBND"]


def test_the_words_follow_the_text_and_only_the_newest_revision_is_found(scene: Scene) -> None:
    revision_id = keep(scene, "Lịch tiêm chủng")
    with scene.database.writing() as session:
        save(session, scene.writer, revision_id, Draft("Lịch cắt điện", BODY), version=1, now=scene.clock.now())
    assert (titles(scene, text="tiêm"), titles(scene, text="cắt điện")) == ([], ["Lịch cắt điện"])
    with scene.database.reading() as session:
        assert session.scalars(select(RevisionWords.title_plain)).all() == [" lich cat dien "]
        assert scripts(session, scene.stranger, ScriptFilter(text="điện")) == ([], 0)


def test_each_filter_and_each_order(scene: Scene) -> None:
    today = scene.clock.now().date()
    keep(scene, "Bài cũ", genre=Genre.FEATURE, valid_to=today + timedelta(days=9))
    scene.clock.advance(2 * 86_400)
    keep(
        scene, "Ấm áp nghĩa tình", column_id=scene.column_id, topic_ids=(scene.topic_ids[1],), valid_to=today + timedelta(days=3)
    )
    keep(scene, "Tin không hạn")
    assert titles(scene) == ["Tin không hạn", "Ấm áp nghĩa tình", "Bài cũ"]
    assert titles(scene, sort=Sorting.OLDEST)[0] == "Bài cũ"
    assert titles(scene, sort=Sorting.TITLE) == ["Ấm áp nghĩa tình", "Bài cũ", "Tin không hạn"]
    assert titles(scene, sort=Sorting.ENDING) == ["Ấm áp nghĩa tình", "Bài cũ", "Tin không hạn"]
    assert titles(scene, genre=Genre.FEATURE) == ["Bài cũ"]
    assert titles(scene, column_id=scene.column_id) == titles(scene, topic_id=scene.topic_ids[1]) == ["Ấm áp nghĩa tình"]
    assert titles(scene, until=today) == ["Bài cũ"]
    assert titles(scene, since=today + timedelta(days=1), until=date.max)[-1] == "Ấm áp nghĩa tình"
    assert len(titles(scene, person_id=scene.writer.user_id)) == 3
    assert titles(scene, person_id=scene.operator.user_id) == []
    assert titles(scene, state=RevisionState.APPROVED) == []
    with scene.database.reading() as session:
        assert [name.split()[-1] for _, name in people(session, scene.clerk)] == ["Bình", "đài", "Hùng", "Lan", "Mai", "Trang"]


def test_pages_hold_every_bulletin_once(scene: Scene) -> None:
    wanted = [keep(scene, f"Tin số {number}") for number in range(PAGE + 2)]
    with scene.database.reading() as session:
        pages = [scripts(session, scene.clerk, page=number) for number in (1, 2, 3)]
        assert [one.id for found, _ in pages for one in found] == wanted[::-1]
        assert [total for _, total in pages] == [PAGE + 2] * 3


@given(st.text(max_size=80), st.text(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_word_of_a_text_finds_it_typed_with_marks_or_without(title: str, body: str) -> None:
    words = indexed(title, body)["words"]
    for word in tokens(f"{title} {body}"):
        assert f" {word} " in words
        assert f" {fold(word)} " in words
