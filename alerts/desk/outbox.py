"""The outbox: messages to people, kept until they have gone out, and the log of what was told.

A message is put here by the transaction that decided on it, and goes out later by a channel. What
has gone out stays as the log of what was told to whom and when. Everything here runs within the
caller's transaction; nothing here knows the network.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from alerts.desk.casebook import upserts
from alerts.desk.channels.address import Channel
from alerts.desk.channels.failure import Undelivered
from alerts.desk.letter import Letter
from alerts.desk.people import Person
from alerts.desk.tables import CASE, OUTBOX, OUTBOX_CASE, PERSON

FIRST_PAUSE_SECONDS: Final = 60
LONGEST_PAUSE_SECONDS: Final = 6 * 3600
JITTER: Final = 0.25
"""A pause is up to this share longer or shorter, so that not everything comes back at once."""
MOST_TRIES: Final = 16
"""Pauses of 1, 2, 4 … 256 minutes, and of 6 hours after that: two days and six hours in all."""
STALE_SECONDS: Final = 4 * 24 * 3600
"""Longer than a weekend."""
LONGEST_ASKED_SECONDS: Final = 24 * 3600
"""A receiver that asks for more patience than this gets this much."""


class State(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says about a case; ``said`` as `alerts.desk.tables.OUTBOX_CASE` lists it."""

    case: int
    school: str
    pupil: str | None
    said: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is to go out."""

    message: int
    key: str
    what: str
    address: str
    letter: Letter
    created_at: int
    tries: int
    """How often it was tried in vain."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as operations may see it: without a person, a pupil or a text."""

    message: int
    school: str
    state: State
    created_at: int
    due_at: int
    tries: int
    what: str
    role: str
    error: str | None


def put(
    connection: Connection,
    key: str,
    person: Person,
    what: str,
    letter: Letter,
    cases: Sequence[Said],
    now: int,
) -> bool:
    """Put a message where it waits to go out; False, and nothing done, where ``key`` is there."""
    row = {
        "key": key,
        "school": person.school,
        "person": person.person,
        "role": person.role.value,
        "what": what,
        "address": person.address,
        "subject": letter.subject,
        "content": msgspec.json.encode(letter),
        "state": State.WAITING.value,
        "created_at": now,
        "due_at": now,
        "tries": 0,
    }
    message = connection.execute(
        upserts.insert(connection, OUTBOX)
        .values(row)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(OUTBOX.c.message)
    ).scalar_one_or_none()
    if message is None:
        return False
    if cases:
        connection.execute(
            insert(OUTBOX_CASE),
            [
                {
                    "message": message,
                    "case": each.case,
                    "school": each.school,
                    "pupil": each.pupil,
                    "said": each.said,
                }
                for each in cases
            ],
        )
    return True


def due(
    connection: Connection,
    now: int,
    most: int,
    channels: Collection[Channel] = tuple(Channel),
) -> list[Waiting]:
    """What is to go out by now by some channels, longest due first, at most so many."""
    is_webhook = func.lower(OUTBOX.c.address).like("http%://%")
    wanted = select(OUTBOX).where(OUTBOX.c.state == State.WAITING.value, OUTBOX.c.due_at <= now)
    match (Channel.MAIL in channels, Channel.WEBHOOK in channels):
        case (True, False):
            wanted = wanted.where(~is_webhook)
        case (False, True):
            wanted = wanted.where(is_webhook)
        case (False, False):
            return []
    rows = connection.execute(wanted.order_by(OUTBOX.c.due_at, OUTBOX.c.message).limit(most))
    return [
        Waiting(
            message=row.message,
            key=row.key,
            what=row.what,
            address=row.address,
            letter=msgspec.json.decode(row.content, type=Letter),
            created_at=row.created_at,
            tries=row.tries,
        )
        for row in rows
    ]


def take_back_stale(connection: Connection, now: int, what: Collection[str]) -> int:
    """Forget messages that waited for days without being tried; says how many.

    There was no mail server, or the node stood still. What they told of counts as not told, so
    that it is told anew as it is today, instead of a fortnight's digests in one morning.
    """
    stale = (
        (OUTBOX.c.state == State.WAITING.value)
        & (OUTBOX.c.due_at < now - STALE_SECONDS)
        & OUTBOX.c.what.in_(list(what))
    )
    return connection.execute(delete(OUTBOX).where(stale)).rowcount


