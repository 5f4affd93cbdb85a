"""A watched school as pages: its book's, and one of its episodes and of what was published.

`read_watch` of what `write_watch` wrote goes on to the same messages, byte for byte, as the watch
that was written (docs/pages.md). The structs are format version 2; see `models.pages` for what a
change of them asks for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec
import numpy as np
from msgspec import UNSET

from alerts.alert import Cause, Figure, State
from alerts.difference import Published, Told, ToldAbout, nothing_told
from alerts.episodes import Folds
from alerts.rules import Kind
from alerts.watch import Moment, Watch
from models.common_cause import Levels
from models.page_format import Array, PageKey, PageKind, UnreadablePageError, seal
from models.pages import (
    Changed,
    Pages,
    Written,
    read_book,
    read_page,
    write_book,
    write_changed_pages,
)
from models.roster import Roster
from models.scorecard.serving import Part, Scorecard


class _Episodes(msgspec.Struct, frozen=True):
    """Of all moments and kinds, one after the other."""

    subject: Array
    tier: Array
    state: Array
    quiet: Array
    opened: Array
    held: Array


class _Levels(msgspec.Struct, frozen=True):
    days: Array
    known_pupils: Array
    enrolled: Array
    missed: Array
    expected: Array
    sort: Array


class _Cause(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Its texts by their place in `_EpisodesPage.texts`."""

    code: int
    revision: int
    figures: list[tuple[int, Figure]]
    dates: list[int]
    parts: list[tuple[int, float | None, float]] | None = None
    """(pattern, value, points)"""
    simulated: bool = False


class _Told(msgspec.Struct, frozen=True, array_like=True, gc=False):
    kind: Kind
    subject: int
    opened: int
    state: State
    tier: int
    group: int
    mentor: int
    causes: list[_Cause]
    as_of: int
    live: bool


class _EpisodesPage(msgspec.Struct, frozen=True):
    moments: list[tuple[int, dict[Kind, int]]]
    """(day, kind → how many of `episodes` are its)"""
    episodes: _Episodes
    levels: _Levels
    mentors: list[str | None]
    """By the numbers that `told` has, which are this page's own."""
    told: msgspec.Raw
    """A list of `_Told`."""
    kept_causes: list[tuple[Kind, int, int, list[_Cause]]]
    """(kind, pupil, day, reasons)"""
    texts: list[str]
    """Those of all reasons, once each: a date is named by hundreds."""
    erased: list[int]
    is_corrected: bool
    forgot_until: int
    rules: str | None = None
    """Revision of the pack by which all this was worked out; null where that is not known."""
    scorecard: str | None = None
    """SHA-256 of the scorecard, null for none."""


def write_watch(watch: Watch) -> Iterator[Written]:
    """Write all pages of a watched school."""
    yield from write_book(watch.book, watch.spoken_of)
    yield write_episodes(watch)


def write_changed(watch: Watch) -> Iterator[Changed]:
    """Write the pages that changed since they were last written or read.

    None stands for a page that is gone. What was given counts as written: whoever could not
    store it has to read the school again from its pages.
    """
    yield from write_changed_pages(watch.book, watch.spoken_of)
    worked_out = watch.worked_out
    if not worked_out.is_same(watch.episodes_written):
        yield write_episodes(watch)
        watch.episodes_written = worked_out


def read_watch(
    school: str, pages: Pages, default_pack: str, scorecard: Scorecard | None = None
) -> Watch:
    """Read a watched school from all its pages.

    ``default_pack`` and ``scorecard`` are settings of today. Where the school's pages were worked
    out by others, or do not say by which, all that is not final is worked out anew when the
    school is next settled. Raises `models.page_format.UnreadablePageError` as
    `models.pages.read_book` does.
    """
    book = read_book(school, pages)
    kept = read_page(PageKey(school, PageKind.EPISODES), pages, _READ_EPISODES)
    book.roster = _with_mentors(book.roster, kept.mentors)
    watch = Watch(
        book,
        default_pack,
        levels=kept.levels,
        moments=kept.moments,
        published=kept.published,
        kept_causes=kept.kept_causes,
        erased=kept.erased,
        is_corrected=kept.is_corrected,
        forgot_until=kept.forgot_until,
        scorecard=scorecard,
    )
    if watch.folds_by == kept.folded_by:
        watch.episodes_written = watch.worked_out
    else:
        watch.work_anew()
    return watch


