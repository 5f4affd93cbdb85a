"""docs/events.schema.json: made from the types, and true of the events that the program takes."""

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from gemist.cli import app
from models.events.checks import read_line
from models.events.schema import schema

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "events.schema.json"
LOGS = sorted((ROOT / "tests" / "conformance").glob("*/log.ndjson"))
VALIDATOR = jsonschema.Draft202012Validator(schema())

HEAD = {"id": "e1", "school": "01AB", "recorded_at": "2026-11-24T08:41:07Z"}
ENROLMENT = HEAD | {"type": "enrolment", "pupil": "p81", "from": "2026-08-24"}
REGISTER = HEAD | {"type": "register", "date": "2026-11-24", "session": 1}
RESPONSE = HEAD | {"type": "response", "pupil": "p81", "alert": "a1", "action": "spoken"}
SCHOOL = HEAD | {"type": "school"}
MARK = {"pupil": "p81", "status": "absent"}


@pytest.mark.skipif(not FILE.is_file(), reason="the docs are not in a wheel's folder")
def test_the_file_in_docs_is_what_the_command_prints():
    printed = CliRunner().invoke(app, ["schema"])
    assert printed.exit_code == 0
    assert FILE.read_text() == printed.stdout, "run: gemist schema > docs/events.schema.json"


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.parent.name)
def test_what_the_program_takes_is_valid(log):
    taken = 0
    for line in log.read_bytes().splitlines():
        _, rejects = read_line(line, 1)
        if line.strip() and not rejects:
            taken += 1
            VALIDATOR.validate(json.loads(line))
    assert taken


def test_most_of_what_the_program_refuses_in_them_is_not_valid():
    refused = valid = 0
    for log in LOGS:
        for line in log.read_bytes().splitlines():
            _, rejects = read_line(line, 1)
            if not line.strip() or not rejects:
                continue
            refused += 1
            try:
                valid += VALIDATOR.is_valid(json.loads(line))
            except ValueError:
                continue
    assert refused
    assert valid <= refused // 2


@pytest.mark.parametrize(
    "event",
    [
        ENROLMENT,
        ENROLMENT | {"until": None, "group": None, "mood": "an unknown field"},
        REGISTER,
        REGISTER | {"marks": [MARK, MARK | {"reason": "illness", "minutes_missed": 0}]},
        RESPONSE | {"action": "snooze", "until": "2026-12-01"},
        RESPONSE | {"until": "not a date, with an action that knows no until"},
        SCHOOL | {"reporting": "exceptions", "sessions_per_day": 1, "name": ["any", "value"]},
    ],
)
def test_valid(event):
    assert read_line(json.dumps(event).encode(), 1)[1] == []
    VALIDATOR.validate(event)


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        HEAD,
        HEAD | {"type": "party"},
        {name: value for name, value in ENROLMENT.items() if name != "from"},
        ENROLMENT | {"from": None},
        ENROLMENT | {"pupil": "Piet Bell"},
        ENROLMENT | {"status": "gone"},
        REGISTER | {"session": 13},
        REGISTER | {"session": "1"},
        REGISTER | {"session": 1.5},
        REGISTER | {"recorded_at": "2026-11-24 08:41:07"},
        REGISTER | {"default": "absent"},
        REGISTER | {"marks": {}},
        REGISTER | {"marks": [MARK | {"status": "ill"}]},
        REGISTER | {"marks": [MARK | {"minutes_missed": 601}]},
        REGISTER | {"marks": ["p81"]},
        RESPONSE | {"action": "snooze"},
        RESPONSE | {"action": "snooze", "until": None},
        RESPONSE | {"action": "reported", "until": "soon"},
        SCHOOL | {"reporting": "exceptions"},
        SCHOOL | {"reporting": "exceptions", "sessions_per_day": None},
        SCHOOL | {"pack": "mars"},
    ],
)
def test_not_valid(event):
    assert read_line(json.dumps(event).encode(), 1)[1]
    assert not VALIDATOR.is_valid(event)
