"""Pages: what is read back is what was written, and goes on as if it had never been away."""

import base64
import dataclasses
import random
import struct
import zlib
from typing import Any

import msgspec
import numpy as np
import pytest
import zstandard
from builders import Shape, random_log, random_long_log
from engines import Live, by_subject, cut
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.alert import Cause, State
from alerts.difference import Published, Told
from alerts.pages import read_watch, write_watch
from alerts.rules import Kind
from alerts.watch import Watch
from models.book import NAMELESS
from models.codes import CODES, FIRST_ABSENT, NO_MINUTES
from models.events.instants import write_date
from models.page import Page, implied_minutes
from models.page_format import FORMAT_VERSION, PageKey, PageKind, UnreadablePageError
from models.pages import read_date_page, write_date_page
from streams.step import Batch, Engine
from streams.tables import SchoolTables, tables_of

PACK = "nl"
DATE = 739_944
KEY = PageKey("01AB", PageKind.DATE, DATE)
seeds = st.integers(0, 2**32 - 1)

WORKED_OUT = {
    "counted",
    "roster_version",
    "_first_live",
    "_groups_on",
    "_groups_version",
    "_sorted",
    "mentors",
    "_mentor_number",
    "calm",
    "changed_dates",
    "roster_changed",
    "progress_written",
    "episodes_written",
    "changes",
    "pupil_number",
    "pupils",
    "nameless",
    "hidden",
}
"""Fields that no page has: they follow from the others, their numbers are a page's own, or they
say what is to be written."""


def told_in_full(thing, mentors=()):
    """All that there is to a book, a watch or a page, as plain values that can be compared."""
    if isinstance(thing, Watch):
        mentors = thing.book.roster.mentors
        return ids_on_pages(thing), fields_in_full(thing, mentors)
    match thing:
        case np.ndarray():
            assert thing.flags.writeable
            return (thing.dtype.str, thing.shape, thing.tolist())
        case Told():
            return (mentors[thing.mentor], msgspec.structs.replace(thing, mentor=0))
        case Published():
            thing = told_in_full(thing.told, mentors)
        case dict():
            return [(key, told_in_full(value, mentors)) for key, value in thing.items()]
        case list() | tuple():
            return [told_in_full(each, mentors) for each in thing]
        case _ if dataclasses.is_dataclass(thing):
            thing = fields_in_full(thing, mentors)
    return thing


def fields_in_full(thing, mentors):
    return {
        field.name: told_in_full(getattr(thing, field.name), mentors)
        for field in dataclasses.fields(thing)
        if field.name not in WORKED_OUT
    }


def ids_on_pages(watch: Watch) -> list[str]:
    hidden = watch.book.unspoken() - watch.spoken_of
    return ["" if number in hidden else pupil for number, pupil in enumerate(watch.book.pupils)]


# ---- one date's slots


def say_default(page: Page, group: int, session: int, at: int, *withdrawn: bool) -> None:
    page.say_defaults(*(np.array([each]) for each in (group, session, at, any(withdrawn))))


def random_page(rng: random.Random) -> Page:
    page = Page(DATE)
    if rng.random() < 0.3:
        page.make_room([], rng.randint(0, 9))
    reach = rng.choice((3600, 86_400, 2**31 - 1, 2**36))
    for _ in range(rng.randint(0, 6)):
        if rng.random() < 0.4:
            at = page.midnight + rng.randint(-reach, reach)
            say_default(page, rng.randint(0, 5), rng.randint(1, 12), at, rng.random() < 0.3)
        if rng.random() < 0.7:
            marks = rng.randint(1, 20)
            code = np.array([rng.randrange(1, CODES) for _ in range(marks)], np.uint8)
            minutes = implied_minutes(code)
            if rng.random() < 0.5:
                given_minutes = [rng.choice((0, 5, 600)) for _ in range(marks)]
                minutes = np.where(code >= FIRST_ABSENT, given_minutes, minutes).astype(np.int16)
            page.record(
                np.array([rng.randint(1, 12) for _ in range(marks)]),
                np.array([rng.randrange(30) for _ in range(marks)]),
                np.array([page.midnight + rng.randint(-reach, reach) for _ in range(marks)]),
                code,
                minutes,
            )
        if rng.random() < 0.2:
            page.forget(rng.randrange(30), page.midnight)
    return page


