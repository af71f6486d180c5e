"""Sửa khuôn: mỗi lần lưu là một bản lùi lại được, buổi chưa chốt theo ngay, không gì thành hai, không gì của người bị mất."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound, StaleForm
from broadcaster.newsroom.enums import Genre
from broadcaster.traffic.editing import move
from broadcaster.traffic.enums import ItemKind, ItemState, ProgrammeState, SegmentFill, SegmentKind
from broadcaster.traffic.filling import fill
from broadcaster.traffic.format_admin import (
    FormatForm,
    SegmentForm,
    add_preset,
    create_format,
    form_of,
    formats,
    restore_format,
    retire_format,
    save_format,
    undo_format,
    used_by,
    versions,
)
from broadcaster.traffic.format_presets import PRESETS
from broadcaster.traffic.planning import plan_days
from broadcaster.traffic.slots import create_slot
from broadcaster.traffic.tables import Format, Item, Programme, Segment
from tests.support.scene import Scene
from tests.traffic import build


def laid(scene: Scene) -> int:
    """Khung giờ thứ Hai, thứ Ba đã có lịch và một bản tin; trả về mã khuôn."""
    with scene.database.writing() as session:
        slot = build.slot(session, scene, weekdays="12")
        build.script(session, scene, "Tin sáng")
        plan_days(session, scene.station_id, scene.clock.now())
        fill(session, scene.station_id, scene.clock.now())
        return slot.format_id


def chosen(session: Session, format_id: int) -> Format:
    return session.scalars(select(Format).where(Format.id == format_id)).one()


def save(scene: Scene, format_id: int, form: FormatForm, version: int = 1) -> int:
    with scene.database.writing() as session:
        return save_format(session, scene.operator, format_id, form, version=version, now=scene.clock.now())


def form(scene: Scene, format_id: int) -> FormatForm:
    with scene.database.reading() as session:
        return form_of(chosen(session, format_id))


def shown(scene: Scene) -> list[list[str]]:
    """Các mục chờ phát của từng buổi, theo thứ tự."""
    with scene.database.reading() as session:
        rows = session.scalars(select(Programme).order_by(Programme.starts_at))
        return [
            [
                item.revision.title if item.revision else item.segment.name if item.segment else "?"
                for item in row.items
                if item.state is ItemState.WAITING
            ]
            for row in rows
        ]


def test_saving_makes_unlocked_programmes_follow_without_duplicates(scene: Scene) -> None:
    format_id = laid(scene)
    before = shown(scene)
    old = form(scene, format_id)
    opening, *rest = old.segments
    music = next(one for one in rest if one.kind is SegmentKind.FILLER)
    rest.remove(music)
    jingle = SegmentForm("Nhạc giữa buổi", SegmentKind.SOUND, 10_000, sound_id=opening.sound_id)
    changed = replace(old, segments=(opening, music, *rest[:3], jingle, *rest[3:]))
    assert save(scene, format_id, changed) == 2
    for old_items, new_items in zip(before, shown(scene), strict=True):
        assert sorted([*old_items, "Nhạc giữa buổi"]) == sorted(new_items)
        assert new_items[:2] == ["Nhạc hiệu", "Nhạc"]
    with scene.database.writing() as session:
        fill(session, scene.station_id, scene.clock.now())
    assert [len(items) for items in shown(scene)] == [len(items) + 1 for items in before]


def test_a_locked_programme_keeps_its_items(scene: Scene) -> None:
    format_id = laid(scene)
    with scene.database.writing() as session:
        session.scalars(select(Programme).order_by(Programme.starts_at)).first().state = ProgrammeState.LOCKED  # type: ignore[union-attr]
    old = form(scene, format_id)
    assert save(scene, format_id, replace(old, segments=old.segments[1:])) == 1
    first, second = shown(scene)
    assert ("Nhạc hiệu" in first, "Nhạc hiệu" in second) == (True, False)


def test_undo_brings_every_segment_and_item_back(scene: Scene) -> None:
    format_id = laid(scene)
    old, before = form(scene, format_id), shown(scene)
    save(scene, format_id, replace(old, name="Ngắn", segments=old.segments[:3]))
    assert shown(scene) != before
    with scene.database.writing() as session:
        assert undo_format(session, scene.operator, format_id, version=2, now=scene.clock.now()) == 2
        assert [one.version for one in versions(session, scene.operator, format_id)] == [3, 2, 1]
    assert form(scene, format_id) == old
    with scene.database.writing() as session:
        fill(session, scene.station_id, scene.clock.now())
    assert shown(scene) == before
    with scene.database.writing() as session:
        undo_format(session, scene.operator, format_id, version=3, now=scene.clock.now())
    assert form(scene, format_id).name == "Ngắn"


def test_a_format_never_saved_has_nothing_to_undo(scene: Scene) -> None:
    format_id = laid(scene)
    with scene.database.writing() as session, pytest.raises(Conflict, match="chưa sửa lần nào"):
        undo_format(session, scene.operator, format_id, version=1, now=scene.clock.now())


def test_two_people_saving_one_format_do_not_overwrite_each_other(scene: Scene) -> None:
    format_id = laid(scene)
    old = form(scene, format_id)
    save(scene, format_id, replace(old, name="Của người trước"))
    with pytest.raises(StaleForm):
        save(scene, format_id, replace(old, name="Của người sau"))
    assert form(scene, format_id).name == "Của người trước"


def test_what_a_person_moved_stays_when_a_segment_goes(scene: Scene) -> None:
    format_id = laid(scene)
    with scene.database.writing() as session:
        programme = session.scalars(select(Programme).order_by(Programme.starts_at)).first()
        assert programme is not None
        script = next(item for item in programme.items if item.kind is ItemKind.SCRIPT)
        move(session, scene.operator, programme.id, script.id, after_id=None, version=programme.version, now=scene.clock.now())
    old = form(scene, format_id)
    save(scene, format_id, replace(old, segments=tuple(one for one in old.segments if one.kind is not SegmentKind.SCRIPTS)))
    assert shown(scene)[0][0] == "Tin sáng"
    assert len(shown(scene)[0]) == 7


def test_a_segment_only_of_a_person_is_left_to_a_person(scene: Scene) -> None:
    format_id = laid(scene)
    old = form(scene, format_id)
    by_hand = tuple(replace(one, fill=SegmentFill.HAND) if one.kind is SegmentKind.SCRIPTS else one for one in old.segments)
    save(scene, format_id, replace(old, segments=by_hand))
    with scene.database.writing() as session:
        fill(session, scene.station_id, scene.clock.now())
    assert all("Tin sáng" not in items for items in shown(scene))


def test_a_form_says_every_mistake_in_its_row(scene: Scene) -> None:
    format_id = laid(scene)
    old = form(scene, format_id)
    wrong = (
        replace(old.segments[0], sound_id=None, name=" "),
        replace(old.segments[1], template_code=None, target_ms=0),
        replace(old.segments[2], weekdays="19"),
    )
    with pytest.raises(Invalid) as caught:
        save(scene, format_id, FormatForm("", wrong))
    assert set(caught.value.problems) == {"name", "name_0", "sound_id_0", "template_code_1", "target_ms_1", "weekdays_2"}
    with pytest.raises(Invalid, match="từ 1 đến"):
        save(scene, format_id, FormatForm("Rỗng", ()))


def test_only_a_format_without_slots_can_be_put_away_and_comes_back(scene: Scene) -> None:
    format_id = laid(scene)
    with scene.database.writing() as session:
        with pytest.raises(Conflict, match="Buổi chiều"):
            retire_format(session, scene.operator, format_id, now=scene.clock.now())
        spare = add_preset(session, scene.operator, "half", now=scene.clock.now())
        retire_format(session, scene.operator, spare.id, now=scene.clock.now())
        assert [one.id for one in formats(session, scene.operator, retired=True)] == [spare.id]
        restore_format(session, scene.operator, spare.id, now=scene.clock.now())
        assert {one.id for one in formats(session, scene.operator)} == {format_id, spare.id}
        assert list(used_by(session, scene.operator, scene.clock.now())) == [format_id]


def test_presets_are_offered_beside_the_rows_a_station_already_has(scene: Scene) -> None:
    with scene.database.writing() as session:
        old = build.equip(session, scene)
        chosen(session, old).preset = None
        made = add_preset(session, scene.operator, "quarter", now=scene.clock.now())
        assert (chosen(session, old).name, made.name) == ("Chương trình 15 phút", "Chương trình 15 phút (mẫu mới)")
        with pytest.raises(Conflict):
            add_preset(session, scene.operator, "quarter", now=scene.clock.now())


def test_the_rerun_preset_repeats_the_slot_that_carries_the_column(scene: Scene) -> None:
    with scene.database.writing() as session:
        afternoon = build.slot(session, scene)
        made = add_preset(session, scene.operator, "quarter_rerun", now=scene.clock.now())
        assert [one.rerun_of for one in made.segments if one.rerun_of] == [afternoon.id]
        assert len(made.segments) == len(PRESETS["quarter_rerun"].segments)


def test_a_new_format_has_its_own_segments(scene: Scene) -> None:
    format_id = laid(scene)
    old = form(scene, format_id)
    news = SegmentForm("Tin và bài", SegmentKind.SCRIPTS, 120_000, genres=(Genre.NEWS, Genre.FEATURE), weekdays="1234567")
    with scene.database.writing() as session:
        made = create_format(session, scene.operator, FormatForm("Riêng", (news,)), now=scene.clock.now())
        assert [(one.genres, one.weekdays) for one in made.segments] == [(frozenset({Genre.NEWS, Genre.FEATURE}), "")]
        slot = create_slot(session, scene.operator, build.form(made.id, weekdays="6"), now=scene.clock.now())
        assert slot.format_id == made.id
    assert form(scene, format_id) == old


def test_formats_ask_for_the_right_role_and_station(scene: Scene) -> None:
    format_id = laid(scene)
    old = form(scene, format_id)
    for actor, error in ((scene.writer, NotAllowed), (scene.stranger, NotFound)):
        with scene.database.writing() as session, pytest.raises(error):
            save_format(session, actor, format_id, old, version=1, now=scene.clock.now())
    foreign = replace(old.segments[0], sound_id=99_999)
    with pytest.raises(NotFound):
        save(scene, format_id, replace(old, segments=(foreign, *old.segments[1:])))
    with scene.database.reading() as session:
        assert session.scalars(select(Segment).where(Segment.retired_at.is_not(None))).all() == []
        assert session.scalars(select(Item).where(Item.state == ItemState.DROPPED)).all() == []
