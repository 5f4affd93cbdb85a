"""Who sees what behind a link, what is written, and who hears of it."""

from dataclasses import replace

import pytest
from answer_stage import Offer, a_stage
from digests import CARE, HEAD, ILLNESS, MENTOR, OFFICE, OTHER_MENTOR, PEOPLE, TEACHER, case

from alerts.alert import State
from alerts.desk.answer.desk import Begun
from alerts.desk.casebook.erasing import erase
from alerts.desk.directory import UNASSIGNED
from alerts.desk.people import Person
from alerts.roles import Role
from alerts.rules import Kind
from alerts.words import Language
from models.events.types import Action

HOSTILE = (
    '"><script>alert(1)</script>\u202egnp.exe\r\nBcc: x@y.example=HYPERLINK("http://e.example")'
)


@pytest.fixture
def stage(tmp_path):
    with a_stage(tmp_path) as made:
        yield made


def shown(stage, token):
    page = stage.desk.page(token, "")
    assert page.status == 200
    return page.body.decode().partition("</style>")[2]


def test_the_page_says_who_what_since_when_and_how_fresh(stage):
    page = shown(stage, stage.token(MENTOR, stage.take(case(pupil="p81"))))
    assert "Have you spoken with <bdi>A. B. (4H2)</bdi>?" in page
    assert "40 of 300 sessions (13%), on 17, 23 and 24 November 2026" in page
    assert "Since 24 November. Registers up to 24 November at 16:42." in page
    assert "You answer as <bdi>Jan</bdi>" in page


def test_to_look_writes_nothing_but_that_somebody_looked(stage):
    token = stage.token(MENTOR, stage.take(case(pupil="p81")))
    before = stage.counts()
    shown(stage, token)
    after = stage.counts()
    assert after.pop("audit") == before.pop("audit") + 1
    assert after == before
    (look,) = stage.looks()
    assert (look.pupil, look.person, look.what) == ("p81", "m17", "answer page")


def test_the_status_of_a_link_is_said_without_a_look_at_anybody(stage):
    token = stage.token(MENTOR, stage.take(case(pupil="p81")))
    assert stage.desk.status(token) == 200
    assert stage.desk.status(token + "x") == 404
    stage.clock.now += 14 * 86_400
    assert stage.desk.status(token) == 410
    assert stage.looks() == []


@pytest.mark.parametrize("offer", Offer)
def test_each_button_writes_its_action(stage, offer):
    made = stage.take(case(pupil="p81"))
    assert "Thank you" in stage.answer(stage.token(MENTOR, made), offer)
    (done,) = stage.case(made).done
    assert (done.action, done.by) == (offer.action, "m17")
    assert done.until == ("2026-12-02" if offer is Offer.SNOOZE else None)
    assert [each.what for each in stage.looks()] == ["answer"]


def test_pressing_twice_is_one_response(stage):
    made = stage.take(case(pupil="p81"))
    token = stage.token(MENTOR, made)
    twice = [stage.desk.begin(token, Offer.SPOKEN, "") for _ in range(2)]
    assert twice[0].said.response.id == twice[1].said.response.id
    stage.answer(token)
    stage.clock.now += 300
    assert stage.desk.begin(token, Offer.SPOKEN, "").said.is_known
    assert len(stage.case(made).done) == 1


def test_an_answer_can_be_changed_and_the_page_says_what_was_said(stage):
    made = stage.take(case(pupil="p81"))
    token = stage.token(MENTOR, made)
    stage.answer(token, Offer.FALSE_ALARM)
    stage.clock.now += 300
    assert "You answered on 25 November at 07:30: “False alarm”." in shown(stage, token)
    stage.answer(token, Offer.SPOKEN)
    stage.clock.now += 300
    stage.answer(token, Offer.FALSE_ALARM)
    assert stage.case(made).done[-1].action is Action.FALSE_ALARM


def test_what_others_answered_is_not_shown(stage):
    made = stage.take(case(tier=3, pupil="p81"))
    stage.answer(stage.token(CARE, made))
    assert "You answered" not in shown(stage, stage.token(MENTOR, made))


def test_a_link_of_another_mentor_of_old_is_not_taken(stage):
    token = stage.token(MENTOR, stage.take(case(pupil="p81", mentor="m18")))
    for page in (stage.desk.page(token, ""), stage.desk.begin(token, Offer.SEEN, "")):
        assert page.status == 403
        assert b"somebody else" in page.body
        assert b"A. B." not in page.body
    assert stage.looks() == []