def write_episodes(watch: Watch) -> Written:
    """Write what was worked out of a book, and what was last published."""
    key = PageKey(watch.book.school, PageKind.EPISODES)
    names = watch.book.roster.mentors
    told_of = [
        (kind, subject, told)
        for kind, subjects in watch.published.told.items()
        for subject, by_day in subjects.items()
        for told in by_day.values()
    ]
    mentors: list[str | None] = list(
        dict.fromkeys([None, *(names[told.mentor] for _, _, told in told_of)])
    )
    number = {mentor: place for place, mentor in enumerate(mentors)}
    levels = watch.levels
    texts = _Texts()
    content = _EpisodesPage(
        [
            (moment.day, {kind: len(folds.subject) for kind, folds in moment.folds.items()})
            for moment in watch.moments
        ],
        _episodes([folds for moment in watch.moments for folds in moment.folds.values()]),
        _Levels(
            Array.of(levels.days),
            Array.of(levels.known_pupils),
            Array.of(levels.enrolled),
            Array.of(levels.missed),
            Array.of(levels.expected),
            Array.of(levels.sort),
        ),
        mentors,
        _raw(
            _Told(
                kind,
                subject,
                told.opened,
                told.state,
                told.tier,
                told.group,
                number[names[told.mentor]],
                texts.write(told.causes),
                told.as_of,
                told.live,
            )
            for kind, subject, told in told_of
        ),
        [
            (kind, pupil, day, texts.write(causes))
            for (kind, pupil), (day, causes) in watch.kept_causes.items()
        ],
        list(texts),
        sorted(watch.erased),
        watch.is_corrected,
        watch.forgot_until,
        *watch.folds_by,
    )
    return key, seal(key, content)


def _raw(told: Iterable[_Told]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(list(told)))


class _Texts(dict[str, int]):
    """Texts, numbered in the order in which they are met."""

    def __missing__(self, text: str) -> int:
        self[text] = len(self)
        return self[text]

    def write(self, causes: tuple[Cause, ...]) -> list[_Cause]:
        """Give reasons with their texts as numbers."""
        return [
            _Cause(
                self[each.code],
                self[each.revision],
                [(self[name], value) for name, value in each.figures.items()],
                list(map(self.__getitem__, each.dates)),
                None
                if each.parts is UNSET
                else [(self[part.pattern], part.value, part.points) for part in each.parts],
                each.simulated is True,
            )
            for each in causes
        ]


@dataclass
class _Reasons:
    """Reads reasons; what hundreds of a school say alike, figures or dates, is one object."""

    texts: list[str]
    _figures: dict[object, dict[str, Figure]] = field(default_factory=dict)
    _dates: dict[tuple[int, ...], tuple[str, ...]] = field(default_factory=dict)

    def read(self, written: list[_Cause]) -> tuple[Cause, ...]:
        """Read the reasons of an alert."""
        texts = self.texts
        return tuple(
            Cause(
                texts[each.code],
                texts[each.revision],
                self._read_figures(each.figures),
                self._read_dates(each.dates),
                UNSET
                if each.parts is None
                else tuple(Part(texts[name], value, points) for name, value, points in each.parts),
                True if each.simulated else UNSET,
            )
            for each in written
        )

    def _read_figures(self, written: list[tuple[int, Figure]]) -> dict[str, Figure]:
        key = tuple((name, value, type(value)) for name, value in written)  # 1 is not 1.0
        if key not in self._figures:
            self._figures[key] = {self.texts[name]: value for name, value in written}
        return self._figures[key]

    def _read_dates(self, written: list[int]) -> tuple[str, ...]:
        key = tuple(written)
        if key not in self._dates:
            self._dates[key] = tuple(map(self.texts.__getitem__, written))
        return self._dates[key]


