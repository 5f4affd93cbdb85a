"""While only the open day goes on, those alone are asked about whose open day changed: what is told
is what would be told if everybody were asked about each time, message by message.
"""

import random
from datetime import date, timedelta
from unittest import mock

import builders
import orjson
from hypothesis import given
from samples import PACKS, SEEDS, SHAPE_NAMES, SHAPES, some
from stored import Store

from alerts.alert import Alert, encode_alert
from alerts.watch import Calm
from streams.step import Batch, Engine

FIRST_DATE = date(2026, 3, 2).toordinal()
STATES = (
    ("present", None),
    ("present", None),
    ("absent", "unauthorised"),
    ("absent", "unauthorised"),
    ("absent", "illness"),
    ("late", None),
    ("withdrawn", None),
)


@given(seed=SEEDS, shape=SHAPE_NAMES)
@some(0.5)
def test_a_school_that_is_calm_tells_what_it_would_if_all_were_asked(seed: int, shape: str) -> None:
    rng = random.Random(seed)
    lines = builders.random_log(rng, schools=1, shape=SHAPES[shape])
    lines += marks_of_one_more_day(rng, lines)
    pack, most = rng.choice(PACKS), rng.choice((1, 1, 3))
    quickly = told(lines, pack, most, seed)
    with mock.patch.object(Calm, "is_still", return_value=False):
        assert told(lines, pack, most, seed) == quickly


def marks_of_one_more_day(rng: random.Random, lines: list[bytes]) -> list[bytes]:
    """A day that stays open, on which much is said of each pupil, and much of it is taken back."""
    engine = Engine("nl")
    engine.step(Batch(lines, range(len(lines))))
    book = next(iter(engine.schools.values())).book
    pupils = [*rng.sample(book.pupils, min(3, len(book.pupils))), "new"]
    newest = date.fromordinal(max(book.newest_register, FIRST_DATE))
    day = newest + timedelta(days=rng.randint(1, 3))
    said = []
    for number in range(60):
        status, reason = rng.choice(STATES)
        mark = {"pupil": rng.choice(pupils), "status": status}
        mark |= {"reason": reason} if reason else {}
        mark |= {"minutes_missed": rng.choice((30, 60))} if rng.random() < 0.5 else {}
        said.append(
            orjson.dumps(
                {
                    "type": "register",
                    "id": f"m{number}",
                    "school": book.school,
                    "recorded_at": f"{day}T{8 + number // 12:02}:{number % 12:02}:00Z",
                    "date": str(day if rng.random() < 0.95 else newest),
                    "session": rng.randint(1, 2),
                    "minutes": rng.choice((60, 240, 480)),
                    "marks": [mark],
                }
            )
        )
    return said


def told(lines: list[bytes], pack: str, most: int, seed: int) -> list[bytes]:
    """Messages of a live engine that takes a few lines at a time, and reads pages now and then."""
    rng = random.Random(seed)
    engine, store = Engine(pack), Store()
    alerts: list[Alert] = []
    begin = 0
    while begin < len(lines):
        end = begin + rng.randint(1, most)
        some_lines = lines[begin:end]
        alerts += engine.step(Batch(some_lines, range(begin, begin + len(some_lines)))).alerts
        begin = end
        if rng.random() < 0.02:
            store.keep(engine)
            engine = store.read(pack)
    return [encode_alert(alert) for alert in alerts]
