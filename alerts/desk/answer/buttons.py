"""What stands on a page's buttons, above them and under them."""

from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from alerts.desk.answer.language import translations
from alerts.desk.answer.offers import SNOOZE_DAYS, Offer
from alerts.desk.answer.showing import day_in_words
from alerts.desk.answer.text import isolated
from alerts.words import Language


@dataclass(frozen=True, slots=True)
class Words:
    """One answer: what is asked, what one presses, what happens then, and what is said of it."""

    question: Markup
    button: str
    choice: str
    """What stands on the button where something else was asked."""
    then: str
    written: Markup


def buttons(pupil: str, today: str, language: Language) -> dict[Offer, Words]:
    """Say each answer about a pupil; ``today`` is the school's date."""
    gettext = translations(language).gettext
    back_on = (date.fromisoformat(today) + timedelta(SNOOZE_DAYS)).isoformat()
    back_in_words = day_in_words(back_on, language)

    def words(question: str, button: str, choice: str, then: str, written: str) -> Words:
        named = {"pupil": isolated(pupil), "day": back_in_words}
        return Words(
            Markup(question).format(**named),  # noqa: S704 - our own words
            button,
            choice,
            then.format(day=back_in_words),
            Markup(written).format(**named),  # noqa: S704 - our own words
        )

    return {
        Offer.SEEN: words(
            gettext("Have you seen this about {pupil}?"),
            gettext("Yes, I have seen it"),
            gettext("I have seen it"),
            gettext("You know of it. It will not come to you as new again."),
            gettext("You have seen what was told of {pupil}."),
        ),
        Offer.SPOKEN: words(
            gettext("Have you spoken with {pupil}?"),
            gettext("Yes, we spoke"),
            gettext("We spoke"),
            gettext("With the pupil, or with those at home."),
            gettext("You have spoken with {pupil}."),
        ),
        Offer.SUPPORT: words(
            gettext("Is {pupil} getting support now?"),
            gettext("Yes, support has begun"),
            gettext("Support has begun"),
            gettext("Something was agreed that helps."),
            gettext("Support for {pupil} has begun."),
        ),
        Offer.WAS_THERE: words(
            gettext("Was {pupil} there after all?"),
            gettext("Yes, was there after all"),
            gettext("Was there after all"),
            gettext("Whoever recorded it is asked to put the register right."),
            gettext("{pupil} was there after all."),
        ),
        Offer.FALSE_ALARM: words(
            gettext("Is it a false alarm about {pupil}?"),
            gettext("Yes, it is a false alarm"),
            gettext("False alarm"),
            gettext("The register is right, but there is nothing to worry about."),
            gettext("What was told of {pupil} is a false alarm."),
        ),
        Offer.SNOOZE: words(
            gettext("Leave {pupil} for a week?"),
            gettext("Yes, remind me in a week"),
            gettext("Remind me in a week"),
            gettext("You hear of it again on {day}, or when it becomes graver."),
            gettext("You hear of {pupil} again on {day}, or when it becomes graver."),
        ),
    }
