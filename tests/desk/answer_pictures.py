"""Draws docs/pictures/answer-*.png: the page behind a link, at a desk and on a phone.

Run again after a change: ``python tests/desk/answer_pictures.py`` (needs chromium).
"""

import asyncio
import tempfile
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

from answer_stage import Stage, a_stage
from browser import Browser, browsing
from digests import MENTOR, PEOPLE, TEACHER, case

from alerts.desk.answer.offers import Offer
from alerts.rules import Kind
from alerts.words import Language

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SIZES = {"desk": (1100, 700), "phone": (390, 700)}


def pages(stage: Stage, language: Language) -> dict[str, str]:
    """Pages by the names of their pictures."""
    mentor = replace(MENTOR, name="Jan de Wit", language=language)
    stage.recorded = {TEACHER.person: ["2026-11-24", "2026-11-23"]}
    pupil = f"p81-{language.value}"
    stage.load(mentor, *PEOPLE[1:], names={pupil: "Amina Bakker"})
    made = stage.take(case(Kind.UNAUTHORISED, pupil=pupil))
    token = stage.token(mentor, made)
    asked = stage.desk.page(token, "").body.decode()
    thanks = stage.answer(token, Offer.WAS_THERE)
    return {"question": asked, "thanks": thanks}


async def draw(browser: Browser, folder: Path, page: str, picture: str, size: str) -> None:
    """Draw one page whole."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    await browser.width(*SIZES[size.removesuffix("-dark")], dark=size.endswith("-dark"))
    await browser.go(file.as_uri())
    drawn = b64decode(await browser.picture())
    (PICTURES / f"answer-{picture}.png").write_bytes(drawn)


async def main() -> None:
    """Draw them all, in both languages; the night on a phone once."""
    with tempfile.TemporaryDirectory() as made, a_stage(Path(made)) as stage:
        folder = Path(made)
        async with browsing(folder / "browser") as browser:
            for language in Language:
                for name, page in pages(stage, language).items():
                    for size in SIZES:
                        picture = f"{name}-{size}-{language.value}"
                        await draw(browser, folder, page, picture, size)
                    if name == "question" and language is Language.ENGLISH:
                        await draw(browser, folder, page, "question-phone-dark", "phone-dark")


if __name__ == "__main__":
    asyncio.run(main())
