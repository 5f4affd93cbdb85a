"""The run of a demo: a node with its door, schools that send, and a stage that shows it."""

import socket
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.request import urlopen

from alerts.roles import Role
from config.metrics import new_metrics
from config.settings import Desk, Mail, Settings
from gemist.clock import stopwatch
from gemist.demo.ending import Ending
from gemist.demo.fast_clock import FastClock
from gemist.demo.kept import Kept
from gemist.demo.mailbox import Mailbox, catching
from gemist.demo.mentors import Mentors
from gemist.demo.outgoing import Outgoing
from gemist.demo.people import invent, load_directories
from gemist.demo.plan import DIGEST_AT, HISTORY_DAYS, DemoPlan, Event, SchoolDay
from gemist.demo.scene import Scene
from gemist.demo.sender import DemoError, Sender
from gemist.demo.stage import Stage
from gemist.wiring import node_with_door
from models.scorecard.serving import Scorecard
from streams.embedded import tokens
from streams.gateway.serving import serving

HOST: Final = "127.0.0.1"
FRAME_SECONDS: Final = 0.05
_MOST_STEP_SECONDS: Final = 900.0
"""Of the schools' day in one frame: where the machine is slow, the day takes longer."""
_EVENING_PART: Final = 0.2
"""Of a day's time, to read what was told at its close."""
_RATE_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 60.0
_ANSWERED_AT: Final = (2.0 * 3600, 6.5 * 3600)
"""Seconds after the morning's mail at which a mentor answers."""
_SENDER: Final = "gemist@demo.example"


@dataclass(frozen=True, slots=True)
class Running:
    """A node that runs, and what it takes to send to it."""

    folder: Path
    mailbox: Mailbox
    """Of all that it sends."""
    port: int
    clock: FastClock
    tokens: dict[str, str]
    """By school."""

    @property
    def address(self) -> str:
        """Where its door is."""
        return f"http://{HOST}:{self.port}"


@contextmanager
def running(
    folder: Path, schools: Sequence[str], at: float, scorecard: Scorecard | None
) -> Iterator[Running]:
    """Run a node and its door on a free port from an instant on, with a token for each school."""
    metrics, clock = new_metrics(), FastClock()
    clock.move_to(at)
    with ExitStack() as stack:
        mailbox = stack.enter_context(catching())
        listening = stack.enter_context(socket.create_server((HOST, 0)))
        port = listening.getsockname()[1]
        settings = Settings(
            desk=Desk(address=f"http://{HOST}:{port}", digest_at=DIGEST_AT),
            mail=Mail(server=mailbox.address, tls="none", sender=_SENDER),
        )
        app = stack.enter_context(node_with_door(folder, settings, scorecard, metrics, clock))
        given = {
            school: tokens.create(folder, [school], "the demo", int(clock())) for school in schools
        }
        stack.enter_context(serving(app, listening, settings.gateway, metrics))
        yield Running(folder, mailbox, port, clock, given)


