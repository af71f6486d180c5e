"""Đài và TDP: dán cả danh sách hoặc không gì cả, tên cũ vẫn đúng cho ngày cũ, cài đặt nhớ mọi lần đổi."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from broadcaster.accounts import settings
from broadcaster.accounts.enums import UnitLevel
from broadcaster.accounts.stations import (
    add_zones,
    change_led_settings,
    change_setting,
    end_zone,
    read_zones,
    rename_station,
    rename_unit,
    rename_zone,
    setting_history,
    unit_names,
    zone_labels,
    zones,
)
from broadcaster.accounts.tables import AuditEntry, Zone
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.support.scene import Scene


def test_a_pasted_list_becomes_zones(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        added = add_zones(session, scene.operator, "Tổ dân phố số 3\n\n  PB: Phố Bần \nKhu tập thể", now=now)
        assert [(zone.code, zone.name) for zone in added] == [
            ("TDP3", "Tổ dân phố số 3"),
            ("PB", "Phố Bần"),
            ("TDP4", "Khu tập thể"),
        ]
        assert [zone.code for zone in zones(session, scene.operator, date(2026, 3, 2))][-3:] == ["TDP3", "PB", "TDP4"]
        note = session.scalars(select(AuditEntry).where(AuditEntry.action == "zones_added")).one()
        assert (note.who, note.detail["codes"]) == ("Trần Văn Hùng", ["TDP3", "PB", "TDP4"])


def test_one_wrong_line_refuses_the_whole_list_and_says_which(scene: Scene) -> None:
    with pytest.raises(Invalid) as caught, scene.database.writing() as session:
        add_zones(session, scene.operator, "Tổ dân phố số 8\nTDP1: Trùng\n\nTDP8: Trùng dòng đầu", now=scene.clock.now())
    assert caught.value.problems == {"tdp": "Dòng 2: đã có TDP mã “TDP1”. Dòng 4: đã có TDP mã “TDP8”."}
    with scene.database.reading() as session:
        assert len(session.scalars(select(Zone)).all()) == 2


@given(st.lists(st.text(alphabet="Tổ dân phố 0123456789", min_size=1).filter(str.strip), min_size=1, max_size=30))
def test_names_alone_never_clash(names: list[str]) -> None:
    found = read_zones("\n".join(names), taken={"TDP1", "TDP2"})
    codes = [zone.code for zone in found]
    assert [zone.name for zone in found] == [name.strip() for name in names]
    assert len(set(codes) | {"TDP1", "TDP2"}) == len(codes) + 2


def test_an_old_unit_name_keeps_its_days(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        for name, since in (("phường Phùng Chí Kiên", date(2025, 1, 1)), ("phường Mỹ Hào", date(2025, 7, 1))):
            rename_unit(session, scene.operator, UnitLevel.WARD, name, since, now=now)
        rename_unit(session, scene.operator, UnitLevel.WARD, "phường Mỹ Hào mới", date(2025, 7, 1), now=now)
        found = [(one.name, one.valid_from, one.valid_to) for one in unit_names(session, scene.operator)]
    assert found[:2] == [
        ("phường Mỹ Hào mới", date(2025, 7, 1), None),
        ("phường Phùng Chí Kiên", date(2025, 1, 1), date(2025, 6, 30)),
    ]
    with pytest.raises(Invalid, match="01/07/2025"), scene.database.writing() as session:
        rename_unit(session, scene.operator, UnitLevel.WARD, "phường Khác", date(2025, 6, 1), now=now)


def test_a_zone_is_renamed_and_ended_once(scene: Scene) -> None:
    now, (zone_id, _) = scene.clock.now(), scene.zone_ids
    with scene.database.writing() as session:
        assert rename_zone(session, scene.operator, zone_id, " Phố Nối ", now=now).name == "Phố Nối"
        assert end_zone(session, scene.operator, zone_id, now=now).valid_to is not None
        with pytest.raises(Conflict):
            end_zone(session, scene.operator, zone_id, now=now)
        with pytest.raises(Invalid):
            rename_zone(session, scene.operator, zone_id, " ", now=now)
        with pytest.raises(NotFound):
            rename_zone(session, scene.stranger, zone_id, "Của ai", now=now)


def test_a_setting_remembers_every_change_and_only_changes(scene: Scene) -> None:
    with scene.database.writing() as session:
        for value in (15, 15, 20):
            change_setting(session, scene.operator, "lock_before_min", value, now=scene.clock.now())
        history = setting_history(session, scene.operator)["lock_before_min"]
        assert [(one.value, one.changed_by) for one in history] == [(20, "Trần Văn Hùng"), (15, "Trần Văn Hùng")]
        assert len(session.scalars(select(AuditEntry).where(AuditEntry.action == "setting_changed")).all()) == 2
        with pytest.raises(Invalid):
            change_setting(session, scene.operator, "lock_before_min", "25:00", now=scene.clock.now())


def test_quiet_hours_and_own_approval_move_by_a_leader_and_a_document(scene: Scene) -> None:
    now, wanted = scene.clock.now(), {"quiet_from": "22:00", "quiet_to": "05:00", "own_approval": True}
    with scene.database.writing() as session:
        for name, value in wanted.items():
            with pytest.raises(NotAllowed):
                change_setting(session, scene.operator, name, value, now=now)
        with pytest.raises(NotAllowed):
            change_led_settings(session, scene.operator, wanted, document="25/QĐ-UBND", now=now)
        for empty in ("", "  ", "\u200b", "\u3164"):
            with pytest.raises(Invalid):
                change_led_settings(session, scene.leader, wanted, document=empty, now=now)
        change_led_settings(session, scene.leader, {**wanted, "lock_before_min": 0}, document="25/QĐ-UBND", now=now)
        assert settings.get(session, scene.station_id, settings.OWN_APPROVAL)
        assert settings.get(session, scene.station_id, settings.LOCK_BEFORE_MIN) == 10, "chỉ những điều lãnh đạo quyết"
        [first, *_] = session.scalars(select(AuditEntry).where(AuditEntry.subject == "quiet_from"))
        assert (first.detail["old"], first.detail["new"], first.detail["document"]) == ("21:00", "22:00", "25/QĐ-UBND")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("own_approval", "1", True), ("own_approval", "", False), ("plan_days", " 5 ", 5), ("quiet_to", "05:30 ", "05:30")],
)
def test_form_text_becomes_a_value(name: str, text: str, value: object) -> None:
    assert settings.from_text(name, text) == value


def test_form_text_that_is_no_number_is_refused() -> None:
    with pytest.raises(Invalid, match="số nguyên"):
        settings.from_text("plan_days", "bảy")


def test_only_those_who_keep_the_station_may_change_it(scene: Scene) -> None:
    for actor in (scene.writer, scene.leader, scene.clerk, scene.auditor):
        with pytest.raises(NotAllowed), scene.database.writing() as session:
            rename_station(session, actor, "Đài khác", now=scene.clock.now())


def test_a_zone_is_called_by_its_code_and_name_even_after_it_is_retired(scene: Scene) -> None:
    with scene.database.writing() as session:
        session.get_one(Zone, scene.zone_ids[1]).valid_to = date(2026, 1, 1)
        session.add(Zone(station_id=scene.station_id, code="Xóm Đình", name="Xóm Đình", valid_from=date(2020, 1, 1)))
    with scene.database.reading() as session:
        labels = zone_labels(session, scene.station_id)
        assert zone_labels(session, scene.stranger.station_id) == {}
    assert labels == {
        "TDP1": "TDP1 · Tổ dân phố số 1",
        "TDP2": "TDP2 · Tổ dân phố số 2",
        "Xóm Đình": "Xóm Đình",
    }
