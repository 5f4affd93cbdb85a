"""Every panel of every dashboard shows something: asked of a real Prometheus, which reads of a
worker, a gateway, notify and a node, to which everything happens that a panel can show."""

import json
import socket
import sys
import time
import urllib.parse
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta

import dashboards
import pytest
import served
from aiosmtpd.controller import Controller
from empty_machine import SCHOOLS_ZONE, seconds_to_a_mornings_school_day
from prometheus_server import prometheus

from config.metrics import CATALOGUE
from gemist.clock import now
from models.events.instants import write_instant

pytestmark = pytest.mark.kafka

NAMED, SILENT, UNNAMED = "NAMED", "SILENT", "UNNAMED"
SCORECARD = dashboards.GRAFANA.parents[1] / "config" / "scorecards" / "simulated.json"
BY_ANOTHER_CLOCK = """
import sys
from gemist import clock
real, moved = clock.now, float(sys.argv.pop(1))
clock.now = lambda: real() + moved
from gemist.__main__ import main
main()
"""
MAY_BE_NOTHING_AT_EACH_LOOK = {
    "gemist_desk_failures_total": "the desk has no fault here",
    "gemist_schools_set_aside": "and the books have none",
    "gemist_door_under_way_requests": "a request is over within milliseconds",
    "gemist_lag_records": "what came is read before Prometheus looks again",
    "gemist_lag_seconds": "and told",
    "gemist_dirty_pages": "and written, within two seconds",
    "gemist_unread_schools": "only a worker that comes later has books to read back",
}


MOVED_SECONDS = seconds_to_a_mornings_school_day()
"""The desks' clocks are moved: nobody is told anything at a weekend."""
TODAY = datetime.fromtimestamp(now() + MOVED_SECONDS, SCHOOLS_ZONE)


def event(kind, school, **fields):
    recorded_at = write_instant(int(now()) + MOVED_SECONDS - 5)
    said = {"type": kind, "id": "e", "school": school, "recorded_at": recorded_at}
    return json.dumps(said | fields, separators=(",", ":")).encode()


def register(school, days_ago=0, **fields):
    then = TODAY - timedelta(days=days_ago)
    recorded = {"recorded_at": write_instant(int(then.timestamp()))} if days_ago else {}
    marks = [{"pupil": "p9", "status": "present"}, {"pupil": "p3", "status": "absent"}]
    said = {"date": f"{then:%Y-%m-%d}", "session": 1, "marks": marks} | recorded
    return event("register", school, **said | fields)


def enrolled(school):
    start = f"{TODAY - timedelta(days=50):%Y-%m-%d}"
    return [
        event("enrolment", school, pupil=pupil, mentor=mentor, group="4H", **{"from": start})
        for pupil, mentor in (("p1", "m1"), ("p2", "m2"), ("p3", "m1"), ("p4", "m3"), ("p9", "m1"))
    ]


def truants(school):
    """Twenty hours of truancy at once: a live rule of tier 3 speaks, and cannot wait."""
    marks = [
        {"pupil": pupil, "status": "absent", "reason": "unauthorised"}
        for pupil in ("p1", "p2", "p4")
    ]
    return [register(school, session=session, minutes=600, marks=marks) for session in (2, 3)]


def history(school, *days):
    return [register(school, days_ago) for days_ago in days]


def feed(school):
    """A school from its beginning, with something to be refused.

    One pupil is never there, which rules and scorecard say when yesterday is closed.
    """
    days = history(school, *range(41, -1, -1))
    closed = event("close", school, date=f"{TODAY - timedelta(days=1):%Y-%m-%d}")
    refused = [register(school, session=99), b"not so"]
    return [*enrolled(school), *days, closed, *truants(school), *refused]


