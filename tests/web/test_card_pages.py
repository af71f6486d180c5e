"""Trang đường ra: chọn cạc, âm lượng, lệnh máy tăng âm, thử loa; sai thì nói ở đúng ô."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from broadcaster.accounts import settings
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.tables import Cluster, Output
from broadcaster.traffic.exceptions import QuietForm, add_quiet_exception
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.web.conftest import Enter, StillPlayout


def form(scene: Scene, **changes: str) -> dict[str, str]:
    row = f"r{scene.output_ids[0]}"
    kept = {"ten": "Đường 1", "mo_truoc": "5", "loai": "sound_card", "cac": "loa1", "khuech_dai": "-3"}
    kept |= {"tang_am": "Rơ-le 1"}
    return {f"{name}_{row}": value for name, value in (kept | changes).items()}


def test_the_keeper_chooses_a_card_from_what_the_machine_has(enter: Enter, scene: Scene) -> None:
    client = enter(scene.operator)
    page = client.get("/dai/loa").text
    assert "Cạc số một (mặc định)" in page
    path = f"/dai/loa/duong-ra/{scene.output_ids[0]}"
    assert client.post(path, data=form(scene)).status_code == 303
    with scene.database.reading() as session:
        row = session.scalars(select(Output).where(Output.id == scene.output_ids[0])).one()
    assert (row.kind, row.gain_db, row.lead_ms) == (OutputKind.SOUND_CARD, -3.0, 5000)
    assert row.device == {"name": "loa1", "amplifier_on": "Rơ-le 1", "amplifier_off": "Rơ-le 1"}
    with scene.database.writing() as session:
        output = session.scalars(select(Output).where(Output.id == scene.output_ids[0])).one()
        output.device = output.device | {"name": "da-rut"}
    assert client.post(path, data=form(scene, cac="da-rut")).status_code == 303, "cạc đã gắn từ trước, đang rút, thì vẫn giữ"
    assert "da-rut (đang không thấy)" in client.get("/dai/loa").text


def test_what_is_wrong_is_said_at_its_field(enter: Enter, scene: Scene) -> None:
    client, path = enter(scene.operator), f"/dai/loa/duong-ra/{scene.output_ids[0]}"
    for wrong, said in (
        ({"khuech_dai": "to"}, "từ -12 đến 12"),
        ({"khuech_dai": "40"}, "từ -12 đến 12"),
        ({"tang_am": "cat /work/secret"}, "có trong config.toml"),
        ({"loai": "loa giấy"}, "Lựa chọn không hợp lệ"),
        ({"cac": "plughw:CARD=khac"}, "chọn nó trong danh sách"),
    ):
        page = client.post(path, data=form(scene, **wrong))
        assert (page.status_code, said in page.text) == (422, True)
        assert wrong.keys() & {"loai", "tang_am", "cac"} or next(iter(wrong.values())).replace('"', "&#34;") in page.text
    assert enter(scene.clerk).post(path, data=form(scene)).status_code == 403


def test_volume_caps_are_typed_by_the_hour(enter: Enter, scene: Scene) -> None:
    client, cluster_id = enter(scene.operator), scene.cluster_ids[0]
    with scene.database.reading() as session:
        cluster = session.scalars(select(Cluster).where(Cluster.id == cluster_id)).one()
    kept = {"ma": cluster.code, "ten": cluster.name, "tdp": str(cluster.zone_id), "duong": str(cluster.output_id)}

    def saved(caps: str) -> int:
        data = {f"{name}_{cluster_id}": value for name, value in (kept | {"tran": caps}).items()}
        return client.post(f"/dai/loa/cum/{cluster_id}", data=data).status_code

    assert saved("5-6: 50, 20-21:70%") == 303
    with scene.database.reading() as session:
        assert session.scalars(select(Cluster.volume_caps).where(Cluster.id == cluster_id)).one() == [[5, 6, 50], [20, 21, 70]]
    assert "5-6: 50, 20-21: 70" in client.get("/dai/loa").text
    assert [saved(wrong) for wrong in ("sáng sớm", "9-5: 50", "5-6: 300")] == [422, 422, 422]


def test_testing_a_loudspeaker_asks_in_quiet_hours_and_only_keepers_may(enter: Enter, scene: Scene, services: Services) -> None:
    playout = services.playout
    assert isinstance(playout, StillPlayout)
    client, path = enter(scene.operator), f"/dai/loa/duong-ra/{scene.output_ids[0]}/thu"
    assert client.post(path).status_code == 303
    deed = playout.deeds[0]
    assert deed[:2] == ("test", str(scene.output_ids[0]))
    assert int(deed[2]) > 2 * 48_000, "tiếng trượt lên rồi một câu"
    client.post("/dai/ten", data={"ten": "Bà con ra ủy ban đòi đất"})
    client.post(path)
    assert deed[3] == playout.deeds[1][3], "câu thử loa không mượn được tên nào"
    with scene.database.writing() as session:
        for key, value in (("quiet_from", "00:00"), ("quiet_to", "23:59")):
            settings.put(session, scene.station_id, key, value, changed_by="x", now=scene.clock.now())
    refused = client.post(path)
    assert (refused.status_code, "giờ yên tĩnh" in refused.text) == (409, True)
    assert client.post(path, data={"gio_yen": "1"}).status_code == 409, "một ô đánh dấu không thay được số văn bản"
    form = QuietForm(scene.clock.now(), scene.clock.now() + timedelta(hours=1), "25/UBND-VX", "Diễn tập")
    with scene.database.writing() as session:
        add_quiet_exception(session, scene.leader, form, now=scene.clock.now())
    assert client.post(path).status_code == 303
    assert enter(scene.clerk).post(path).status_code == 403
    assert client.post("/dai/loa/duong-ra/999999/thu").status_code == 404
