"""Messages whose time has come, made and laid into the outbox."""

from collections.abc import Collection
from functools import cache
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, exists, false, or_, select

from alerts.desk.case import CaseState
from alerts.desk.casebook.reading import cases
from alerts.desk.directory import people_of, pupil_names
from alerts.desk.messages.choosing import INTENSIVE, Choice, at_once, at_once_from, digest
from alerts.desk.messages.days import is_quiet, is_school_day, local
from alerts.desk.messages.letters import letter
from alerts.desk.messages.recipients import TOLD_ROLES
from alerts.desk.messages.said import TELLING, How, said_before
from alerts.desk.messages.scene import Scene, by_case
from alerts.desk.messages.wording import Link, Writer
from alerts.desk.outbox import Said, put
from alerts.desk.people import SchoolFacts
from alerts.desk.progress import progress, set_progress
from alerts.desk.tables import CASE, OUTBOX, OUTBOX_CASE
from alerts.rules import Kind
from config.settings import Desk

DIGEST: Final = "digest"
AT_ONCE: Final = "at once"
_KEY_DIGITS: Final = 16

__all__ = ["Link", "compose"]


def compose(
    connection: Connection, facts: SchoolFacts, settings: Desk, now: int, link: Link | None
) -> int:
    """Put a school's messages that are due into the outbox; says how many.

    ``now`` is in seconds since 1970. Cheap where nothing is due; nothing twice, however often it
    is asked. Without ``link`` messages have no links.
    """
    if facts.shadow or not is_school_day(facts, local(facts, now).date()):
        return 0
    made = 0
    if _is_digest_due(connection, facts, settings, now):
        made += _put_digests(connection, _scene(connection, facts, now), settings, link)
    if _is_any_urgent(connection, facts, settings, now):
        scene = _scene(connection, facts, now, [CaseState.NEW])
        made += _put_at_once(connection, scene, settings, link)
    return made


def _is_digest_due(connection: Connection, facts: SchoolFacts, settings: Desk, now: int) -> bool:
    """Has its time come today, and was it not made yet? None is on the day of the beginning.

    A history may still be coming in on that day. One that was missed is made later on its day,
    but not in quiet hours.
    """
    clock, due_at = local(facts, now), settings.digest_at
    if due_at is None or clock.time() < due_at or clock.date().isoformat() <= facts.began_on:
        return False
    if due_at < settings.quiet_from <= clock.time():
        return False
    return progress(connection, _progress(facts)) < clock.date().toordinal()


def _put_digests(connection: Connection, scene: Scene, settings: Desk, link: Link | None) -> int:
    school, made = scene.facts.school, 0
    for person in scene.people:
        choice = digest(person, scene, settings.new_a_week)
        if choice is not None:
            key = f"digest/{school}/{person.person}/{person.role.value}/{scene.today}"
            made += _put(connection, key, DIGEST, choice, scene, settings, link)
    set_progress(connection, {_progress(scene.facts): scene.today.toordinal()})
    return made


def _put_at_once(connection: Connection, scene: Scene, settings: Desk, link: Link | None) -> int:
    made = 0
    for person in scene.people:
        choice = at_once(person, scene, settings.at_once)
        if choice is not None:
            told = "".join(f"{each.newest.id}{each.new_since}" for each in choice.of(How.AT_ONCE))
            digits = sha256(told.encode()).hexdigest()[:_KEY_DIGITS]
            key = f"at-once/{person.school}/{person.person}/{person.role.value}/{digits}"
            made += _put(connection, key, AT_ONCE, choice, scene, settings, link)
    return made


def _put(
    connection: Connection,
    key: str,
    what: str,
    choice: Choice,
    scene: Scene,
    settings: Desk,
    link: Link | None,
) -> bool:
    """Write one message, and put it where it waits to go out."""
    chosen = [(how, case) for how, cases in choice.parts.items() for case in cases]
    pupils = {case.pupil for _, case in chosen if case.pupil is not None}
    names = pupil_names(connection, scene.facts.school, pupils)
    writer = Writer(choice, scene.facts, names, settings.detail, link, scene.now)
    said = [Said(case.case, case.school, case.pupil, how.value) for how, case in chosen]
    written = letter(writer.sheet(what))
    return put(connection, key, choice.person, what, written, said, int(scene.now))


def _scene(
    connection: Connection,
    facts: SchoolFacts,
    now: int,
    states: Collection[CaseState] = tuple(CaseState),
) -> Scene:
    """Read what a choice looks at; where nobody can be told, that is nothing."""
    people = [each for each in people_of(connection, facts.school) if each.role in TOLD_ROLES]
    if not people:
        return Scene(facts, [], [], {}, now)
    found = cases(connection, facts.school, states=states)
    return Scene(facts, found, people, by_case(said_before(connection, facts.school)), now)


def _is_any_urgent(connection: Connection, facts: SchoolFacts, settings: Desk, now: int) -> bool:
    """Is there a case that cannot wait, and of which nobody was told since it became new?"""
    clock = local(facts, now).time()
    if is_quiet(clock, settings.quiet_from, settings.quiet_until):
        return False
    earliest = at_once_from(facts, now)
    asked = {"of_school": facts.school, "earliest": earliest}
    return connection.execute(_urgent(settings.at_once), asked).first() is not None


@cache
def _urgent(which: str) -> Select[Any]:
    """Make the question, once: it is asked every second, and making it costs more than asking."""
    told = (
        select(OUTBOX_CASE.c.case)
        .join(OUTBOX, OUTBOX.c.message == OUTBOX_CASE.c.message)
        .where(
            OUTBOX_CASE.c.case == CASE.c.case,
            or_(*(OUTBOX_CASE.c.said == each.value for each in sorted(TELLING))),
            OUTBOX.c.created_at >= CASE.c.new_since,
        )
    )
    is_silence = CASE.c.kind == Kind.SILENCE.value
    kinds = {"silence": is_silence, "tier 3": ~is_silence & (CASE.c.tier >= INTENSIVE)}
    return (
        select(CASE.c.case)
        .where(
            CASE.c.school == bindparam("of_school"),
            CASE.c.state == CaseState.NEW.value,
            CASE.c.opened_on >= bindparam("earliest"),
            or_(false(), *(each for name, each in kinds.items() if name in which)),
            ~exists(told),
        )
        .limit(1)
    )


def _progress(facts: SchoolFacts) -> str:
    return f"digest/{facts.school}"