@pytest.mark.parametrize("left", [MENTOR, CARE, OFFICE])
def test_whoever_left_the_list_of_people_sees_nothing_more(stage, left):
    token = stage.token(left, stage.take(case(tier=3, pupil="p81")))
    shown(stage, token)
    stage.load(*(each for each in PEOPLE if each is not left))
    assert stage.desk.page(token, "").status == 403


@pytest.mark.parametrize("role", [Role.TEACHER, Role.LEADERSHIP, Role.OFFICER, Role.COACH])
def test_a_role_that_is_told_of_no_pupils_case_sees_none(stage, role):
    somebody = Person("01AB", "x1", role, "X", "x@school.example", Language.ENGLISH)
    stage.load(*PEOPLE, somebody)
    token = stage.token(somebody, stage.take(case(tier=3, pupil="p81")))
    assert stage.desk.page(token, "").status == 403


def test_whom_a_school_names_answers_for_pupils_without_a_mentor(stage):
    named = replace(MENTOR, person=UNASSIGNED)
    stage.load(*PEOPLE, named)
    theirs = stage.take(case(pupil="p81", mentor=None))
    assert "A. B." in shown(stage, stage.token(named, theirs))
    anothers = stage.take(case(pupil="p82"))
    assert stage.desk.page(stage.token(named, anothers), "").status == 403


def test_the_administration_sees_pupil_and_group_alone(stage):
    page = shown(stage, stage.token(OFFICE, stage.take(case(pupil="p81", mentor=None))))
    assert "A. B. (4H2)" in page
    assert "sessions" not in page
    silent = stage.take(case(Kind.SILENCE, pupil="p82"))
    assert "November" in shown(stage, stage.token(OFFICE, silent)).partition("Since")[0]


@pytest.mark.parametrize("language", Language)
def test_no_word_of_illness_unless_the_school_asks_for_it(stage, language):
    stage.load(*PEOPLE[1:], replace(MENTOR, language=language))
    token = stage.token(MENTOR, stage.take(case(pupil="p81", causes=(ILLNESS,))))
    words = ("illness", "reported ill", "ziek")
    assert not any(word in shown(stage, token) for word in words)
    stage.detail = "full"
    assert any(word in shown(stage, token) for word in words)
    assert "Amina Bakker (4H2)" in shown(stage, token)


def test_a_case_that_is_over_says_so(stage):
    back = case(pupil="p81", alert_state=State.CLOSED)
    assert "this is over by now" in shown(stage, stage.token(MENTOR, stage.take(back)))
    gone = case(pupil="p82", alert_state=State.WITHDRAWN)
    assert "taken back" in shown(stage, stage.token(MENTOR, stage.take(gone)))


def test_nothing_is_left_of_a_pupil_who_was_erased(stage):
    token = stage.token(MENTOR, stage.take(case(pupil="p81")))
    shown(stage, token)
    with stage.engine.begin() as connection:
        erase(connection, "01AB", "p81", int(stage.clock()) + 1)
    for page in (stage.desk.page(token, ""), stage.desk.begin(token, Offer.SEEN, "")):
        assert page.status == 404
        assert b"not kept any more" in page.body
    assert stage.looks() == []


def test_an_alert_that_nobody_knows_and_a_groups_notice_are_not_to_be_answered(stage):
    assert stage.desk.page(stage.token(MENTOR, case()), "").status == 404
    notice = stage.take(case(Kind.GROUP))
    assert stage.desk.page(stage.token(HEAD, notice), "").status == 404


def test_a_link_that_ended_is_said_in_the_persons_language(stage):
    stage.load(*PEOPLE[1:], replace(MENTOR, language=Language.DUTCH))
    token = stage.token(MENTOR, stage.take(case(pupil="p81")))
    stage.clock.now += 14 * 86_400
    page = stage.desk.page(token, "en")
    assert page.status == 410
    assert "Deze link is verlopen" in page.body.decode()


def test_an_altered_link_is_said_in_the_browsers_language(stage):
    page = stage.desk.page("nothing", "fr, nl;q=0.9")
    assert page.status == 404
    assert "Deze link is niet volledig" in page.body.decode()


