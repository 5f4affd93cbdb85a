"""Random logs, realistic and nasty: pure functions of the random generator they are given.

``random_log`` stays within 40 dates that could ever be school days, so nothing in it is too old
and its lines may be shuffled, repeated and cut into batches at will (SEMANTICS.md 2, law 1).
``random_long_log`` is in order, and nothing in it reaches a final day (but what is refused).
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

Event = dict[str, Any]
Mark = dict[str, Any]

REASONS = ("elsewhere", "medical", "illness", "leave", "suspended", "unknown", "unauthorised")
UNSAID = "unsaid"  # the register does not list the pupil, and is no default
TIMEZONES = (
    "Europe/Amsterdam",
    "Europe/Amsterdam",
    "America/Kralendijk",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kathmandu",
    "UTC",
)
PHASES = ("po", "vo", "so", "mbo", "transition", None)


@dataclass(frozen=True)
class Shape:
    """What a random school is like. Chances are 0 to 1; each is asked where its words say."""

    pupils: int = 12
    groups: int = 2
    dates: int = 30  # dates that could be school days: at most 40 where lines may be shuffled
    sessions: int = 2
    trouble: float = 0.5  # a stretch of a pupil's days is not just fine
    steady: float = 0.2  # a stretch is of 25 dates
    exceptions: float = 0.15  # the school reports exceptions
    no_school_event: float = 0.1
    no_enrolments: float = 0.15  # the school never sends one
    pack: float = 0.15  # the school names its own pack
    holidays: float = 0.08  # a date has no registers
    saturdays: float = 0.1  # a Saturday has registers
    listed: float = 0.45  # a school lists every mark, and has no defaults
    register_missing: float = 0.05  # a register is never sent
    moves: float = 0.25  # a pupil changes group, visits another, leaves, comes back
    corrections: float = 0.25  # a register is followed by another of the same session
    ties: float = 0.25  # a correction is of the same second
    ahead: float = 0.04  # a register is of a date some days ahead
    late_recording: float = 0.1  # a register is recorded a day or more after its date
    erasures: float = 0.08  # a pupil is erased
    reports: float = 0.3  # a pupil is reported, once or more
    calendar: float = 0.3  # a week has calendar days
    snow: float = 0.04  # a date has the school away
    trips: float = 0.05  # a date has a group away
    closes: float = 0.4  # a date is closed
    rejects: float = 0.02  # bad lines, as a share of all
    bad_marks: float = 0.01  # a mark is refused
    noise: float = 0.1  # a line is written in another way
    disorder: float = 0.3  # a line comes late: by up to the whole log's length
    repeats: float = 0.05  # a line comes again


SNOWY = Shape(
    pupils=24, groups=2, dates=24, sessions=1, snow=0.12, trips=0.12, trouble=0.2, exceptions=0.2,
    moves=0.1, listed=0.2, register_missing=0.01,
)  # fmt: skip
TROUBLED = Shape(
    pupils=10, groups=1, dates=40, trouble=0.95, steady=0.6, holidays=0.02, saturdays=0.05,
    corrections=0.04, moves=0.1,
)  # fmt: skip


def random_log(
    rng: random.Random, *, schools: int = 1, shape: Shape | None = None, **biases: Any
) -> list[bytes]:
    """A log of some schools, mixed; ``biases`` are fields of ``Shape``.

    >>> len(random_log(random.Random(1), pupils=3, dates=5)) > 5
    True
    """
    shape = replace(shape or Shape(), **biases)
    if not 1 <= shape.dates <= 40:
        raise ValueError("1 to 40 dates: with more, the order of lines matters")
    events: list[tuple[float, Event]] = []
    for number in range(schools):
        school = _School(rng, f"S{number + 1}", shape)
        events += _disorder(rng, list(school.events()), shape.disorder)
    return _lines(rng, _interleave(events), shape)


def random_long_log(
    rng: random.Random,
    *,
    shape: Shape | None = None,
    corrected_days: int = 35,
    too_old: int = 2,
    **biases: Any,
) -> list[bytes]:
    """A log of one school over 150 to 300 dates, in order of arrival.

    A correction is of one of the last ``corrected_days`` (at most 38) dates on which the school
    had registers; enrolments, calendar days and reports that come later reach back no further,
    school events and erasures come before a day is final. ``too_old`` registers come much later
    than is taken (each is a reject where 40 school days lie between).
    """
    shape = replace(
        shape or Shape(dates=rng.randint(150, 300), pupils=6, corrections=0.1), **biases
    )
    school = _School(rng, "L1", shape, corrected_days=min(corrected_days, 38))
    events = sorted(school.events(), key=lambda one: one[0])
    events += _stale(rng, school, too_old)
    return _lines(rng, _interleave(events), replace(shape, repeats=0.0))


# ---- how lines are written


def as_line(event: Event) -> bytes:
    """One event, as plainly as can be."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def odd_line(rng: random.Random, event: Event) -> bytes:
    """The same event, written in a way that readers forget: it means the same."""
    said = dict(event)
    if rng.random() < 0.5:  # missing is null
        said = {key: value for key, value in said.items() if value is not None}
    if rng.random() < 0.5:
        keys = list(said)
        rng.shuffle(keys)
        said = {key: said[key] for key in keys}
    if rng.random() < 0.3:
        said["x_" + rng.choice(("é", "\U0001f600", "a"))] = rng.choice(
            (1e300, -0.5, [[]], {"type": "erase"}, "é\u2028", None, 2**63)
        )
    text = json.dumps(said, ensure_ascii=rng.random() < 0.5, indent=None)
    if rng.random() < 0.3:  # of a key given twice the last counts
        key = rng.choice([key for key in said if not key.startswith("x_")])
        text = (
            "{" + json.dumps(key) + ": " + rng.choice(("null", '"?"', "{}", "7")) + ", " + text[1:]
        )
    if rng.random() < 0.3:
        text = f" \t{text} \r"
    return text.encode()


