"""Lượt phát dựng từ các dòng của nó, thuần: dòng nào đổi cột nào, cụm loa nào, và dòng nào không đổi gì."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadcaster.airlog.content import content_id
from broadcaster.airlog.delivered import Delivery, Reach, deliveries_of
from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.airlog.folding import (
    NO_RUN,
    Folded,
    Folder,
    corrected_values,
    ended_values,
    new_values,
    skipped_values,
)
from broadcaster.airlog.line_bodies import read_body
from broadcaster.airlog.subjects import Known
from broadcaster.database.types import canonical_json
from tests.airlog.bodies import armed, delivery, ended

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KEY = (4, 11)


def _feed(folder: Folder, seq: int, event: Event, body: Any, *, run_id: int | None = 4, item_id: int | None = 11) -> Any:
    return folder.feed(seq, event.value, run_id, item_id, json.dumps(body).encode())


def _armed(**item: object) -> Folder:
    folder, body = Folder(9), armed(11, AT)
    body["item"] |= item  # type: ignore[typeddict-item]
    assert _feed(folder, 1, Event.ITEM_ARMED, body) is not None
    return folder


def _values(folder: Folder) -> dict[str, Any]:
    return folder.open[KEY].values


def _places(folder: Folder, key: tuple[int, int] = KEY) -> list[dict[str, Any]]:
    reach = folder.open[key].reach
    assert folder.open[key].reach_id == reach.id(9)
    return reach.places


def test_arming_takes_every_column_from_the_snapshot() -> None:
    item = {"column": "CCHC", "origin": "own", "priority": "high", "is_rerun": True, "zones": ["TDP2"], "audio_sha256": "c" * 64}
    body, known = armed(11, AT), Known(9)
    body["item"] |= item  # type: ignore[typeddict-item]
    assert _values(_armed(**item)) == {
        "station_id": 9,
        "run_id": 4,
        "item_id": 11,
        "programme_id": 7,
        "local_day": date(2026, 3, 2),
        "slot_name": "Buổi sáng",
        "unit_name": "phường Phùng Chí Kiên",
        "position": 1,
        "kind": "script",
        "title": "Tin cải cách hành chính",
        "script_id": 3,
        "revision_id": 4,
        "genre": "news",
        "column_name": "CCHC",
        "topics": ["C1", "C3"],
        "origin": "own",
        "priority": "high",
        "mode": Mode.AUTOMATIC,
        "planned_at": AT,
        "started_at": None,
        "ended_at": None,
        "planned_ms": 60_000,
        "heard_ms": 0,
        "result": None,
        "reason": None,
        "is_rerun": True,
        "zones": ["TDP2"],
        "first_seq": 1,
        "last_seq": 1,
        "audio_sha256": "c" * 64,
        "note": "",
        "corrected_seq": None,
        "correction": "",
        "subject_id": known.subject(body).id,
        "scope_id": known.scope(body).id,
        "reach_id": Reach.of(body["deliveries"]).id(9),
    }


def test_what_an_old_snapshot_does_not_say_is_empty_and_its_zones_are_the_programme_s() -> None:
    folder, body = Folder(9), armed(11, AT)
    for name in ("script_id", "revision_id", "genre", "topics"):
        del body["item"][name]  # type: ignore[misc]
    _feed(folder, 1, Event.ITEM_ARMED, body)
    values = _values(folder)
    assert [values[name] for name in ("script_id", "revision_id", "genre", "column_name", "origin", "priority")] == [None] * 6
    assert (values["topics"], values["is_rerun"], values["zones"]) == ([], False, ["TDP1"])


def test_start_and_end_say_when_how_long_and_how_it_reached_each_cluster() -> None:
    folder = _armed()
    _feed(folder, 2, Event.ITEM_STARTED, {"started_at": AT.isoformat()})
    assert (_values(folder)["started_at"], _values(folder)["last_seq"]) == (AT, 2)
    body = ended(AT, heard_ms=30_000) | {"result": "partial", "reason": "power", "note": "mất điện cả khu"}
    assert _feed(folder, 3, Event.ITEM_ENDED, body)[0] == KEY
    values = _values(folder)
    assert values["ended_at"] == AT + timedelta(seconds=30)
    told = (values["heard_ms"], values["result"], values["reason"], values["note"], values["last_seq"])
    assert told == (30_000, Result.PARTIAL, Reason.POWER, "mất điện cả khu", 3)
    assert _places(folder) == [
        {
            "cluster_id": 1,
            "cluster_code": "CL01",
            "cluster_name": "Cụm 1",
            "zone_code": "TDP1",
            "output_name": "Đường 1",
            "state": "sent",
            "note": "",
            "volume": None,
            "overheard": False,
            "started_at": None,
            "checked_by": None,
        }
    ]
    assert values["reach_id"] == content_id(9, _places(folder))


def test_an_end_tells_its_own_start_when_the_line_of_the_start_is_missing() -> None:
    folder = _armed()
    _feed(folder, 2, Event.ITEM_ENDED, ended(AT))
    assert _values(folder)["started_at"] == AT


def test_an_airing_no_player_ever_claimed_has_no_run() -> None:
    assert new_values(9, 1, None, dict(armed(11, AT)))["run_id"] == NO_RUN
    assert new_values(9, 1, 4, dict(armed(11, AT))) == _values(_armed()), "ghi thẳng hay đọc lại từ dòng là một"


def test_a_delivery_takes_every_column_from_the_snapshot() -> None:
    body = {"cluster_id": 1, "code": "CL01", "name": "Cụm 1", "zone": "TDP1", "output": "Đường 1", "state": "sent", "note": "ồn"}
    here = AT.astimezone(timezone(timedelta(hours=7))).isoformat()
    (told,) = deliveries_of(Reach.of([body | {"overheard": True, "volume": 60, "started_at": here}]).places)
    assert (told.overheard, told.volume, told.started_at) == (True, 60, AT)
    (told,) = deliveries_of(Reach.of([body]).places)
    assert told == Delivery(1, "CL01", "Cụm 1", "TDP1", "Đường 1", DeliveryState.SENT, "ồn", None, False, None, None)


def test_a_reach_is_known_by_its_content_in_whatever_order_it_was_told() -> None:
    one, two = delivery(), {**delivery(), "cluster_id": 2, "code": "CL00"}
    reach, again = Reach.of([one, two]), Reach.of([two, one])
    assert reach.id(9) == again.id(9) == content_id(9, reach.places)
    assert reach.id(9) != reach.id(8) != Reach.of([one]).id(8)
    assert [told.cluster_code for told in deliveries_of(reach.places)] == ["CL00", "CL01"]
    checked = reach.checked({"cluster_id": 2, "state": "confirmed", "by": "Lan", "note": "rõ"})
    assert checked is not None
    assert Reach.stored(checked.places).then(reach).places[1]["checked_by"] == "Lan", "đọc lại từ bảng vẫn biết ai đã nghe"
    assert reach.places[1]["checked_by"] is None


def test_an_end_without_a_sound_has_no_start() -> None:
    folder = _armed()
    _feed(folder, 2, Event.ITEM_ENDED, ended(AT) | {"started_at": None})
    assert _values(folder)["started_at"] is None
    assert _values(folder)["reason"] is None


def test_a_cluster_the_end_does_not_mention_keeps_what_was_said_before() -> None:
    folder = _armed()
    other = {**delivery(), "cluster_id": 2, "code": "CL02"}
    _feed(folder, 2, Event.ITEM_ENDED, ended(AT) | {"deliveries": [other]})
    assert [(one["cluster_id"], one["state"]) for one in _places(folder)] == [(1, "targeted"), (2, "targeted")]


def test_a_check_names_who_heard_and_a_later_end_keeps_the_name() -> None:
    folder = _armed()
    body = {"cluster_id": 1, "state": "confirmed", "by": "Lan", "note": "đã nghe"}
    assert _feed(folder, 2, Event.DELIVERY_CHECKED, body) is not None
    (told,) = _places(folder)
    assert (told["cluster_name"], told["state"], told["note"], told["checked_by"]) == ("Cụm 1", "confirmed", "đã nghe", "Lan")
    assert _values(folder)["last_seq"] == 2
    assert _feed(folder, 3, Event.DELIVERY_CHECKED, body | {"cluster_id": 5}) is None
    assert _values(folder)["last_seq"] == 2
    _feed(
        folder, 4, Event.ITEM_ENDED, ended(AT) | {"deliveries": [delivery(DeliveryState.SENT), {**delivery(), "cluster_id": 2}]}
    )
    first, second = _places(folder)
    assert second["checked_by"] is None, "cụm mới nhắc tới thì chưa ai kiểm"
    assert (first["state"], first["note"], first["checked_by"]) == ("sent", "", "Lan")


def test_a_correction_changes_only_the_result() -> None:
    folder = _armed()
    before = dict(_values(folder))
    _feed(folder, 2, Event.CORRECTION, {"result": "none", "reason": "power", "by": "Hùng", "note": "Loa câm"})
    told = (_values(folder)["corrected_seq"], _values(folder)["last_seq"], _values(folder)["correction"])
    assert told == (2, 2, "Hùng: Loa câm")
    changed = {name for name, value in _values(folder).items() if before[name] != value}
    assert changed == {"result", "reason", "last_seq", "corrected_seq", "correction"}


def test_what_a_line_does_not_say_stays_empty() -> None:
    assert corrected_values(2, {"result": "full", "reason": None})["correction"] == ""
    end = dict(ended(AT))
    del end["note"]
    assert (ended_values(end)["note"], skipped_values({"reason": "stopped"})["note"]) == ("", "")
    assert skipped_values({"reason": "stopped", "note": "lệnh dừng của chị Lan"})["note"] == "lệnh dừng của chị Lan"


def test_a_skipped_item_without_a_run_is_an_airing_of_its_own_until_planned_again() -> None:
    folder, body = Folder(9), {**armed(11, AT), "reason": "stopped", "deliveries": []}
    key, folded = _feed(folder, 1, Event.ITEM_SKIPPED, body, run_id=None)
    assert key == (NO_RUN, 11)
    assert (folded.values["result"], folded.values["reason"]) == (Result.NONE, Reason.STOPPED)
    assert _feed(folder, 2, Event.ITEM_PLANNED, armed(11, AT), run_id=None) is None
    assert folder.open == {}


def test_skipping_what_was_armed_keeps_the_airing_and_planning_leaves_a_run_alone() -> None:
    folder = _armed(title="Bài cũ")
    skipped = {**armed(11, AT), "reason": "stopped", "deliveries": []}
    _feed(folder, 2, Event.ITEM_SKIPPED, skipped)
    assert (_values(folder)["title"], _values(folder)["result"]) == ("Bài cũ", Result.NONE)
    _feed(folder, 3, Event.ITEM_PLANNED, armed(11, AT), run_id=None)
    assert KEY in folder.open


@pytest.mark.parametrize("event", [Event.ITEM_STARTED, Event.ITEM_ENDED, Event.CORRECTION, Event.DELIVERY_CHECKED])
def test_a_line_of_an_airing_never_armed_changes_nothing(event: Event) -> None:
    folder = Folder(9)
    assert _feed(folder, 1, event, ended(AT) | {"cluster_id": 1, "state": "sent", "by": "", "note": ""}) is None
    assert folder.open == {}


def test_other_events_and_lines_without_an_item_are_not_even_read() -> None:
    folder = _armed()
    assert folder.feed(2, Event.SILENCED.value, 4, 11, b"{") is None
    assert folder.feed(3, Event.ITEM_ENDED.value, 4, None, b"{") is None
    with pytest.raises(ValueError):  # noqa: PT011  lời của bộ đọc JSON nào cũng được
        folder.feed(4, Event.ITEM_ENDED.value, 4, 11, b"{")


def test_a_fold_compares_by_what_it_holds() -> None:
    one = Folded((1,), {"a": 1}, 2, Reach({}))
    assert one == Folded((1,), {"a": 1}, 2), "nơi tới so bằng mã của nó"
    assert one not in (Folded((2,), {"a": 1}, 2), Folded((1,), {"a": 2}, 2), Folded((1,), {"a": 1}, 3))


_TEXT = st.text(alphabet=st.sampled_from('a}],":{[\\ộ'), max_size=8)
_BODY = st.fixed_dictionaries(
    {"deliveries": st.lists(st.fixed_dictionaries({"cluster_id": st.integers(1, 9), "name": _TEXT}), max_size=3)},
    optional={
        "item": st.fixed_dictionaries({"title": _TEXT}),
        "note": _TEXT,
        "zz": st.lists(st.dictionaries(_TEXT, _TEXT), max_size=2),
    },
)


@given(_BODY)
def test_a_body_read_in_two_halves_is_the_body(body: Any) -> None:
    raw = canonical_json(body).encode()
    assert read_body(raw) == json.loads(raw)


@given(
    st.sampled_from(
        [b'{"deliveries":[{"a":1}],"deliveries":2}', b'{"deliveries":[{"n":"x}],"}],"m":1}', b'{"deliveries":[{}],"a":1}x']
    )
)
@example(b'{"deliveries":[{"n":1}],"}')
def test_a_forged_body_is_read_or_refused_as_json_would(raw: bytes) -> None:
    try:
        told = json.loads(raw)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011  lời của bộ đọc JSON nào cũng được
            read_body(raw)
    else:
        assert read_body(raw) == told


def test_one_airing_checked_does_not_change_another_that_shares_its_clusters() -> None:
    folder = Folder(9)
    for item_id in (11, 12):
        _feed(folder, item_id, Event.ITEM_ARMED, armed(item_id, AT), item_id=item_id)
        _feed(folder, item_id + 10, Event.ITEM_ENDED, ended(AT), item_id=item_id)
    before = _places(folder, (4, 12))
    cluster_id = before[0]["cluster_id"]
    _feed(folder, 31, Event.DELIVERY_CHECKED, {"cluster_id": cluster_id, "state": "confirmed", "by": "Lan", "note": "rõ"})
    assert _places(folder) != before
    _feed(folder, 32, Event.ITEM_ENDED, ended(AT))
    assert _places(folder)[0]["checked_by"] == "Lan"
    assert _places(folder, (4, 12)) == before
