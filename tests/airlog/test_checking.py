"""Xác nhận tại loa: chỉ người có tên, chỉ cụm đã nhận tiếng, một lần; liên kết của tổ trưởng chỉ sống trong ngày ấy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from broadcaster.accounts.tables import User
from broadcaster.airlog.checking import (
    confirm,
    confirm_by_link,
    heard_today,
    links_of,
    make_link,
    new_token,
    opened_link,
    revoke_link,
)
from broadcaster.airlog.correcting import correct
from broadcaster.airlog.enums import DeliveryState, Event, Mode, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.errors import Invalid, NotAllowed, NotFound
from tests.reports.airings import Sounded, sound
from tests.support.scene import Scene

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
RESULTS = (Result.FULL, Result.FULL, Result.NONE)


def lay(scene: Scene) -> dict[int, int]:
    """Một buổi ba mục, mục cuối không vang; mã mục → mã lượt."""
    for number in range(3):
        sound(
            scene,
            Sounded(11 + number, AT + timedelta(minutes=number), heard_ms=60_000 if number < 2 else 0, result=RESULTS[number]),
        )
    with scene.database.reading() as session:
        return {row.item_id: row.id for row in session.scalars(select(Airing))}


def states(scene: Scene) -> dict[tuple[int, str], tuple[DeliveryState, str | None]]:
    with scene.database.reading() as session:
        rows = session.scalars(select(Airing))
        return {(row.item_id, one.cluster_code): (one.state, one.checked_by) for row in rows for one in row.deliveries}


def lines(scene: Scene) -> int:
    with scene.database.reading() as session:
        return len(list(session.scalars(select(LogEntry).where(LogEntry.event == Event.DELIVERY_CHECKED))))


def test_one_airing_at_one_cluster(scene: Scene) -> None:
    ids = lay(scene)
    with scene.database.writing() as session:
        assert confirm(session, scene.operator, ids[11], [1], name=" Ông Tư ", note="rõ", now=AT) == 1
    found = states(scene)
    assert found[11, "CL01"] == (DeliveryState.CONFIRMED, "Ông Tư")
    assert found[11, "CL02"] == found[12, "CL01"] == (DeliveryState.SENT, None)
    assert verify(scene.database, scene.station_id).sound


def test_a_whole_programme_at_two_clusters_and_pressing_twice_adds_nothing(scene: Scene) -> None:
    ids = lay(scene)
    with scene.database.writing() as session:
        assert confirm(session, scene.operator, ids[11], [1, 2], name="Ông Tư", programme=True, now=AT) == 4
    with scene.database.writing() as session:
        assert confirm(session, scene.operator, ids[12], [1], name="Bà Năm", programme=True, now=AT) == 0
    found = states(scene)
    assert {key for key, (state, _) in found.items() if state is DeliveryState.CONFIRMED} == {
        *((11, "CL01"), (11, "CL02"), (12, "CL01"), (12, "CL02"))
    }
    assert {by for _, by in found.values()} == {None, "Ông Tư"}
    assert lines(scene) == 4


def test_what_the_machine_says_never_arrived_is_not_confirmed(scene: Scene) -> None:
    ids = lay(scene)
    with scene.database.writing() as session:
        for airing, cluster in ((ids[13], 1), (ids[11], 99)):
            with pytest.raises(Invalid):
                confirm(session, scene.operator, airing, [cluster], name="Ông Tư", now=AT)


@pytest.mark.parametrize(
    ("name", "note", "cluster_ids", "wrong"),
    [(" ", "", [1], "nguoi_nghe"), ("x" * 101, "", [1], "nguoi_nghe"), ("a", "x" * 301, [1], "ghi_chu"), ("a", "", [], "cum")],
)
def test_what_is_missing_is_told_at_its_field(scene: Scene, name: str, note: str, cluster_ids: list[int], wrong: str) -> None:
    ids = lay(scene)
    with scene.database.writing() as session, pytest.raises(Invalid) as caught:
        confirm(session, scene.operator, ids[11], cluster_ids, name=name, note=note, now=AT)
    assert list(caught.value.problems) == [wrong]


def test_who_may_not_and_who_is_of_another_station(scene: Scene) -> None:
    ids = lay(scene)
    with scene.database.writing() as session:
        with pytest.raises(NotAllowed):
            confirm(session, scene.clerk, ids[11], [1], name="a", now=AT)
        with pytest.raises(NotFound):
            confirm(session, scene.stranger, ids[11], [1], name="a", now=AT)
        with pytest.raises(NotAllowed):
            make_link(session, scene.clerk, scene.zone_ids[0], new_token(), name="Ông Tư", now=AT)


def test_a_link_works_that_day_for_its_own_zone_only(scene: Scene) -> None:
    ids, token = lay(scene), new_token()
    with scene.database.writing() as session:
        link = make_link(session, scene.operator, scene.zone_ids[0], token, name="Ông Tư", now=AT)
        assert [row.item_id for row in heard_today(session, link)] == [11, 12]
        assert confirm_by_link(session, token, ids[11], 1, now=AT) == 2
        with pytest.raises(Invalid):
            confirm_by_link(session, token, ids[11], 3, now=AT)
        assert confirm_by_link(session, token, ids[12], 1, now=AT) == 0
    assert states(scene)[12, "CL01"] == (DeliveryState.CONFIRMED, "Ông Tư")
    with scene.database.reading() as session:
        assert opened_link(session, token, now=AT + timedelta(hours=15)).name == "Ông Tư"
        for wrong, at in ((token, AT + timedelta(hours=16)), (token + "x", AT), ("", AT)):
            with pytest.raises(NotFound, match="chỉ có hiệu lực trong ngày"):
                opened_link(session, wrong, now=at)


def test_a_revoked_link_is_dead_and_only_the_digest_is_kept(scene: Scene) -> None:
    lay(scene)
    token = new_token()
    with scene.database.writing() as session:
        link = make_link(session, scene.operator, scene.zone_ids[0], token, name="Ông Tư", now=AT)
        assert token not in repr(vars(link))
        assert [one.id for one in links_of(session, scene.operator, now=AT)] == [link.id]
        revoke_link(session, scene.operator, link.id, now=AT)
        assert links_of(session, scene.operator, now=AT) == []
        with pytest.raises(NotFound):
            confirm_by_link(session, token, 1, 1, now=AT)
        with pytest.raises(Invalid):
            make_link(session, scene.operator, scene.zone_ids[0], token, name=" ", now=AT)


@pytest.mark.parametrize("name", ["\u200b\u2060", "\u3164", "\u202e"])
def test_nobody_confirms_under_a_name_that_cannot_be_read(scene: Scene, name: str) -> None:
    ids = lay(scene)
    with scene.database.writing() as session:
        with pytest.raises(Invalid):
            confirm(session, scene.operator, ids[11], [1], name=name, now=AT)
        with pytest.raises(Invalid):
            make_link(session, scene.operator, scene.zone_ids[0], new_token(), name=name, now=AT)
        link = make_link(session, scene.operator, scene.zone_ids[0], new_token(), name=" Ông\u202e  Tư\u200b ", now=AT)
        assert link.name == "Ông Tư"


def test_a_correction_without_readable_words_is_refused(scene: Scene) -> None:
    ids = lay(scene)
    with scene.database.writing() as session, pytest.raises(Invalid):
        correct(session, scene.operator, ids[11], result=Result.FULL, reason=None, note="\u200b\u3164", now=AT)


def test_a_link_dies_with_the_account_that_made_it(scene: Scene) -> None:
    ids, token = lay(scene), new_token()
    with scene.database.writing() as session:
        make_link(session, scene.operator, scene.zone_ids[0], token, name="Ông Tư", now=AT)
        maker = session.get_one(User, scene.operator.user_id)
        maker.disabled_at = AT
        session.flush()
        with pytest.raises(NotFound):
            confirm_by_link(session, token, ids[11], 1, now=AT)
        maker.disabled_at = None
        session.flush()
        assert confirm_by_link(session, token, ids[11], 1, now=AT) == 2


def test_hearing_one_emergency_says_nothing_of_another(scene: Scene) -> None:
    """Các lần vang khẩn cấp cùng ngày không phải một buổi: chạm một lần chỉ xác nhận đúng lần ấy."""
    for number in (1, 2):
        one = Sounded(
            -50_000 - number, AT + timedelta(hours=number), script=None, genre=None, topics=(), programme=0, mode=Mode.URGENT
        )
        sound(scene, one)
    with scene.database.writing() as session:
        ids = {row.item_id: row.id for row in session.scalars(select(Airing))}
        token = new_token()
        make_link(session, scene.operator, scene.zone_ids[0], token, name="Ông Tư", now=AT)
        assert confirm_by_link(session, token, ids[-50_001], 1, now=AT + timedelta(hours=3)) == 1
        assert confirm(session, scene.operator, ids[-50_001], [2], name="Bà Ba", programme=True, now=AT) == 1
    found = states(scene)
    assert [found[item, code][0] for item in (-50_001, -50_002) for code in ("CL01", "CL02")] == [
        DeliveryState.CONFIRMED,
        DeliveryState.CONFIRMED,
        DeliveryState.SENT,
        DeliveryState.SENT,
    ]


def test_nobody_heard_a_rehearsal_at_a_loudspeaker(scene: Scene) -> None:
    sound(scene, Sounded(11, AT, mode=Mode.REHEARSAL))
    with scene.database.writing() as session:
        token = new_token()
        link = make_link(session, scene.operator, scene.zone_ids[0], token, name="Ông Tư", now=AT)
        assert heard_today(session, link) == []
        airing_id = session.scalars(select(Airing.id)).one()
        with pytest.raises(Invalid, match="diễn tập"):
            confirm(session, scene.operator, airing_id, [1], name="Ông Tư", now=AT)
    assert lines(scene) == 0
