"""Khẩn cấp trên trang: ai được, hai bước, chữ gõ còn nguyên, một khoá một lệnh; dữ liệu bị khoá cũng ra lệnh được."""

from __future__ import annotations

import re
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import update

from broadcaster.newsroom.deciding import approve
from broadcaster.newsroom.drafting import Draft, create
from broadcaster.newsroom.enums import Genre
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.playout.enums import UrgentLevel
from broadcaster.playout.urgent.composing import _said
from broadcaster.sound.library import Library
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio import templates
from broadcaster.studio.enums import TemplateCode
from broadcaster.studio.render_queue import send_for_approval
from broadcaster.studio.sounds import install_voices
from broadcaster.studio.tables import Recording
from broadcaster.studio.worker import Worker
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.web.conftest import Enter, StillPlayout

TEXT = "Bão số 9 đang tới. Bà con ở nhà từ 18h."
WISH = {"noi": "tat_ca", "kieu": "loi", "noi_dung": TEXT, "nhac": "0", "cap": "4", "hieu_lenh": "1", "key": "k" * 32}


def playout(services: Services) -> StillPlayout:
    assert isinstance(services.playout, StillPlayout)
    return services.playout


def test_only_leaders_and_operators_have_the_red_button(enter: Enter, scene: Scene, services: Services) -> None:
    for actor in (scene.leader, scene.operator):
        page = enter(actor).get("/khan-cap")
        assert page.status_code == 200
        assert 'href="/khan-cap"' in enter(actor).get("/").text
    for actor in (scene.writer, scene.clerk, scene.auditor):
        client = enter(actor)
        assert client.get("/khan-cap").status_code == 403
        assert 'href="/khan-cap"' not in client.get("/").text
        for path in ("/khan-cap", "/khan-cap/xem", "/khan-cap/soan", "/khan-cap/x/dung", "/khan-cap/x/chon"):
            assert client.post(path, data=WISH).status_code == 403
    assert playout(services).orders == {}


def test_only_who_may_press_and_has_the_page_open_makes_the_player_stand_by(
    enter: Enter, scene: Scene, services: Services
) -> None:
    pages = ("/khan-cap", "/khan-cap/trang-thai")
    for path in pages:
        enter(scene.leader).get(path)
    assert playout(services).alerts == len(pages)
    for actor, path in (
        (scene.writer, "/khan-cap"),
        (scene.clerk, "/khan-cap/trang-thai"),
        (scene.leader, "/truc-tiep"),
        (scene.leader, "/"),
    ):
        enter(actor).get(path)
    assert playout(services).alerts == len(pages)


def test_it_is_read_back_before_anything_sounds(enter: Enter, scene: Scene, services: Services) -> None:
    page = enter(scene.leader).post("/khan-cap/xem", data=WISH)
    assert page.status_code == 200
    for words in ("Bão số chín đang tới", "mười tám giờ", "Cả phường", "2 cụm loa", "Cấp 4", "Phát một lần", scene.leader.name):
        assert words in page.text
    assert playout(services).orders == {}
    path = re.search(r'src="(/khan-cap/nghe/[0-9a-f]{64})"', page.text)
    assert path is not None
    assert enter(scene.leader).get(path[1]).headers["Content-Type"] == "audio/mpeg"
    assert enter(scene.clerk).get(path[1]).status_code == 403


