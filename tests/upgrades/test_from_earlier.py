"""What earlier versions left is gone on with: the same stands, and nobody is told twice."""

import re
from pathlib import Path

import engines
import living
import nodes
import pytest
from alembic.script import ScriptDirectory
from casebooks import rows_of
from databases import POSTGRESQL, database
from earlier_nodes import NODES, PAGES, move_desk, revision_of, rows, stood, unpack
from memory_topics import MemoryTopics
from states import DESK_REVISION, FOLDER, halves

from alerts.desk.database import MIGRATIONS, open_desk
from alerts.desk.tables import METADATA
from config.metrics import new_metrics
from config.settings import Kafka, load
from models.page_format import FORMAT_VERSION
from streams.embedded.store import SCHEMA_VERSION
from streams.position import KEY
from streams.step import Engine
from streams.topics import ALERTS, EVENTS_OFFSET
from streams.topics import PAGES as PAGES_TOPIC
from streams.worker.partition import Partition, Place
from streams.worker.partition_log import Outgoing

EVERY_NODE = pytest.mark.parametrize("name", NODES)


def test_there_is_a_state_of_todays_formats() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == DESK_REVISION
    assert f"log{SCHEMA_VERSION}-pages{FORMAT_VERSION}-desk{DESK_REVISION}" in NODES


def test_the_states_are_of_several_formats() -> None:
    formats = [re.findall(r"\d+", name) for name in NODES]
    assert all(len(set(each)) > 1 for each in list(zip(*formats, strict=True))[1:])
    for name in NODES:
        kept = stood(name)
        assert len(kept["standing"]) > 10
        assert {row[-1] for row in kept["messages"]} == {"sent", "waiting"}
        assert {row[4] for row in kept["cases"]} >= {"open", "closed"}


@EVERY_NODE
def test_the_desk_that_is_in_a_state_is_of_the_revision_that_its_name_says(
    name: str, tmp_path: Path
) -> None:
    assert name.endswith(f"desk{revision_of(unpack(name, tmp_path) / 'desk.db')}")


@EVERY_NODE
def test_a_node_that_is_started_on_it_says_what_stood_and_tells_nobody_again(
    name: str, tmp_path: Path
) -> None:
    before, _ = halves()
    folder, kept = unpack(name, tmp_path), stood(name)
    now = max(map(living.recorded, before))
    desk = open_desk(f"sqlite:///{folder / 'desk.db'}")
    with nodes.node(folder, nodes.Clock(now)):
        follow = living.following(folder, desk)
        living.hear(follow, desk, now)
        follow.close()
    desk.dispose()
    assert nodes.standing_in(folder) == kept.pop("standing")
    assert living.told(folder) == kept
    assert revision_of(folder / "desk.db") == DESK_REVISION


@pytest.fixture(scope="module")
def never_stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node of today that was there from the first day."""
    before, after = halves()
    folder = tmp_path_factory.mktemp("never-stopped")
    desk = open_desk(f"sqlite:///{folder / 'desk.db'}")
    living.load_directory(desk, before)
    desk.dispose()
    living.live(folder, before)
    living.live(folder, after)
    return folder


@EVERY_NODE
def test_it_goes_on_to_what_a_node_says_that_never_was_another(
    name: str, tmp_path: Path, never_stopped: Path
) -> None:
    before, after = halves()
    folder = unpack(name, tmp_path)
    living.live(folder, after)
    assert nodes.standing_in(folder) == engines.run([[*before, *after]]).standing
    assert living.told(folder) == living.told(never_stopped)
    grown = living.told(folder)["said"]
    assert len(grown) > len(stood(name)["said"]), "or it shows nothing"


@EVERY_NODE
def test_a_desk_in_postgresql_comes_to_what_one_in_a_file_comes_to(
    name: str, tmp_path: Path
) -> None:
    file = unpack(name, tmp_path) / "desk.db"
    with database(POSTGRESQL, tmp_path) as url:
        move_desk(file, url)
        desks = open_desk(url), open_desk(f"sqlite:///{file}")
        found = [rows_of(each, METADATA.sorted_tables) for each in desks]
        told = [living.told_by(each) for each in desks]
        for each in desks:
            each.dispose()
    assert found[0] == found[1]
    assert told[0] == told[1]
    kept = stood(name)
    del kept["standing"]
    assert told[0] == kept


def on_topics(folder: Path) -> MemoryTopics:
    """What a worker of that version would have left: events, alerts, pages and a position."""
    topics = MemoryTopics()
    topics.send(*(line for (line,) in rows(folder, "SELECT line FROM event ORDER BY position")))
    end = str(len(topics.events)).encode()
    topics.written[ALERTS] = [
        Outgoing(ALERTS, alert.encode(), message, ((EVENTS_OFFSET, end),))
        for alert, message in rows(folder, "SELECT id, message FROM alert ORDER BY number")
    ]
    pages = rows(folder, "SELECT key, content FROM page")
    position = b'{"events":%s,"alerts":%d,"rejects":0}' % (end, len(topics.written[ALERTS]))
    topics.written[PAGES_TOPIC] = [
        *(Outgoing(PAGES_TOPIC, key.encode(), content) for key, content in pages),
        Outgoing(PAGES_TOPIC, KEY, position),
    ]
    return topics


@pytest.mark.parametrize("name", PAGES)
def test_a_worker_goes_on_with_pages_and_a_position_of_earlier_versions(
    name: str, tmp_path: Path
) -> None:
    before, after = halves()
    topics = on_topics(unpack(name, tmp_path))
    told = len(topics.alerts)

    def take_over() -> Partition:
        return Partition(
            Place(0, 1, ""), topics.kept(), lambda: Engine("nl"), topics, new_metrics()
        )

    first = take_over()
    while first.read_next():
        pass
    topics.run(first.checkpoint())
    assert engines.standing(topics.messages()) == stood(name)["standing"]
    assert len(topics.alerts) == told, "nothing is told again"

    topics.send(*after)
    second = take_over()
    second.apply(topics.events[second.next :])
    while second.tell_next():
        pass
    topics.run(second.checkpoint())
    assert engines.standing(topics.messages()) == engines.run([[*before, *after]]).standing


def test_settings_of_an_earlier_version_mean_the_same() -> None:
    """All that 0.1.0 had, none as it is by default."""
    file = FOLDER / "settings-0.1.0.toml"
    settings = load(file, {}).settings
    assert (settings.pack, str(settings.scorecard)) == ("any", "scorecard.json")
    assert settings.close_at is not None
    assert settings.close_at.isoformat() == "16:45:00"
    kafka = settings.kafka
    assert (kafka.bootstrap, kafka.prefix, kafka.partitions) == ("10.0.0.5:9093", "west.", 24)
    assert settings.kafka == Kafka(bootstrap="10.0.0.5:9093", prefix="west.", partitions=24)
