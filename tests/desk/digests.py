"""Cases, people and schools of which the tests of messages speak."""

from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from alerts.alert import Alert, Cause, State
from alerts.desk.case import Case, CaseState, Done
from alerts.desk.initials import initials
from alerts.desk.messages.choosing import Choice, at_once, digest
from alerts.desk.messages.letters import letter
from alerts.desk.messages.said import How, SaidBefore
from alerts.desk.messages.scene import Scene, by_case
from alerts.desk.messages.wording import Writer
from alerts.desk.people import Person, PupilName, SchoolFacts
from alerts.roles import Role, audience
from alerts.rules import Kind
from alerts.words import Language

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_NUMBERS = count(1)


def at(moment: str) -> int:
    """A school's local time as seconds since 1970."""
    return int(datetime.fromisoformat(moment).replace(tzinfo=AMSTERDAM).timestamp())


# 25 November 2026 is a Wednesday.
NOW = at("2026-11-25 07:30")
FACTS = SchoolFacts("01AB", "Europe/Amsterdam", "2026-09-01", at("2026-11-24 16:42"), shadow=False)
MENTOR = Person("01AB", "m17", Role.MENTOR, "Jan", "jan@school.example", Language.ENGLISH)
OTHER_MENTOR = Person("01AB", "m18", Role.MENTOR, "Els", "els@school.example", Language.DUTCH)
CARE = Person("01AB", "c1", Role.CARE_TEAM, "Zoë", "zoe@school.example", Language.DUTCH)
OFFICE = Person("01AB", "o1", Role.ADMINISTRATION, "Bo", "bo@school.example", Language.ENGLISH)
HEAD = Person("01AB", "h1", Role.LEADERSHIP, "Ada", "ada@school.example", Language.ENGLISH)
OFFICER = Person("01AB", "l1", Role.OFFICER, "Leo", "leo@town.example", Language.ENGLISH)
TEACHER = Person("01AB", "t1", Role.TEACHER, "Tom", "tom@school.example", Language.ENGLISH)
PEOPLE = (MENTOR, OTHER_MENTOR, CARE, OFFICE, HEAD, OFFICER, TEACHER)

_CAUSES = {
    (Kind.ATTENDANCE, 2): Cause(
        "any.10pct",
        "r",
        {"missed_sessions_60": 40, "expected_sessions_60": 300},
        ("2026-11-24", "2026-11-23", "2026-11-17"),
    ),
    (Kind.ATTENDANCE, 3): Cause(
        "any.20pct",
        "r",
        {"missed_sessions_60": 70, "expected_sessions_60": 300},
        ("2026-11-24", "2026-11-23", "2026-11-17"),
    ),
    (Kind.UNAUTHORISED, 2): Cause(
        "nl.8h", "r", {"unauthorised_minutes_4w": 500}, ("2026-11-24", "2026-11-23")
    ),
    (Kind.UNAUTHORISED, 3): Cause(
        "nl.16h", "r", {"unauthorised_minutes_4w": 1000}, ("2026-11-24", "2026-11-23")
    ),
    (Kind.SILENCE, 2): Cause(
        "any.silent", "r", {"days_silent": 3}, ("2026-11-24", "2026-11-23", "2026-11-20")
    ),
    (Kind.GROUP, 2): Cause(
        "common-cause", "r", {"missed_sessions": 60, "expected_sessions": 90}, ("2026-11-24",)
    ),
}
ILLNESS = Cause("nl.illness-frequent", "r", {"illness_spells_12w": 4}, ("2026-11-24", "2026-11-23"))


def case(
    kind: Kind = Kind.ATTENDANCE,
    tier: int = 2,
    *,
    pupil: str | None = None,
    group: str | None = "4H2",
    mentor: str | None = "m17",
    opened: str = "2026-11-24",
    new_since: int | None = at("2026-11-24 17:30"),
    state: CaseState = CaseState.NEW,
    alert_state: State = State.OPEN,
    causes: tuple[Cause, ...] | None = None,
    score: float | None = None,
    done: tuple[Done, ...] = (),
    resting_until: str | None = None,
    as_of: str = "2026-11-24",
) -> Case:
    """A case, new unless it is said otherwise."""
    number = next(_NUMBERS)
    named = None if kind is Kind.GROUP else pupil or f"p{number}"
    alert = Alert(
        id=f"alert-{number}",
        school="01AB",
        pupil=named,
        group=group,
        kind=kind,
        state=alert_state,
        tier=tier,
        opened_on=opened,
        as_of=as_of,
        mentor=mentor,
        audience=audience(kind, tier, mentor),
        score=score,
        reasons=(_CAUSES[kind, tier],) if causes is None else causes,
        replaces=None,
        version=number,
    )
    return Case(
        case=number,
        school="01AB",
        pupil=named,
        group=group,
        mentor=mentor,
        kind=kind,
        state=state,
        alert_state=alert_state,
        tier=tier,
        highest_tier=tier,
        opened_on=opened,
        as_of=as_of,
        first_told_at=new_since or at(f"{opened} 17:30"),
        new_since=new_since if state is CaseState.NEW else None,
        resting_until=resting_until,
        passed_on_at=None,
        newest=alert,
        done=done,
    )


def said(case: Case, how: How, moment: str, person: Person = MENTOR) -> SaidBefore:
    return SaidBefore(person.person, person.role, case.case, how, at(moment))


def scene(*cases: Case, before=(), facts=FACTS, people=PEOPLE, now=NOW) -> Scene:
    return Scene(facts, cases, people, by_case(before), now)


def morning(
    *cases: Case, person=MENTOR, new_a_week=5, before=(), facts=FACTS, people=PEOPLE, now=NOW
) -> Choice | None:
    """What a digest would tell somebody."""
    there = scene(*cases, before=before, facts=facts, people=people, now=now)
    return digest(person, there, new_a_week)


def now_told(*cases: Case, person=MENTOR, which="tier 3 and silence", **more) -> Choice | None:
    """What somebody would be told at once."""
    return at_once(person, scene(*cases, **more), which)


def link(_person, case, offer, _now) -> str:
    return f"https://gemist.school.example/a/{case.newest.id}-{offer.value}"


def written(choice: Choice, *, names=None, detail="initials", link=link, facts=FACTS, now=NOW):
    """The letter of a choice."""
    named = {pupil: PupilName(name, initials(name), None) for pupil, name in (names or {}).items()}
    what = "at once" if choice.of(How.AT_ONCE) else "digest"
    return letter(Writer(choice, facts, named, detail, link, now).sheet(what))