@given(seeds)
@settings(max_examples=200)
def test_a_page_read_back_equals_the_page_written(seed):
    page = random_page(random.Random(seed))
    key, written = write_date_page("01AB", page)
    read = read_date_page(key, written)
    assert told_in_full(read) == told_in_full(page)
    assert write_date_page("01AB", read) == (key, written)


def test_times_of_64_bits_and_minutes_are_kept():
    page = Page(DATE)
    code = np.array([FIRST_ABSENT, FIRST_ABSENT], np.uint8)
    at = np.array([page.midnight + 30_000, page.midnight - 2**40])
    page.record(np.array([1, 2]), np.array([0, 3]), at, code, np.array([20, NO_MINUTES], np.int16))
    assert page.said.dtype == np.int64
    assert page.minutes is not None
    assert told_in_full(read_date_page(*write_date_page("01AB", page))) == told_in_full(page)


def test_a_page_of_defaults_alone_is_kept():
    page = Page(DATE)
    say_default(page, 0, 4, page.midnight)
    read = read_date_page(*write_date_page("01AB", page))
    assert read.is_live
    assert told_in_full(read) == told_in_full(page)


def test_a_page_read_back_goes_on_taking_marks():
    page = Page(DATE)
    say_default(page, 1, 2, page.midnight)
    read = read_date_page(*write_date_page("01AB", page))
    for each in (page, read):
        marks = np.array([FIRST_ABSENT], np.uint8)
        each.record(np.array([5]), np.array([7]), np.array([page.midnight]), marks, marks * 0)
    assert told_in_full(read) == told_in_full(page)


def test_a_register_of_a_morning_takes_less_than_two_bytes_a_slot():
    rng, page = random.Random(1), Page(DATE)
    for session in (1, 2):
        for group in range(40):
            code = np.array([rng.choice([11] * 12 + [34, 36]) for _ in range(25)], np.uint8)
            at = np.full(25, page.midnight + 30_000 + rng.randrange(9_000))
            pupils = np.arange(25) + 25 * group
            page.record(np.full(25, session), pupils, at, code, implied_minutes(code))
    assert len(write_date_page("01AB", page)[1]) < 2 * page.code.size


# ---- a school that goes on


def read_back(engine: Engine) -> Engine:
    """An engine of another process, with what this one's pages say."""
    fresh = Engine(PACK, live=True)
    for name, school in engine.schools.items():
        stored = {str(key): page for key, page in write_watch(school.watch)}
        pages = {PageKey.read(key): page for key, page in stored.items()}
        watch = read_watch(name, pages, PACK)
        assert told_in_full(watch) == told_in_full(school.watch)
        assert {str(key): page for key, page in write_watch(watch)} == stored
        fresh.adopt(watch)
    return fresh


def heard_twice(rng: random.Random, lines: list[bytes], stops: float) -> tuple[Live, Live]:
    """Hear a log without a stop, and once more, read back from pages now and then."""
    steady, stopped = Live(PACK), Live(PACK)
    for batch in cut(rng, lines):
        if rng.random() < stops:
            stopped.engine = read_back(stopped.engine)
        steady.hear(*batch)
        stopped.hear(*batch)
    for each in (steady, stopped):
        each.schools = dict(each.engine.schools)
        for _, told in each.engine.end():
            each.alerts += told
    return steady, stopped


def tables(live: Live) -> dict[str, SchoolTables]:
    return {name: tables_of(school.watch) for name, school in live.schools.items()}