def _lines(rng: random.Random, events: Iterable[Event | bytes], shape: Shape) -> list[bytes]:
    lines: list[bytes] = []
    for event in events:
        if isinstance(event, bytes):
            lines.append(event)
        else:
            lines.append(odd_line(rng, event) if rng.random() < shape.noise else as_line(event))
        if rng.random() < shape.repeats:
            lines.insert(rng.randint(0, len(lines)), rng.choice(lines))
        if rng.random() < shape.rejects:
            lines.append(bad_line(rng))
    return lines


def _disorder(
    rng: random.Random, events: list[tuple[float, Event]], chance: float
) -> list[tuple[float, Event]]:
    """Some lines arrive when others long have, early or late."""
    moments = [moment for moment, _ in events]
    return [
        (rng.uniform(min(moments), max(moments)) if rng.random() < chance else moment, event)
        for moment, event in events
    ]


def _interleave(events: list[tuple[float, Event]]) -> list[Event]:
    return [event for _, event in sorted(events, key=lambda one: one[0])]


def instant(rng: random.Random, at: int, noise: float = 0.2) -> str:
    """Seconds since 1970 as RFC 3339, in one of its many ways."""
    if rng.random() >= noise:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    offset = rng.choice((0, 60, 120, 345, -240, 840, -660))
    local = datetime.fromtimestamp(at + 60 * offset, UTC)
    text = local.strftime("%Y-%m-%d" + rng.choice("Tt") + "%H:%M:%S")
    text += rng.choice(("", ".0", ".999", ".123456789123"))
    if offset == 0:
        return text + rng.choice(("Z", "z", "+00:00", "-00:00"))
    return text + f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}"


# ---- one school


