"""Nhiều tuần của một phường qua phép xếp thuần: không bản tin nào bị quên, không bản nào bị lặp tới chán, lời kể đúng sự thật."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.traffic.measures import Figures, measure
from tests.traffic.simulator import LIMITS, Log, our_way, simulate
from tests.traffic.straightforward import first_in_first_out, rotation, weighted_random
from tests.traffic.ward import year

WEEKS = 10


@pytest.fixture(scope="module")
def log() -> Log:
    """Mười tuần: giao thừa, Tết, tin ngắn ngày, tin riêng TDP."""
    return simulate(year(1, WEEKS), our_way)


def test_nothing_approved_is_forgotten(log: Log) -> None:
    figures = measure(log)
    assert (figures.never_aired_share, figures.deadline_missed) == (0, 0)
    assert figures.bulletins > 200


def test_nothing_is_repeated_to_death_or_too_close(log: Log) -> None:
    figures = measure(log)
    assert figures.max_airings <= LIMITS.total
    assert figures.spacing_breaches == 0


def test_every_day_has_reform_and_every_reason_is_true(log: Log) -> None:
    figures = measure(log)
    assert (figures.cchc_days_share, figures.false_reasons) == (1, 0)
    assert all(one.why for one in log.aired)


def test_repeats_are_spread_and_change_their_hour(log: Log) -> None:
    gaps, same_hour, pairs = [], 0, 0
    for airings in log.by_script.values():
        if airings[0].bulletin.valid_to is None:
            for one, other in pairwise(airings):
                gaps.append((other.show.at - one.show.at).total_seconds() / 3600)
                same_hour += one.show.spec.series == other.show.spec.series
                pairs += 1
    gaps.sort()
    assert gaps[len(gaps) // 2] >= 36, "phân nửa số lần phát lại cách lần trước hơn một ngày rưỡi"
    assert same_hour / pairs < 0.4


def test_a_programme_is_full_of_bulletins_once_the_stock_has_grown(log: Log) -> None:
    assert measure(log).fill_share > 0.9


@pytest.mark.parametrize("way", [first_in_first_out(), weighted_random(1), rotation()])
def test_the_straightforward_ways_are_beaten_in_every_column(log: Log, way: object) -> None:
    ours, theirs = measure(log), measure(simulate(log.year, way))  # type: ignore[arg-type]
    for column in ("never_aired_share", "max_airings", "deadline_missed", "spacing_breaches", "false_reasons"):
        assert getattr(ours, column) <= getattr(theirs, column), column
    for column in ("cchc_days_share", "fill_share", "bulletin_share"):
        assert getattr(ours, column) >= getattr(theirs, column), column
    assert ours != theirs
    assert isinstance(ours, Figures)