@given(seeds)
def test_a_school_read_back_goes_on_as_if_it_had_never_stopped(seed):
    rng = random.Random(seed)
    lines = random_log(rng, dates=rng.choice((12, 40)))
    steady, stopped = heard_twice(rng, lines, stops=rng.choice((0.02, 0.1, 0.4)))
    assert msgspec.json.encode(stopped.alerts) == msgspec.json.encode(steady.alerts)
    assert tables(stopped) == tables(steady)


@given(seeds)
@settings(max_examples=4)
def test_so_does_a_school_whose_book_has_let_go_of_days(seed):
    rng = random.Random(seed)
    shape = Shape(dates=rng.randint(115, 160), pupils=6, sessions=1, corrections=0.1)
    steady, stopped = heard_twice(rng, random_long_log(rng, shape=shape), stops=0.04)
    assert msgspec.json.encode(stopped.alerts) == msgspec.json.encode(steady.alerts)
    assert tables(stopped) == tables(steady)


@given(seeds)
@settings(max_examples=10)
def test_so_do_schools_that_share_an_engine(seed):
    rng = random.Random(seed)
    steady, stopped = heard_twice(rng, random_log(rng, schools=2, dates=12), stops=0.1)
    assert by_subject(stopped.alerts) == by_subject(steady.alerts)
    assert tables(stopped) == tables(steady)


@given(seeds)
def test_what_was_heard_and_not_worked_out_yet_is_kept(seed):
    rng = random.Random(seed)
    engine = Engine(PACK, live=False)
    lines = random_log(rng, dates=10, erasures=0.3)
    engine.step(Batch(lines, range(len(lines))))
    for name, school in engine.schools.items():
        watch = read_watch(name, dict(write_watch(school.watch)), PACK)
        assert told_in_full(watch) == told_in_full(school.watch)


# ---- what is no page


def small_school(*more: bytes) -> dict[PageKey, bytes]:
    """Three school days of two pupils; p1 misses them all, and the last is open."""
    live = Live(PACK)
    head = b'{"school":"01AB","recorded_at":"2026-11-2%dT08:40:00Z",'
    live.hear(
        head % 3 + b'"type":"enrolment","id":"e1","pupil":"p1","from":"2026-08-24",'
        b'"group":"4H2","mentor":"m17","phase":"vo"}',
        head % 3 + b'"type":"enrolment","id":"e2","pupil":"p2","from":"2026-08-24",'
        b'"group":"4H2","mentor":"m17","phase":"vo"}',
    )
    for day in (3, 4, 5):
        live.hear(
            head % day + b'"type":"register","id":"r%d","date":"2026-11-2%d","session":1,'
            b'"minutes":480,"group":"4H2","default":"present",'
            b'"marks":[{"pupil":"p1","status":"absent"}]}' % (day, day)
        )
    live.hear(*more)
    return dict(write_watch(live.engine.schools["01AB"].watch))


ERASED = b"""{"school":"01AB","recorded_at":"2026-11-25T12:00:00Z","type":"erase","id":"x1",
"pupil":"p3"}"""
LEFT = b"""{"school":"01AB","recorded_at":"2026-11-25T12:00:01Z","type":"enrolment","id":"e3",
"pupil":"p2","from":"2026-11-26","group":"4H2","mentor":"m17","status":"left","left_for":"work"}"""


def test_a_page_that_is_cut_off_is_refused():
    key, page = write_date_page("01AB", random_page(random.Random(3)))
    for length in range(len(page)):
        with pytest.raises(UnreadablePageError, match=r"^page 01AB/date/2026-11-24: [^\n]+$"):
            read_date_page(key, page[:length])
    with pytest.raises(UnreadablePageError):
        read_date_page(key, page + b"\0")


@given(st.data())
def test_a_page_with_a_wrong_bit_is_refused(data):
    pages = small_school()
    key = data.draw(st.sampled_from(sorted(pages)))
    bit = data.draw(st.integers(0, 8 * len(pages[key]) - 1))
    damaged = bytearray(pages[key])
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(UnreadablePageError, match=f"^page {key}: "):
        read_watch("01AB", pages | {key: bytes(damaged)}, PACK)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_page_are_refused(noise):
    with pytest.raises(UnreadablePageError):
        read_date_page(KEY, noise)
    with pytest.raises(UnreadablePageError):
        read_date_page(KEY, resealed(KEY, noise))


