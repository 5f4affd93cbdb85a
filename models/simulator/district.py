"""The district's days, one after the other: the loop that makes a log."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

import numpy as np

from models.simulator.arrays import BoolArray, IntArray, MarkArray
from models.simulator.clock_face import SchoolDay, offset_seconds
from models.simulator.conduct import Spells, Today, behave, no_spells
from models.simulator.illness import Health, begin_winter, fall_ill, healthy
from models.simulator.leaving import Change, Leaving, Seat, drift, everyone_here, morning
from models.simulator.marks import PRESENT, UNKNOWN
from models.simulator.places import Places, lay_out
from models.simulator.plan import Plan, Purpose
from models.simulator.reasons import Reasons, remember, write_reasons
from models.simulator.records import (
    study_days,
    write_calendar,
    write_change,
    write_closes,
    write_enrolment,
    write_schools,
)
from models.simulator.registers import Lines, RegisterWriter
from models.simulator.roster import Roster, enter, open_roster, rename, strike
from models.simulator.snow import kept_home, snow_day
from models.simulator.terms import open_days, school_year
from models.simulator.traits import Traits, begin_year, draw_traits, welcome

#: Enrolments are sent on the Friday before a Monday's start, this many in a block.
_BEFORE_START = timedelta(days=3)
_ENROLMENT_BLOCK = 20_000
_EIGHT, _TEN_HOURS = 8 * 3600, 10 * 3600
_LONG_AGO = 3


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the log: whole lines, in order of ``recorded_at``."""

    data: bytes
    events: int
    marks: int
    slots: int = 0
    """Sessions of pupils that registers spoke about, listed or by default; corrections aside."""


@dataclass(slots=True)
class District:
    """Everything that changes from day to day; its size follows the pupils, not the days."""

    plan: Plan
    places: Places
    roster: Roster
    traits: Traits
    health: Health
    spells: Spells
    leaving: Leaving
    writer: RegisterWriter
    reasons: Reasons = field(default_factory=Reasons)
    year: int = 0
    """School year whose traits and influenza hold."""
    announced: date = date.min
    """Up to here closed days are in the schools' calendars."""

    @classmethod
    def founded(cls, plan: Plan) -> "District":
        """Make the district as it is before its first day."""
        places = lay_out(plan)
        return cls(
            plan=plan,
            places=places,
            roster=open_roster(places),
            traits=draw_traits(plan, places),
            health=healthy(places),
            spells=no_spells(plan.pupils),
            leaving=everyone_here(plan.pupils),
            writer=RegisterWriter.of(plan, places),
        )


def simulate(plan: Plan) -> Iterator[Block]:
    r"""Write the log of a plan, block by block; joined they are the file.

    The first blocks hold schools and enrolments, then one block a school day. The same plan gives
    the same bytes (with one version of numpy, whose random streams are not promised for ever).

    >>> blocks = list(simulate(Plan(pupils=30, days=2, seed=7)))
    >>> sum(block.data.count(b"\n") for block in blocks) == sum(b.events for b in blocks)
    True
    """
    district = District.founded(plan)
    snow = snow_day(plan)
    for day in _school_days(plan):
        if day.number == 0:
            yield from _founding(district, day.date)
        lines = Lines()
        _live_through(district, lines, day, snows=day.number == snow)
        if plan.closes or day.number == plan.days - 1:
            write_closes(lines, district.places, day)
        yield Block(lines.in_order(), len(lines.text), lines.marks, lines.slots)


def _school_days(plan: Plan) -> Iterator[SchoolDay]:
    """Count the plan's school days off."""
    before: date | None = None
    for number, day in enumerate(islice(open_days(plan.start), plan.days)):
        gap_days = _LONG_AGO if before is None else (day - before).days
        yield SchoolDay(number, day, gap_days, offset_seconds(day))
        before = day


