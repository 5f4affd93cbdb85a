"""``gemist demo`` as people and scripts use it: in a terminal, without one, ended at any time."""

import fcntl
import html
import os
import pty
import re
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from contextlib import closing, contextmanager
from datetime import date, datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import msgspec
import orjson
import pytest

from alerts.alert import Alert, State
from gemist.cli import main

SMALL = ("--pupils", "300", "--schools", "2", "--seed", "7", "--day-seconds", "0.5")
PATIENCE_SECONDS = 120.0
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class Output:
    """What a process has written so far, on whatever it writes to."""

    def __init__(self, source):
        self._source = source
        self.text = ""

    def read_until(self, pattern):
        """Read on until something is there, and give it; None stands for the end of the output."""
        limit = time.monotonic() + PATIENCE_SECONDS
        while pattern is None or not re.search(pattern, self.text):
            left = limit - time.monotonic()
            assert left > 0, f"{pattern!r} did not come:\n{self.text[-2000:]}"
            if select.select([self._source], [], [], left)[0]:
                try:
                    more = os.read(self._source, 65_536)
                except OSError:  # a terminal whose other end is closed
                    more = b""
                if not more:
                    assert pattern is None, f"{pattern!r} did not come:\n{self.text[-2000:]}"
                    return None
                self.text += more.decode(errors="replace")
        return re.search(pattern, self.text)


@contextmanager
def started(temporary, *options, terminal=None):
    """A demo, what it writes, and in the end nothing of it."""
    environment = {**os.environ, "TMPDIR": str(temporary), "TERM": "xterm-256color"}
    environment["PYTHONFAULTHANDLER"] = "1"
    command = [sys.executable, "-m", "gemist", "demo", *options]
    read, write = os.pipe() if terminal is None else terminal
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if terminal is None else write,
        stdout=write,
        stderr=subprocess.PIPE if terminal is None else write,
        env=environment,
        start_new_session=True,
    )
    os.close(write)
    try:
        yield process, Output(read)
    finally:
        process.kill()
        process.wait()
        os.close(read)
        if process.stderr is not None:
            process.stderr.close()


def ended(process):
    """Its status and what it said on stderr; where it does not end, what its threads are at."""
    try:
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        _, said = process.communicate()
        pytest.fail(f"it did not end: {said.decode()}")
    return process.returncode, said.decode()


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Two days, the second with snow: what was written, and the node's folder, which was kept."""
    temporary, kept = tmp_path_factory.mktemp("tmp"), tmp_path_factory.mktemp("kept")
    options = (*SMALL, "--days", "2", "--exit", "--keep", str(kept))
    with started(temporary, *options) as (process, output):
        output.read_until(None)
        assert ended(process) == (0, "")
    assert list(temporary.iterdir()) == []
    return output.text.splitlines(), kept


def log(kept, sql):
    with closing(sqlite3.connect(kept / "log.db")) as connection:
        return connection.execute(sql).fetchall()


def desk(kept, sql):
    with closing(sqlite3.connect(kept / "desk.db")) as connection:
        return connection.execute(sql).fetchall()


def messages(kept):
    rows = log(kept, "SELECT told_at, message FROM alert ORDER BY number")
    return [(at, msgspec.json.decode(message, type=Alert)) for at, message in rows]


def midnight(day):
    return datetime.combine(day, datetime.min.time(), AMSTERDAM).timestamp()


FIRST, SNOW = date(2026, 3, 3), date(2026, 3, 4)


def test_it_tells_in_lines_that_it_is_up_what_it_loads_and_which_day_it_is(played):
    lines, _ = played
    here = r"http://127\.0\.0\.1:\d+"
    assert re.fullmatch(rf"up after \d+\.\d s: {here}; mail is shown at {here}/", lines[0])
    assert re.match(r"history: 45 of 45 school days, [\d,]+ marks, [\d,]+ a second", lines[10])
    days = [each for each in lines[11:] if not each.startswith(" ")]
    assert days[:2] == ["Tuesday 3 March 2026", "Wednesday 4 March 2026, and it snows"]


def test_alerts_open_with_whom_to_tell_and_the_reason(played):
    opened = [each for each in played[0] if " is missed (tier 2): tell mentor m" in each]
    assert opened
    for line in opened:
        assert re.match(r"  \d\d:\d\d p\d{6} \(\w+, s00[12]\): ", line)
        assert re.search(r" \| .+ (on|days?) .*\d", line)


def test_a_correction_takes_an_alert_back_with_what_the_school_said(played):
    assert any(
        "taken back: the school said it was illness after all | " in line for line in played[0]
    )


def test_the_snow_day_brings_notices_and_no_flood(played):
    lines, kept = played
    (snow,) = [each for each in lines if "away: it snows" in each]
    away, pupils, notices = re.match(
        r"  \d\d:\d\d (\d+) of (\d+) pupils: .* \| no flood: (\d) notices to school leadership,",
        snow,
    ).groups()
    assert (pupils, notices) == ("300", "2")
    assert int(away) > 75
    begun = midnight(SNOW)
    told = [alert for at, alert in messages(kept) if at >= begun and alert.version]
    of_groups = {alert.school for alert in told if alert.kind == "group"}
    assert of_groups == {"s001", "s002"}
    assert snow.endswith(", no alerts about pupils")