class Program(served.Served):
    """One of the programs, by a clock of its own."""

    def __init__(self, words, folder, environment, moved=0):
        super().__init__(folder, folder / f"{words[0]}.log")
        self._words, self._environment, self._moved = words, environment, moved

    def command(self):
        before = [sys.executable, "-c", BY_ANOTHER_CLOCK, str(self._moved)]
        return [*before, *self._words, "--listen", self.address]

    def environment(self):
        return self._environment

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def post(self, token, *lines):
        """The status of the answer."""
        with closing(self.connection()) as connection:
            return served.post(connection, token, lines)[0]

    def hear_no_http(self):
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(b"\x16\x03 what\r\n\r\n")
            connection.recv(1000)


class Refusing:
    """A mail server's mind: it does not know one, and would have another's mail later."""

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if address.startswith("gone@"):
            return "550 5.1.1 there is nobody"
        if address.startswith("later@"):
            return "451 4.3.0 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, _envelope):  # noqa: N802
        return "250 OK"


@contextmanager
def mail_server():
    controller = Controller(Refusing(), hostname="127.0.0.1", port=served.free_port())
    controller.start()
    try:
        yield f"127.0.0.1:{controller.port}"
    finally:
        controller.stop()


@contextmanager
def running(program):
    program.start()
    try:
        yield program
    finally:
        assert program.stop() == 0, program.log.read_text()


class Region:
    """All programs on Kafka and a node, and a Prometheus that reads of them."""

    def __init__(self, watch, gateway, node, gemist, topics):
        self.watch, self.gateway, self.node = watch, gateway, node
        self._gemist, self._topics = gemist, topics
        self._begun = time.monotonic()

    @property
    def seconds(self):
        """How long it has been watched."""
        return int(time.monotonic() - self._begun) + 1

    def directory(self, school, *where):
        people = (
            "person,role,name,address,language\n"
            "m1,mentor,Mentor One,m1@school.example,nl\n"
            "m2,mentor,Mentor Two,gone@school.example,nl\n"
            "m3,mentor,Mentor Three,later@school.example,nl\n"
        )
        folder = self.node.log.parent
        (folder / "people.csv").write_text(people)
        (folder / "pupils.csv").write_text("pupil,name,group\np1,Pupil One,4H\n")
        lists = ("pupils.csv", "people.csv")
        self.done("directory", "load", *where, "--school", school, *lists)

    def token(self, *where):
        schools = (NAMED, SILENT, UNNAMED)
        words = [word for school in schools for word in ("--school", school)]
        return self.done("token", "create", *where, *words).stdout.strip()

    def done(self, *words):
        run = self._gemist(*words)
        assert run.returncode == 0, run.stderr
        return run

    def goes_on(self, url, folder):
        """Schools send, some are silent; something is refused everywhere."""
        stores = ((self.gateway, ("--database", url)), (self.node, ("--data", folder)))
        for door, where in stores:
            self.directory(NAMED, *where)
            token = self.token(*where)
            assert door.post("gemist_nobody_nothing", b"{}") == 401
            assert door.post(token, *feed(NAMED)) == 200
            assert door.post(token, *feed(UNNAMED), register("ELSEWHERE")) == 200
            assert door.post(token, *history(SILENT, *range(21, 7, -1))) == 200
            door.hear_no_http()

    def send_no_event(self):
        """As somebody who writes to Kafka and passes the door."""
        self._topics.send_record(b"not so", int(now() * 1000), key=NAMED.encode())


