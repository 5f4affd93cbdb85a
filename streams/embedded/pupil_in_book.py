"""One pupil in a school's book as it is today: what was said, and what was worked out."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from alerts.watch import PUPIL_KINDS, Watch
from models.book import Book, pupil_digest
from models.codes import LAST_PRESENT, NO_MINUTES, NOTHING, PRESENT, REASONS, STATUSES
from models.events.instants import write_date, write_instant
from models.features import features
from models.page import NEVER, WHOLE_SCHOOL, Page, implied_minutes
from models.patterns import NOT_SEEN, PATTERNS, measure
from models.pupil_days import count_pupil_days
from models.roster import FOREVER, NOT_ENROLLED
from models.school_days import PATTERN_DAYS

Line = dict[str, Any]


def in_book(watch: Watch, pupil: str) -> Iterator[Line]:
    """Lines, each with ``what`` it is; none for a pupil whom the book does not know."""
    book = watch.book
    number = book.pupil_number.get(pupil)
    if number is None:
        number = book.nameless.get(pupil_digest(book.school, pupil))
    if number is None:
        return
    if number in book.erased:
        yield {"what": "erasure", "until": write_instant(book.erased[number])}
    yield from _said(book, number)
    for date in sorted(book.pages):
        yield from _slots(book, book.pages[date], number)
    yield from _worked_out(watch, number)


def _said(book: Book, number: int) -> Iterator[Line]:
    for (pupil, first), held in sorted(book.roster.held.items()):
        if pupil == number:
            yield {
                "what": "enrolment",
                "id": held.id,
                "recorded_at": write_instant(held.at),
                "from": write_date(first),
                "until": None if held.last == FOREVER else write_date(held.last),
                "group": book.groups[held.group],
                "mentor": held.mentor,
                "status": held.status,
                "phase": held.phase,
            }
    for (alert, at), report in sorted(book.reports.get(number, {}).items()):
        yield {
            "what": "report",
            "id": report.id,
            "recorded_at": write_instant(at),
            "alert": alert,
            "until": None if report.until is None else write_date(report.until),
        }
    if number in book.first_live_kept:
        yield {"what": "first mark", "date": write_date(book.first_live_kept[number])}


def _slots(book: Book, page: Page, number: int) -> Iterator[Line]:
    """What holds of each session of a date: the pupil's own mark, or a register's default."""
    group = int(book.groups_on(page.date)[number])
    for row in np.argsort(page.sessions).tolist():
        found = [*_mark(page, row, number), *_defaults(book, page, row, group, number)]
        if found:
            _, _, slot = max(found, key=lambda each: each[:2])
            yield {
                "what": "slot",
                "date": write_date(page.date),
                "session": page.sessions[row],
                **slot,
            }


def _mark(page: Page, row: int, number: int) -> Iterator[tuple[int, int, Line]]:
    """Second, rank among what was said in one second, and what was said."""
    if number >= page.code.shape[1] or page.code[row, number] == NOTHING:
        return
    code = page.code[row, number]
    at = int(page.said[row, number]) + page.midnight
    if page.minutes is None:
        minutes = int(implied_minutes(code))
    else:
        minutes = int(page.minutes[row, number]) - 1
    status, reason = divmod(int(code) - 1, len(REASONS))
    yield (
        at,
        2,
        {
            "status": STATUSES[status],
            "reason": REASONS[reason] if code > LAST_PRESENT else None,
            "minutes_missed": None if minutes == NO_MINUTES else minutes,
            "said_by": "mark",
            "recorded_at": write_instant(at),
        },
    )


def _defaults(
    book: Book, page: Page, row: int, group: int, number: int
) -> Iterator[tuple[int, int, Line]]:
    if group == NOT_ENROLLED:
        return
    present = STATUSES[(PRESENT - 1) // len(REASONS)]
    for rank, whose, said_by in ((1, group, "group"), (0, WHOLE_SCHOOL, "school")):
        if whose >= len(page.defaults) or (rank == 1 and group == WHOLE_SCHOOL):
            continue
        said = int(page.defaults[whose, row])
        at, is_withdrawn = said >> 1, said & 1
        if said != NEVER and not is_withdrawn and at > book.erased.get(number, NEVER):
            yield (
                at,
                rank,
                {
                    "status": present,
                    "reason": None,
                    "minutes_missed": 0,
                    "said_by": f"default of the {said_by}",
                    "recorded_at": write_instant(at),
                },
            )


def _worked_out(watch: Watch, number: int) -> Iterator[Line]:
    """Patterns, score and tiers as of the newest closed day; what was last told, and why."""
    book = watch.book
    days = book.days[: book.newest_closed + 1][-PATTERN_DAYS:]
    if len(days):
        as_of = write_date(int(days[-1]))
        levels = watch.levels.of(days, len(book.groups))
        counted = count_pupil_days(book, days)
        patterns = measure(book, counted, levels, np.array([len(days) - 1]))
        if counted.in_force.enrolled[-1, number]:
            values = {name: int(patterns[name][0, number]) for name in PATTERNS}
            shown = {name: None if value == NOT_SEEN else value for name, value in values.items()}
            yield {"what": "patterns", "as_of": as_of, "patterns": shown}
            if watch.scorecard is not None:
                scores = watch.scorecard.scores(features(patterns, 0))
                yield {"what": "score", "as_of": as_of, "score": float(scores[number])}
    for kind in PUPIL_KINDS:
        folds = watch.moments[-1].folds[kind]
        for place in np.flatnonzero(folds.subject == number).tolist():
            yield {
                "what": "episode",
                "as_of": write_date(watch.moments[-1].day),
                "kind": kind,
                "tier": int(folds.tier[place]),
                "opened_on": write_date(int(folds.opened[place])),
                "quiet_days": int(folds.quiet[place]),
            }
        for told in watch.published.told[kind].get(number, {}).values():
            yield {
                "what": "told",
                "kind": kind,
                "state": told.state,
                "tier": told.tier,
                "opened_on": write_date(told.opened),
                "as_of": write_date(told.as_of),
                "group": book.groups[max(told.group, WHOLE_SCHOOL)],
                "mentor": book.roster.mentors[told.mentor],
                "reasons": msgspec.to_builtins(told.causes),
            }
        if (kind, number) in watch.kept_causes:
            day, causes = watch.kept_causes[kind, number]
            yield {
                "what": "reasons of a final day",
                "kind": kind,
                "day": write_date(day),
                "reasons": msgspec.to_builtins(causes),
            }