def test_pressing_twice_is_one_order_with_its_sound_and_who_gave_it(enter: Enter, scene: Scene, services: Services) -> None:
    client = enter(scene.leader)
    for _ in range(2):
        answer = client.post("/khan-cap", data=WISH)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/khan-cap")
    (order,) = playout(services).orders.values()
    assert (order.by, order.level, order.zone_ids, order.text) == (scene.leader.name, UrgentLevel.FOUR, (), TEXT)
    assert order.audio_sha256 is not None
    assert services.library.verify(order.audio_sha256)
    assert order.voice is not None
    assert order.voice["source"] == "synthetic"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"noi": ""}, "ít nhất một tổ dân phố"),
        ({"noi": "tdp"}, "ít nhất một tổ dân phố"),
        ({"noi_dung": "  "}, "Hãy gõ lời cần phát"),
        ({"noi_dung": "x" * 3001}, "dài quá"),
        ({"noi_dung": "***"}, "không có gì để đọc"),
        ({"nhac": "7"}, "15, 30, 60, 120"),
        ({"nhac": "15"}, "tới lúc nào"),
        ({"nhac": "15", "toi": "hôm sau"}, "ngày và giờ"),
        ({"nhac": "15", "toi": "2020-01-01T00:00"}, "sau lúc này"),
        ({"cap": "9"}, "Lựa chọn không hợp lệ"),
        ({"kieu": "ban_ghi"}, "Hãy chọn một bản tin"),
        ({"kieu": "mau", "mau": "opening"}, "không phải mẫu khẩn cấp"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_typed_text_stays(
    enter: Enter, scene: Scene, services: Services, wrong: dict[str, str], said: str
) -> None:
    _install(scene)
    for path in ("/khan-cap/xem", "/khan-cap"):
        page = enter(scene.leader).post(path, data={**WISH, **wrong})
        assert (page.status_code, said in page.text) == (422, True), page.text[-3000:]
        if wrong.get("noi_dung", TEXT) == TEXT and "kieu" not in wrong:
            assert TEXT in page.text
    assert playout(services).orders == {}


def test_a_template_is_not_sent_with_a_blank_left_empty(enter: Enter, scene: Scene, services: Services) -> None:
    _install(scene)
    client = enter(scene.leader)
    page = client.post("/khan-cap/soan", data={**WISH, "kieu": "mau", "mau": "urgent_clear"})
    names = re.findall(r'name="ten_o" value="([^"]+)"', page.text)
    assert names == list(templates.blanks_of(templates.URGENT_DEFAULTS[TemplateCode.URGENT_CLEAR]))
    wish = {**WISH, "kieu": "mau", "mau": "urgent_clear", "ten_o": names, "o_0": "cháy chợ", "o_1": " "}
    page = client.post("/khan-cap", data=wish)
    assert page.status_code == 422
    assert "Hãy điền “khu vực”" in page.text
    assert "cháy chợ" in page.text
    assert client.post("/khan-cap", data={**wish, "o_1": "tổ 3"}).status_code == 303
    (order,) = playout(services).orders.values()
    assert "cháy chợ tại tổ 3" in order.text
    assert order.title == "Khẩn cấp: hết nguy hiểm"


def test_an_approved_bulletin_can_be_sent_at_once_with_its_own_recording(enter: Enter, scene: Scene, services: Services) -> None:
    recording_id = _bulletin(scene, services.library)
    client = enter(scene.operator)
    assert "Tin đã duyệt" in client.post("/khan-cap/soan", data={**WISH, "kieu": "ban_ghi"}).text
    wish = {**WISH, "kieu": "ban_ghi", "ban_ghi": str(recording_id), "noi": "tdp", "tdp": str(scene.zone_ids[0])}
    assert client.post("/khan-cap", data=wish).status_code == 303
    (order,) = playout(services).orders.values()
    assert (order.title, order.zone_ids) == ("Tin đã duyệt", (scene.zone_ids[0],))
    assert order.revision_id is not None
    with scene.database.writing() as session:
        session.execute(update(Recording).values(state="failed"))
    assert client.post("/khan-cap", data={**wish, "key": "m" * 32}).status_code == 422
    assert client.post("/khan-cap", data={**wish, "ban_ghi": "999999", "key": "n" * 32}).status_code == 404


def test_a_foreign_neighbourhood_is_not_found(enter: Enter, scene: Scene, services: Services) -> None:
    wish = {**WISH, "noi": "tdp", "tdp": str(scene.zone_ids[0])}
    assert enter(scene.stranger).post("/khan-cap", data=wish).status_code in (403, 404)
    assert playout(services).orders == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_locked_database_does_not_hold_it_up(enter: Enter, scene: Scene, services: Services) -> None:
    client = enter(scene.leader)
    lock = sqlite3.connect(str(scene.database.url.database), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        assert client.get("/khan-cap").status_code == 200
        assert client.post("/khan-cap/xem", data=WISH).status_code == 200
        assert client.post("/khan-cap", data=WISH).status_code == 303
        assert client.post(f"/khan-cap/{WISH['key']}/dung").status_code == 303
        assert client.post("/im-lang", data={"bat": "1", "duong_ra": ""}).status_code == 303
    finally:
        lock.close()
    assert playout(services).deeds == [("stop", WISH["key"], scene.leader.name)]
    assert playout(services).silenced == [(None, True)]


def test_a_full_disk_sends_the_sound_with_the_order(enter: Enter, scene: Scene, services: Services) -> None:
    root = services.library.root
    root.parent.mkdir(parents=True, exist_ok=True)
    root.write_text("một tệp nằm chỗ của kho: không cất được gì")
    assert enter(scene.leader).post("/khan-cap", data=WISH).status_code == 303
    (order,) = playout(services).orders.values()
    sent = playout(services).pcm
    assert order.audio_sha256 is None
    assert sent is not None
    assert len(sent) > 48_000


def test_a_person_chooses_and_stops(enter: Enter, scene: Scene, services: Services) -> None:
    client = enter(scene.operator)
    client.post("/khan-cap", data=WISH)
    assert "Dừng tin này" in client.get("/khan-cap").text
    assert client.post(f"/khan-cap/{WISH['key']}/chon", data={"chon": "sau"}).status_code == 303
    assert client.post(f"/khan-cap/{WISH['key']}/dung").status_code == 303
    assert client.post("/khan-cap/la/dung").status_code == 404
    assert [deed[0] for deed in playout(services).deeds] == ["sau", "stop"]


def test_repeats_are_read_in_the_stations_own_time(enter: Enter, scene: Scene, services: Services) -> None:
    until = scene.clock.now() + timedelta(hours=2)
    local = (until + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M")
    page = enter(scene.leader).post("/khan-cap/xem", data={**WISH, "nhac": "30", "toi": local})
    assert "Nhắc lại mỗi 30 phút" in page.text
    enter(scene.leader).post("/khan-cap", data={**WISH, "nhac": "30", "toi": local})
    (order,) = playout(services).orders.values()
    assert order.until == until.replace(second=0, microsecond=0)


def _install(scene: Scene) -> None:
    with scene.database.writing() as session:
        templates.install_defaults(session, scene.station_id, approved_by="config.toml", now=scene.clock.now())


def _bulletin(scene: Scene, library: Library) -> int:
    now = scene.clock.now()
    with scene.database.writing() as session:
        install_voices(session, scene.station_id, {ToneVoice.name: ToneVoice.label})
        draft = Draft(title="Tin đã duyệt", body="Mời bà con theo dõi tin này.", genre=Genre.NEWS, column_id=scene.column_id)
        revision = create(session, scene.writer, draft, now=now)
        snapshot = send_for_approval(session, scene.writer, revision.id, version=1, read=read_text(revision.body), now=now)
        frozen = revision.frozen_sha256 or ""
        approve(session, scene.leader, revision.id, revision_sha256=frozen, reading_sha256=snapshot.sha256, now=now)
    worker = Worker(scene.database, scene.clock, {ToneVoice.name: ToneVoice()}, library, name="thợ")
    while worker.step():
        pass
    with scene.database.reading() as session:
        found = session.query(Recording.id).first()
        assert found is not None
        return int(found[0])


def test_a_pause_without_a_mark_of_its_own_is_seen_as_a_pause() -> None:
    assert _said(["Cần đường trống", "xe xin dời đi ngay.", "Hết."]) == "Cần đường trống; xe xin dời đi ngay. Hết."
    assert _said(["Một câu"]) == "Một câu"
    assert _said([]) == ""
