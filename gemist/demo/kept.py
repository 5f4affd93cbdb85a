"""What a node has kept since one looked last: alerts, registers, answers, read from its log.

Nothing here is handed over in memory: who serves the log is another connection, and might be
another process.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date as Date  # noqa: N812 - a type here
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec
import orjson

from alerts.alert import Alert, Cause, State
from alerts.rules import Kind
from models.events.instants import instant_of
from models.events.types import Action, Response
from streams.embedded.folder import log_of
from streams.embedded.store import connect

_MOST_REGISTERS: Final = 2000
"""Of a school, looked through for the correction that took an alert's ground away."""


class What(StrEnum):
    """What became of an alert, as its message tells."""

    OPENED = "opened"
    RAISED = "raised"
    EASED = "eased"
    CLOSED = "closed"
    TAKEN_BACK = "taken back"


_ENDED: Final = (What.CLOSED, What.TAKEN_BACK)
_WHAT: Final = {
    State.OPEN: What.OPENED,
    State.RAISED: What.RAISED,
    State.EASED: What.EASED,
    State.CLOSED: What.CLOSED,
    State.WITHDRAWN: What.TAKEN_BACK,
}


@dataclass(frozen=True, slots=True)
class Happening:
    """An alert that changed."""

    at: int
    """Seconds since 1970, by the node's clock."""
    what: What
    alert: Alert
    ground: tuple[Cause, ...]
    """The reasons by which it stood last, or stands."""
    correction: str | None = None
    """What the school said when the alert was taken back: a mark's status or reason."""

    @property
    def is_notice(self) -> bool:
        """Is it about a whole school or group, and about no pupil?"""
        return self.alert.kind is Kind.GROUP


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody did about an alert, as the log has it."""

    at: int
    """Seconds since 1970."""
    school: str
    pupil: str
    by: str | None
    action: Action
    until: str | None
    alert: Alert | None
    """As it was told last; None where this log has told of no such alert."""


@dataclass(slots=True)
class Today:
    """What came in on a school day."""

    date: str = ""
    registers: int = 0
    """Of lessons of this date, as their marks."""
    marks: int = 0
    corrections: int = 0
    """Marks that the administration corrected, of whatever date."""
    away: set[tuple[str, str]] = field(default_factory=set)
    """School and pupil of who missed a session, as first recorded."""


class Kept:
    """Follows the log of a data folder; `close` it in the end."""

    def __init__(self, folder: Path) -> None:
        self._connection = connect(log_of(folder), read_only=True)
        self._alert_number = 0
        self._position = -1
        self._last: dict[str, Happening] = {}
        self._answers: list[Answer] = []
        self.marks = 0
        """Of all registers that were kept."""
        self.today = Today()

    def close(self) -> None:
        """Let go of the log."""
        self._connection.close()

    @property
    def standing(self) -> list[Alert]:
        """What stands now, notices included, by the messages read."""
        return [each.alert for each in self._last.values() if each.what not in _ENDED]

    def begin(self, date: Date) -> None:
        """Count anew: another school day begins."""
        self.today = Today(date.isoformat())

    def skip_events(self) -> None:
        """Look at no event that is there already."""
        (newest,) = self._connection.execute("SELECT max(position) FROM event").fetchone()
        self._position = self._position if newest is None else newest

    def look(self) -> list[Happening]:
        """Read what is new: events are counted, and alerts that changed are given in order."""
        self._read_events()
        return self._read_alerts()

    def answers(self) -> list[Answer]:
        """Give what was answered, as `look` has read it; each is given once."""
        given, self._answers = self._answers, []
        return given

    def closed(self, date: Date) -> set[str]:
        """Schools of which a date is closed, with all told that follows."""
        rows = self._connection.execute(
            "SELECT DISTINCT school FROM event JOIN worked_out USING (school)"
            " WHERE type = 'close' AND date = ? AND event.position < worked_out.position",
            (date.toordinal(),),
        )
        return {school for (school,) in rows}

    # ---- events

    def _read_events(self) -> None:
        rows = self._connection.execute(
            "SELECT position, school, type, marks, line FROM event"
            " WHERE position > ? AND type IN ('register', 'response') ORDER BY position",
            (self._position,),
        )
        for position, school, kind, marks, line in rows:
            self._position = position
            if kind == "response":
                self._answers.append(self._answer(msgspec.json.decode(line, type=Response)))
                continue
            self.marks += marks
            self._count(school, marks, orjson.loads(line))

    def _answer(self, said: Response) -> Answer:
        told = self._last.get(said.alert)
        return Answer(
            instant_of(said.recorded_at),
            said.school,
            said.pupil,
            said.by,
            said.action,
            said.until,
            None if told is None else told.alert,
        )

    def _count(self, school: str, marks: int, register: dict[str, Any]) -> None:
        today = self.today
        if register.get("group") is None:
            today.corrections += marks
            return
        if register["date"] != today.date:
            return  # taken late
        today.registers += 1
        today.marks += marks
        today.away.update(
            (school, mark["pupil"])
            for mark in _marks(register)
            if mark["status"] == "absent" and mark.get("reason") != "elsewhere"
        )

    # ---- alerts

    def _read_alerts(self) -> list[Happening]:
        rows = self._connection.execute(
            "SELECT number, position, told_at, message FROM alert WHERE number > ? ORDER BY number",
            (self._alert_number,),
        ).fetchall()
        messages = [
            (position, told_at, msgspec.json.decode(message, type=Alert))
            for _, position, told_at, message in rows
        ]
        if rows:
            self._alert_number = rows[-1][0]
        replaced = {alert.replaces for _, _, alert in messages if alert.replaces}
        return [
            happening
            for position, told_at, alert in messages
            if (happening := self._changed(position, told_at, alert)) is not None
            and alert.id not in replaced
            and not alert.replaces
        ]

    def _changed(self, position: int, told_at: int, alert: Alert) -> Happening | None:
        """What an alert's message tells that is new; None where only figures changed."""
        before = self._last.get(alert.id)
        what = _WHAT[alert.state]
        is_same = before is not None and before.what is what
        if is_same and before is not None and before.alert.tier == alert.tier:
            self._last[alert.id] = Happening(told_at, what, alert, _ground(alert, before))
            return None
        correction = None
        ground = _ground(alert, before)
        if what is What.TAKEN_BACK:
            correction = self._correction(position, alert, ground)
        happening = Happening(told_at, what, alert, ground, correction)
        self._last[alert.id] = happening
        return happening

    def _correction(self, position: int, alert: Alert, ground: tuple[Cause, ...]) -> str | None:
        """Find what the school said last of the days on which an alert stood."""
        days = {day for cause in ground for day in cause.dates}
        for mark, day in self._corrections_before(position, alert):
            if day in days:
                return str(mark.get("reason") or mark["status"])
        return None

    def _corrections_before(
        self, position: int, alert: Alert
    ) -> Iterator[tuple[dict[str, Any], str]]:
        """Marks about a pupil and their dates, newest first, in registers of no group."""
        rows = self._connection.execute(
            "SELECT line FROM event WHERE position < ? AND school = ? AND type = 'register'"
            " ORDER BY position DESC LIMIT ?",
            (position, alert.school, _MOST_REGISTERS),
        )
        named = f'"{alert.pupil}"'.encode()
        for (line,) in rows:
            if named in line:
                register = orjson.loads(line)
                for mark in _marks(register):
                    if mark["pupil"] == alert.pupil and register.get("group") is None:
                        yield mark, register["date"]


def _ground(alert: Alert, before: Happening | None) -> tuple[Cause, ...]:
    if alert.state.stands:
        return alert.reasons
    return () if before is None else before.ground


def _marks(register: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Marks of a register as it came; some of them may have been refused."""
    for mark in register.get("marks") or ():
        if isinstance(mark, dict) and {"pupil", "status"} <= mark.keys():
            yield mark