def test_what_is_counted_is_what_the_node_told(played):
    """Written in one place, and kept in another: what was taken back in the two days."""
    lines, kept = played
    told = [alert for at, alert in messages(kept) if at >= midnight(FIRST)]
    moved = {alert.replaces for alert in told}
    taken_back = [
        alert.id
        for alert in told
        if alert.state is State.WITHDRAWN and alert.pupil and alert.id not in moved
    ]
    assert sum(": taken back: " in line for line in lines) == len(taken_back) > 0
    assert (
        f"  {len(taken_back)} taken back after a correction, 2 notices of a common cause;" in lines
    )


def test_each_morning_mail_goes_out_and_says_to_whom(played):
    mails = [each for each in played[0] if " went out by mail | one of them to " in each]
    assert [each[:7] for each in mails[:1]] == ["  07:30"]
    assert re.search(r"mentor m[12]\.\d+ \(s00[12]\): gemist: .+, at http://127.0.0.1:", mails[0])
    ((sent, left),) = desk(
        played[1], "SELECT sum(state = 'sent'), sum(state != 'sent') FROM outbox"
    )
    assert left == 0
    assert sum(int(re.search(r" (\d+) messages?: ", each)[1]) for each in mails) == sent
    assert any(line.startswith(f"{sent} messages went out by mail; ") for line in played[0])


def test_mentors_answer_by_the_links_and_the_answers_are_events_of_the_log(played):
    told = [
        match.groups()
        for line in played[0]
        if (match := re.fullmatch(r"  \d\d:\d\d mentor (\S+) \((s00\d)\): answered: (.+)", line))
    ]
    assert len(told) >= 2
    responses = [
        orjson.loads(line)
        for (line,) in log(played[1], "SELECT line FROM event WHERE type = 'response'")
    ]
    assert [(each["by"], each["school"]) for each in responses] == [each[:2] for each in told]
    assert all(each["action"] in words for each, (*_, words) in zip(responses, told, strict=True))
    assert f"; {len(told)} answers came back." in "\n".join(played[0])
    assert desk(played[1], "SELECT count(*) FROM response") == [(len(told),)]


def test_names_are_in_the_desk_alone_and_addresses_lead_nowhere(played):
    languages = dict(desk(played[1], "SELECT language, count(*) FROM person GROUP BY language"))
    assert min(languages["nl"], languages["en"]) > 4
    assert desk(played[1], "SELECT count(*) FROM person WHERE address NOT LIKE '%.example'") == [
        (0,)
    ]
    (name,) = desk(played[1], "SELECT name FROM pupil LIMIT 1")[0]
    assert log(played[1], f"SELECT count(*) FROM event WHERE instr(line, '{name}')") == [(0,)]


def test_the_nodes_own_clock_closed_each_day_and_purged_each_night(played):
    closes = log(played[1], "SELECT school, arrived_at, line FROM event WHERE type = 'close'")
    for day in (FIRST, SNOW):
        of_day = {
            school: arrived
            for school, arrived, line in closes
            if orjson.loads(line)["id"] == f"close-{day}"
        }
        assert set(of_day) == {"s001", "s002"}
        for arrived in of_day.values():
            assert 17.5 * 3600 <= arrived - midnight(day) <= 18.5 * 3600
    ((night,),) = log(played[1], "SELECT value FROM progress WHERE name = 'purged on'")
    assert FIRST <= date.fromordinal(night) <= SNOW


def test_events_came_through_the_door_when_they_were_recorded(played):
    ((most,),) = log(
        played[1],
        "SELECT max(arrived_at - recorded_at) FROM event WHERE type = 'register'"
        f" AND recorded_at >= {midnight(FIRST)}",
    )
    assert 0 <= most <= 20 * 60
    assert log(played[1], "SELECT count(*) FROM reject") == [(0,)]
    assert [json for (json,) in log(played[1], "SELECT schools FROM token ORDER BY schools")] == [
        '["s001"]',
        '["s002"]',
    ]


def test_in_dutch_lines_mails_and_summary_are_dutch(tmp_path):
    kept = tmp_path / "kept"
    options = (*SMALL, "--language", "nl", "--days", "1", "--exit", "--keep", str(kept))
    with started(tmp_path, *options) as (process, output):
        output.read_until(None)
        assert ended(process) == (0, "")
    lines = output.text.splitlines()
    assert re.fullmatch(r"draait na \d+,\d s: http\S+; de mails staan op http\S+", lines[0])
    assert lines[10].startswith("geschiedenis: 45 van 45 schooldagen, ")
    assert lines[11] == "Dinsdag 3 maart 2026"
    assert re.search(
        r"\n  07:30 \d+ mails: verstuurd \| één ervan aan .+: gemist: wie al ", output.text
    )
    assert re.search(r"\n  18:30 de dag is afgesloten: ", output.text)
    assert "1 schooldag, 2 nagebootste scholen, 300 verzonnen leerlingen:" in lines
    assert lines[-1] == "Niets hiervan zegt iets over echte leerlingen."
    assert desk(kept, "SELECT DISTINCT language FROM person") == [("nl",)]