def _founding(district: District, first: date) -> Iterator[Block]:
    """Write schools, then every pupil's enrolment, from the first day on."""
    plan, eve = district.plan, first - _BEFORE_START
    lines = Lines()
    write_schools(lines, plan, district.places, eve)
    for seat in range(plan.pupils):
        second = _EIGHT + seat * _TEN_HOURS // plan.pupils
        write_enrolment(
            lines,
            district.places,
            district.roster,
            seat,
            since=first,
            recorded_on=eve,
            second=second,
        )
        if len(lines.text) >= _ENROLMENT_BLOCK:
            yield Block(lines.in_order(), len(lines.text), 0)
            lines = Lines()
    if lines.text:
        yield Block(lines.in_order(), len(lines.text), 0)


def _live_through(district: District, lines: Lines, day: SchoolDay, *, snows: bool) -> None:
    """Let one school day pass over the whole district."""
    plan, places, roster = district.plan, district.places, district.roster
    if day.number == 0:
        district.announced = day.date - timedelta(days=1)
    district.announced = write_calendar(lines, plan, places, day, district.announced)
    if school_year(day.date) != district.year:
        district.year = school_year(day.date)
        begin_year(district.traits, plan, district.year)
        begin_winter(district.health, plan, district.year)
    _change_seats(district, lines, day)
    onset = fall_ill(
        district.health,
        places,
        roster.group,
        day,
        rates=district.traits.illness,
        random=plan.stream(Purpose.ILLNESS, day.ordinal),
    )
    today = Today(
        ordinal=day.ordinal,
        weekday=day.date.weekday(),
        ill=district.health.ill_until >= day.ordinal,
        onset=onset,
        drift=drift(district.leaving, day.number),
        snow=kept_home(plan, places, plan.stream(Purpose.SNOW, day.ordinal)) if snows else None,
    )
    random = plan.stream(Purpose.CONDUCT, day.ordinal)
    said, later = behave(today, district.traits, district.spells, plan.sessions, random)
    open_groups = ~study_days(plan, day.date)[places.group_school]
    _only_who_is_there(said, later, district.leaving, open_groups[roster.group])
    random = plan.stream(Purpose.REGISTERS, day.ordinal)
    district.writer.write_late(lines, day, random)
    district.writer.write_day(lines, roster, day, said=said, open_groups=open_groups, random=random)
    random = plan.stream(Purpose.REASONS, day.ordinal)
    minutes = plan.minutes_per_session
    write_reasons(district.reasons, lines, places, roster, day, minutes=minutes, random=random)
    remember(district.reasons, later, day, random)


def _only_who_is_there(
    said: MarkArray, later: MarkArray, leaving: Leaving, at_school: BoolArray
) -> None:
    """Say nothing of an empty seat, nor at a closed school; who is gone unnoticed is away."""
    gone: IntArray = np.flatnonzero(leaving.state != Seat.TAKEN)
    said[gone] = PRESENT
    later[gone] = PRESENT
    said[np.flatnonzero(leaving.state == Seat.UNNOTICED)] = UNKNOWN
    closed = np.flatnonzero(~at_school)
    said[closed] = PRESENT
    later[closed] = PRESENT


def _change_seats(district: District, lines: Lines, day: SchoolDay) -> None:
    """Record who left, came or moved this morning."""
    roster, leaving = district.roster, district.leaving
    random = district.plan.stream(Purpose.LEAVING, day.ordinal)
    for change, seat, group in morning(leaving, district.places, roster.group, day, random):
        if change in (Change.GONE, Change.MOVED):
            strike(roster, seat)
        if change is Change.ARRIVED:
            rename(roster, seat)
            welcome(district.traits, seat, random)
            district.health.ill_until[seat] = district.health.infected_on[seat] = 0
            district.spells.leave_until[seat] = district.spells.suspended_until[seat] = 0
        if change in (Change.ARRIVED, Change.MOVED):
            enter(roster, seat, group)
        gone_on = date.fromordinal(int(leaving.gone_on[seat]) or day.ordinal)
        write_change(lines, district.places, roster, day, change=change, seat=seat, gone_on=gone_on)
