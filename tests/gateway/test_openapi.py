"""The OpenAPI document and the page say what the door does."""

import json
import os
import re
import socket
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from senders import NOW, TOKEN, register

from models.events.schema import schema
from streams.gateway.problem import KINDS
from streams.gateway.says import SENTENCES
from streams.gateway.serving import serving

HERE = Path(__file__).parent
YEARS = 10 * 365 * 86_400


@pytest.mark.slow
def test_schemathesis_finds_no_answer_that_the_document_does_not_tell_of(
    app, limits, metrics, clock, tmp_path
):
    clock.now = NOW + YEARS  # so that few of the times that it makes up are ahead
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/openapi.json"
    with serving(app, listening, limits, metrics):
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli"),
                *("--config-file", HERE / "schemathesis.toml", "run", url),
                *("--header", f"Authorization: Bearer {TOKEN}"),
                *("--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--seed", "7"),
            ],
            env=os.environ | {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert ended.returncode == 0, ended.stdout[-9000:] + ended.stderr[-2000:]
    assert "7 selected / 7 total" in ended.stdout


def test_every_address_of_the_document_is_there_and_no_other(app, client):
    documented = client.get("/openapi.json").json()["paths"]
    assert {route.path for route in app.routes} == set(documented)


def test_the_schema_of_an_event_is_the_one_that_the_program_prints(client):
    answer = client.get("/v1/schema")
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json() == schema()


class Links(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found, self.ids, self.tags = [], set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.ids |= {value for name, value in attrs if name == "id"}
        self.found += [value for name, value in attrs if name in {"href", "src", "action"}]


def test_the_page_asks_nothing_of_another_host(client):
    answer = client.get("/docs")
    links = Links(answer.text)
    assert links.found
    assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in links.found)
    assert not links.tags & {"script", "img", "link", "iframe", "object", "form"}
    assert not re.search(r"(?i)https?:|url\(|@import", answer.text)
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")


def test_the_page_leads_where_its_links_and_the_problems_types_say(client):
    links = Links(client.get("/docs").text)
    assert {link[1:] for link in links.found if link.startswith("#")} <= links.ids
    assert {kind.address for kind in KINDS} <= {f"/docs#{each}" for each in links.ids}
    for link in links.found:
        if link.startswith("/"):
            assert client.get(link).status_code == 200


def test_the_page_tells_of_every_reason(client):
    text = client.get("/docs").text
    assert all(f"<code>{reason}</code>" in text for reason in SENTENCES)


def test_the_example_of_the_document_is_accepted(client, clock):
    clock.now = NOW + YEARS
    content = client.get("/openapi.json").json()["paths"]["/v1/events"]["post"]["requestBody"]
    example = content["content"]["application/json"]["example"]
    assert client.post("/v1/events", json=example).json()["accepted"] == 1
    assert json.loads(json.dumps(example)).keys() >= register().keys() - {"minutes"}
