"""What the door itself refuses: an event of a school that is not the sender's, a wrong clock."""

from typing import Final

from models.events.checks import VALUE_BEGINNING, Reject, is_id
from models.events.instants import read_instant
from streams.gateway.log import Arrival
from streams.gateway.says import CLOCK, OTHER_SCHOOL
from streams.head import is_clock_ahead, read_head

NO_POSITION: Final = 0


def judge(
    lines: list[bytes], schools: frozenset[str], arrived_ms: int
) -> tuple[list[Arrival], list[str | None]]:
    """Make each line an arrival, and read its event's id where that is possible.

    ``schools``: those that the sender may speak for. An event of which no school can be read
    arrives under the first of them, and is refused by whoever decodes it.
    """
    own = min(schools)
    arrivals = []
    ids: list[str | None] = []
    for line in lines:
        head = read_head(line)
        school, recorded_at = head.school, head.recorded_at
        refused = None
        if not isinstance(school, str):
            school = own
        elif school not in schools:
            refused = Reject(NO_POSITION, OTHER_SCHOOL, "school", school[:VALUE_BEGINNING])
            school = own
        elif isinstance(recorded_at, str):
            recorded = read_instant(recorded_at)
            if recorded is not None and is_clock_ahead(recorded, arrived_ms):
                value = recorded_at[:VALUE_BEGINNING]
                refused = Reject(NO_POSITION, CLOCK, "recorded_at", value)
        arrivals.append(Arrival(line, school, refused))
        ids.append(head.id if isinstance(head.id, str) and is_id(head.id) else None)
    return arrivals, ids
