"""Mạng loa: thêm, sửa, thôi dùng đường ra và cụm loa; hỏng hóc; không ai với tay sang đài khác."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import AuditEntry
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound
from broadcaster.playout import network_admin, routing
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.network_admin import ClusterForm, OutputForm
from tests.conftest import database  # noqa: F401  SQL của mạng loa: chạy trên cả hai
from tests.support.scene import Scene


def output_form(scene: Scene, **changes: object) -> OutputForm:
    return replace(OutputForm(scene.player_id, "Cạc tiếng", OutputKind.SOUND_CARD, lead_ms=3000), **changes)


def cluster_form(scene: Scene, **changes: object) -> ClusterForm:
    form = ClusterForm("CL09", "Nhà văn hoá TDP 1", scene.zone_ids[0], scene.output_ids[1], volume_caps=[(6, 8, 70)])
    return replace(form, **changes)


def test_a_new_output_and_its_cluster_are_part_of_the_route_at_once(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        output = network_admin.create_output(session, scene.operator, output_form(scene), now=now)
        network_admin.create_cluster(session, scene.operator, cluster_form(scene, output_id=output.id), now=now)
    with scene.database.reading() as session:
        found = routing.feeding(routing.outputs_of(session, scene.station_id, scene.player_id), [scene.zone_ids[0]])
        assert [one.name for one in found] == ["Đường 1", "Cạc tiếng"]
        assert [one.code for one in network_admin.clusters(session, scene.operator)] == ["CL01", "CL02", "CL09"]
        assert [one.name for one in network_admin.outputs(session, scene.operator)] == ["Cạc tiếng", "Đường 1", "Đường 2"]
        assert len(session.scalars(select(AuditEntry)).all()) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "ten"),
        ({"name": "Đường 1"}, "ten"),
        ({"lead_ms": 60_001}, "mo_truoc"),
        ({"gain_db": -13.0}, "khuech_dai"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_wrong_output_is_told_field_by_field(scene: Scene, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught, scene.database.writing() as session:
        network_admin.create_output(session, scene.operator, output_form(scene, **changes), now=scene.clock.now())
    assert set(caught.value.problems) == {field}


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"code": ""}, "ma"), ({"code": "CL01"}, "ma"), ({"name": ""}, "ten"), ({"volume_caps": [(8, 6, 50)]}, "tran_am_luong")],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_wrong_cluster_is_told_field_by_field(scene: Scene, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught, scene.database.writing() as session:
        network_admin.create_cluster(session, scene.operator, cluster_form(scene, **changes), now=scene.clock.now())
    assert set(caught.value.problems) == {field}


def test_an_output_cannot_go_while_a_cluster_hangs_on_it(scene: Scene) -> None:
    first, second = scene.output_ids
    now = scene.clock.now()
    with pytest.raises(Conflict, match="CL01"), scene.database.writing() as session:
        network_admin.retire_output(session, scene.operator, first, now=now)
    with scene.database.writing() as session:
        form = cluster_form(scene, code="CL01", output_id=second)
        network_admin.edit_cluster(session, scene.operator, scene.cluster_ids[0], form, now=now)
    with scene.database.writing() as session:
        network_admin.retire_output(session, scene.operator, first, now=now)
    with scene.database.reading() as session:
        assert [one.id for one in routing.outputs_of(session, scene.station_id, scene.player_id)] == [second]
    with pytest.raises(Conflict, match="thôi dùng"), scene.database.writing() as session:
        network_admin.edit_output(session, scene.operator, first, output_form(scene), now=now)


def test_a_retired_cluster_gets_no_more_deliveries(scene: Scene) -> None:
    with scene.database.writing() as session:
        cluster = network_admin.retire_cluster(session, scene.operator, scene.cluster_ids[0], now=scene.clock.now())
        assert cluster.retired_on == date(2026, 3, 2)
    with scene.database.reading() as session:
        outputs = routing.outputs_of(session, scene.station_id, scene.player_id)
        assert [one["code"] for one in routing.deliveries(outputs, [])] == ["CL02"]


def test_a_fault_stays_open_until_one_person_says_it_is_fixed(scene: Scene) -> None:
    with scene.database.writing() as session:
        fault = network_admin.report_fault(session, scene.operator, scene.cluster_ids[0], " Cháy củ loa ", now=scene.clock.now())
    with scene.database.reading() as session:
        [(found, cluster)] = network_admin.open_faults(session, scene.clerk)
        assert (found.what, found.reported_by, cluster.code) == ("Cháy củ loa", scene.operator.name, "CL01")
    with scene.database.writing() as session:
        network_admin.fix_fault(session, scene.admin, fault.id, now=scene.clock.now())
    with scene.database.reading() as session:
        assert network_admin.open_faults(session, scene.clerk) == []
    with pytest.raises(Conflict), scene.database.writing() as session:
        network_admin.fix_fault(session, scene.operator, fault.id, now=scene.clock.now())
    with pytest.raises(Invalid), scene.database.writing() as session:
        network_admin.report_fault(session, scene.operator, scene.cluster_ids[0], "  ", now=scene.clock.now())


_DEEDS: list[Callable[[Session, Scene, object], object]] = [
    lambda session, scene, who: network_admin.create_output(session, who, output_form(scene), now=scene.clock.now()),
    lambda session, scene, who: network_admin.edit_output(
        session, who, scene.output_ids[0], output_form(scene), now=scene.clock.now()
    ),
    lambda session, scene, who: network_admin.retire_output(session, who, scene.output_ids[0], now=scene.clock.now()),
    lambda session, scene, who: network_admin.create_cluster(session, who, cluster_form(scene), now=scene.clock.now()),
    lambda session, scene, who: network_admin.edit_cluster(
        session, who, scene.cluster_ids[0], cluster_form(scene), now=scene.clock.now()
    ),
    lambda session, scene, who: network_admin.retire_cluster(session, who, scene.cluster_ids[0], now=scene.clock.now()),
    lambda session, scene, who: network_admin.report_fault(session, who, scene.cluster_ids[0], "hỏng", now=scene.clock.now()),
]


@pytest.mark.parametrize("deed", _DEEDS)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_the_right_people_of_this_station(scene: Scene, deed: Callable[[Session, Scene, object], object]) -> None:
    with pytest.raises(NotAllowed), scene.database.writing() as session:
        deed(session, scene, scene.clerk)
    with pytest.raises(NotFound), scene.database.writing() as session:
        deed(session, scene, scene.stranger)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_strangers_fault_does_not_exist(scene: Scene) -> None:
    with scene.database.writing() as session:
        fault = network_admin.report_fault(session, scene.operator, scene.cluster_ids[0], "hỏng", now=scene.clock.now())
    with pytest.raises(NotFound), scene.database.writing() as session:
        network_admin.fix_fault(session, scene.stranger, fault.id, now=scene.clock.now())


def test_only_a_card_the_machine_sees_is_bound(scene: Scene) -> None:
    output_id, now = scene.output_ids[0], scene.clock.now()
    chosen = output_form(scene, device={"name": "loa1"})
    for cards in ((), ("loa2",)):
        with pytest.raises(Invalid) as caught, scene.database.writing() as session:
            network_admin.edit_output(session, scene.operator, output_id, chosen, now=now, cards=cards)
        assert "cac" in caught.value.problems
    with pytest.raises(Invalid), scene.database.writing() as session:
        network_admin.create_output(session, scene.operator, replace(chosen, name="Đường mới"), now=now)
    for cards in (("loa1",), ()):  # đã gắn thì rút ra rồi sửa chỗ khác vẫn được
        with scene.database.writing() as session:
            network_admin.edit_output(session, scene.operator, output_id, chosen, now=now, cards=cards)
