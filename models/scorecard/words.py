"""What a scorecard says of a pupil, in English and Dutch.

A text names figures by their pattern in braces; a share of sessions says both numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.features import FEATURES
from models.scorecard.serving import Part

ENGLISH, DUTCH = "en", "nl"
LANGUAGES: Final = (ENGLISH, DUTCH)


@dataclass(frozen=True, slots=True)
class Words:
    """A pattern in one language."""

    name: str
    """Of the pattern, as a heading."""
    said: str
    null: str
    """What a null means."""


def _missed(days: int) -> dict[str, Words]:
    part, whole = f"{{missed_sessions_{days}}}", f"{{expected_sessions_{days}}}"
    return {
        ENGLISH: Words(
            f"sessions missed in {days} school days",
            f"missed {part} of {whole} sessions in the last {days} school days",
            "",
        ),
        DUTCH: Words(
            f"gemiste lesmomenten in {days} schooldagen",
            f"miste {part} van {whole} lesmomenten in de laatste {days} schooldagen",
            "",
        ),
    }


def _expected(days: int) -> dict[str, Words]:
    whole = f"{{expected_sessions_{days}}}"
    return {
        ENGLISH: Words(
            f"sessions known in {days} school days",
            f"sessions known in the last {days} school days: {whole}",
            "",
        ),
        DUTCH: Words(
            f"bekende lesmomenten in {days} schooldagen",
            f"bekende lesmomenten in de laatste {days} schooldagen: {whole}",
            "",
        ),
    }


def _counted(
    pattern: str,
    english: str,
    dutch: str,
    *,
    null: tuple[str, str] = ("", ""),
) -> dict[str, Words]:
    """A name, a colon and the figure: right of one as of many."""
    return {
        ENGLISH: Words(english, f"{english}: {{{pattern}}}", null[0]),
        DUTCH: Words(dutch, f"{dutch}: {{{pattern}}}", null[1]),
    }


_COUNTED: Final = (
    (
        "known_days_60",
        "days of which something is known, in 60 school days",
        "dagen waarvan iets bekend is, in 60 schooldagen",
    ),
    (
        "unauthorised_minutes_4w",
        "minutes missed without authority in 4 school weeks",
        "minuten ongeoorloofd gemist in 4 schoolweken",
    ),
    ("illness_spells_12w", "times ill in 12 school weeks", "keren ziek in 12 schoolweken"),
    ("run_days", "whole days missed in a row", "hele dagen gemist achter elkaar"),
    ("ill_run_days", "whole days ill in a row", "hele dagen ziek achter elkaar"),
    (
        "unauthorised_run_days",
        "whole days missed without authority in a row",
        "hele dagen ongeoorloofd gemist achter elkaar",
    ),
    (
        "late_60",
        "times late without authority in 60 school days",
        "keren ongeoorloofd te laat in 60 schooldagen",
    ),
    (
        "days_silent",
        "school days in a row of which nothing is recorded",
        "schooldagen achter elkaar waarvan niets is vastgelegd",
    ),
    (
        "in_time_sessions_60",
        "sessions in time in 60 school days",
        "lesmomenten op tijd in 60 schooldagen",
    ),
    (
        "partial_days_60",
        "days missed in part, in 60 school days",
        "dagen deels gemist, in 60 schooldagen",
    ),
    (
        "spells_60",
        "times absent in 60 school days, days in a row counted once",
        "keren afwezig in 60 schooldagen, dagen achter elkaar één keer geteld",
    ),
)
"""Those that always have something to say: in English and Dutch."""
_NOTHING_KNOWN: Final = ("nothing known in 60 school days", "niets bekend in 60 schooldagen")
_NULLABLE: Final = (
    (
        "days_since_seen",
        "school days since last seen",
        "schooldagen sinds voor het laatst gezien",
        ("not seen in 60 school days", "in 60 schooldagen niet gezien"),
    ),
    (
        "missed_share_60",
        "share of the sessions missed in 60 school days",
        "deel van de lesmomenten gemist in 60 schooldagen",
        _NOTHING_KNOWN,
    ),
    (
        "recent_missed_share",
        "share of the sessions missed of late, the newest days counting most",
        "deel van de lesmomenten dat de laatste tijd is gemist, de nieuwste dagen tellen het meest",
        _NOTHING_KNOWN,
    ),
    (
        "newest_missed_share",
        "share of the newest day missed",
        "deel van de nieuwste dag gemist",
        _NOTHING_KNOWN,
    ),
    (
        "missed_of_3_days",
        "of the newest three days missed whole",
        "van de nieuwste drie dagen helemaal gemist",
        _NOTHING_KNOWN,
    ),
    (
        "missed_share_change_3_days",
        "share missed of the newest three days, more than before",
        "deel gemist van de nieuwste drie dagen, meer dan daarvoor",
        (
            "too few days known before the newest three",
            "te weinig dagen bekend voor de nieuwste drie",
        ),
    ),
    (
        "missed_share_change_20",
        "share missed in 20 school days, more than in the 40 before",
        "deel gemist in 20 schooldagen, meer dan in de 40 daarvoor",
        (
            "too few sessions known to compare 20 school days with those before",
            "te weinig lesmomenten bekend om 20 schooldagen met daarvoor te vergelijken",
        ),
    ),
    (
        "missed_share_excess_20",
        "share missed in 20 school days, more than the school's own",
        "deel gemist in 20 schooldagen, meer dan de school zelf",
        (
            "too few sessions known in 20 school days to compare with the school",
            "te weinig lesmomenten bekend in 20 schooldagen om met de school te vergelijken",
        ),
    ),
    (
        "not_in_time_excess_60",
        "share missed or late in 60 school days, more than the school's own",
        "deel gemist of te laat in 60 schooldagen, meer dan de school zelf",
        _NOTHING_KNOWN,
    ),
    (
        "late_share_60",
        "share of the attended sessions to which late without authority, in 60 school days",
        "deel van de bijgewoonde lesmomenten ongeoorloofd te laat, in 60 schooldagen",
        ("no session attended in 60 school days", "geen lesmoment bijgewoond in 60 schooldagen"),
    ),
    (
        "missed_weeks_share_60",
        "share of the school weeks in which something was missed",
        "deel van de schoolweken waarin iets is gemist",
        _NOTHING_KNOWN,
    ),
    (
        "weekday_share_60",
        "share of the missed days that falls on one weekday",
        "deel van de gemiste dagen dat op één weekdag valt",
        ("too few days missed to fall on one weekday", "te weinig gemiste dagen voor een weekdag"),
    ),
    (
        "calendar_days_known_60",
        "calendar days since something was first known",
        "kalenderdagen sinds er voor het eerst iets bekend was",
        _NOTHING_KNOWN,
    ),
    (
        "calendar_days_since_in_time",
        "calendar days since last there in time",
        "kalenderdagen sinds voor het laatst op tijd aanwezig",
        ("not there in time in 60 school days", "in 60 schooldagen niet op tijd aanwezig"),
    ),
    (
        "calendar_days_away",
        "calendar days away, whole days in a row",
        "kalenderdagen weg, hele dagen achter elkaar",
        _NOTHING_KNOWN,
    ),
    (
        "school_left_share_8w",
        "share of the pupils who left in eight weeks",
        "deel van de leerlingen dat in acht weken wegging",
        (
            "too few pupils known eight weeks ago",
            "te weinig leerlingen bekend van acht weken geleden",
        ),
    ),
    (
        "school_left_share_12w",
        "share of the pupils who left since lessons began, at most twelve weeks ago",
        "deel van de leerlingen dat wegging sinds de lessen begonnen, hooguit twaalf weken geleden",
        (
            "lessons began less than two weeks ago, or with too few pupils",
            "de lessen zijn nog geen twee weken bezig, of met te weinig leerlingen begonnen",
        ),
    ),
)


def _all_words() -> dict[str, dict[str, Words]]:
    words = {f"missed_sessions_{days}": _missed(days) for days in (5, 20, 60)}
    words |= {f"expected_sessions_{days}": _expected(days) for days in (5, 20, 60)}
    for pattern, english, dutch in _COUNTED:
        words[pattern] = _counted(pattern, english, dutch)
    for pattern, english, dutch, null in _NULLABLE:
        words[pattern] = _counted(pattern, english, dutch, null=null)
    return words


WORDS: Final = _all_words()
"""Pattern → language → words."""


def name_of(pattern: str, language: str) -> str:
    """Name a pattern; one without words by its own name.

    >>> name_of("run_days", "nl")
    'hele dagen gemist achter elkaar'
    """
    return WORDS[pattern][language].name if pattern in WORDS else pattern


def may_be_null(pattern: str) -> bool:
    """Say whether a pattern sometimes has nothing to say.

    >>> may_be_null("days_since_seen"), may_be_null("run_days")
    (True, False)
    """
    return pattern in WORDS and bool(WORDS[pattern][ENGLISH].null)


def said(part: Part, figures: Mapping[str, float | None], language: str) -> str:
    """Say one part of a score; ``figures`` are all patterns of the pupil.

    >>> part = Part("missed_sessions_20", 7.0, 0.6)
    >>> said(part, {"missed_sessions_20": 7.0, "expected_sessions_20": 10.0}, "en")
    'missed 7 of 10 sessions in the last 20 school days'
    """
    words = WORDS.get(part.pattern)
    if words is None:
        return f"{part.pattern}: {number(part.value)}"
    if part.value is None:
        return words[language].null or f"{words[language].name}: {number(None)}"
    figures = {name: figures.get(name) for name in FEATURES} | {part.pattern: part.value}
    return words[language].said.format_map({name: number(each) for name, each in figures.items()})


def number(value: float | None) -> str:
    """Write a figure: whole numbers without a point, others with two digits.

    >>> number(7.0), number(0.126), number(None)
    ('7', '0.13', '-')
    """
    if value is None:
        return "-"
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"