def test_hostile_text_stays_text(stage):
    names = {"p81": HOSTILE + "x" * 10_000}
    stage.load(*PEOPLE[1:], replace(MENTOR, name=HOSTILE * 200), names=names)
    made = stage.take(case(pupil="p81", group="4H2"))
    token = stage.token(MENTOR, made)
    for stage.detail in ("initials", "names", "full"):
        page = shown(stage, token) + stage.answer(token, Offer.WAS_THERE).partition("</style>")[2]
        assert "<script" not in page
        assert "\u202e" not in page
        assert len(page) < 8_000


def test_was_there_is_told_to_whoever_recorded_it_with_their_own_dates(stage):
    stage.recorded = {"t1": ["2026-11-24"], "m18": ["2026-11-23"]}
    made = stage.take(case(pupil="p81"))
    page = stage.answer(stage.token(MENTOR, made), Offer.WAS_THERE)
    assert "Whoever recorded it is asked to look at it." in page
    letters = dict(stage.letters())
    assert set(letters) == {"t1", "m18"}
    letter = letters["t1"]
    assert letter.subject == "Is the register right?"
    assert "According to the mentor" in letter.plain
    assert "A. B. (4H2), on 24 November 2026." in letter.plain
    assert "23 November" not in letter.plain + letter.html
    assert letter.data["dates"] == ["2026-11-24"]
    assert letters["m18"].subject == "Klopt het register?"


def test_was_there_says_no_reasons_to_whoever_recorded_it(stage):
    stage.recorded = {"t1": ["2026-11-24"]}
    stage.detail = "full"
    made = stage.take(case(pupil="p81", causes=(ILLNESS,)))
    stage.answer(stage.token(MENTOR, made), Offer.WAS_THERE)
    ((_, letter),) = stage.letters()
    assert not any(word in letter.plain + letter.html for word in ("ill", "4 times", "missed"))


@pytest.mark.parametrize(
    "recorded", [{}, {None: ["2026-11-24"]}, {"nobody": ["2026-11-24"]}],
    ids=["no mark", "nobody named", "nobody known"],
)  # fmt: skip
def test_was_there_goes_to_the_administration_where_nobody_is_known(stage, recorded):
    stage.recorded = recorded
    page = stage.answer(stage.token(MENTOR, stage.take(case(pupil="p81"))), Offer.WAS_THERE)
    assert "The administration is asked to look at it." in page
    assert [person for person, _ in stage.letters()] == ["o1"]


def test_was_there_says_so_where_nobody_at_all_can_be_told(stage):
    stage.load(MENTOR)
    page = stage.answer(stage.token(MENTOR, stage.take(case(pupil="p81"))), Offer.WAS_THERE)
    assert "Please tell your administration." in page.replace("\n", " ")
    assert stage.letters() == []


def test_was_there_pressed_twice_is_told_once(stage):
    stage.recorded = {TEACHER.person: ["2026-11-24"]}
    token = stage.token(MENTOR, stage.take(case(pupil="p81")))
    for _ in range(2):
        stage.answer(token, Offer.WAS_THERE)
        stage.clock.now += 60
    assert len(stage.letters()) == 1


def test_an_erasure_reaches_what_was_told_of_somebody_who_was_there(stage):
    made = stage.take(case(pupil="p81"))
    stage.answer(stage.token(MENTOR, made), Offer.WAS_THERE)
    assert "A. B." in str(stage.letters())
    with stage.engine.begin() as connection:
        erase(connection, "01AB", "p81", int(stage.clock()) + 1)
    assert stage.letters() == []


def test_who_is_erased_while_somebody_answers_is_told_of_to_nobody(stage):
    token = stage.token(MENTOR, stage.take(case(pupil="p81")))
    begun = stage.desk.begin(token, Offer.WAS_THERE, "")
    with stage.engine.begin() as connection:
        erase(connection, "01AB", "p81", int(stage.clock()) + 1)
    stage.desk.finish(begun)
    assert stage.letters() == []


def test_another_persons_link_answers_as_that_person(stage):
    made = stage.take(case(tier=3, pupil="p81"))
    begun = stage.desk.begin(stage.token(CARE, made), Offer.SUPPORT, "")
    assert isinstance(begun, Begun)
    assert begun.said.response.by == "c1"
    assert stage.desk.page(stage.token(OTHER_MENTOR, made), "").status == 403
