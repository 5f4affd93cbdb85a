"""What a version of gemist leaves behind, for later ones: ``python -m tests.upgrades.states``.

Writes ``tests/data/states/<format>/`` with the log and the desk of a school in the middle of its
life, and what stood and was told then. Run it once with each new format of a log, a page or a
desk; what is there is never written anew. The events of all of its life are the same for every
version, and stand beside.

Those of earlier versions were made by those: this module and `living` were put into the tests of
the newest commit of each.
"""

import json
import random
import sys
import tempfile
from datetime import date
from pathlib import Path

import zstandard

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import engines
import living
import nodes
import orjson

from alerts.desk.database import open_desk
from models.page_format import FORMAT_VERSION
from streams.embedded.store import SCHEMA_VERSION

FOLDER = Path(__file__).parents[1] / "data" / "states"
EVENTS = FOLDER / "events.ndjson.zst"
LOG, DESK, STOOD = "log.db.zst", "desk.db.zst", "stood.json"
DESK_REVISION = "2"
"""The newest of `alerts.desk.migrations`, which `test_fixtures.py` compares."""
_FROM = date(2026, 8, 24)


def packed(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(19).compress(data)


def unpacked(file: Path) -> bytes:
    return zstandard.ZstdDecompressor().decompress(file.read_bytes())


def halves() -> tuple[list[bytes], list[bytes]]:
    """The events of the school's life before the state was kept, and those after."""
    lines = sorted(unpacked(EVENTS).splitlines(), key=living.recorded)
    ends = [sum(len(some) for _, some in list(living.days(lines))[:count]) for count in (0, 28)]
    return lines[: ends[1]], lines[ends[1] :]


def a_life() -> list[bytes]:
    """Eight weeks of a school: absences, corrections, one pupil erased in each half, answers."""
    from models.simulator import Plan, Style, simulate  # noqa: PLC0415 - only to make it

    plan = Plan(
        pupils=40, days=40, seed=12, sessions=2, style=Style.DEFAULT, start=_FROM, group_size=20,
        closes=True,
    )  # fmt: skip
    lines = [line for block in simulate(plan) for line in block.data.splitlines()]
    lines.sort(key=living.recorded)
    alerts = engines.run([lines]).alerts
    about = sorted({each.pupil for each in alerts if each.pupil is not None})
    rng = random.Random(12)
    first, second = rng.sample(about, 2)
    lines += [_erasure(first, "2026-09-22"), _erasure(second, "2026-10-12")]
    opened = {each.id: each for each in reversed(alerts) if each.pupil not in (first, second, None)}
    for number, (alert, each) in enumerate(sorted(opened.items())[:12]):
        action = ("seen", "spoken", "support", "false_alarm")[number % 4]
        lines.append(_response(alert, str(each.pupil), action, each.as_of))
    return sorted(lines, key=living.recorded)


def _erasure(pupil: str, day: str) -> bytes:
    return orjson.dumps(
        {
            "type": "erase", "id": f"x-{pupil}", "school": living.SCHOOL, "pupil": pupil,
            "recorded_at": f"{day}T15:00:00Z",
        }
    )  # fmt: skip


def _response(alert: str, pupil: str, action: str, day: str) -> bytes:
    return orjson.dumps(
        {
            "type": "response", "id": f"a-{alert}-{action}", "school": living.SCHOOL,
            "pupil": pupil, "alert": alert, "action": action, "by": "m1.1",
            "recorded_at": f"{day}T21:59:59Z",
        }
    )  # fmt: skip


def main() -> None:
    if not EVENTS.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        EVENTS.write_bytes(packed(b"\n".join(a_life())))
    desk_revision = sys.argv[1] if len(sys.argv) > 1 else DESK_REVISION
    folder = FOLDER / f"log{SCHEMA_VERSION}-pages{FORMAT_VERSION}-desk{desk_revision}"
    folder.mkdir(parents=True)
    before, _ = halves()
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        desk = open_desk(f"sqlite:///{data / 'desk.db'}")
        living.load_directory(desk, before)
        desk.dispose()
        living.live(data, before)
        stood = {"standing": nodes.standing_in(data), **living.told(data)}
        (folder / LOG).write_bytes(packed((data / "log.db").read_bytes()))
        (folder / DESK).write_bytes(packed((data / "desk.db").read_bytes()))
    (folder / STOOD).write_text(json.dumps(stood, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
