"""A second, naive implementation of SEMANTICS.md, to hold the fast one against.

Standard library only; it shares no code with the project. Everything is worked out anew from the
whole log each time, from the first school day on: no state, no book of 100 days, no final days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from . import outputs
from .episodes import School
from .further import further
from .log import Log, read_log
from .outputs import StandingRow

__all__ = [
    "Result",
    "StandingRow",
    "further_patterns",
    "patterns",
    "reasons_after",
    "replay",
    "standing_after",
]


@dataclass(frozen=True)
class Result:
    """What ``gemist replay --scorecard none`` has to give.

    ``rejects`` are (1-based line, reason), ``faults`` beside each of them every reason that
    would do as well; ``reasons``: id of a standing alert → its rules (none for a notice).
    """

    pupils_csv: str
    school_days_csv: str
    unenrolled_csv: str
    standing: list[StandingRow]
    rejects: list[tuple[int, str]]
    faults: list[frozenset[str]]
    reasons: dict[str, tuple[str, ...]]


def replay(lines: Iterable[bytes], pack: str = "nl") -> Result:
    """The whole log; after its end the last day counts as closed."""
    log = read_log(lines)
    schools = _schools(log, pack, ended=True)
    return Result(
        pupils_csv=outputs.pupils(schools),
        school_days_csv=outputs.school_days(schools),
        unenrolled_csv=outputs.unenrolled(schools),
        standing=outputs.standing_rows(schools),
        rejects=[(line, reject.reason) for line, reject in log.rejects],
        faults=[frozenset(reject.faults) for _, reject in log.rejects],
        reasons=_reasons(schools),
    )


def standing_after(lines: Sequence[bytes], pack: str = "nl") -> list[StandingRow]:
    """What stands in a live engine that has read these lines: the newest day may be open."""
    return outputs.standing_rows(_schools(read_log(lines), pack, ended=False))


def reasons_after(lines: Sequence[bytes], pack: str = "nl") -> dict[str, tuple[str, ...]]:
    """Id of each alert that stands then → the rules that are its reasons, sorted."""
    return _reasons(_schools(read_log(lines), pack, ended=False))


def patterns(
    lines: Iterable[bytes], pack: str, school: str, pupil: str, day: date, *, ended: bool = True
) -> dict[str, int | None]:
    """The patterns of a pupil as of a school day, by name."""
    for each in _schools(read_log(lines), pack, ended=ended):
        if each.book.school == school and day in each.days:
            return each.patterns(pupil, day).by_name()
    raise LookupError(f"{day} is no school day of {school}")


def further_patterns(
    lines: Iterable[bytes], pack: str
) -> dict[tuple[str, str], dict[str, float | None]]:
    """(school, pupil) → further patterns of who is enrolled on its school's last day."""
    return {
        (each.book.school, pupil): further(each, pupil, each.days[-1])
        for each in _schools(read_log(lines), pack, ended=True)
        if each.days
        for pupil in each.book.enrolled[each.days[-1]]
    }


def _schools(log: Log, pack: str, *, ended: bool) -> list[School]:
    return [School(book, pack, ended=ended) for book in log.books()]


def _reasons(schools: list[School]) -> dict[str, tuple[str, ...]]:
    return {alert.id: alert.rules for school in schools for alert in school.standing()}