def resealed(key: PageKey, body: bytes, version: int = FORMAT_VERSION) -> bytes:
    """A header that is right for a body, as docs/pages.md says."""
    head = struct.pack("<4sHBx", b"gmst", version, key.kind)
    return head + struct.pack("<I", zlib.crc32(str(key).encode() + head + body)) + body


def test_a_page_of_a_newer_program_is_refused_with_a_clear_line():
    pages = small_school()
    newer = resealed(KEY, b"whatever comes then", version=FORMAT_VERSION + 1)
    with pytest.raises(UnreadablePageError) as refusal:
        read_watch("01AB", pages | {KEY: newer}, PACK)
    assert str(refusal.value) == (
        "page 01AB/date/2026-11-24: format version 4, written by a newer gemist; "
        "this one reads up to 3"
    )


def test_a_page_under_another_key_is_refused():
    pages = small_school()
    other = PageKey("01AB", PageKind.DATE, DATE + 1)
    assert {KEY, other} <= set(pages)
    with pytest.raises(UnreadablePageError, match="another page"):
        read_watch("01AB", pages | {other: pages[KEY]}, PACK)
    with pytest.raises(UnreadablePageError, match="another page"):
        read_date_page(PageKey("02CD", PageKind.DATE, DATE), pages[KEY])


@pytest.mark.parametrize("kind", [PageKind.ROSTER, PageKind.PROGRESS, PageKind.EPISODES])
def test_a_missing_page_is_named(kind):
    pages = small_school()
    del pages[PageKey("01AB", kind)]
    with pytest.raises(UnreadablePageError, match=f"^page 01AB/{kind.name.lower()}: missing$"):
        read_watch("01AB", pages, PACK)


def test_slots_of_pupils_whom_the_roster_does_not_know_are_refused():
    pages = small_school()
    page = Page(DATE)
    page.make_room([1], 3)
    with pytest.raises(UnreadablePageError, match="more pupils or groups than in the roster"):
        read_watch("01AB", pages | dict([write_date_page("01AB", page)]), PACK)


def test_arrays_that_do_not_fit_each_other_are_refused():
    page = Page(DATE)
    page.make_room([1, 2], 3)
    page.said = page.said[:, :2]
    with pytest.raises(UnreadablePageError, match="slots of 2 sessions in the shape"):
        read_date_page(*write_date_page("01AB", page))


@pytest.mark.parametrize(
    "text",
    ["", "01AB", "01AB/", "/roster", "01AB/date", "01AB/roster/2026-11-24", "01AB/date/2026-11-31",
     "01AB/DATE/2026-11-24", "01AB/roster/", "01AB/date/2026-11-24/"],
)  # fmt: skip
def test_what_is_no_key_is_refused(text):
    with pytest.raises(UnreadablePageError, match=r"is not the key of a page$"):
        PageKey.read(text)


# ---- the format itself


def test_a_page_is_laid_out_as_the_docs_say():
    for key, page in small_school().items():
        magic, version, kind, checksum = struct.unpack("<4sHBxI", page[:12])
        assert (magic, version, kind) == (b"gmst", 3, key.kind)
        assert checksum == zlib.crc32(str(key).encode() + page[:8] + page[12:])
        content = content_of(page)
        if key == KEY:
            dtype, shape, code = content["code"]
            assert (dtype, shape, list(code)) == ("|u1", [1, 2], [34, 0])
            assert content["said"] == ["<i4", [1, 2], struct.pack("<2i", 31_200, -(2**31))]
            assert content["minutes"] == ["<u2", [1, 2], struct.pack("<2H", 481, 1)]
            assert content["defaults"] == [[1, 1, 1_795_509_600, False]]


