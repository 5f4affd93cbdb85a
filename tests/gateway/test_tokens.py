"""Tokens: shown once, kept as a hash, valid at once, and gone at once."""

import re
import threading

import pytest
from senders import NOW
from typer.testing import CliRunner

from gemist.cli import app
from streams.embedded.folder import FolderError
from streams.embedded.store import connect, make_log
from streams.embedded.tokens import NodeTokens, create, listed, revoke
from streams.gateway.tokens import TokensUnreadableError


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def door(tmp_path):
    """What a running node's door asks."""
    tokens = NodeTokens(tmp_path)
    yield tokens
    tokens.close()


def public(token):
    return token.split("_")[1]


def test_a_token_is_valid_at_once_and_gone_at_once(tmp_path, door):
    token = create(tmp_path, ["02CD", "01AB", "01AB"], "", NOW)
    assert door.schools_of(token) == {"01AB", "02CD"}
    assert door.schools_of(token) == {"01AB", "02CD"}
    assert revoke(tmp_path, public(token), NOW)
    assert door.schools_of(token) is None


def test_what_is_not_quite_a_token_is_none(tmp_path, door):
    token = create(tmp_path, ["01AB"], "", NOW)
    other = create(tmp_path, ["02CD"], "", NOW)
    mixed = "_".join((*token.split("_")[:2], other.split("_")[2]))
    for wrong in (mixed, token[:-1], token + "0", token.upper(), token[:-1] + "\n", "", "x" * 512):
        assert door.schools_of(wrong) is None
    for again in (token, other):
        assert door.schools_of(again) is not None


def test_a_token_cannot_be_guessed_and_only_its_hash_is_kept(tmp_path):
    token = create(tmp_path, ["01AB"], "", NOW)
    assert re.fullmatch(r"gemist_[0-9a-f]{10}_[0-9a-f]{64}", token)  # 256 bits
    secret = token.split("_")[2]
    for file in tmp_path.iterdir():
        kept = file.read_bytes()
        assert secret.encode() not in kept
        assert bytes.fromhex(secret) not in kept
        assert file.stat().st_mode & 0o077 == 0


def test_tokens_are_made_and_read_while_a_node_writes(tmp_path, door):
    old = create(tmp_path, ["01AB"], "", NOW)
    node = connect(make_log(tmp_path))
    node.execute("BEGIN IMMEDIATE")
    node.execute("INSERT INTO progress VALUES ('x', 1)")
    assert door.schools_of(old) == {"01AB"}  # reading waits for nobody
    made = []
    making = threading.Thread(
        target=lambda: made.append(create(tmp_path, ["02CD"], "", NOW)), daemon=True
    )
    making.start()
    making.join(0.2)
    assert made == []  # it waits for the node
    node.execute("COMMIT")
    making.join(20)
    assert door.schools_of(made[0]) == {"02CD"}
    node.close()


def test_a_file_that_cannot_be_read_makes_nobody_valid(tmp_path, door):
    token = create(tmp_path, ["01AB"], "", NOW)
    changing = connect(make_log(tmp_path))
    changing.execute("DROP TABLE token")
    changing.close()
    with pytest.raises(TokensUnreadableError):
        door.schools_of(token)


def test_a_folder_that_cannot_be_used_is_said(tmp_path):
    (tmp_path / "log.db").write_bytes(b"this is not a database, and much longer than a header" * 9)
    for ask in (lambda: create(tmp_path, ["01AB"], "", NOW), lambda: NodeTokens(tmp_path)):
        with pytest.raises(FolderError, match=r"log\.db"):
            ask()


def test_the_list_shows_what_there_is_but_no_secret(tmp_path):
    first = create(tmp_path, ["01AB"], "Magister", NOW)
    second = create(tmp_path, ["02CD", "01AB"], "", NOW + 1)
    revoke(tmp_path, public(first), NOW + 2)
    revoke(tmp_path, public(first), NOW + 3)  # again does no harm, and does not move it
    found = listed(tmp_path)
    assert [(t.id, t.schools, t.created_at, t.revoked_at, t.note) for t in found] == [
        (public(first), ("01AB",), NOW, NOW + 2, "Magister"),
        (public(second), ("01AB", "02CD"), NOW + 1, None, ""),
    ]


def test_the_command_prints_the_token_and_nothing_else(tmp_path, door):
    made = run("token", "create", "--data", tmp_path, "--school", "01AB", "--note", "SOMtoday")
    assert (made.exit_code, made.stderr) == (0, "")
    token = made.stdout.removesuffix("\n")
    assert door.schools_of(token) == {"01AB"}
    shown = run("token", "list", "--data", tmp_path)
    assert re.search(rf"(?m)^{public(token)}  01AB +\S+Z  - +SOMtoday$", shown.stdout)
    assert token.split("_")[2] not in shown.stdout
    assert run("token", "revoke", "--data", tmp_path, public(token)).exit_code == 0
    assert door.schools_of(token) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["create", "--data", "new", "--school", "no school"], "a school's id is"),
        (["create", "--data", "new", "--school", "s", "--note", "a\nb"], "on one line"),
        (["create", "--data", "file", "--school", "s"], "file"),
        (["list", "--data", "nowhere"], "no node's data folder"),
        (["revoke", "--data", "nowhere", "abc"], "no node's data folder"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    done = run("token", *words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "nowhere").exists()


def test_to_revoke_what_is_not_there_is_a_mistake(tmp_path):
    create(tmp_path, ["01AB"], "", NOW)
    done = run("token", "revoke", "--data", tmp_path, "0000000000")
    assert done.exit_code == 2
    assert "no token" in done.stderr
