"""Loa và đường ra, mẫu lời, sổ kiểm tra: làm được, sai thì chữ đã gõ còn, người ngoài không vào được."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from broadcaster.accounts.enums import Role
from broadcaster.playout.tables import Cluster, ClusterFault, Output
from broadcaster.studio import templates
from broadcaster.studio.tables import Template
from tests.support.scene import Scene
from tests.web.conftest import Enter


def cluster_form(scene: Scene, row: str, **change: str) -> dict[str, str]:
    """Biểu mẫu một cụm loa."""
    fields = {"ma": "CL09", "ten": "Cụm chợ", "tdp": str(scene.zone_ids[0]), "duong": str(scene.output_ids[0]), "cong_nghe": "FM"}
    return {f"{name}_{row}": value for name, value in {**fields, **change}.items()}


def test_an_output_is_added_edited_and_retired(scene: Scene, enter: Enter) -> None:
    browser = enter(scene.operator)
    assert browser.post("/dai/loa/duong-ra", data={"ten": "Đường chợ", "mo_truoc": "5"}).status_code == 303
    assert browser.post("/dai/loa/duong-ra/3", data={"ten_r3": "Đường chợ mới", "mo_truoc_r3": "4"}).status_code == 303
    with scene.database.reading() as session:
        assert [(one.name, one.lead_ms) for one in session.scalars(select(Output).where(Output.id == 3))] == [
            ("Đường chợ mới", 4000)
        ]
    assert browser.post("/dai/loa/duong-ra/3/bo").status_code == 303
    kept = browser.post(f"/dai/loa/duong-ra/{scene.output_ids[0]}/bo")
    assert (kept.status_code, "CL01" in kept.text) == (409, True)


def test_a_wrong_lead_comes_back_in_its_own_row(scene: Scene, enter: Enter) -> None:
    one = scene.output_ids[0]
    answer = enter(scene.operator).post(f"/dai/loa/duong-ra/{one}", data={f"ten_r{one}": "Đường <1>", f"mo_truoc_r{one}": "999"})
    assert answer.status_code == 422
    assert f'id="mo_truoc_r{one}-ghi">Thời gian mở trước' in answer.text
    assert 'value="Đường &lt;1&gt;"' in answer.text


def test_a_cluster_is_added_breaks_is_repaired_and_retired(scene: Scene, enter: Enter) -> None:
    browser = enter(scene.operator)
    assert browser.post("/dai/loa/cum", data=cluster_form(scene, "moi")).status_code == 303
    assert browser.post("/dai/loa/cum/3", data=cluster_form(scene, "3", ten="Cụm chợ Bần")).status_code == 303
    assert browser.post("/dai/loa/cum/3/hong", data={"hong_gi_3": "Mất tiếng"}).status_code == 303
    assert "Mất tiếng" in browser.get("/dai/loa").text
    assert browser.post("/dai/loa/hong/1/xong").status_code == 303
    assert browser.post("/dai/loa/hong/1/xong").status_code == 409
    assert browser.post("/dai/loa/cum/3/bo").status_code == 303
    with scene.database.reading() as session:
        assert session.get_one(Cluster, 3).name == "Cụm chợ Bần"
        assert session.get_one(Cluster, 3).retired_on is not None
        assert session.get_one(ClusterFault, 1).fixed_by == "Trần Văn Hùng"


@pytest.mark.parametrize(("change", "wrong"), [({"ma": "CL01"}, "ma"), ({"ten": " "}, "ten"), ({"tdp": ""}, "tdp")])
def test_a_wrong_cluster_keeps_what_was_typed(scene: Scene, enter: Enter, change: dict[str, str], wrong: str) -> None:
    answer = enter(scene.operator).post("/dai/loa/cum", data=cluster_form(scene, "moi", **change))
    assert (answer.status_code, f'id="{wrong}_moi-ghi"' in answer.text) == (422, True)
    assert 'value="FM"' in answer.text


def test_foreign_ids_are_not_there(scene: Scene, enter: Enter) -> None:
    browser = enter(scene.stranger)
    for path in (f"/dai/loa/duong-ra/{scene.output_ids[0]}/bo", f"/dai/loa/cum/{scene.cluster_ids[0]}/bo"):
        assert browser.post(path).status_code == 404
    row = str(scene.cluster_ids[0])
    assert enter(scene.operator).post(f"/dai/loa/cum/{row}", data=cluster_form(scene, row, tdp="999")).status_code == 404


def test_the_leader_words_the_greeting_and_sees_it_filled(scene: Scene, enter: Enter) -> None:
    with scene.database.writing() as session:
        templates.install_defaults(session, scene.station_id, approved_by="config.toml", now=scene.clock.now())
    leader, operator = enter(scene.leader), enter(scene.operator)
    assert leader.post("/dai/mau-loi/station_call", data={"text_station_call": "Đây là {dai}, xin chào."}).status_code == 303
    wrong = leader.post("/dai/mau-loi/opening", data={"text_opening": "Kính chào {ai_do}"})
    assert (wrong.status_code, "Kính chào {ai_do}</textarea>" in wrong.text) == (422, True)
    assert operator.post("/dai/mau-loi/opening", data={"text_opening": "Của tôi"}).status_code == 403
    assert "Đây là ‹tên đài›, xin chào." in operator.get("/dai/mau-loi").text
    assert enter(scene.clerk).get("/dai/mau-loi").status_code == 403
    assert leader.post("/dai/mau-loi/la", data={}).status_code == 404
    with scene.database.reading() as session:
        assert session.scalars(select(Template.version).where(Template.code == "station_call").order_by(Template.id)).all() == [
            1,
            2,
        ]


def test_the_auditor_reads_who_did_what(scene: Scene, enter: Enter) -> None:
    operator = enter(scene.operator)
    for number in range(3):
        operator.post("/dai/tdp", data={"tdp": f"Tổ dân phố số 5{number}"})
    operator.post("/dai/ten", data={"ten": "<b>Đài mới</b>"})
    auditor = enter(scene.auditor)
    page = auditor.get("/kiem-tra").text
    assert page.count('<td data-ten="Việc">Thêm TDP</td>') == 3
    assert "&lt;b&gt;Đài mới&lt;/b&gt;" in page
    assert "Thêm TDP</td>" not in auditor.get("/kiem-tra?viec=station_renamed").text
    assert "Không có việc nào" in auditor.get("/kiem-tra?tu=2020-01-01&den=2020-01-02").text
    assert auditor.get("/kiem-tra?tu=hôm-qua&trang=1").status_code == 200
    assert operator.get("/kiem-tra").status_code == 403
    assert "Thêm TDP</td>" not in enter(scene.stranger).get("/kiem-tra").text


def test_only_roles_that_may_see_the_links(scene: Scene, enter: Enter) -> None:
    assert 'href="/kiem-tra"' in enter(scene.auditor).get("/").text
    assert 'href="/kiem-tra"' not in enter(scene.operator).get("/").text
    assert Role.AUDITOR in scene.auditor.roles
