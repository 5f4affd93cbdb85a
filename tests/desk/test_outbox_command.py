"""gemist outbox: what did not go out is listed without naming anybody, and may go again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from outbox_builders import NOW, put, rng, states
from served import gemist
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from alerts.desk import outbox
from alerts.desk.channels.failure import Reason, Undelivered
from alerts.desk.database import open_desk
from alerts.desk.outbox import Said
from gemist.cli import app


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    node = tmp_path / "node"
    node.mkdir()
    return node


@pytest.fixture
def desk(folder: Path) -> Iterator[Engine]:
    """Of a node: one message is refused, one put off, one sent, and one was never tried."""
    engine = open_desk(f"sqlite:///{folder / 'desk.db'}")
    for number, key in enumerate(("refused", "put off", "gone", "new")):
        put(engine, key, cases=(Said(number, "01AB", "pupil-7", "new"),))
    with engine.begin() as connection:
        refused, put_off, gone, _ = outbox.due(connection, NOW, 10)
        failure = Undelivered(Reason.ADDRESS, "550 5.1.1", may_pass=False)
        outbox.failed(connection, refused, failure, NOW, rng())
        outbox.failed(connection, put_off, Undelivered(Reason.TIME_OUT), NOW, rng())
        outbox.sent(connection, gone.message, NOW)
    yield engine
    engine.dispose()


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["outbox", *map(str, words)])


@pytest.mark.usefixtures("desk")
def test_what_has_not_gone_out_is_listed_with_why(folder):
    done = run("list", "--data", folder)
    assert (done.exit_code, done.stderr) == (0, "")
    first, *lines = [line.split(maxsplit=7) for line in done.stdout.splitlines()]
    assert first == ["id", "state", "created", "tries", "next", "what", "role", "error"]
    made = "2026-11-30T00:53:20Z"
    refused, put_off, new = lines
    assert refused[:7] == ["1", "dead", made, "1", "-", "digest", "mentor"]
    assert refused[7] == "the address was refused (550 5.1.1)"
    assert put_off[:4] == ["2", "waiting", made, "1"]
    assert made < put_off[4] < "2026-11-30T00:55"
    assert put_off[7] == "the server did not answer in time"
    assert new == ["4", "waiting", made, "0", made, "digest", "mentor", "-"]


@pytest.mark.usefixtures("desk")
def test_only_the_dead_are_listed_where_that_is_asked(folder):
    done = run("list", "--data", folder, "--dead")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["id", "1"]


@pytest.mark.usefixtures("desk")
def test_of_which_school_a_message_is_stands_in_the_list_where_that_is_asked(folder):
    done = run("list", "--data", folder, "--dead", "--schools")
    assert (done.exit_code, done.stderr) == (0, "")
    assert [line.split()[:3] for line in done.stdout.splitlines()] == [
        ["id", "school", "state"],
        ["1", "01AB", "dead"],
    ]


@pytest.mark.usefixtures("desk")
def test_the_list_names_no_pupil_no_person_and_no_address(folder):
    printed = run("list", "--data", folder).stdout
    for hidden in ("pupil-7", "m17", "Noor", "school.example", "01AB", "signals"):
        assert hidden not in printed


def test_a_message_that_was_given_up_goes_again_where_it_is_asked_for(folder, desk):
    done = run("retry", 1, "--data", folder)
    assert (done.exit_code, done.stdout) == (0, "1 message is due now\n")
    assert states(desk) == ["waiting", "waiting", "sent", "waiting"]
    assert "refused" not in run("list", "--data", folder).stdout


def test_all_that_has_not_gone_out_goes_again(folder, desk):
    done = run("retry", "--all", "--data", folder)
    assert (done.exit_code, done.stdout) == (0, "3 messages are due now\n")
    assert states(desk) == ["waiting", "waiting", "sent", "waiting"]


@pytest.mark.parametrize("wrong", [3, 99])
def test_what_went_out_or_never_was_is_refused_and_nothing_is_changed(folder, desk, wrong):
    done = run("retry", 1, wrong, "--data", folder)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        f"gemist: no message {wrong} waits or was given up; `gemist outbox list` shows them\n"
    )
    assert states(desk) == ["dead", "waiting", "sent", "waiting"]


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("words", [[], [1, "--all"]])
def test_either_ids_or_all_have_to_be_said(folder, words):
    done = run("retry", *words, "--data", folder)
    assert done.exit_code == 2
    assert done.stderr == "gemist: say which messages by their ids, or --all\n"


def test_a_folder_that_is_not_there_is_refused_and_not_made(folder):
    elsewhere = folder / "elsewhere"
    done = run("list", "--data", elsewhere)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"gemist: {elsewhere}: there is no such data folder\n"
    assert not elsewhere.exists()


def test_the_desk_is_where_the_settings_say(folder, desk, monkeypatch):
    monkeypatch.setenv("GEMIST_DESK__DATABASE", str(desk.url))
    done = run("list", "--data", folder / "elsewhere", "--dead")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["id", "1"]


def test_a_node_is_not_served_by_settings_with_which_nobody_can_be_told(folder):
    file = folder / "gemist.toml"
    file.write_text('[mail]\nserver = "mail.example:25"\ntls = "none"\n')
    done = gemist("serve", "--data", folder / "node", "--config", file, "--listen", "127.0.0.1:0")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        'gemist: mail.tls: "none" is for a mail server on this machine, and mail.example is'
        ' another one; allowed: "starttls" or "implicit"'
    )
    assert "Traceback" not in done.stderr
