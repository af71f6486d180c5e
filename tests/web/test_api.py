"""API: một bản tin đi hết đường bằng thẻ của ba người; lỗi là problem+json; cả tài liệu được thử bằng dữ liệu ngẫu nhiên."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import select
from starlette.testclient import TestClient

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.tables import User
from broadcaster.accounts.tokens import create_token, new_token
from broadcaster.loop import Loop
from broadcaster.service.beats import BeatFile
from broadcaster.traffic.keeper import upkeep
from broadcaster.traffic.tables import Programme
from broadcaster.web.app import create_app
from broadcaster.web.services import Services
from tests.conftest import database  # noqa: F401  SQL và kiểu cột mỗi nơi một khác: chạy trên cả hai
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.studio import PlainStudio
from tests.web.conftest import HOST, Enter, StillPlayout

DRAFT = {"title": "Giờ trả kết quả", "body": "Bộ phận một cửa làm việc đến 17 giờ ngày 02/3/2026."}
Call = Callable[..., Any]
_FAST = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # rút gọn ca hỏng qua cả ứng dụng mất nhiều phút
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def token_of(scene: Scene) -> Callable[[Actor], str]:
    """Thẻ mới của một người."""

    def made(actor: Actor) -> str:
        token = new_token()
        admin = scene.stranger if actor is scene.stranger else scene.admin
        with scene.database.writing() as session:
            login = session.get_one(User, actor.user_id).login
            create_token(session, admin, login, token, name="thử", days=30, now=scene.clock.now())
        return token

    return made


@pytest.fixture
def client(services: Services) -> TestClient:
    return TestClient(create_app(services), base_url=HOST)


@pytest.fixture
def as_(client: TestClient, token_of: Callable[[Actor], str]) -> Callable[[Actor], Call]:
    """``as_(người)("POST", "/scripts", {...})``."""

    def caller(actor: Actor) -> Call:
        headers = {"Authorization": f"Bearer {token_of(actor)}"}

        def call(method: str, path: str, body: object = None) -> Any:
            return client.request(method, f"/api/v1{path}", json=body, headers=headers)

        return call

    return caller


def test_a_script_walks_from_draft_to_approved_with_the_tokens_of_two_people(scene: Scene, as_: Callable[[Actor], Call]) -> None:
    writer, leader = as_(scene.writer), as_(scene.leader)
    made = writer("POST", "/scripts", DRAFT | {"topic_ids": [scene.topic_ids[0]], "zone_ids": [scene.zone_ids[1]]})
    assert made.status_code == 201, made.text
    draft = made.json()
    saved = writer("PUT", f"/revisions/{draft['id']}", DRAFT | {"title": "Giờ làm việc mới", "version": draft["version"]}).json()
    sent = writer("POST", f"/revisions/{draft['id']}/submit", {"version": saved["version"]}).json()
    assert sent["state"] == "submitted"
    assert "ngày mùng hai tháng ba" in " ".join(sent["reading"]["sentences"])
    assert sent["reading"]["preview"]["state"] == "wanted"

    hashes = {"revision_sha256": sent["frozen_sha256"], "reading_sha256": sent["reading"]["sha256"]}
    assert writer("POST", f"/revisions/{draft['id']}/approve", hashes).status_code == 403
    wrong = leader("POST", f"/revisions/{draft['id']}/approve", hashes | {"reading_sha256": "0" * 64})
    assert (wrong.status_code, wrong.json()["type"]) == (409, "urn:broadcaster:problem:stale-form")
    decided = leader("POST", f"/revisions/{draft['id']}/approve", hashes)
    assert (decided.json()["kind"], decided.json()["job_title"]) == ("approved", "Phó Chủ tịch UBND phường")

    script = leader("GET", f"/scripts/{draft['script_id']}").json()
    assert [one["state"] for one in script["revisions"]] == ["approved"]
    assert leader("GET", "/scripts?state=approved&search=gio+lam").json()["total"] == 1
    pulled = leader("POST", f"/scripts/{draft['script_id']}/withdraw", {"note": "Đã hết đợt"})
    assert pulled.json()["kind"] == "withdrawn"


def test_an_urgent_order_says_before_and_after_who_cannot_hear_and_lifts_when_asked(
    scene: Scene, services: Services, as_: Callable[[Actor], Call]
) -> None:
    leader, port = as_(scene.leader), services.playout
    assert isinstance(port, StillPlayout)
    port.muted = {1, 2}
    told = "2/2 đường ra đang im lặng: Đường 1, Đường 2."
    assert as_(scene.writer)("GET", "/urgent/audience").status_code == 403
    before = leader("GET", f"/urgent/audience?zone_ids={scene.zone_ids[0]}&zone_ids={scene.zone_ids[1]}").json()
    assert (before["warning"], [path["silenced"] for path in before["paths"]]) == (told, [True, True])
    order = {"key": "khan-api-1", "text": "Bà con sơ tán ngay."}
    unheard = leader("POST", "/urgent", order).json()
    assert (unheard["warning"], unheard["unheard"], unheard["heard_times"]) == (told, True, 0)
    assert port.muted == {1, 2}, "bỏ im lặng là việc của người bấm"
    lifted = leader("POST", "/urgent", order | {"key": "khan-api-2", "lift": True}).json()
    assert (lifted["warning"], lifted["unheard"]) == ("", False)
    assert port.muted == set()


def test_a_returned_script_is_revised_and_recalled(scene: Scene, as_: Callable[[Actor], Call]) -> None:
    writer, leader = as_(scene.writer), as_(scene.leader)
    draft = writer("POST", "/scripts", DRAFT).json()
    writer("POST", f"/revisions/{draft['id']}/submit", {"version": 1})
    refused = leader("POST", f"/revisions/{draft['id']}/return", {"note": " "})
    assert (refused.status_code, list(refused.json()["problems"])) == (422, ["note"])
    assert leader("POST", f"/revisions/{draft['id']}/return", {"note": "Thiếu giờ làm việc"}).json()["kind"] == "returned"
    again = writer("POST", f"/scripts/{draft['script_id']}/revisions").json()
    assert (again["number"], again["state"], again["body"]) == (2, "draft", DRAFT["body"])
    writer("POST", f"/revisions/{again['id']}/submit", {"version": again["version"]})
    assert writer("POST", f"/revisions/{again['id']}/recall").json()["state"] == "draft"


def test_the_operator_changes_the_run_order_and_a_stale_version_is_refused(scene: Scene, as_: Callable[[Actor], Call]) -> None:
    programme_id = _programme(scene)
    operator = as_(scene.operator)
    before = operator("GET", f"/programmes/{programme_id}").json()
    first, second = [one["id"] for one in before["items"]][:2]
    path = f"/programmes/{programme_id}/items"
    moved = operator("POST", f"{path}/{first}/move", {"after_id": second, "version": before["version"]}).json()
    assert [one["id"] for one in moved["items"]][:2] == [second, first]
    stale = operator("POST", f"{path}/{second}/drop", {"version": before["version"]})
    assert (stale.status_code, stale.headers["content-type"]) == (409, "application/problem+json")
    dropped = operator("POST", f"{path}/{second}/drop", {"version": moved["version"]}).json()
    assert [one["id"] for one in dropped["left_out"]] == [second]
    restored = operator("POST", f"{path}/{second}/restore", {"version": dropped["version"]}).json()
    assert not restored["left_out"]
    assert as_(scene.clerk)("POST", f"/programmes/{programme_id}/cancel", {"note": "x"}).status_code == 403
    assert operator("POST", f"/programmes/{programme_id}/cancel", {"note": "Mất điện"}).json()["state"] == "cancelled"


def test_export_is_the_same_file_as_the_page_gives(scene: Scene, as_: Callable[[Actor], Call]) -> None:
    clerk = as_(scene.clerk)
    csv = clerk("GET", "/airlog/export?first=2026-03-01&last=2026-03-31")
    assert csv.headers["content-disposition"].endswith('filename="nhat-ky_2026-03-01_2026-03-31.csv"')
    assert csv.content.startswith(b"\xef\xbb\xbf")
    assert clerk("GET", "/airlog/export?format=xlsx").content.startswith(b"PK")
    assert clerk("GET", "/airlog?first=2026-03-31&last=2026-03-01").status_code == 422


def test_reading_tells_spans_and_doubts_and_a_dangerous_one_must_be_answered(scene: Scene, as_: Callable[[Actor], Call]) -> None:
    writer = as_(scene.writer)
    told = writer("POST", "/reading", {"text": "UBND họp ngày 30/02/2026."}).json()
    assert told["sentences"] == ["ủy ban nhân dân họp ngày ba mươi tháng hai năm hai nghìn không trăm hai mươi sáu."]
    assert "".join(told["source"][span["start"] : span["end"]] for span in told["spans"]) == told["source"]
    [doubt] = told["questions"]
    assert (doubt["code"], doubt["dangerous"]) == ("impossible_date", True)
    draft = writer("POST", "/scripts", DRAFT | {"body": "Họp ngày 30/02/2026."}).json()
    path = f"/revisions/{draft['id']}/submit"
    assert writer("POST", path, {"version": 1}).status_code == 422
    assert writer("POST", path, {"version": 1, "answers": [doubt["key"]]}).json()["state"] == "submitted"


def test_only_a_living_token_opens_the_api(
    scene: Scene, client: TestClient, enter: Callable[..., TestClient], token_of: Callable[[Actor], str]
) -> None:
    nobody = client.get("/api/v1/scripts")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    assert nobody.headers["content-type"] == "application/problem+json"
    assert enter(scene.writer).get("/api/v1/scripts").status_code == 401, "bánh quy của trang không mở được API"
    token = token_of(scene.writer)
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/scripts", headers=headers).status_code == 200
    scene.clock.advance(timedelta(days=31).total_seconds())
    assert client.get("/api/v1/scripts", headers=headers).status_code == 401


def test_another_stations_ids_do_not_exist(scene: Scene, as_: Callable[[Actor], Call]) -> None:
    draft = as_(scene.writer)("POST", "/scripts", DRAFT).json()
    stranger = as_(scene.stranger)
    answers = [
        stranger("GET", f"/scripts/{draft['script_id']}"),
        stranger("GET", f"/revisions/{draft['id']}"),
        stranger("PUT", f"/revisions/{draft['id']}", DRAFT | {"version": 1}),
        stranger("POST", f"/revisions/{draft['id']}/submit", {"version": 1}),
        stranger("POST", "/scripts", DRAFT | {"zone_ids": [scene.zone_ids[0]]}),
        stranger("GET", f"/programmes/{_programme(scene)}"),
    ]
    assert [one.status_code for one in answers] == [404] * len(answers)


def test_health_needs_no_token_and_says_which_part_is_down(client: TestClient) -> None:
    answer = client.get("/api/v1/health")
    fine = {"ok": True, "database": True, "playout": True, "supervisor": True, "silent": [], "late": []}
    assert (answer.status_code, answer.json()) == (200, fine)


def test_health_and_the_home_page_say_which_loop_of_which_process_is_late(
    scene: Scene, services: Services, client: TestClient, enter: Enter
) -> None:
    clock = scene.clock

    def step() -> None:
        clock.advance(90)
        beat = BeatFile(services.beats, "studio", clock, supervised=True)
        beat.publish(orphan=True)
        beat.close()
        loop.stop()

    loop = Loop("làm bản ghi", step, clock, pulse_s=2)
    loop.run()
    answer = client.get("/api/v1/health")
    late = [{"process": "studio", "loop": "làm bản ghi", "overdue_s": 60}]
    told = {"ok": False, "database": True, "playout": True, "supervisor": False, "silent": [], "late": late}
    assert (answer.status_code, answer.json()) == (503, told)
    page = enter(scene.operator).get("/").text
    assert "Vòng “làm bản ghi” của phòng thu đã quá hẹn" in page
    assert "broadcaster install" in page


@pytest.mark.parametrize(
    ("database", "roles"),
    [
        ("sqlite", ("writer", "leader", "operator", "auditor", "stranger")),
        pytest.param("postgres", ("operator",), marks=pytest.mark.postgres),
    ],
    indirect=["database"],
)
def test_the_whole_document_holds_for_any_data(
    scene: Scene,
    services: Services,
    as_: Callable[[Actor], Call],
    token_of: Callable[[Actor], str],
    roles: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Không 5xx, không lệch lược đồ, không nhận dữ liệu sai lược đồ, không bỏ qua thẻ — với mã thật lẫn mã bịa.

    Mỗi dữ liệu bịa ra một lần, người của mọi vai lần lượt gửi đúng dữ liệu ấy.
    """
    monkeypatch.setenv("NO_PROXY", "testserver")  # không thì mỗi yêu cầu lại đọc hết biến môi trường để tìm máy chủ trung gian
    draft = as_(scene.writer)("POST", "/scripts", DRAFT).json()
    programme_id = _programme(scene)
    real = {"script_id": draft["script_id"], "revision_id": draft["id"], "programme_id": programme_id, "item_id": 1}
    people = [{"Authorization": f"Bearer {token_of(getattr(scene, role))}"} for role in roles]
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(replace(services, names=("testserver",))))
    for found in schema.get_all_operations():
        _try_operation(found.ok(), people, real)


def _try_operation(operation: Any, people: Sequence[dict[str, str]], real: dict[str, int]) -> None:
    def send(case: Any) -> None:
        # Luật của đài (tiêu đề phải có chữ, ngày không ngược…) không viết được bằng lược đồ: 422 là câu trả lời đúng.
        for headers in people:
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    @settings(_FAST)
    @given(case=operation.as_strategy())
    def invented(case: Any) -> None:
        send(case)
        if case.path_parameters and all(name in real for name in case.path_parameters):
            case.path_parameters.update({name: real[name] for name in case.path_parameters})
            send(case)

    invented()


def _programme(scene: Scene) -> int:
    """Buổi gần nhất, có hai bản tin đã xếp."""
    with scene.database.writing() as session:
        for title in ("Tin một", "Tin hai"):
            build.script(session, scene, title, reform=True)
        build.slot(session, scene)
    studio = PlainStudio(scene)
    for _ in range(4):
        upkeep(scene.database, scene.clock, scene.station_id, studio=studio)
        studio.make_all()
    with scene.database.reading() as session:
        return session.scalars(select(Programme.id).order_by(Programme.starts_at)).first() or 0