def sent(connection: Connection, message: int, now: int) -> None:
    """Write down that a message has gone out."""
    connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.message == message)
        .values(state=State.SENT.value, sent_at=now, tries=OUTBOX.c.tries + 1, error=None)
    )


def failed(
    connection: Connection, waiting: Waiting, failure: Undelivered, now: int, rng: random.Random
) -> State:
    """Write down that a message did not go out: it waits for its next time, or is dead."""
    tries = waiting.tries + 1
    is_over = not failure.may_pass or tries >= MOST_TRIES
    state = State.DEAD if is_over else State.WAITING
    connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.message == waiting.message, OUTBOX.c.state == State.WAITING.value)
        .values(
            state=state.value,
            tries=tries,
            error=str(failure),
            due_at=now + pause(tries, failure.after_seconds, rng),
        )
    )
    return state


def pause(tries: int, asked: int | None, rng: random.Random) -> int:
    """Seconds until a message is tried again that was tried so often, and what was asked for.

    >>> [pause(tries, None, random.Random(1)) for tries in (1, 2, 9, 10)]
    [49, 98, 12551, 17651]
    >>> pause(1, 3600, random.Random(1))
    3600
    """
    doubled = FIRST_PAUSE_SECONDS * 2.0 ** min(tries - 1, MOST_TRIES)
    own = min(doubled, LONGEST_PAUSE_SECONDS) * rng.uniform(1 - JITTER, 1 + JITTER)
    return max(int(own), min(asked or 0, LONGEST_ASKED_SECONDS))


def counted(connection: Connection) -> dict[State, int]:
    """How many messages wait, and how many are dead."""
    states = (State.WAITING, State.DEAD)
    found = connection.execute(
        select(OUTBOX.c.state, func.count())
        .where(OUTBOX.c.state.in_([state.value for state in states]))
        .group_by(OUTBOX.c.state)
    )
    numbers = {State(state): number for state, number in found}
    return {state: numbers.get(state, 0) for state in states}


def listed(connection: Connection, *, only_dead: bool = False) -> list[Listed]:
    """What has not gone out, or only what is dead; oldest first."""
    states = [State.DEAD.value] if only_dead else [State.WAITING.value, State.DEAD.value]
    columns = [OUTBOX.c[field] for field in Listed.__dataclass_fields__]
    rows = connection.execute(
        select(*columns).where(OUTBOX.c.state.in_(states)).order_by(OUTBOX.c.message)
    )
    return [Listed(**{**row._mapping, "state": State(row.state)}) for row in rows]  # noqa: SLF001


def retry(connection: Connection, messages: Collection[int] | None, now: int) -> list[int]:
    """Let messages, or all, go out now as if they were new; which of them had not gone out yet.

    Each goes to where its person is reached today: the address may be what was mended.
    """
    today = (
        select(PERSON.c.address)
        .where(
            PERSON.c.school == OUTBOX.c.school,
            PERSON.c.person == OUTBOX.c.person,
            PERSON.c.role == OUTBOX.c.role,
        )
        .scalar_subquery()
    )
    chosen = (OUTBOX.c.state != State.SENT.value) & (OUTBOX.c.content != b"")
    if messages is not None:
        chosen &= OUTBOX.c.message.in_(messages)
    again = connection.execute(
        update(OUTBOX)
        .where(chosen)
        .values(
            state=State.WAITING.value,
            due_at=now,
            tries=0,
            error=None,
            address=func.coalesce(today, OUTBOX.c.address),
        )
        .returning(OUTBOX.c.message)
    )
    return sorted(again.scalars())


def forget(connection: Connection, before: int) -> int:
    """Forget messages that went out, or died, before an instant; how many.

    While a case is kept, it is also known what was told of it and when, or it would be told again
    as new: of such a message only the text and the address go.
    """
    over = (OUTBOX.c.state != State.WAITING.value) & (
        func.coalesce(OUTBOX.c.sent_at, OUTBOX.c.due_at) < before
    )
    of_kept_cases = select(OUTBOX_CASE.c.message).join(CASE, CASE.c.case == OUTBOX_CASE.c.case)
    gone = connection.execute(delete(OUTBOX).where(over, OUTBOX.c.message.not_in(of_kept_cases)))
    emptied = connection.execute(
        update(OUTBOX)
        .where(over, OUTBOX.c.content != b"")
        .values(content=b"", subject="", address="")
    )
    return gone.rowcount + emptied.rowcount
