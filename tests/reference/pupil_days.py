"""One pupil on one school day, in counts (SEMANTICS.md 3 and 5)."""

from dataclasses import dataclass
from datetime import date

from .book import Book


@dataclass(frozen=True)
class PupilDay:
    """Counts of a pupil's known sessions; all 0 where none is known."""

    known: int
    missed: int
    ill: int  # missed for illness
    unauthorised: int  # missed without authority
    unauthorised_minutes: int  # absent and left_early, whatever a report covers
    late: int  # without authority

    @property
    def fully_missed(self) -> bool:
        return self.known > 0 and self.missed == self.known


NOTHING_KNOWN = PupilDay(0, 0, 0, 0, 0, 0)
SILENT, SKIPPED, ENDS = "silent", "skipped", "ends"


class PupilDays:
    """Every pupil on every school day, each worked out once."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._days = {
            (pupil, day): self._count(pupil, day)
            for day in book.school_days
            for pupil in book.enrolled[day]
        }
        self._silence: dict[tuple[str, date], str] = {}

    def on(self, pupil: str, day: date) -> PupilDay:
        return self._days.get((pupil, day), NOTHING_KNOWN)

    def _count(self, pupil: str, day: date) -> PupilDay:
        sessions = self.book.known_sessions(pupil, day)
        return PupilDay(
            known=len(sessions),
            missed=sum(session.missed for session in sessions),
            ill=sum(session.ill for session in sessions),
            unauthorised=sum(session.missed and session.unauthorised for session in sessions),
            unauthorised_minutes=sum(
                self.book.minutes_missed(session.mark)
                for session in sessions
                if session.mark and session.has("absent", "left_early") and session.unauthorised
            ),
            late=sum(session.has("late") and session.unauthorised for session in sessions),
        )

    def silence(self, pupil: str, day: date) -> str:
        """Is the pupil silent on the day, is it skipped, or does it end a row of silent days?"""
        if (pupil, day) not in self._silence:
            self._silence[pupil, day] = self._silent_or_not(pupil, day)
        return self._silence[pupil, day]

    def _silent_or_not(self, pupil: str, day: date) -> str:
        enrolled = self.book.enrolled[day]
        if pupil not in enrolled or self.on(pupil, day).known:
            return ENDS
        group = enrolled[pupil].group
        everyone = [other for other in enrolled if other != pupil]
        others = [other for other in everyone if group and enrolled[other].group == group]
        others = others or everyone
        known = sum(self.on(other, day).known > 0 for other in others)
        return SILENT if others and 2 * known >= len(others) else SKIPPED
