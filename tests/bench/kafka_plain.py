"""What one would write first with Faust: an agent, ``async for``, a table of per-pupil patterns.

``python -m tests.bench.kafka_plain BOOTSTRAP PREFIX PARTITIONS RECORDS``

It does less than the worker, in its own favour: minutes without authority within 28 days and
lateness, two tiers, one alert when a pupil's tier changes. No roster, no school days, no common
cause, no difference, no transaction. The newest record of a slot wins, so it has to know slots;
a table's changelog is how Faust keeps state. Ends when it has taken so many records.
"""

import os
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import faust

WINDOW = timedelta(days=28)
TIERS = ((960, 3), (480, 2))
MANY_LATE = 9
UNAUTHORISED = {None, "unknown", "unauthorised"}

bootstrap, prefix, partitions, most = (
    sys.argv[1],
    sys.argv[2],
    int(sys.argv[3]),
    int(sys.argv[4]),
)
app = faust.App(
    f"{prefix}plain-{uuid.uuid4().hex[:8]}",
    broker=f"kafka://{bootstrap}",
    topic_partitions=partitions,
    topic_replication_factor=1,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    web_enabled=False,
    store="memory://",
    datadir=tempfile.gettempdir(),
)
events = app.topic(f"{prefix}school-events", value_serializer="json", key_type=bytes)
alerts = app.topic(f"{prefix}alerts", value_serializer="json")
patterns = app.Table("patterns", default=dict)
taken = 0


def slot_of(event: dict[str, Any], mark: dict[str, Any]) -> list[Any]:
    """When it was recorded, minutes without authority, and lateness without an excuse."""
    status = mark["status"]
    is_excused = mark.get("reason") not in UNAUTHORISED
    minutes = 0
    if not is_excused:
        whole = event.get("minutes") or 150 if status == "absent" else 0
        minutes = mark.get("minutes_missed") or whole
    return [event["recorded_at"], minutes, int(status == "late" and not is_excused)]


def tier_of(slots: dict[str, list[Any]]) -> int:
    minutes = sum(slot[1] for slot in slots.values())
    late = sum(slot[2] for slot in slots.values())
    for least, tier in TIERS:
        if minutes >= least:
            return tier
    return 2 if late >= MANY_LATE else 1


@app.agent(events)
async def watch(stream: AsyncIterator[dict[str, Any]]) -> None:
    global taken  # noqa: PLW0603 — as one would write it first
    async for event in stream:
        if event["type"] == "register":
            first = str(date.fromisoformat(event["date"]) - WINDOW)
            for mark in event["marks"]:
                pupil = f"{event['school']}/{mark['pupil']}"
                pattern = patterns[pupil] or {"tier": 1, "slots": {}}
                slots = {name: slot for name, slot in pattern["slots"].items() if name >= first}
                name, slot = f"{event['date']}/{event['session']}", slot_of(event, mark)
                if slots.get(name, slot)[0] <= slot[0]:
                    slots[name] = slot
                tier = tier_of(slots)
                if tier != pattern["tier"]:
                    await alerts.send(key=pupil, value={"pupil": pupil, "tier": tier})
                patterns[pupil] = {"tier": tier, "slots": slots}
        taken += 1
        if taken == most:
            os._exit(0)  # its shutdown is not what is measured


@app.on_rebalance_complete.connect
async def end_if_there_is_nothing(*_: Any, **__: Any) -> None:
    if most == 0:
        os._exit(0)


if __name__ == "__main__":
    worker = faust.Worker(app, override_logging=False, redirect_stdouts=False, quiet=True)
    worker.spinner = None
    worker.execute_from_commandline()
