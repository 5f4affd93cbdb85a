"""docs/for-vendors.md: its events are taken, its reasons are ours, its examples are the files."""

import json
import re
from pathlib import Path

import pytest

from models.events.checks import read_line
from models.events.types import BY_TAG
from models.school_days import OPEN_TO_MARKS_DAYS
from streams.gateway.says import SENTENCES
from streams.head import CLOCK_SECONDS
from streams.kafka_door.log import MOST_LINE_BYTES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "for-vendors.md"
EXAMPLES = ROOT / "docs" / "examples"
SHOWN = (
    "java/SendEvents.java",
    "dotnet/Program.cs",
    "go/main.go",
    "node/send-events.mjs",
    "python/send_events.py",
)
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the docs are no part of a wheel")


def page():
    return PAGE.read_text(encoding="utf-8")


def test_the_smallest_event_of_each_type_is_taken_and_nothing_of_it_can_be_left_out():
    (block,) = re.findall(r"(?ms)^```json\n(.*?)^```$", page())
    assert block == (EXAMPLES / "events.ndjson").read_text()
    events = [json.loads(line) for line in block.splitlines()]
    assert [event["type"] for event in events] == list(BY_TAG)
    for event in events:
        assert read_line(json.dumps(event).encode(), 1)[1] == []
        for name in event.keys() - {"marks"}:
            lacking = {key: value for key, value in event.items() if key != name}
            assert read_line(json.dumps(lacking).encode(), 1)[1], name


def test_every_reason_is_explained_and_no_other():
    table = page().split("| reason | how to mend it |\n")[1].split("\n\n")[0]
    rows = re.findall(r"(?m)^\| `([^`]+)` \| (.+) \|$", table)
    assert [reason for reason, _ in rows] == list(SENTENCES)
    assert all(len(text) > 10 for _, text in rows)


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_is_the_file_word_for_word(name):
    (shown,) = re.findall(rf"(?ms)^`{re.escape(name)}`:\n\n```\w+\n(.*?)^```$", page())
    assert shown == (EXAMPLES / name).read_text(encoding="utf-8")


def test_what_an_example_sends_is_there():
    sent = re.findall(r"(?m)^(?:\$ )?cd docs/examples/(\w+)\n(?:\S.*\n)*?.* < (\S+)$", page())
    assert [language for language, _ in sent] == [name.partition("/")[0] for name in SHOWN]
    for language, file in sent:
        assert (EXAMPLES / language / file).is_file(), language


def test_numbers_of_the_page_are_those_of_the_program():
    assert f"{MOST_LINE_BYTES:,} bytes" in page()
    assert CLOCK_SECONDS == 600
    assert "More than ten minutes ahead is refused" in page()
    assert "40 newest school days" in page()
    assert OPEN_TO_MARKS_DAYS == 40


def test_dotnets_client_is_told_to_hash_as_kafka_does():
    assert "Partitioner = Partitioner.Murmur2Random," in page()
    assert (
        'PackageReference Include="Confluent.Kafka" Version="'
        in (EXAMPLES / "dotnet" / "SendEvents.csproj").read_text()
    )


def test_what_the_examples_need_is_pinned():
    node = json.loads((EXAMPLES / "node" / "package-lock.json").read_text())
    wanted = json.loads((EXAMPLES / "node" / "package.json").read_text())["dependencies"]
    for name, version in wanted.items():
        locked = node["packages"][f"node_modules/{name}"]
        assert locked["version"] == version
        assert locked["integrity"]
    assert "resolved" not in json.dumps(node)
    sums = (EXAMPLES / "go" / "go.sum").read_text()
    for module, version in re.findall(
        r"(?m)^\s*(?:require )?(\S+\.\S+/\S+) (v\S+)", (EXAMPLES / "go" / "go.mod").read_text()
    ):
        assert f"{module} {version} h1:" in sums
