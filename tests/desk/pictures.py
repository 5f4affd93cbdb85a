"""Draws docs/pictures/digest-*.png: digests as mail programs show them, at desk and on a phone.

Run again after a change: ``python tests/desk/pictures.py`` (needs chromium).
"""

import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from digests import ILLNESS, at, case, morning, said, written

from alerts.alert import Cause, State
from alerts.desk.case import CaseState
from alerts.desk.messages.said import How
from alerts.rules import Kind
from alerts.words import Language

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
BACK = Cause("back", "r", {}, ())
QUIET = Cause("quiet", "r", {}, ())


def choice():
    """A Wednesday of a mentor: two new, one silent, one back, one taken back, two that wait."""
    new = [
        case(Kind.UNAUTHORISED, 3, pupil="p81"),
        case(Kind.SILENCE, pupil="p82"),
        case(pupil="p83", causes=(ILLNESS,)),
    ]
    waiting = [case(pupil=f"p9{n}", new_since=at("2026-11-23 17:30")) for n in (1, 2)]
    ended = {"as_of": "2026-11-23", "alert_state": State.CLOSED, "state": CaseState.DONE}
    back = case(Kind.SILENCE, pupil="p85", causes=(BACK,), opened="2026-11-18", **ended)
    better = case(pupil="p87", causes=(QUIET,), opened="2026-10-28", **ended)
    gone = case(
        Kind.UNAUTHORISED,
        pupil="p86",
        opened="2026-11-23",
        state=CaseState.TAKEN_BACK,
        alert_state=State.WITHDRAWN,
    )
    told = [said(each, How.NEW, "2026-11-24 07:30") for each in (back, better, gone)]
    return morning(*new, *waiting, back, better, gone, before=told, new_a_week=4)


NAMES = {
    "p81": "Amina Bakker",
    "p82": "Daan Smit",
    "p83": "Lotte Visser",
    "p85": "Yusuf Kaya",
    "p86": "Mees de Jong",
    "p87": "Sara Mulder",
    "p91": "Tim Vos",
    "p92": "Noor Peters",
}
SIZES = {"desk": (1100, 1250), "phone": (390, 1250)}
"""Width and height in pixels."""


def draw(page: Path, picture: Path, size: tuple[int, int], *, dark: bool = False) -> None:
    """Let a browser draw a page, in a window of that size."""
    width, height = size
    subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(["--blink-settings=preferredColorScheme=0"] if dark else []),
            f"--window-size={width},{height}",
            f"--screenshot={picture}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
    )


def main() -> None:
    """Draw them all, in both languages."""
    mentor = choice()
    with tempfile.TemporaryDirectory() as folder:
        for language in Language:
            told = replace(mentor, person=replace(mentor.person, language=language))
            page = Path(folder) / f"{language.value}.html"
            page.write_text(written(told, names=NAMES).html, encoding="utf-8")
            for name, size in SIZES.items():
                draw(page, PICTURES / f"digest-{name}-{language.value}.png", size)
            if language is Language.ENGLISH:
                draw(page, PICTURES / "digest-phone-dark.png", SIZES["phone"], dark=True)


if __name__ == "__main__":
    main()
