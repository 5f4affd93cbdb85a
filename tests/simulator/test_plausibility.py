"""A simulated school year lies within wide bounds of what was published.

The figures beside the bounds are from ``data/absence_per_pupil_year.json`` (seven schools in
Oakland, 2017-18, three bands weighted by pupils) and ``data/influenza_by_class.json`` (455
primary classes, one winter) of the project's data folder; nothing of a pupil is in them.
"""

import json
from collections import defaultdict
from datetime import date

import numpy as np
import pytest

from models.simulator import Plan, simulate
from models.simulator.district import District, _live_through, _school_days
from models.simulator.registers import Lines
from models.simulator.snow import snow_day

PUPILS = 3000


@pytest.fixture(scope="module")
def year() -> tuple[Plan, dict[tuple[str, str], tuple[int, int]]]:
    """Missed and known sessions of a school year by pupil and date."""
    plan = Plan(pupils=PUPILS, schools=6, days=189, seed=21)
    slots: dict[tuple[str, str, int], bool] = {}
    for block in simulate(plan):
        for line in block.data.splitlines():
            if b'"type":"register"' not in line:
                continue
            event = json.loads(line)
            day, session = event["date"], event["session"]
            for mark in event["marks"]:
                missed = mark["status"] == "absent" and mark["reason"] != "elsewhere"
                slots[mark["pupil"], day, session] = missed
    days: dict[tuple[str, str], tuple[int, int]] = {}
    for (pupil, day, _), missed in slots.items():
        before = days.get((pupil, day), (0, 0))
        days[pupil, day] = (before[0] + missed, before[1] + 1)
    return plan, days


def test_there_is_one_snow_day_in_winter(year: tuple) -> None:
    plan, days = year
    missed, known = defaultdict(int), defaultdict(int)
    for (_, day), (away, expected) in days.items():
        missed[day] += away
        known[day] += expected
    share = {day: missed[day] / known[day] for day in known}
    snowy = [day for day, value in share.items() if value > 0.25]
    assert len(snowy) == 1
    assert 0.35 < share[snowy[0]] < 0.75
    assert date.fromisoformat(snowy[0]).month in {12, 1, 2, 3}
    assert sorted(share).index(snowy[0]) == snow_day(plan)


@pytest.mark.parametrize("days", [1, 5, 9, 20, 60])
def test_a_short_log_has_its_snow_day_too(days: int) -> None:
    number = snow_day(Plan(pupils=25, days=days, seed=4))
    assert 0 <= number < days
    if days > 10:
        assert 8 <= number < days - 1


def test_absence_spreads_over_pupils_as_published(year: tuple) -> None:
    plan, days = year
    snow = sorted({day for _, day in days})[snow_day(plan)]
    missed, known = defaultdict(int), defaultdict(int)
    for (pupil, day), (away, expected) in days.items():
        if day != snow:
            missed[pupil] += away
            known[pupil] += expected
    shares = np.array([missed[one] / known[one] for one in known if known[one] >= 180])
    assert 0.055 < shares.mean() < 0.105  # 0.078
    assert 0.030 < np.quantile(shares, 0.5) < 0.070  # 0.051
    assert 0.13 < np.quantile(shares, 0.9) < 0.24  # 0.187
    assert 0.27 < np.quantile(shares, 0.99) < 0.55  # 0.385
    assert np.quantile(shares, 0.1) < 0.02  # 0.007
    assert 0.15 < (shares >= 0.10).mean() < 0.35  # 0.262
    assert 0.04 < (shares >= 0.20).mean() < 0.14  # 0.089


def test_influenza_clusters_in_classes_as_published() -> None:
    plan = Plan(pupils=4800, schools=12, days=130, seed=8)
    district = District.founded(plan)
    for day in _school_days(plan):
        if day.date > date(2026, 3, 31):
            break
        _live_through(district, Lines(), day, snows=False)
    infected = district.health.infected_on > 0
    assert 0.14 < infected.mean() < 0.34  # 0.233
    group = district.places.seat_group
    sizes = np.bincount(group)
    shares = np.bincount(group[infected], minlength=len(sizes)) / sizes
    assert np.quantile(shares, 0.1) < 0.10  # 0.036
    assert 0.38 < np.quantile(shares, 0.9) < 0.72  # 0.494
    chance = (infected.mean() * (1 - infected.mean()) / sizes.mean()) ** 0.5
    assert shares.std() > 1.6 * chance, "unevenly over classes"
    weeks = (district.health.infected_on[infected] - date(2025, 10, 1).toordinal()) // 7
    assert 14 <= np.median(weeks) <= 18  # the 16th to 18th week


def test_who_leaves_has_drifted_away_before() -> None:
    plan = Plan(pupils=3000, schools=6, days=120, seed=9)
    missed: dict[str, dict[str, bool]] = defaultdict(dict)
    left: dict[str, str] = {}
    for block in simulate(plan):
        for line in block.data.splitlines():
            event = json.loads(line)
            if event["type"] == "enrolment" and event["status"] == "left":
                left[event["pupil"]] = event["from"]
            for mark in event.get("marks", ()):
                missed[mark["pupil"]][event["date"]] = mark["status"] == "absent"
    shares = []
    for pupil, gone_on in left.items():
        last = sorted(day for day in missed[pupil] if day < gone_on)[-10:]
        shares.append(sum(missed[pupil][day] for day in last) / max(len(last), 1))
    assert len(left) >= 20
    assert sum(share >= 0.4 for share in shares) >= len(shares) * 0.2
    assert sum(share < 0.2 for share in shares) >= len(shares) * 0.2, "others leave all at once"
