"""One batch in, one result out: what every engine runs (ARCHITECTURE.md).

An `Engine` holds the books of some schools: of one process, or of one partition. A batch is
decoded once; then each school takes its part of it, in order.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from alerts.alert import Alert, State
from alerts.watch import Watch
from models.arrays import AnyArray, ByteArray
from models.codes import REASONS, STATUSES
from models.events.checks import Reject
from models.events.columns import DEFAULT_NONE, Columns, Registers, in_order, joined, part
from models.events.decode import Decoder
from models.events.types import Erase, Event, tag_of
from models.scorecard.serving import Scorecard
from streams.school import School

TOO_OLD = "too old"
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines, each one event, with their positions: a line's number or an offset."""

    lines: Sequence[bytes]
    positions: Sequence[int]


@dataclass(slots=True)
class Counts:
    """What was read: events by type, and marks."""

    events: Counter[str] = field(default_factory=Counter)
    marks_by_status: Counter[str] = field(default_factory=Counter)

    @property
    def marks(self) -> int:
        """How many marks of any status."""
        return self.marks_by_status.total()

    def add_marks(self, codes: ByteArray) -> None:
        """Count some marks."""
        statuses = np.bincount((codes - 1) // len(REASONS), minlength=len(STATUSES)).tolist()
        for status, marks in zip(STATUSES, statuses, strict=True):
            if marks:
                self.marks_by_status[status.value] += marks


OnFailure = Callable[[str, Exception], None]
"""Told of a school that cannot be worked out, and what was raised."""

Erased = tuple[str, str | None]
"""School and pupil; an alert about no pupil has no such."""


def is_gone(alert: Alert, erased: Collection[Erased]) -> bool:
    """Say whether an alert is to be deleted, not told: it was withdrawn by an erasure."""
    return alert.state is State.WITHDRAWN and (alert.school, alert.pupil) in erased


@dataclass(slots=True)
class Step:
    """What came of a batch, or of a part of it."""

    alerts: list[Alert] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    erased: frozenset[Erased] = frozenset()

    def add(self, other: "Step") -> None:
        """Add what came of another part."""
        self.alerts += other.alerts
        self.rejects += other.rejects
        self.counts.events += other.counts.events
        self.counts.marks_by_status += other.counts.marks_by_status
        self.erased |= other.erased


def first_positions(columns: Columns, engine: "Engine") -> dict[str, int]:
    """The first position of each school of which something was said."""
    names = engine.decoder.names.texts
    first: dict[str, int] = {}
    for registers in columns.registers:
        numbers, places = np.unique(registers.school, return_index=True)
        for number, position in zip(numbers, registers.position[places], strict=True):
            first[names[number]] = min(int(position), first.get(names[number], int(position)))
    for position, event in columns.others:
        first[event.school] = min(position, first.get(event.school, position))
    return first


class Engine:
    """The books of some schools, and what was published of them.

    ``live``: after every batch one difference is taken, and live rules speak on the open day. A
    replay takes it at every close of a school's day instead.
    """

    def __init__(self, pack: str, scorecard: Scorecard | None = None, *, live: bool = True) -> None:
        self.decoder = Decoder()
        self.schools: dict[str, School] = {}
        self.pack = pack
        self.scorecard = scorecard
        self._live = live
        self._by_number: dict[int, School] = {}
        self._owner = np.zeros(0, np.int32)
        self._number_there = np.zeros(0, np.int32)

    def step(self, batch: Batch) -> Step:
        """Take a batch, live: decode it, apply it, and tell what changed."""
        whole = Step()
        for step in self.take(self.decode(batch)):
            whole.add(step)
        return whole

    def decode(self, batch: Batch) -> Columns:
        """Read a batch; the books are as they were."""
        columns = Columns()
        self.decoder.read_lines(batch.lines, batch.positions, columns)
        return columns

    def take(self, columns: Columns) -> Iterator[Step]:
        """Apply what was decoded, and tell: a step for each school's part, then one for all."""
        return self._take(columns, tells=self._live)

    def apply(self, columns: Columns, on_failure: OnFailure | None = None) -> Iterator[Step]:
        """Apply what was decoded, and tell nothing: `streams.school.School.publish` does, later.

        ``on_failure``: told of a school whose part cannot be worked out, so that the others go on;
        the books of that one are of no use any more.
        """
        return self._take(columns, tells=False, on_failure=on_failure)

    def _take(
        self, columns: Columns, *, tells: bool, on_failure: OnFailure | None = None
    ) -> Iterator[Step]:
        whole = Step(
            rejects=list(columns.rejects),
            erased=frozenset(
                (event.school, event.pupil)
                for _, event in columns.others
                if isinstance(event, Erase)
            ),
        )
        for registers in columns.registers:
            whole.counts.add_marks(registers.code)
        for number, registers_there, others in self._by_school(columns, whole.counts):
            school = self._school(number)
            try:
                step = self._take_school(school, registers_there, others)
            except Exception as error:
                if on_failure is None:
                    raise
                on_failure(school.book.school, error)
                continue
            if tells:
                step.alerts += school.publish()
            yield step
        yield whole

    def adopt(self, watch: Watch) -> None:
        """Go on with a school as it was read back from its pages."""
        school = School(watch.book.school, self.pack, self.scorecard, live=self._live)
        watch.scorecard = self.scorecard
        school.watch = watch
        self.schools[watch.book.school] = school
        self._by_number[self.decoder.names[watch.book.school]] = school

    def drop(self, school: str) -> None:
        """Let go of a school."""
        del self.schools[school]
        del self._by_number[self.decoder.names[school]]

    def end(self) -> Iterator[tuple[Watch, list[Alert]]]:
        """The log is over, every school's last day counts as closed: what each school tells.

        The engine lets go of each.
        """
        self._by_number.clear()
        for name in list(self.schools):
            school = self.schools.pop(name)
            yield school.watch, school.end()

    # ---- one school's part

    def _take_school(
        self,
        school: School,
        registers: Registers | None,
        others: list[tuple[int, Event]],
    ) -> Step:
        step = Step()
        done = 0
        total = 0 if registers is None else len(registers.position)
        starts = [0] if registers is None else [0, *np.cumsum(registers.marks).tolist()]
        for position, event in [*others, (None, None)]:
            upto = total
            if registers is not None and position is not None:
                upto = int(np.searchsorted(registers.position, position))
            if registers is not None and done < upto:
                rows, marks = slice(done, upto), slice(starts[done], starts[upto])
                taken, refused = school.take_registers(part(registers, rows, marks))
                step.alerts += taken
                step.rejects += (Reject(at, TOO_OLD, "date", "") for at in refused)
                done = upto
            if event is not None:
                step.alerts += school.take(event)
        return step

    # ---- sorting a batch by school

    def _by_school(
        self, columns: Columns, counts: Counts
    ) -> Iterable[tuple[int, Registers | None, list[tuple[int, Event]]]]:
        others: dict[int, list[tuple[int, Event]]] = {}
        for position, event in columns.others:
            number = self.decoder.names[event.school]
            others.setdefault(number, []).append((position, event))
            counts.events[tag_of(type(event))] += 1
        if not columns.registers:
            for number, events in others.items():
                yield number, None, events
            return
        registers = joined(columns.registers)
        counts.events["register"] += len(registers.position)
        registers = _sorted_by_school(registers)
        numbers, starts = np.unique(registers.school, return_index=True)
        ends = np.append(starts[1:], len(registers.school))
        marks = np.concatenate([[0], np.cumsum(registers.marks)])
        for number, start, end in zip(
            numbers.tolist(), starts.tolist(), ends.tolist(), strict=True
        ):
            of_school = part(registers, slice(start, end), slice(marks[start], marks[end]))
            of_school.pupil = self._numbers_there(number, of_school.pupil)
            of_school.group = self._groups_there(number, of_school)
            yield number, of_school, others.pop(number, [])
        for number, events in others.items():
            yield number, None, events

    def _school(self, number: int) -> School:
        school = self._by_number.get(number)
        if school is None:
            name = self.decoder.names.texts[number]
            school = self._by_number[number] = School(
                name, self.pack, self.scorecard, live=self._live
            )
            self.schools[name] = school
        return school

    def _numbers_there(self, school: int, pupil: AnyArray) -> AnyArray:
        """Numbers of pupils in a school's book, for their numbers in the decoder."""
        known = len(self.decoder.pupils.texts)
        if len(self._owner) < known:
            grown = np.full(max(known, 2 * len(self._owner)), _NOBODY, np.int32)
            grown[: len(self._owner)] = self._owner
            self._owner, owner = grown, self._owner
            there = np.zeros(len(grown), np.int32)
            there[: len(owner)] = self._number_there
            self._number_there = there
        strange = self._owner[pupil] != school
        if not strange.any():
            return self._number_there[pupil]
        numbers = self._number_there[pupil]
        book = self._school(school).book
        met, place = np.unique(pupil[strange], return_inverse=True)
        met_numbers = np.zeros(len(met), np.int32)
        texts = self.decoder.pupils.texts
        in_order = sorted(enumerate(met.tolist()), key=lambda each: texts[each[1]])
        for index, each in in_order:  # numbers must not depend on what other schools said
            met_numbers[index] = book.number_of_pupil(texts[each])
            if self._owner[each] == _NOBODY:
                self._owner[each] = school
                self._number_there[each] = met_numbers[index]
        numbers[strange] = met_numbers[place]
        return numbers

    def _groups_there(self, school: int, registers: Registers) -> AnyArray:
        """Numbers of groups in a school's book, of registers that say a default."""
        group = np.zeros(len(registers.group), np.int32)
        said = np.flatnonzero((registers.default != DEFAULT_NONE) & (registers.group >= 0))
        if len(said):
            book = self._school(school).book
            texts = self.decoder.names.texts
            met, place = np.unique(registers.group[said], return_inverse=True)
            for text in sorted(texts[each] for each in met.tolist()):
                book.number_of_group(text)
            numbers = [book.number_of_group(texts[each]) for each in met.tolist()]
            group[said] = np.array(numbers, np.int32)[place]
        return group


def _sorted_by_school(registers: Registers) -> Registers:
    if (np.diff(registers.school) >= 0).all():
        return registers
    return in_order(registers, np.argsort(registers.school, kind="stable"))
