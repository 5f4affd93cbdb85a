"""docs/http.md: its examples work as they are pasted, and its tables are true."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from senders import NOW, TOKEN

import streams.gateway
from config.settings import Gateway, declared
from streams.embedded.received import MOST_REJECTS
from streams.gateway.problem import KINDS
from streams.gateway.says import SENTENCES
from streams.gateway.serving import serving

PAGE = Path(__file__).parents[2] / "docs" / "http.md"
PAGE_TEMPLATE = Path(streams.gateway.__file__).parent / "docs.html.j2"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the docs are no part of a wheel")

URL, SECRET = "http://127.0.0.1:8080", "gemist_3f9c0a7be1_7c1f…"
TWO_DAYS = 2 * 86_400
SECONDS = 60


def blocks(language):
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"))


def table(header):
    """The rows under a header, without what marks code."""
    text = PAGE.read_text(encoding="utf-8")
    [rows] = re.findall(rf"(?m)^{re.escape(header)}\n\|[-|]+\|\n((?:\|.*\n)+)", text)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in rows.splitlines()]


@pytest.fixture
def door(app, clock, limits, metrics):
    """The address of a running door, on the day after the examples'."""
    clock.now = NOW + TWO_DAYS
    listening = socket.create_server(("127.0.0.1", 0))
    address = "http://{}:{}".format(*listening.getsockname())
    with serving(app, listening, limits, metrics):
        yield address


def paste(program, text, door):
    """Run what stands there, but for address and token, which are one's own."""
    done = subprocess.run(
        program,
        input=text.replace(URL, door).replace(SECRET, TOKEN),
        env={**os.environ, "DOOR_URL": door, "DOOR_TOKEN": TOKEN, "NO_PROXY": "*"},
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_address_and_token_are_said_once_in_each_shell():
    for language in ("bash", "powershell"):
        first, *others = blocks(language)
        assert URL in first
        assert SECRET in first
        assert not any(URL in other or SECRET in other for other in others)


def test_what_is_said_in_a_shell_is_no_setting_to_the_program():
    """Or no command would run any more in the shell that the examples were pasted into."""
    page = PAGE.read_text(encoding="utf-8") + PAGE_TEMPLATE.read_text(encoding="utf-8")
    assert re.findall(r"\bGEMIST_\w+", page) == []


def test_what_is_pasted_into_bash_works(door):
    answers = paste(["bash", "-e"], "\necho\n".join(blocks("bash")), door).splitlines()
    sent, received = (json.loads(answer) for answer in answers if answer)
    assert [event["status"] for event in sent["events"]] == ["accepted"]
    assert (received["events"], received["marks"]) == ({"register": 1}, 3)
    assert received["date"] == "2026-11-25"


def test_what_is_pasted_into_python_works(door):
    [block] = blocks("python")
    assert paste([sys.executable, "-I", "-"], block, door) == "r2 accepted\n"


def test_the_python_example_says_what_is_wrong(door):
    [block] = blocks("python")
    wrong = block.replace('"session": 2', '"session": 13')
    said = paste([sys.executable, "-I", "-"], wrong, door)
    assert said == f"r2 rejected {SENTENCES['session']}\n"


def test_the_python_example_bears_a_proxys_page_of_an_error(door):
    [block] = blocks("python")
    failing = """
import email.message, io
asked = urllib.request.urlopen
def once(request, timeout):
    urllib.request.urlopen = asked
    none = email.message.Message()
    raise urllib.error.HTTPError(request.full_url, 502, "", none, io.BytesIO(b"<html>"))
urllib.request.urlopen = once
time.sleep = lambda seconds: None
"""
    text = block.replace("\n\nregister = {", failing + "\nregister = {")
    assert "<html>" in text
    assert paste([sys.executable, "-I", "-"], text, door) == "r2 accepted\n"


def from_powershell(text):
    """A hashtable's literal as JSON has it."""
    text = re.sub(r"(?<=[\w\"})])\s*\n\s*(?=[\w@])", ", ", text.strip()).replace(";", ",")
    text = text.replace("@{", "{").replace("@(", "[").replace(")", "]")
    return json.loads(re.sub(r"(\w+) = ", r'"\1": ', text))


def test_powershell_sends_what_curl_sends():
    _, curl, _ = blocks("bash")
    _, send, look = blocks("powershell")
    [body] = re.findall(r"(?s)-d '(.*)'", curl)
    [register] = re.findall(r"(?s)\$register = (@\{.*?^\}) \|", send, re.MULTILINE)
    assert from_powershell(register) == json.loads(body)
    for shell, address in ((send, "/v1/events"), (look, "/v1/received")):
        assert f'"$env:DOOR_URL{address}"' in shell
        assert '@{ Authorization = "Bearer $env:DOOR_TOKEN" }' in shell
    assert "-Method Post" in send
    assert '"application/json; charset=utf-8"' in send
    assert all(not line.rstrip().endswith(" \\") for line in (send + look).splitlines())


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="no PowerShell here")
def test_what_is_pasted_into_powershell_works(door):
    said = paste(["pwsh", "-NoProfile", "-Command", "-"], "\n".join(blocks("powershell")), door)
    assert "accepted" in said


def test_the_answer_shown_is_one_that_comes():
    [block] = blocks("json")
    told = json.loads(block)
    assert (told["accepted"], told["rejected"], len(told["events"])) == (2, 1, 3)
    for event in told["events"]:
        for reject in event["rejects"]:
            assert SENTENCES[reject["reason"]].startswith(reject["says"].rstrip("… "))


def test_every_reason_is_told():
    rows = table("| reason | what to do |")
    assert [(code.strip("`"), says) for code, says in rows] == list(SENTENCES.items())


def test_every_problem_is_told():
    rows = table("| status | `type` | title | send the same again? |")
    assert [(int(status), code.strip("`"), title) for status, code, title, _ in rows] == [
        (kind.status, kind.address, kind.title) for kind in KINDS
    ]
    for status, *_, again in rows:
        waits = int(status) in {408, 429} or int(status) >= 500
        assert again.startswith("yes") == waits


def test_every_limit_is_told():
    rows = table("| setting | at first | is |")
    assert [(name, float(value.replace(",", "")), says) for name, value, says in rows] == [
        (f"`gateway.{each.name}`", each.default, each.description) for each in declared(Gateway)
    ]
    assert f"the newest {MOST_REJECTS:,} of them" in PAGE.read_text(encoding="utf-8")
