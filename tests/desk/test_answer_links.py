"""Links: who can use them, and for how long."""

from base64 import urlsafe_b64decode

import pytest
from answer_stage import ADDRESS, SECRET
from digests import MENTOR, NOW, OTHER_MENTOR, case

from alerts.desk.answer.links import LINK_DAYS, MOST_TOKEN_CHARS, Answerable, Flaw, Links
from alerts.desk.answer.offers import Offer, offers
from alerts.roles import Role
from alerts.rules import Kind

LINKS = Links(SECRET, ADDRESS)
END = NOW + LINK_DAYS * 86_400


def token(made, person=MENTOR, offer=Offer.SPOKEN, links=LINKS):
    address, _, token = links.link(person, made, offer, NOW).rpartition("/")
    assert address == f"{ADDRESS}/a"
    return token


@pytest.mark.parametrize("offer", Offer)
def test_a_link_says_who_answers_what_about_which_alert(offer):
    made = case()
    said = LINKS.read(token(made, offer=offer), NOW)
    assert said == Answerable("01AB", "m17", Role.MENTOR, made.newest.id, offer, END)


def test_a_link_says_nothing_of_the_pupil():
    made = case(pupil="pupil-of-the-link")
    body = urlsafe_b64decode(token(made).partition(".")[0] + "==")
    assert b"pupil-of-the-link" not in body


def test_a_link_can_be_used_until_a_fortnight_has_gone_and_not_after():
    made = token(case())
    assert isinstance(LINKS.read(made, END - 1), Answerable)
    assert isinstance(LINKS.read(made, END - 1), Answerable)
    assert LINKS.read(made, END) is Flaw.EXPIRED


def test_a_link_with_any_character_changed_is_not_taken():
    made = token(case())
    for place, char in enumerate(made):
        for other in {"A", "B", "_", "-", ".", "=", "é", "\0", char.swapcase()} - {char}:
            changed = made[:place] + other + made[place + 1 :]
            assert LINKS.read(changed, NOW) is Flaw.ALTERED, place


def test_a_link_that_is_cut_off_or_goes_on_is_not_taken():
    made = token(case())
    for changed in (*(made[:end] for end in range(len(made))), made + "A", made + "=", f" {made}"):
        assert LINKS.read(changed, NOW) is Flaw.ALTERED


def test_the_signature_of_one_case_is_none_for_another():
    one, other = token(case()), token(case())
    mixed = f"{one.partition('.')[0]}.{other.partition('.')[2]}"
    assert LINKS.read(mixed, NOW) is Flaw.ALTERED


def test_the_signature_of_one_person_is_none_for_another():
    made = case()
    one, other = token(made), token(made, OTHER_MENTOR)
    mixed = f"{other.partition('.')[0]}.{one.partition('.')[2]}"
    assert LINKS.read(mixed, NOW) is Flaw.ALTERED


def test_a_link_of_another_key_is_not_taken():
    elsewhere = Links(b"\1" * 32, ADDRESS)
    assert LINKS.read(token(case(), links=elsewhere), NOW) is Flaw.ALTERED


def test_a_very_long_link_is_not_taken():
    assert LINKS.read("A" * (MOST_TOKEN_CHARS + 1), NOW) is Flaw.ALTERED
    assert LINKS.read("", NOW) is Flaw.ALTERED


def test_nothing_is_offered_where_no_pupil_is_spoken_of():
    assert offers(case(Kind.GROUP)) == ()
    assert offers(case()) == tuple(Offer)