class Play:
    """One run; ask it for one thing after the other."""

    def __init__(self, node: Running, scene: Scene, stage: Stage, ending: Ending) -> None:
        self._node = node
        self._scene = scene
        self._stage = stage
        self._ending = ending
        self._senders = {
            school: Sender(node.port, token, ending.wait) for school, token in node.tokens.items()
        }
        self._kept = Kept(node.folder)
        self._outgoing = Outgoing(node.folder)
        self._mentors = Mentors(self._is_mentor)
        self._passed = stopwatch()
        self._counted: deque[tuple[float, int]] = deque()
        self._notices_before = self._alerts_before = 0
        self._is_morning = False
        """Is the morning's mail on its way? It is told of as a whole."""
        scene.address = node.address

    def close(self) -> None:
        """Hang up, and let go of the log."""
        for sender in self._senders.values():
            sender.close()
        self._outgoing.close()
        self._kept.close()

    def wait_until_ready(self, passed: Callable[[], float]) -> None:
        """Ask the node's door until it is ready, and tell so."""
        while not self._ending.is_set():
            try:
                urlopen(f"{self._node.address}/readyz", timeout=_PATIENCE_SECONDS).close()  # noqa: S310 - it is http
            except HTTPError:  # not yet
                self._ending.wait(FRAME_SECONDS)
            else:
                self._stage.up(self._scene, passed())
                return

    def load(self, plan: DemoPlan, beginning: SchoolDay) -> None:
        """Send the history, a school week a request, as fast as the node takes it."""
        passed = stopwatch()
        lists = invent(beginning.events, self._scene.language)
        self._scene.people = {
            each.address: each for of_school in lists.values() for each in of_school.people
        }
        load_directories(self._node.folder, lists, plan.eve)
        self._send(beginning.events)
        days = marks = 0
        of_week: list[SchoolDay] = []
        weeks = groupby(plan.history(), key=lambda day: day.date.isocalendar()[:2])
        for _, week in weeks:
            if self._ending.is_set():
                return
            of_week = list(week)
            events = [event for day in of_week for event in day.events]
            self._node.clock.move_to(of_week[-1].ends)
            self._send(events)
            days += len(of_week)
            marks += sum(event.marks for event in events)
            self._stage.load(days, HISTORY_DAYS, marks, passed())
        self._node.clock.move_to(of_week[-1].night)
        self._wait_for_close(of_week[-1])
        self._kept.skip_events()
        self._kept.look()  # what was told until now is no news

    def live(self, days: Iterator[SchoolDay], of: int, day_seconds: float) -> None:
        """Play days as they come, until somebody ends it."""
        self._scene.days = of
        for number, day in enumerate(days, 1):
            if self._ending.is_set():
                return
            self._begin(number, day)
            self._hours(day, day_seconds * (1 - _EVENING_PART))
            self._wait_for_close(day, self._draw)
            self._scene.is_over = True
            self._evening(day, day_seconds * _EVENING_PART)

    def stay(self) -> None:
        """Go on serving, by a clock that is as slow as others, until somebody ends it."""
        self._node.clock.let_go()
        while not self._ending.wait(_RATE_SECONDS / 2):
            self._look()

    # ---- a day

    def _begin(self, number: int, day: SchoolDay) -> None:
        scene = self._scene
        self._node.clock.move_to(day.begins)
        self._kept.begin(day.date)
        scene.day, scene.snows, scene.is_over, scene.part = number, day.snows, False, 0.0
        self._look()
        self._notices_before, self._alerts_before = scene.notices, scene.alerts
        self._stage.begin_day(scene)

    def _hours(self, day: SchoolDay, seconds: float) -> None:
        """Send what is due, while the clock runs from before the first bell to the evening."""
        due = deque(day.events)
        answers = deque(day.mail + each for each in _ANSWERED_AT)
        length = day.ends - day.begins
        for begins, ends in pairwise((day.begins, day.mail, day.ends)):
            passed, at = stopwatch(), begins
            while at < ends and not self._ending.is_set():
                at = min(begins + length * passed() / seconds, at + _MOST_STEP_SECONDS, ends)
                self._node.clock.move_to(at)
                now = []
                while due and due[0].at <= at:
                    now.append(due.popleft())
                self._send(now)
                if answers and answers[0] <= at:
                    answers.popleft()
                    shown = self._scene.mail
                    self._mentors.answer([*([shown] if shown else []), *self._node.mailbox.kept()])
                self._scene.part = (at - day.begins) / length
                self._frame()
            if ends == day.mail:
                self._wait_for_mail(day)

    def _wait_for_mail(self, day: SchoolDay) -> None:
        """Wait until the morning's mail has gone out, however fast the day is."""
        self._is_morning = True
        self._wait(
            lambda: self._outgoing.is_out(day.schools, day.date),
            f"the node did not send the mail of {day.date}",
            self._draw,
        )
        self._is_morning = False
        self._look()

    def _wait_for_close(self, day: SchoolDay, frame: Callable[[], None] | None = None) -> None:
        """Wait until the node has closed a day at every school, as its clock says."""
        self._wait(
            lambda: day.schools <= self._kept.closed(day.date),
            f"the node did not close {day.date}",
            frame or (lambda: None),
        )

    def _wait(self, holds: Callable[[], bool], otherwise: str, frame: Callable[[], None]) -> None:
        passed = stopwatch()
        while not (holds() or self._ending.is_set()):
            if passed() > _PATIENCE_SECONDS:
                raise DemoError(otherwise)
            frame()
            self._ending.wait(FRAME_SECONDS)

    def _evening(self, day: SchoolDay, seconds: float) -> None:
        passed = stopwatch()
        self._look()
        if day.snows:
            self._tell_of_snow()
        if not self._ending.is_set():
            self._stage.end_day(self._scene)
        while passed() < seconds and not self._ending.is_set():
            self._frame()

    def _tell_of_snow(self) -> None:
        scene = self._scene
        told = scene.tell.snowed(
            int(self._node.clock()),
            len(self._kept.today.away),
            scene.pupils,
            scene.notices - self._notices_before,
            scene.alerts - self._alerts_before,
        )
        scene.entries.append(told)
        self._stage.tell(told)

    # ---- a moment

    def _frame(self) -> None:
        self._draw()
        self._ending.wait(FRAME_SECONDS)

    def _draw(self) -> None:
        self._look()
        self._stage.draw(self._scene)

    def _look(self) -> None:
        """Read what the node has kept, and tell of it."""
        scene, kept = self._scene, self._kept
        happened = kept.look()
        for each in [*scene.happen(happened), *scene.answer(kept.answers())]:
            self._stage.tell(each)
        if happened or not scene.standing:
            scene.stand(kept.standing)
        scene.now, scene.today = self._node.clock(), kept.today
        scene.marks_per_second = self._rate(kept.marks)
        if not self._is_morning:
            self._look_at_mail()

    def _look_at_mail(self) -> None:
        """Tell of mails that came since the last time."""
        for each in self._scene.post(self._node.mailbox.since(self._scene.mails)):
            self._stage.tell(each)

    def _is_mentor(self, address: str) -> bool:
        person = self._scene.people.get(address)
        return person is not None and person.role is Role.MENTOR

    def _rate(self, marks: int) -> float:
        """Marks kept in a second, over the last one."""
        now, counted = self._passed(), self._counted
        counted.append((now, marks))
        while now - counted[0][0] > _RATE_SECONDS:
            counted.popleft()
        since, before = counted[0]
        return (marks - before) / max(now - since, FRAME_SECONDS)

    def _send(self, events: Sequence[Event]) -> None:
        by_school: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_school[event.school].append(event)
        for school, its_own in by_school.items():
            self._senders[school].send(its_own)
