"""What operators read: one line of JSON, which nothing that a school sent can break or enter."""

import io
import json
import logging
import sys

import pytest
import structlog
from litestar.testing import TestClient
from senders import TOKEN, register

from gemist.logs import MOST_CHARACTERS, log_to_stderr


@pytest.fixture
def written(monkeypatch):
    """All that was logged."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    root, level = logging.getLogger(), logging.getLogger().level
    log_to_stderr()
    [ours] = root.handlers
    yield stderr.getvalue
    root.removeHandler(ours)
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def lines(written):
    """The lines that were logged, read as JSON."""
    return lambda: [json.loads(line) for line in written().split("\n")[:-1]]


def test_a_line_ends_where_the_program_ends_it(lines):
    logging.getLogger("streams.x").warning("a \r\n{} \x1b[31mred %s", "é\u2028" * 9999)
    [line] = lines()
    assert line["message"].startswith("a \r\n{} \x1b[31mred")
    assert len(line["message"]) == MOST_CHARACTERS
    assert (line["level"], line["logger"]) == ("warning", "streams.x")


def test_raw_control_characters_are_never_written(written):
    logging.getLogger("streams.x").warning("\x1b[31m\r\nfake \x9b \u202e")
    line = written()
    assert line.count("\n") == 1
    assert line.rstrip("\n").isprintable()
    assert line.isascii()


def test_of_an_exception_its_type_and_place_are_told_but_not_its_words(lines):
    for logger in (logging.getLogger("streams.x"), structlog.get_logger("streams.x")):
        try:
            int("pupil p81")
        except ValueError:
            logger.exception("failed")
    for line in lines():
        assert line["error"] == "ValueError"
        assert line["where"].startswith("test_of_an_exception")
        assert "p81" not in json.dumps(line)


def test_nothing_that_was_sent_is_in_the_logs_even_when_the_program_fails(app, log, lines):
    async def broken(arrivals):
        raise ValueError(str(arrivals))

    log.append = broken
    body = register(id="\x1b[31mforged\r\nline", school="01AB", pupil="p81")
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.post(
            "/v1/events", json=body, headers={"Authorization": f"Bearer {TOKEN}", "X-A": "p81"}
        )
    assert answer.status_code == 500
    assert answer.json()["type"] == "/docs#mistake"
    assert "ValueError" not in answer.text
    [line] = lines()
    assert (line["message"], line["error"]) == ("request failed", "ValueError")
    for secret in ("p81", "forged", "01AB", TOKEN):
        assert secret not in json.dumps(line)
