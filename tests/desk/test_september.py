"""A September: a school begins in its third week, and nobody is flooded."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import pytest
from digests import at
from school_desk import SchoolDesk

from alerts.desk.casebook.reading import cases, school_facts
from alerts.desk.messages.choosing import at_once_from
from alerts.desk.messages.said import How
from alerts.desk.people import Person
from alerts.roles import Role
from alerts.rules import Kind
from alerts.words import Language
from config.settings import Desk
from models.events.instants import instant_of
from models.simulator import Plan, Style, simulate

SCHOOL = "s001"
PLAN = Plan(
    pupils=600,
    days=40,
    seed=8,
    sessions=6,
    style=Style.DEFAULT,
    start=date(2026, 8, 24),
    group_size=25,
    closes=True,
)
LOADED_AT = at("2026-09-09 13:00")
"""A Wednesday of the third week."""
OTHERS = {
    Role.CARE_TEAM: "c1",
    Role.ADMINISTRATION: "o1",
    Role.LEADERSHIP: "h1",
    Role.OFFICER: "l1",
    Role.COACH: "d1",
    Role.TEACHER: "t1",
}


def newcomers() -> list[bytes]:
    """Pupils who are put into no group, so that nobody ever records them: silences."""
    return [
        json.dumps(
            {
                "type": "enrolment",
                "id": f"e-{pupil}",
                "school": SCHOOL,
                "recorded_at": "2026-08-23T08:00:00Z",
                "pupil": pupil,
                "from": day,
                "mentor": mentor,
            }
        ).encode()
        for pupil, day, mentor in (
            ("n1", "2026-09-03", "m1.1"),  # stands at the beginning
            ("n2", "2026-09-07", "m1.2"),
            ("n3", "2026-09-14", "m1.1"),
            ("n4", "2026-09-28", "m1.3"),
        )
    ]


def portions(lines):
    """The lines of each hour, with the second in which the last of them came."""
    recorded = [(instant_of(json.loads(line)["recorded_at"]), line) for line in lines]
    for _, some in groupby(recorded, key=lambda each: each[0] // 3600):
        found = list(some)
        yield found[-1][0], [line for _, line in found]


def mornings(before: int, until: int):
    """Half past seven of the days from one second to another."""
    day = datetime.fromtimestamp(before, UTC).date()
    while (moment := at(f"{day} 07:30")) <= until:
        if moment > before:
            yield moment
        day += timedelta(days=1)


@pytest.mark.slow
def test_a_september_is_no_flood(tmp_path):
    lines = [line for block in simulate(PLAN) for line in block.data.splitlines()]
    lines = sorted(lines + newcomers(), key=recorded)
    mentors = sorted({json.loads(line).get("mentor") for line in lines} - {None})
    people = [(Role.MENTOR, each) for each in mentors] + list(OTHERS.items())
    desk = SchoolDesk(tmp_path, SCHOOL, Desk())
    desk.load(
        [],
        [
            Person(SCHOOL, person, role, person, f"{person}@school.example", Language.DUTCH)
            for role, person in people
        ],
    )
    history = [line for line in lines if recorded(line) <= LOADED_AT]
    desk.hear(history, LOADED_AT)
    weeks = Watched(desk)
    weeks.compose(LOADED_AT)
    assert not desk.messages(), "nothing at once, and no digest on the day of the beginning"

    before = LOADED_AT
    for now, some in portions(line for line in lines if recorded(line) > LOADED_AT):
        for morning in mornings(before, now):
            weeks.compose(morning)
        desk.hear(some, now)
        weeks.compose(now)
        before = now

    print(weeks.table(mentors))  # noqa: T201
    budget = desk.settings.new_a_week
    assert max(weeks.budgeted.values()) <= budget
    assert any(count == budget for count in weeks.budgeted.values()), "or it shows nothing"
    told = {(message.person, message.role) for message in desk.messages()}
    assert {role for _, role in told} >= {"mentor", "care_team"}
    assert {role for _, role in told} <= {"mentor", "care_team", "administration", "leadership"}
    assert weeks.said[How.AT_ONCE], "or it shows nothing of what is told at once"
    assert max(weeks.lists.values()) == 1, "the beginning is one list each"


def recorded(line: bytes) -> int:
    return instant_of(json.loads(line)["recorded_at"])


class Watched:
    """Counts what a desk composes, and looks at each message when it is made."""

    def __init__(self, desk: SchoolDesk) -> None:
        self.desk = desk
        self.messages: Counter = Counter()
        self.new: Counter = Counter()
        self.budgeted: Counter = Counter()
        """By person and week: new ones besides statutory and silence."""
        self.said: Counter = Counter()
        self.lists: Counter = Counter()
        self.weeks: set[tuple[int, int]] = set()
        self._known: set[tuple[str, int]] = set()

    def compose(self, now: int) -> None:
        after = self.desk.newest()
        if not self.desk.compose(now):
            return
        with self.desk.desk.begin() as connection:
            known = {each.case: each for each in cases(connection, SCHOOL)}
            facts = school_facts(connection, SCHOOL)
        day = datetime.fromtimestamp(now, UTC).date()
        assert day.weekday() < 5
        week = day.isocalendar()[:2]
        self.weeks.add(week)
        for message in self.desk.messages(after):
            person = (message.person, week)
            self.messages[person] += 1
            said = self.desk.said(message.message)
            self.lists[message.person] += any(each.said == How.ALREADY_MISSED for each in said)
            for each in said:
                how, case = How(each.said), known[each.case]
                self.said[how] += 1
                knows = (message.person, each.case) in self._known
                if how in (How.NEW, How.AT_ONCE):
                    assert knows or case.opened_on >= facts.began_on
                self._known.add((message.person, each.case))
                if how is How.AT_ONCE:
                    assert at_once_from(facts, now) <= case.opened_on <= day.isoformat()
                if how is How.NEW:
                    is_statutory = case.kind is Kind.UNAUTHORISED and case.tier == 3
                    self.new[person] += 1
                    self.budgeted[person] += not is_statutory and case.kind is not Kind.SILENCE

    def table(self, mentors) -> str:
        """What a mentor of 25 got in each week: messages and new cases, on average and at most."""
        lines = ["week   messages (mean, most)   new cases (mean, most)   besides urgent (most)"]
        for week in sorted(self.weeks):
            counts = [
                [counter[mentor, week] for mentor in mentors]
                for counter in (self.messages, self.new, self.budgeted)
            ]
            got, new, budgeted = counts
            lines.append(
                f"{week[1]:>4}   {sum(got) / len(got):>8.1f} {max(got):>6}"
                f"   {sum(new) / len(new):>14.1f} {max(new):>6}   {max(budgeted):>14}"
            )
        by_how = ", ".join(f"{how.value}: {count}" for how, count in sorted(self.said.items()))
        return "\n".join([*lines, f"said of cases, to anybody: {by_how}"])