def test_without_exit_it_stays_up_with_a_token_that_works_until_it_is_ended(tmp_path):
    with started(tmp_path, *SMALL, "--days", "1") as (process, output):
        found = output.read_until(r'curl -H "(Authorization): (Bearer \w+)" \\\n +"(http\S+)"\n')
        assert found is not None
        header, value, address = found.groups()
        with urlopen(Request(address, headers={header: value}), timeout=20) as answer:
            received = orjson.loads(answer.read())
        assert (received["school"], received["date"]) == ("s001", "2026-03-03")
        assert received["marks"] > 500
        register = {
            "type": "register",
            "id": "by-hand",
            "school": "s001",
            "recorded_at": "2026-03-03T16:00:00Z",
            "date": "2026-03-03",
            "session": 6,
            "marks": [{"pupil": "p000001", "status": "absent"}],
        }
        headers = {header: value, "Content-Type": "application/json"}
        events = address.partition("received")[0] + "events"
        asked = Request(events, orjson.dumps(register), headers)
        with urlopen(asked, timeout=20) as answer:
            assert orjson.loads(answer.read())["accepted"] == 1
        with pytest.raises(HTTPError, match="401"):
            urlopen(Request(address, headers={header: f"{value}0"}), timeout=20)
        before = output.text.count(" answered: ")
        link = html.unescape(re.search(r'href="(http://[^"]+/a/[^"]+)"', newest_mail(output))[1])
        asked = Request(link, b"answer=false_alarm", {"Sec-Fetch-Site": "same-origin"})
        urlopen(asked, timeout=20).close()
        output.read_until(r"answered: a false alarm, about p\d{6}\n")
        assert output.text.count(" answered: ") == before + 1
        process.send_signal(signal.SIGTERM)
        assert ended(process) == (0, "")
    assert list(tmp_path.iterdir()) == []


def newest_mail(output):
    """A mail that was told of, as the demo's page of mails has it."""
    address = re.findall(r", at (http://\S+/mails/\d+)\n", output.text)[0]
    assert re.search(r"Read the mail, and answer by its links, at (\S+)", output.text)
    with urlopen(f"{address}/content", timeout=20) as answer:
        return answer.read().decode()


@pytest.mark.parametrize(
    ("ending", "moment"), [(signal.SIGINT, "history: "), (signal.SIGTERM, r"  \d\d:\d\d ")]
)
def test_it_can_be_ended_at_any_time_and_leaves_nothing(tmp_path, ending, moment):
    options = (*SMALL[:-1], "6", "--days", "9", "--exit")
    with started(tmp_path, *options) as (process, output):
        output.read_until(moment)
        assert list(tmp_path.iterdir()) != []
        process.send_signal(ending)
        assert ended(process) == (130, "")
    assert list(tmp_path.iterdir()) == []


def test_in_a_terminal_there_is_a_progress_bar_a_view_and_a_summary_that_stays(tmp_path):
    terminal = pty.openpty()
    fcntl.ioctl(terminal[1], termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with started(tmp_path, *SMALL, "--days", "2", "--exit", terminal=terminal) as (process, output):
        output.read_until(None)
        assert process.wait(PATIENCE_SECONDS) == 0
    before, view, after = re.split(r"\x1b\[\?1049[hl]", output.text)
    assert "their history" in before
    for words in ("what the node tells", "it snows", "marks/s", "Ctrl-C ends"):
        assert words in view
    assert "Traceback" not in output.text
    assert "2 school days, 2 simulated schools, 300 invented pupils:" in after


def test_ctrl_c_in_a_terminal_gives_it_back_as_it_was(tmp_path):
    terminal = pty.openpty()
    fcntl.ioctl(terminal[1], termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with started(tmp_path, *SMALL[:-1], "60", terminal=terminal) as (process, output):
        output.read_until("what the node tells")
        process.send_signal(signal.SIGINT)
        output.read_until(None)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert "Traceback" not in output.text
    assert "1 school day, 2 simulated schools" in output.text
    assert output.text.count("\x1b[?1049h") == output.text.count("\x1b[?1049l") == 1
    assert output.text.rindex("\x1b[?25h") > output.text.rindex("\x1b[?25l")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--pupils", "5"), "pupils must be from 90 to 10000 for 3 schools, not 5"),
        (("--schools", "21"), "schools must be from 1 to 20, not 21"),
        (("--days", "0"), "'--days'"),
        (("--language", "de"), "'--language'"),
        (("--scorecard", "nowhere.json"), "nowhere.json"),
        (("--keep", "."), "--keep .: must be a new or empty folder"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path, monkeypatch, capsys, options, words):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["gemist", "demo", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    (line,) = told.err.splitlines()
    assert line.startswith("gemist: ")
    assert words in line
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