def from_text(written: dict[str, str]) -> dict[PageKey, bytes]:
    return {
        PageKey.read(key): base64.b85decode("".join(text.split())) for key, text in written.items()
    }


def test_pages_of_format_version_1_are_read():
    watch = read_watch("01AB", from_text(WRITTEN_BY_VERSION_1), PACK)
    assert watch.book.pupils == ["p1", "p2"]
    assert_is_small_school(watch)


def test_pages_of_format_version_2_are_read():
    watch = read_watch("01AB", from_text(WRITTEN_BY_VERSION_2), PACK)
    assert watch.book.pupils == ["p1", "p2", NAMELESS]
    assert watch.book.number_of_pupil("p3") == 2
    assert list(watch.book.erased) == [2]
    assert_is_small_school(watch)


def test_pages_of_format_version_3_are_read():
    watch = read_watch("01AB", from_text(WRITTEN_BY_VERSION_3), PACK)
    assert [each.is_leaving for each in watch.book.roster.held.values()] == [
        False, False, True,
    ]  # fmt: skip
    assert_is_small_school(watch, enrolments=3)


def test_what_is_written_today_is_what_version_3_wrote():
    """A change of a field is a new version. (Reasons and rules have revisions, which may go.)"""
    written = small_school(ERASED, LEFT)
    for key, page in from_text(WRITTEN_BY_VERSION_3).items():
        now, then = content_of(written[key]), content_of(page)
        assert list(now) == list(then)
        assert key.kind is PageKind.EPISODES or now == then


def test_a_whole_number_stays_one_though_another_reason_says_it_as_a_quotient():
    watch = read_watch("01AB", small_school(), PACK)
    reasons = tuple(Cause("share", "1", {"of": figure}, ()) for figure in (1, 1.0, 1))
    watch.published.tell(
        Kind.ATTENDANCE, 0, Told(DATE, State.OPEN, 2, 0, 0, reasons, DATE, live=False)
    )
    read = read_watch("01AB", dict(write_watch(watch)), PACK)
    assert repr(read.published.told) == repr(watch.published.told)


def content_of(page: bytes) -> dict[str, Any]:
    return msgspec.msgpack.decode(zstandard.decompress(page[12:]))


def assert_is_small_school(watch, enrolments=2):
    assert [write_date(day) for day in watch.book.days] == [
        "2026-11-23", "2026-11-24", "2026-11-25",
    ]  # fmt: skip
    assert watch.book.pages[DATE].code.tolist() == [[34, 0]]
    assert watch.book.pages[DATE].minutes.tolist() == [[481, 1]]
    assert [each.mentor for each in watch.book.roster.held.values()] == ["m17"] * enrolments
    ((told,),) = (by_day.values() for by_day in watch.published.told[Kind.UNAUTHORISED].values())
    assert (told.tier, write_date(told.opened)) == (3, "2026-11-23")
    assert told.causes[0].dates[-1] == "2026-11-23"