@pytest.fixture
def region(topics, worker, environment, gemist, tmp_path):
    url, folder = f"sqlite:///{tmp_path / 'desk.db'}", tmp_path / "node"
    with ExitStack() as stack:
        environment |= {
            "GEMIST_CLOSE_AT": "none",
            "GEMIST_SCORECARD": str(SCORECARD),
            "GEMIST_METRICS__SCHOOLS": f"{NAMED},{SILENT}",
            "GEMIST_DESK__QUIET_FROM": "00:00",
            "GEMIST_DESK__QUIET_UNTIL": "00:00",
            "GEMIST_MAIL__SERVER": stack.enter_context(mail_server()),
            "GEMIST_MAIL__TLS": "none",
        }
        of_desk = environment | {"GEMIST_DESK__DATABASE": url}
        one = stack.enter_context(worker())
        gateway, notify, node = (
            stack.enter_context(running(program))
            for program in (
                Program(("gateway",), tmp_path, of_desk),
                Program(("notify",), tmp_path, of_desk, MOVED_SECONDS),
                Program(("serve", "--data", str(folder)), tmp_path, environment, MOVED_SECONDS),
            )
        )
        addresses = {
            "gemist-worker": one.address,
            "gemist-gateway": gateway.address,
            "gemist-notify": notify.address,
            "gemist-node": node.address,
        }
        watch = stack.enter_context(prometheus(tmp_path / "prometheus", addresses))
        held = "sum(gemist_partitions_held) == 3 and sum(up) == 4"
        watch.wait_until(lambda: watch.value(held) is not None, "not all programs are there")
        found = Region(watch, gateway, node, gemist, topics)
        found.goes_on(url, folder)
        yield found


def exposed(metric):
    """Its name as Prometheus has it, or that of how often it was observed."""
    endings = {"Counter": "_total", "Histogram": "_count", "Gauge": ""}
    return metric.name + endings[metric.kind.__name__]


def numbers(watch, query, seconds=0):
    """All numbers that a query finds, now or at each of the last seconds; NaN is none."""
    if seconds:
        until = float(watch.asked("query?query=time()")["result"][1])
        asked = {"query": query, "start": until - seconds, "end": until, "step": 1}
        found = watch.asked(f"query_range?{urllib.parse.urlencode(asked)}")["result"]
        pairs = [pair for each in found for pair in each["values"]]
    else:
        found = watch.asked(f"query?{urllib.parse.urlencode({'query': query})}")["result"]
        pairs = [each["value"] for each in found]
    return [float(value) for _, value in pairs if value != "NaN"]


def unmoved(region):
    """Metrics that were nothing all the time, though they need not be."""
    names = {exposed(metric) for metric in CATALOGUE} - MAY_BE_NOTHING_AT_EACH_LOOK.keys()
    return {name for name in names if not any(numbers(region.watch, name, region.seconds))}


def empty(region, questions, values):
    """What finds nothing, though all of it is there."""
    found = []
    for each in questions:
        promql = dashboards.put_in(each.promql, values, 1, region.seconds)
        if not numbers(region.watch, promql, 0 if each.is_now else region.seconds):
            found.append(f"{each.name} as {promql}")
    return found


def test_every_panel_shows_something_and_no_school_that_is_not_named(region):
    watch = region.watch

    def moves():
        region.send_no_event()
        return not unmoved(region)

    try:
        watch.wait_until(moves, "not everything moves")
    except TimeoutError:
        assert unmoved(region) == set()
    watch.wait_until(watch.raised, "no alarm is raised")

    questions = [each for file in dashboards.FILES for each in dashboards.asked(file)]
    everything = {}
    for file in dashboards.FILES:
        everything |= dashboards.variables(file)
    assert len(questions) > 50
    assert empty(region, questions, everything) == []

    first_row = [
        each for each in questions if each.row == "Is all well?" and each.panel["type"] == "stat"
    ]
    on_kafka = everything | {"job": "(gemist-worker|gemist-gateway|gemist-notify)"}
    assert empty(region, first_row, on_kafka) == []
    assert empty(region, first_row, everything | {"job": "gemist-node"}) == []
    mine = [each for each in questions if each.dashboard == "vendor"]
    assert empty(region, mine, {"school": NAMED}) == []
    beside = everything | {"job": "gemist-nobody", "school": UNNAMED}
    assert len(empty(region, questions, beside)) == len(questions)

    for job in ("gemist-gateway", "gemist-node"):
        for reason in ("json", "session", "school"):
            rejects = f'gemist_school_rejects_total{{job="{job}",reason="{reason}"}}'
            assert watch.value(rejects) >= 1, (job, reason)
    assert watch.value('gemist_school_rejects_total{job="gemist-worker",reason="json"}') >= 1
    labels = watch.asked("label/school/values")
    assert set(labels) == {NAMED, SILENT}
