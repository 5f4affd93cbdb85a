"""What was seen, in sentences that may stand in a mail: no word of illness unless a school asks.

Mail is read by strangers. An illness is said as "away, explained", with its figures and dates.
"""

from typing import Final

import msgspec
from msgspec import UNSET

from alerts.alert import SCORECARD, Cause
from alerts.desk.case import Case
from alerts.desk.messages.catalogue import words
from alerts.desk.messages.text import tidy
from alerts.words import Language, known_rules, reason, reasons

MOST_DATES: Final = 8
MOST_CHARACTERS: Final = 500
"""Our own sentences are shorter; the code of a rule that is not known here may be anything."""
FULL: Final = "full"
"""The value of ``desk.detail`` by which illness may be named."""


def seen(case: Case, language: Language, detail: str) -> list[str]:
    """Say why a case stands, or ended; ``detail`` as in ``desk.detail``."""
    causes = case.newest.reasons
    if detail == FULL:
        said = reasons(causes, case.kind, language, most_dates=MOST_DATES)
    else:
        plain = [_without_illness(each) for each in causes if not _is_of_illness(each)]
        said = reasons(plain, case.kind, language, most_dates=MOST_DATES)
        said += [_explained(each, case, language) for each in causes if _is_of_illness(each)]
    tidied = [tidy(each, MOST_CHARACTERS) for each in dict.fromkeys(said)]
    return [each[:1].upper() + each[1:] for each in tidied]


def _is_of_illness(cause: Cause) -> bool:
    rule = known_rules().get(cause.code)
    looks_at = cause.figures if rule is None else rule.looks_at
    return cause.code != SCORECARD and (
        any(map(_names_illness, looks_at)) or _names_illness(cause.code)
    )


def _names_illness(name: str) -> bool:
    return any(
        word.startswith(("ill", "sick", "medical", "ziek"))
        for word in name.casefold().replace(".", "_").replace("-", "_").split("_")
    )


def _without_illness(cause: Cause) -> Cause:
    """Leave out what a score saw of illness."""
    if cause.parts is UNSET:
        return cause
    parts = tuple(each for each in cause.parts if not _names_illness(each.pattern))
    return msgspec.structs.replace(cause, parts=parts)


def _explained(cause: Cause, case: Case, language: Language) -> str:
    """Say a rule's figures and dates without what it is about."""
    said = words(language).gettext("away, explained")
    rule = known_rules().get(cause.code)
    if rule is None:
        return said
    whole = reason(cause, case.kind, language, most_dates=MOST_DATES)
    return said + whole.removeprefix(rule.words[language])
