"""The examples of docs/for-vendors.md on a real broker: each client's events come in.

They are built and started by the commands that the page gives, in a copy of their folder. There is
no .NET here: that example is not run.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from as_a_worker import records

from streams.arrival import partition_of

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
PAGE = ROOT / "docs" / "for-vendors.md"
PARTITIONS = 12
SCHOOLS = [f"{number:02}{letters}" for number in range(20) for letters in ("AB", "XYZ")]
CLIENTS = {
    "java": ("java", "mvn"),
    "go": ("go",),
    "node": ("node", "npm"),
    "python": (),
}
"""Language, by its folder, and the programs that it needs."""
BUILD_SECONDS = 300


def commands(language):
    """The commands that the page gives for one language's folder."""
    (block,) = re.findall(
        rf"(?ms)^```console\n\$ cd docs/examples/{language}\n(.*?)^```$", PAGE.read_text()
    )
    return [line.removeprefix("$ ") for line in block.splitlines()]


def event(school, number):
    return json.dumps(
        {
            "type": "register",
            "id": f"r{number}",
            "school": school,
            "recorded_at": "2026-01-12T08:41:07Z",
            "date": "2026-01-12",
            "session": number,
            "marks": [{"pupil": "p81", "status": "absent"}],
        }
    )


@pytest.fixture
def sent_by(bootstrap, prefix, tmp_path):
    """Have lines sent by a language's example, as its reader would."""

    def send(language, lines):
        missing = [program for program in CLIENTS[language] if not shutil.which(program)]
        if missing and os.environ.get("CI") != "true":
            pytest.skip(f"needs {', '.join(missing)}")
        folder = shutil.copytree(EXAMPLES / language, tmp_path / language)
        (tmp_path / "events.ndjson").write_text("".join(f"{line}\n" for line in lines))
        for command in commands(language):
            here = command.replace("127.0.0.1:9092", bootstrap)
            here = here.replace(" school-events ", f" {prefix}school-events ")
            path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
            done = subprocess.run(
                ["bash", "-c", here],
                cwd=folder,
                env=os.environ | {"PATH": path},
                capture_output=True,
                text=True,
                timeout=BUILD_SECONDS,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr

    return send


@pytest.mark.parametrize("language", CLIENTS)
def test_every_event_of_a_client_is_where_its_schools_worker_takes_it(
    language, sent_by, gemist, worker, bootstrap, prefix
):
    created = gemist("topics", "create", "--partitions", PARTITIONS)
    assert created.returncode == 0, created.stderr
    lines = [event(school, session) for session in (1, 2) for school in SCHOOLS]
    sent_by(language, lines)

    found = records(bootstrap, f"{prefix}school-events")
    assert sorted(record.value.decode() for record in found) == sorted(lines)
    for record in found:
        assert record.key == json.loads(record.value)["school"].encode()
        assert record.partition == partition_of(record.key, PARTITIONS)
    assert len({record.partition for record in found}) > PARTITIONS // 2

    with worker() as running:
        running.wait_until_read(len(found), PARTITIONS)
        running.stop()
    assert records(bootstrap, f"{prefix}rejects") == []
    lag = gemist("topics", "lag", "--most-seconds", 0)
    assert lag.returncode == 0, lag.stdout