def _episodes(folds: list[Folds]) -> _Episodes:
    return _Episodes(
        Array.of(np.concatenate([each.subject for each in folds])),
        Array.of(np.concatenate([each.tier for each in folds])),
        Array.of(np.concatenate([each.state for each in folds])),
        Array.of(np.concatenate([each.quiet for each in folds])),
        Array.of(np.concatenate([each.opened for each in folds])),
        Array.of(np.concatenate([each.held for each in folds])),
    )


@dataclass(frozen=True)
class _Kept:
    levels: Levels
    moments: list[Moment]
    published: Published
    kept_causes: dict[tuple[Kind, int], tuple[int, tuple[Cause, ...]]]
    erased: set[int]
    is_corrected: bool
    forgot_until: int
    mentors: list[str | None]
    folded_by: tuple[str | None, str | None]


def _read_episodes(content: bytes) -> _Kept:
    read = _decode_episodes(content)
    reasons, told = _Reasons(read.texts), bytes(read.told)  # not a view of the whole page
    levels = read.levels
    return _Kept(
        Levels(
            levels.days.read("<i4"),
            levels.known_pupils.read("<i4"),
            levels.enrolled.read("<i4"),
            levels.missed.read("<i4"),
            levels.expected.read("<i4"),
            levels.sort.read("|u1"),
        ),
        _moments(read),
        Published(lambda: _read_told(told, reasons)),
        {
            (kind, pupil): (day, reasons.read(causes))
            for kind, pupil, day, causes in read.kept_causes
        },
        set(read.erased),
        read.is_corrected,
        read.forgot_until,
        read.mentors,
        (read.rules, read.scorecard),
    )


def _read_told(written: bytes, reasons: _Reasons) -> ToldAbout:
    told = nothing_told()
    try:
        for each in _decode_told(written):
            told[each.kind].setdefault(each.subject, {})[each.opened] = Told(
                each.opened,
                each.state,
                each.tier,
                each.group,
                each.mentor,
                reasons.read(each.causes),
                each.as_of,
                each.live,
            )
    except (ValueError, LookupError) as error:  # msgspec's are ValueErrors
        raise UnreadablePageError(f"what was told: {error}") from error
    return told


def _moments(read: _EpisodesPage) -> list[Moment]:
    subject = read.episodes.subject.read("<i4", "<i8").astype(np.intp)
    tier, state = read.episodes.tier.read("|u1"), read.episodes.state.read("|u1")
    quiet = read.episodes.quiet.read("|u1")
    opened, held = read.episodes.opened.read("<i4"), read.episodes.held.read("<i4")
    moments = []
    start = 0
    for day, counts in read.moments:
        folds = {}
        for kind, count in counts.items():
            rows = slice(start, start + count)
            folds[kind] = Folds(
                subject[rows], tier[rows], state[rows], quiet[rows], opened[rows], held[rows]
            )
            start += count
        moments.append(Moment(day, folds))
    return moments


_decode_told: Final = msgspec.msgpack.Decoder(list[_Told]).decode
_decode_episodes: Final = msgspec.msgpack.Decoder(_EpisodesPage).decode
_READ_EPISODES: Final = dict.fromkeys((1, 2, 3), _read_episodes)


def _with_mentors(roster: Roster, mentors: list[str | None]) -> Roster:
    """Take the mentors' numbers of an episodes page; others get theirs when they are met."""
    number = {mentor: place for place, mentor in enumerate(mentors)}
    return replace(roster, mentors=mentors, _mentor_number=number)