WRITTEN_BY_VERSION_1 = {
    "01AB/roster": """
        XKizI0RRF350uT=D77#BU={$~1^|LhF)?sU(*dxm5s-tuI>m<K+S}B~b~&hyRrddBo3w}Ad$;v(GuaCr90{R
        #)Byl69N$P&?<4legRGf82*$)s=blm~cW(66M4OX`4YHm_G9%R;S_V#>G|sEX2S9XPE|-T(Kp}v+7zxEKAK|
        3(78@<kj34DmD419%UTM;W>e=dSr5L`Iwz5P}TZ(~(<1NV-Gn$6x82vKlb47#Ye7%Pl&iGx#=IEQ_0l{}t38
        8X19Ufm>6Yf<8qN7`l;D#EcLLvtMU>0EVgp|0TvPE;2v;=4XN&
    """,
    "01AB/progress": """
        XKizI0RRI4AP)V6D77#BAd(FP0P=?&B%rGU|La$y9`t;3b|OfN%k58;O1f<#QbvvRSD*L)6$l%13b_s28uX!
        S*f3EPIidn~)90I6C6nSz3Xw^<fd&8}aA6YhXE91T{BNOb9Xf{#XPinId*9h@>w9y9HWEQ1{!+%v^?e)rpa5
        Ij>i?FpmPY~rI61hLDJT
    """,
    "01AB/date/2026-11-23": """
        XKizI0RRC26YpxfD77#BAZHx|0CWY0q-0@qWzGN#N@u8ZWpi_BZ*Fsu0i<JZWMz}1e04FB0RqGVA^@awVQFN
        OqdaLe2;g}DfTwL~Zgq5Jb20?r0RRA~WMyVyb!>EVk(2=e&T9kv;KBq10YLOTI1)6W
    """,
    "01AB/date/2026-11-24": """
        XKizI0RRC2Pe<lLD77#BAZHx|0CWY0q-0@qWzGN#N@%EaWpi_BZ*Fsu0i<JZWMz}1e04FB0RqGVA^@awVQFN
        OqdaLe2;g}DfTwL~Zgq5Jb20?r0RRA~WMyVyb!>EVk(2=e&T9otV8R3h0YLOTI1)6W
    """,
    "01AB/date/2026-11-25": """
        XKizI0RRC2guO>eD77#BAZHx|0CWY0q-0@qWzGN#N@=KbWpi_BZ*Fsu0i<JZWMz}1e04FB0RqGVA^@awVQFN
        OqdaLe2;g}DfTwL~Zgq5Jb20?r0RRA~WMyVyb!>EVk(2=e&T9sq;KBq10YLOTI1)6W
    """,
    "01AB/episodes": """
        XKizI0RRL5FuOJdD77#BV6*`>3;?FpOf_Ihs{=t(v=m4r*2;aU41w(#1~OO&kd`T;iAW-7(g=#|G9Zqyz+wO
        UVB7-$2M18`DO(CW06hRc0L<u~C6NX!m5=%W<@)yE9jnW#FB2n87F^-t>Q*adJ*96P+oi43Uq~;<9Z?u*|3e
        7|d{z8uQ<d5p1dq|ZcTHK{3Ze~_GH|W{M(n|7C+Mm1VlvI1FkVcg0Nt}5v1wOTWB!&GLH3w__?|WIb<c9{0!
        ziVd@TJLgtuQ9L0>fkgb5RX2t{*EG!))tF&uF*Oara<z>2dz7I7%c#O1bb3R@lfs4IuQFf-#WDQ(VbX<wK*J
        mu31eU)ro;3QaEBgiEO5!<0{ZIU=9%?3Q4hT}9KkAO#_;Q@L7rILaoPzt~p2|P|DvfywN#BofjIq-J~ARthJ
        LWHIR<t7@twVmf$vev)h9rNh5mUv~y;al0V8JBGv(zU=m2aGs#93gXR_yfMo9DW$m@OdSLJU$iHspg19gLRJ
        0>tiYHQ`uey
    """,
}
"""`small_school`, in base85. A page once written goes on being read: do not write them anew."""