class _School:
    """One school's events, each with the moment of its arrival (seconds since 1970)."""

    def __init__(
        self, rng: random.Random, name: str, shape: Shape, corrected_days: int | None = None
    ) -> None:
        self.rng = rng
        self.name = name
        self.shape = shape
        self.corrected_days = corrected_days  # None: anything may come at any time
        self.next_id = rng.choice((1, 8, 95))
        self.reports_exceptions = self._chance(shape.exceptions)
        self.lists = self._chance(shape.listed)
        self.sends_enrolments = not self._chance(shape.no_enrolments)
        start = date(2025, 8, 25) + timedelta(days=rng.randint(0, 300))
        self.pool = self._possible_days(start)
        self.dates = [day for day in self.pool if not self._chance(shape.holidays)] or self.pool[:1]
        self.pupils = [f"p{number:02}" for number in range(1, shape.pupils + 1)]
        self.group_names = [f"G{number}" for number in range(1, max(1, shape.groups) + 1)]
        self.home = {pupil: rng.choice((*self.group_names, *self.group_names, None))
                     if rng.random() < 0.2 else self.group_names[number % len(self.group_names)]
                     for number, pupil in enumerate(self.pupils)}  # fmt: skip
        self.moods = {pupil: self._moods() for pupil in self.pupils}
        self.snow = {day for day in self.dates if self._chance(shape.snow)}
        self.trips = {
            (day, group)
            for day in self.dates
            for group in self.group_names
            if self._chance(shape.trips)
        }

    def events(self) -> Iterator[tuple[float, Event]]:
        yield from self._school_events()
        if self.sends_enrolments:
            for pupil in self.pupils:
                yield from self._enrolments(pupil)
        for day in self.dates:
            yield from self._registers(day)
            if self._chance(self.shape.closes):
                yield self._close(day)
        yield from self._calendar()
        for pupil in self.pupils:
            if self._chance(self.shape.reports):
                yield from self._responses(pupil)
            if self._chance(self.shape.erasures):
                yield from self._erasure(pupil)

    def _chance(self, chance: float) -> bool:
        return self.rng.random() < chance

    def _event(self, kind: str, at: int, **fields: Any) -> Event:
        self.next_id += 1
        return {
            "type": kind,
            "id": f"e{self.next_id}",
            "school": self.name,
            "recorded_at": instant(self.rng, at),
            **fields,
        }

    def _possible_days(self, start: date) -> list[date]:
        """Dates that could ever be school days: every weekday, and some Saturdays."""
        pool: list[date] = []
        day = start
        while len(pool) < self.shape.dates:
            weekday = day.isoweekday()
            if weekday <= 5 or (weekday == 6 and self._chance(self.shape.saturdays)):
                pool.append(day)
            day += timedelta(days=1)
        return pool

    def _morning(self, day: date, session: int = 1) -> int:
        """When a register of a session is recorded, give or take."""
        midnight = (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400
        return midnight + 3600 * (6 + session) + self.rng.randint(0, 600)

    def _before(self) -> int:
        return self._morning(self.dates[0]) - self.rng.randint(1, 10) * 86_400

    # ---- the school, its enrolments and calendar

    def _school_events(self) -> Iterator[tuple[float, Event]]:
        if self._chance(self.shape.no_school_event) and not self.reports_exceptions:
            return
        at = self._before()
        for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
            exceptions = self.reports_exceptions or (
                self.corrected_days is None and self._chance(0.05)
            )
            yield (
                at,
                self._event(
                    "school",
                    at,
                    name=self.rng.choice(("De Brug", "Ĳsselmeer €", None, 7, {"a": [1]})),
                    timezone=self.rng.choice((*TIMEZONES, None)),
                    reporting="exceptions" if exceptions else self.rng.choice(("all", None)),
                    sessions_per_day=self.shape.sessions
                    if exceptions
                    else self.rng.choice((self.shape.sessions, None, 1, 12)),
                    minutes_per_session=self.rng.choice((50, 60, 150, 180, None)),
                    pack=self.rng.choice(("nl", "any", "none", "nl"))
                    if self._chance(self.shape.pack)
                    else None,
                ),
            )
            if self._chance(0.5):  # else: a tie, which the greater id as text wins
                at += self.rng.choice((1, 3600, 86_400))

    def _enrolments(self, pupil: str) -> Iterator[tuple[float, Event]]:
        if self._chance(0.04):
            return  # a mistyped id, for all the school knows
        first = self.dates[0] - timedelta(days=self.rng.randint(0, 9))
        if self._chance(0.15):
            first = self.rng.choice(self.dates[: max(1, len(self.dates) // 3)])
        at = self._before()
        yield at, self._enrolment(pupil, at, first, group=self.home[pupil])
        if self._chance(0.1):  # the same record once more: the greater recorded_at, or id, holds
            at += self.rng.choice((0, 0, 7200))
            yield at, self._enrolment(pupil, at, first, group=self.rng.choice(self.group_names))
        if self._chance(self.shape.moves):
            for _ in range(self.rng.randint(1, 3)):
                yield from self._move(pupil)

    def _move(self, pupil: str) -> Iterator[tuple[float, Event]]:
        index = self.rng.randrange(len(self.dates))
        day = self.dates[index]
        until = day + timedelta(days=self.rng.randint(0, 12))
        at = self._said_about(index)
        group = self.rng.choice((*self.group_names, None))
        match self.rng.choice(("change", "visit", "left", "exempt", "waiting")):
            case "change":
                yield at, self._enrolment(pupil, at, day, group=group)
            case "visit":
                yield at, self._enrolment(pupil, at, day, until=until, group=group)
            case status if self._chance(0.5):  # for some days
                yield at, self._enrolment(pupil, at, day, until=until, status=status)
            case status:
                yield (
                    at,
                    self._enrolment(
                        pupil,
                        at,
                        day,
                        status=status,
                        left_for=self.rng.choice(("school", "work", None)),
                    ),
                )
                if self._chance(0.5) and index + 1 < len(self.dates):  # and comes back
                    back = self.rng.randrange(index + 1, len(self.dates))
                    at = self._said_about(back)
                    yield at, self._enrolment(pupil, at, self.dates[back], group=self.home[pupil])

    def _said_about(self, index: int) -> int:
        """When something about a date of the school is recorded: before, on or after it."""
        last = len(self.dates) - 1
        reach = last if self.corrected_days is None else self.corrected_days - 8
        near = self.rng.choice((0, 0, 1, 5, reach))
        lowest = max(0, index - (5 if self.corrected_days is None else 0))
        return self._morning(self.dates[self.rng.randint(lowest, min(last, index + near))], 3)

    def _enrolment(self, pupil: str, at: int, first: date, **fields: Any) -> Event:
        said = {
            "until": None,
            "group": None,
            "mentor": self.rng.choice(("m1", "m2", None)),
            "status": self.rng.choice(("enrolled", None)),
            "phase": self.rng.choice(PHASES),
            **fields,
        }
        if said["until"] is not None:
            said["until"] = said["until"].isoformat()
        return self._event("enrolment", at, pupil=pupil, **{"from": first.isoformat()}, **said)

    def _calendar(self) -> Iterator[tuple[float, Event]]:
        for index, day in enumerate(self.pool):
            if (day.isoweekday() != 1 and index % 5) or not self._chance(self.shape.calendar):
                continue
            for _ in range(self.rng.randint(1, 2)):
                # only dates of the pool: one more open date could make another too old
                about = self.rng.choice(self.pool[index : index + 5])
                if self.corrected_days is None:
                    at = self._morning(self.rng.choice(self.pool), 9)
                else:
                    at = self._morning(about) - self.rng.choice((0, 2, 9)) * 86_400
                is_open = self._chance(0.5)
                yield (
                    at,
                    self._event(
                        "calendar", at, date=about.isoformat(), open=is_open, reason="holiday"
                    ),
                )
                if self._chance(0.3):
                    yield at, self._event("calendar", at, date=about.isoformat(), open=not is_open)

    def _close(self, day: date) -> tuple[float, Event]:
        at = self._morning(day, 10)
        if self._chance(0.1):
            day += timedelta(days=self.rng.choice((1, -1, -30)))
        return at, self._event("close", at, date=day.isoformat())

    # ---- registers

    def _moods(self) -> list[str]:
        """A mood for each of the school's dates, in stretches."""
        moods: list[str] = []
        while len(moods) < len(self.dates):
            mood = "fine"
            if self._chance(self.shape.trouble):
                mood = self.rng.choice(tuple(MOODS))
            moods += [mood] * (25 if self._chance(self.shape.steady) else self.rng.randint(2, 12))
        return moods[: len(self.dates)]

    def _registers(self, day: date) -> Iterator[tuple[float, Event]]:
        whole_school = self._chance(0.1)
        for session in range(1, self.shape.sessions + 1):
            for group in (None,) if whole_school else self.group_names:
                if self._chance(self.shape.register_missing):
                    continue
                yield from self._register(day, session, group)
        if self._chance(0.05):  # something about the whole school, or a session beyond its number
            session = min(12, self.shape.sessions + self.rng.randint(0, 1))
            yield from self._register(day, session, None)

    def _register(
        self, day: date, session: int, group: str | None
    ) -> Iterator[tuple[float, Event]]:
        at = self._morning(day, session)
        if self._chance(self.shape.ahead):
            at -= self.rng.randint(1, 6) * 86_400
        elif self._chance(self.shape.late_recording):
            at += self.rng.choice((1, 1, 2, 5)) * 86_400
        present = [p for p in self.pupils if group is None or self.home[p] == group]
        if self._chance(0.03):
            present = [*present, self.rng.choice((*self.pupils, "p99"))]  # a guest, or twice
        default = None
        if not self.lists and not (self.reports_exceptions and self._chance(0.8)):
            default = "present" if not self._chance(0.04) else None
        marks = [
            mark
            for pupil in present
            if (mark := self._mark(pupil, day, group, is_listed=default is None)) is not None
        ]
        minutes = self.rng.choice((None, None, None, 45, 90, 240))
        said = {
            "date": day.isoformat(),
            "session": session,
            "minutes": minutes,
            "group": group,
            "by": self.rng.choice(("t1", "t2", None)),
            "default": default,
        }
        yield at, self._event("register", at, **said, marks=marks)
        while self._chance(self.shape.corrections):
            at = self._corrected_at(at, day)
            yield at, self._event("register", at, **said | self._correction(present))

    def _corrected_at(self, at: int, day: date) -> int:
        if self._chance(self.shape.ties):
            return at
        if self.corrected_days is None:
            return at + self.rng.choice((1, 600, 7200, 86_400, 20 * 86_400))
        index = self.dates.index(day)
        last = min(len(self.dates) - 1, index + self.corrected_days)
        return max(at, self._morning(self.dates[self.rng.randint(index, last)], 11))

    def _correction(self, present: list[str]) -> Event:
        """Another statement about the same session: some marks, or all, or a default."""
        some = self.rng.sample(present, min(len(present), self.rng.choice((0, 1, 1, 2, 5))))
        marks = [
            mark for pupil in some if (mark := self._any_mark(pupil, withdrawn=0.3)) is not None
        ]
        if self.corrected_days is not None:  # the date stays a school day
            return {"default": None, "marks": [m for m in marks if m.get("status") != "withdrawn"]}
        return {
            "default": self.rng.choice((None, None, None, "present", "withdrawn")),
            "group": self.rng.choice((*self.group_names, None)),
            "marks": marks,
        }

    def _mark(self, pupil: str, day: date, group: str | None, *, is_listed: bool) -> Mark | None:
        if self._chance(self.shape.bad_marks):
            return bad_mark(self.rng, pupil)
        if self._chance(0.02):
            return self._any_mark(pupil, withdrawn=0.2)
        if pupil not in self.moods:
            return self._any_mark(pupil, withdrawn=0.2)
        mood = self.moods[pupil][self.dates.index(day)]
        if (day in self.snow or (day, group or self.home[pupil]) in self.trips) and self._chance(
            0.85
        ):
            mood = "away"
        status, reason, minutes = MOODS.get(mood, _fine)(self.rng)
        if status == UNSAID:
            return None
        if status == "present" and not (is_listed and not self.reports_exceptions):
            return None
        mark = {"pupil": pupil, "status": status}
        if reason is not None or self._chance(0.3):
            mark["reason"] = reason
        if minutes is not None or self._chance(0.3):
            mark["minutes_missed"] = minutes
        return mark

    def _any_mark(self, pupil: str, *, withdrawn: float) -> Mark:
        status = self.rng.choice(("present", "late", "left_early", "absent", "absent"))
        return {
            "pupil": pupil,
            "status": "withdrawn" if self._chance(withdrawn) else status,
            "reason": self.rng.choice((*REASONS, None)),
            "minutes_missed": self.rng.choice((None, None, 0, 10, 45, 600)),
        }

    # ---- responses and erasures

    def _responses(self, pupil: str) -> Iterator[tuple[float, Event]]:
        for _ in range(self.rng.randint(1, 3)):
            day = self.rng.choice(self.dates)
            at = self._morning(day, 12) + self.rng.choice((0, 4, 8)) * 3600
            action = self.rng.choice(("reported", "reported", "seen", "snooze", "resolved"))
            until = None
            if action == "snooze" or self._chance(0.4):
                until = (day + timedelta(days=self.rng.randint(-15, 9))).isoformat()
            alert = self.rng.choice(("a1", "a2"))
            said = {"pupil": pupil, "alert": alert, "action": action, "by": "m1", "until": until}
            yield at, self._event("response", at, **said)
            if self._chance(0.2):  # a tie: the greater id holds
                yield at, self._event("response", at, **said | {"until": day.isoformat()})

    def _erasure(self, pupil: str) -> Iterator[tuple[float, Event]]:
        """At any time; in a long log before any of the pupil's days is final."""
        day = self.rng.choice(self.dates if self.corrected_days is None else self.dates[:25])
        at = self._morning(day, self.rng.randint(1, 11))
        yield at, self._event("erase", at, pupil=pupil)
        if self._chance(0.4):
            at += self.rng.choice((0, 1, 86_400))
            yield at, self._enrolment(pupil, at, day, group=self.home[pupil])


def _stale(rng: random.Random, school: _School, number: int) -> list[tuple[float, Event]]:
    """Registers that come much too late."""
    if len(school.dates) < 70:
        return []
    stale = []
    for _ in range(number):
        index = rng.randrange(len(school.dates) - 60)
        arrival = school._morning(school.dates[rng.randrange(index + 60, len(school.dates))], 11)
        marks = [school._any_mark(pupil, withdrawn=0.2) for pupil in school.pupils]
        said = {"date": school.dates[index].isoformat(), "session": 1, "marks": marks}
        stale.append((arrival, school._event("register", int(arrival), **said)))
    return stale


# ---- moods: (status, reason, minutes) of one slot


Said = tuple[str, str | None, int | None]


def _fine(rng: random.Random) -> Said:
    if rng.random() < 0.97:
        return "present", None, None
    return rng.choice(("absent", "late")), rng.choice((*REASONS, None)), None


def _truant(rng: random.Random) -> Said:
    if rng.random() < 0.5:
        return "present", None, None
    return "absent", rng.choice((None, "unknown", "unauthorised")), rng.choice((None, None, 30))


def _away(rng: random.Random) -> Said:
    return "absent", rng.choice((None, "unauthorised")), None


def _on_leave(rng: random.Random) -> Said:
    return "absent", rng.choice(("leave", "medical", "suspended", "illness")), None


def _ill(rng: random.Random) -> Said:
    return "absent", "illness" if rng.random() < 0.97 else "medical", None


def _often_ill(rng: random.Random) -> Said:
    return ("absent", "illness", None) if rng.random() < 0.25 else ("present", None, None)


def _late(rng: random.Random) -> Said:
    if rng.random() < 0.4:
        return "present", None, None
    return "late", rng.choice((None, None, "unauthorised", "medical")), rng.choice((None, 5, 20))


def _leaves_early(rng: random.Random) -> Said:
    if rng.random() < 0.5:
        return "present", None, None
    return "left_early", rng.choice((None, "unauthorised", "leave")), rng.choice((None, 60, 300))


def _elsewhere(_: random.Random) -> Said:
    return "absent", "elsewhere", None


def _silent(rng: random.Random) -> Said:
    return (UNSAID, None, None) if rng.random() < 0.95 else ("present", None, None)


MOODS = {
    "truant": _truant,
    "away": _away,
    "on leave": _on_leave,
    "ill": _ill,
    "often ill": _often_ill,
    "late": _late,
    "leaves early": _leaves_early,
    "elsewhere": _elsewhere,
    "silent": _silent,
}


# ---- what is refused


def bad_mark(rng: random.Random, pupil: str) -> Any:
    """A mark with a fault; of most the pupil can be read."""
    good = {"pupil": pupil, "status": "absent", "reason": None, "minutes_missed": None}
    return rng.choice(
        (
            good | {"status": "gone"},
            good | {"status": None},
            good | {"status": True},
            good | {"reason": "boredom"},
            good | {"reason": 5},
            good | {"minutes_missed": 601},
            good | {"minutes_missed": -1},
            good | {"minutes_missed": 50.0},
            good | {"minutes_missed": True},
            good | {"minutes_missed": 2**64},
            good | {"minutes_missed": "5"},
            good | {"pupil": "p 1"},
            good | {"pupil": ""},
            good | {"pupil": None},
            {"status": "absent"},
            {},
            [],
            None,
            "p01",
            3,
        )
    )


def bad_line(rng: random.Random) -> bytes:
    """A line that is refused whatever came before (or, rarely, one of white space alone)."""
    head = {"type": "register", "id": "b1", "school": "S1", "recorded_at": "2026-03-02T09:00:00Z"}
    register = head | {"date": "2026-03-02", "session": 1}
    response = head | {"type": "response", "pupil": "p01", "alert": "a1"}
    faulty: tuple[Event | bytes, ...] = (
        b"",
        b" \t\r",
        b"{",
        b"nonsense",
        b"\xef\xbb\xbf" + as_line(register),
        as_line(register).replace(b"b1", b"\xff"),
        as_line(register)[:-1] + b',"x":NaN}',
        as_line(register)[:-1] + b',"x":-Infinity}',
        as_line(register)[:-1] + b',"x":"\\ud800"}',
        as_line(register)[:-1] + b',"\\udfff":["\\ud83d"]}',
        as_line(register)[:-1] + b',"x":01}',
        as_line(register)[:-1] + b',"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        as_line(register)[:-1] + b',"session":' + b"1" * 5000 + b"}",
        as_line(register) + as_line(register),
        b"[]",
        b"null",
        b'"register"',
        b"1",
        register | {"type": "party"},
        register | {"type": None},
        register | {"id": "x/1"},
        register | {"id": "x" * 65},
        register | {"id": "x\n"},
        register | {"id": 1},
        register | {"school": None},
        register | {"recorded_at": "2026-03-02 09:00:00Z"},
        register | {"recorded_at": "2026-03-02T09:00:60Z"},
        register | {"recorded_at": "2026-03-02T09:00Z"},
        register | {"recorded_at": "2026-03-02T24:00:00Z"},
        register | {"recorded_at": "2026-03-02T09:00:00"},
        register | {"recorded_at": "2026-02-29T09:00:00Z"},
        register | {"recorded_at": "2026-03-02T09:00:00.Z"},
        register | {"recorded_at": "2026-03-02T09:00:00+24:00"},
        register | {"recorded_at": 1772442000},
        register | {"date": "2026-02-30"},
        register | {"date": "2026-3-2"},
        register | {"date": "20260302"},
        register | {"date": "2026-03-10"},
        register | {"session": 13},
        register | {"session": 0},
        register | {"session": 1.0},
        register | {"session": True},
        register | {"session": "1"},
        register | {"session": 2**64 + 1},
        register | {"minutes": 0},
        register | {"minutes": 601},
        register | {"group": "4 H"},
        register | {"default": "absent"},
        register | {"by": "Mr X"},
        register | {"marks": {}},
        register | {"marks": "none"},
        head | {"type": "school", "reporting": "some"},
        head | {"type": "school", "reporting": "exceptions"},
        head | {"type": "school", "timezone": "Europe/Brug"},
        head | {"type": "school", "timezone": "../etc/passwd"},
        head | {"type": "school", "sessions_per_day": 13},
        head | {"type": "school", "minutes_per_session": False},
        head | {"type": "school", "pack": "be"},
        head | {"type": "enrolment", "pupil": "p01"},
        head | {"type": "enrolment", "from": "2026-03-02"},
        head | {"type": "enrolment", "pupil": "p01", "from": "2026-03-02", "phase": "hbo"},
        head | {"type": "enrolment", "pupil": "p01", "from": "2026-03-02", "left_for": "sea"},
        head | {"type": "enrolment", "pupil": "p01", "from": "2026-03-02", "status": "gone"},
        head | {"type": "calendar", "date": "2026-03-02"},
        head | {"type": "calendar", "date": "2026-03-02", "open": 1},
        head | {"type": "close", "date": "2026-03-04"},
        response | {"action": "snooze"},
        response | {"action": "sang"},
        response | {"action": "reported", "until": 1},
        head | {"type": "erase"},
    )  # fmt: skip
    line = rng.choice(faulty)
    return line if isinstance(line, bytes) else as_line(line)
