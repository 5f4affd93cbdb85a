"""Tokens in the desk's database: valid and gone within a second, and nobody is known in doubt."""

import pytest
from databases import KINDS, database
from senders import NOW, Hand
from sqlalchemy import text

from alerts.desk.database import open_desk
from streams.gateway.tokens import TokensUnreadableError
from streams.kafka_door.tokens import MOST_AGE_SECONDS, DeskTokens, create, listed, revoke


@pytest.fixture(params=KINDS)
def desk(request, tmp_path):
    with database(request.param, tmp_path) as url:
        engine = open_desk(url)
        yield engine
        engine.dispose()


@pytest.fixture
def clock():
    return Hand(0.0)


@pytest.fixture
def door(desk, clock):
    return DeskTokens(desk, clock)


def public(token):
    return token.split("_")[1]


def test_what_is_made_or_revoked_holds_at_the_next_look(desk, door):
    door._look()
    token = create(desk, ["02CD", "01AB", "01AB"], "", NOW)
    assert door.schools_of(token) is None
    door._look()
    assert door.schools_of(token) == {"01AB", "02CD"}
    assert door.schools_of(token[:-1] + ("0" if token[-1] != "0" else "1")) is None
    assert revoke(desk, public(token), NOW)
    door._look()
    assert door.schools_of(token) is None


def test_where_nobody_could_look_for_a_second_nobody_is_known(desk, door, clock):
    token = create(desk, ["01AB"], "", NOW)
    door._look()
    clock.now += MOST_AGE_SECONDS
    assert door.schools_of(token) == {"01AB"}
    clock.now += 0.01
    with pytest.raises(TokensUnreadableError):
        door.schools_of(token)


def test_it_looks_again_and_again_and_survives_what_fails(desk):
    token = create(desk, ["01AB"], "", NOW)
    door = DeskTokens(desk)
    door.start()
    try:
        assert door.schools_of(token) == {"01AB"}
        with desk.begin() as connection:
            connection.execute(text("ALTER TABLE token RENAME TO elsewhere"))
        with pytest.raises(Exception, match="token"):
            create(desk, ["01AB"], "", NOW)
        with desk.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO token"))
        assert door._thread.is_alive()
    finally:
        door.close()


def test_the_list_shows_what_there_is_but_no_secret(desk):
    first = create(desk, ["01AB"], "Magister", NOW)
    revoke(desk, public(first), NOW + 2)
    revoke(desk, public(first), NOW + 3)
    [found] = listed(desk)
    assert (found.id, found.schools, found.revoked_at) == (public(first), ("01AB",), NOW + 2)
    assert not revoke(desk, "0000000000", NOW)
    assert first.split("_")[2] not in repr(found)