WRITTEN_BY_VERSION_2 = {
    "01AB/roster": """
        XKizI0ssO4{?97yD77#BU`zn*2mt2LK{!xv+Mve}UIKgNI?LJ^z&#f`VkWLfyBk{m0LvbNCURkAcd8nl(DJC
        Zz#vfg;~}F|#_~FhMo2FJF#t0F*)jb0KbgF}Q)9;}9R3ukQD)a)8xS1dtT~+A-V3i&cO*Htm4Tw;-gu2g4+u
        xvdZjm84>{4+AO19T9ui94_E@`_f+KbC=HT7&bYcy2UWP^dad4$vYj#$W%OXk``C`u|FBOn|noT7AV|Ff-qq
        I&V)^)DY{cP#9Tj12v#qrHD1CV{I)e7SqfDo`gYqWh5D=!5TD3=lyLraXd0V#k~9w&1*Dll7wK}zPKL4eY1q
        JO7eqwPW(dj|b8Db$~*XC(AG2LNCeU^0c2xS+B{bC$FOXaGt
    """,
    "01AB/progress": """
        XKizI0ssR5ttBL>D77#BAd(FP0P=?&B(SLi3>8k*C2UC~q$GylE4G&A6v=I=Ng1*7Rye{X3Ej6s3b_s267->
        K*ep>LF(LwX)90JnB$MJy%8*I900!U?@F4Q=XE8}S{4b$w9Xf>yUz|!Ad*9h@>w9y9GLYsFe<|bT`o4>OP{Y
        =?`oC2yr4a%EI61hLDJT
    """,
    "01AB/date/2026-11-23": """
        XKizI0ssL3O~zeyD77#BAZIxP0EVPwVRU8A01HZIsB>j=b7^mGbCCh0V{c?-lcRifF_HlS!~!A!q;p|uWRs&
        jX*7}n0>lX5c>n+a004leZE0?GbY*jsqdavok^ut51mOVz0H|bTW?^+~baRoE0Rhfy1N-2@
    """,
    "01AB/date/2026-11-24": """
        XKizI0ssL3#^uq>D77#BAZIxP0EVPwVRU8A01HZJsB>j=b7^mGbCCh0V{c?-lcRifF_HlS!~!A!q;p|uWRs&
        jX*7}n0>lX5c>n+a004leZE0?GbY*jsqdavok^ut51mOVz0H|bTW?^+~baRoE0Rhfy1x;YW
    """,
    "01AB/date/2026-11-25": """
        XKizI0ssL3+rJdoD77#BAZIxP0EVPwVRU8A01HZKsB>j=b7^mGbCCh0V{c?-lcRifF_HlS!~!A!q;p|uWRs&
        jX*7}n0>lX5c>n+a004leZE0?GbY*jsqdavok^ut51mOVz0H|bTW?^+~baRoE0Rhfy2A<%;
    """,
    "01AB/episodes": """
        XKizI0ssU6COY&7D77#BVAcV(3;@;^P&H6#s{;^jorV~CNLx}LB%STXiD)1Lq-Ba|B9a76nxM!o6VscWk;7t
        7<_Bh`HuymNl_Ui}06+jk0Jh~{?C4(QAPZ0=54C}Z>l%f3tS+gpNJ|uH@C1vgTWy5(l&*1Xm$piOA-x+nL}8
        @;4=on3CGn>{)k$Lzb5={c!pzUny=P5HUFx9{l}2oy0LF{LXCvsDaU&wlmM(5YA^_d19<gatHDmsk_W<^me)
        x_t?{%+gt^$fA%_cQ843lOP|A~IA!rL!|o~JtE!G)wSiNG-!i(@1_t6F$sEeiu})}V^B{sn0!3TL^k8pBq<9
        %^c$E6lvO%P9+7v=C}rA$Q<Cuf=%Er}z09*$S~;SX-gT<yH~fq3uj^V3-sW@NgEIW}(3e;8;jJ9`C<YP7j0!
        0x-q_P6L5J1R)?$f--fs1Kl~+ZnrVEwiT{t%Zf64uT3;9AU@gg@~yCJ>ay)eIxH~ZfH7w#N64I-{(vJhi=T!
        xbY4jzk57elsyTAeAe{sA_*e@2RF;+j
    """,
}
"""`small_school` of whom one more was `ERASED`."""
WRITTEN_BY_VERSION_3 = {
    "01AB/roster": """
        XKizI0{{X5?LiAjD77#BU~T}72>{lSMLIx_b0iq@NpK?fhv=@oj0^&buXl~e2RLIz{W%`RZObx9DMed6I!Q%
        V%EjK_30T|N{9#BAcKzM~GXOLIHvkus)3Rgj-#?{#d#A>}S-AEyq)INk{@QTh_-4-`<@REDojNRWb7LANT5g
        WloAi8i1P}q(h>=FGtyg-pb&!>|{@PDe=OMu)eviGIDZo+(Zw}t0rxSY^6uV90lR?&U?b%sJvYt_5OVf>+Ps
        I7l>|iKM&N`J_xDvI;=?TGiNlR1F$w;dE*__jGfm2Nx$G1uhKsUZ#uZ&S35-BYN6D$@I7sJYnw*e`DTp|c_H
        z+P&M8Qetu`$5Pe4>A+UZo8~8hfYtXHrdno*t3V>wIwu06-MT4uCAFDJi5x1eF7tv!o?J15g4
    """,
    "01AB/progress": """
        XKizI0{{a6j@7LnD77#BAd(FP0P=?&B%rGU|La$y9`t;3b|OfN%k58;O1f<#QbvvRSD*L)6+j(x3b_s28uX!
        S*f3EPIidn~)90I6C6nSz3Xw^<fd&8}aA6YhXE91T{BNOb9Xf{#XPinId*9h@>w9y9Hj+Rh{!+%v^?e)rAOT
        z3>i?FpmPY~rI61hLDJT
    """,
    "01AB/date/2026-11-23": """
        XKizI0{{U4rJ%)hD77#BAZIxP0EVPwVRU8A01HZIsB>j=b7^mGbCCh0V{c?-lcRifF_HlS!~!A!q;p|uWRs&
        jX*7}n0>lX5c>n+a004leZE0?GbY*jsqdavok^ut51mOVz0H|bTW?^+~baRoE0Rhfy1N-2@
    """,
    "01AB/date/2026-11-24": """
        XKizI0{{U4E`v$UD77#BAZIxP0EVPwVRU8A01HZJsB>j=b7^mGbCCh0V{c?-lcRifF_HlS!~!A!q;p|uWRs&
        jX*7}n0>lX5c>n+a004leZE0?GbY*jsqdavok^ut51mOVz0H|bTW?^+~baRoE0Rhfy1x;YW
    """,
    "01AB/date/2026-11-25": """
        XKizI0{{U4Gue#RD77#BAZIxP0EVPwVRU8A01HZKsB>j=b7^mGbCCh0V{c?-lcRifF_HlS!~!A!q;p|uWRs&
        jX*7}n0>lX5c>n+a004leZE0?GbY*jsqdavok^ut51mOVz0H|bTW?^+~baRoE0Rhfy2A<%;
    """,
    "01AB/episodes": """
        XKizI0{{d7^lyz!D77#BVAcV(3;@;^P&H6#s{;^jorV~CNLx}LB%STXiD)1Lq-Ba|B9a76nxM!o6VscWk;7t
        7<_Bh`HuymNl_Ui}06+jk0Jh~{?C4(QAPZ0=54C}Z>l%f3tS+gpNJ|uH@C1vgTWy5(l&*1Xm$piOA-x+nL}8
        @;4=on3CGn>{)k$Lzb5={c!pzUny=P5HUFx9{l}2oy0LF{LXCvsDaU&wlmM(5YA^_d19<gatHDmsk_W<^me)
        x_t?{%+gt^$fA%_cQ843lOP|A~IA!rL!|o~JtE!G)wSiNG-!i(@1_t6F$sEeiu})}V^B{sn0!3TL^k8pBq<9
        %^c$E6lvO%P9+7v=C}rA$Q<Cuf=%Er}z09*$S~;SX-gT<yH~fq3uj^V3-sW@NgEIW}(3e;8;jJ9`C<YP7j0!
        0x-q_P6L5J1R)?$f--fs1Kl~+ZnrVEwiT{t%Zf64uT3;9AU@gg@~yCJ>ay)eIxH~ZfH7w#N64I-{(vJhi=T!
        xbY4jzk57elsyTAeAe{sA_*e@2RF;+j
    """,
}
"""`small_school` of whom one more was `ERASED`, and one has `LEFT`."""
