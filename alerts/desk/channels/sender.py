"""Sends what is due: the only place where the outbox meets the network.

No transaction is open while others are waited for. What a server has taken is written down at
once, so that a crash in between repeats that message alone, with the same Message-ID.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Sequence
from email.message import EmailMessage
from typing import Any, Final

from sqlalchemy import Engine

from alerts.desk import outbox
from alerts.desk.channels.address import Channel, can_be_reached, channel_of
from alerts.desk.channels.checking import check, signer
from alerts.desk.channels.failure import Reason, Undelivered
from alerts.desk.channels.mail import Post
from alerts.desk.channels.patience import Patience
from alerts.desk.channels.text import mail_of
from alerts.desk.channels.tls import trusting
from alerts.desk.channels.webhook import AT_ONCE, Hooks
from alerts.desk.outbox import State, Waiting
from config.metrics import Metrics
from config.settings import Mail

MOST_A_ROUND: Final = 100
COUNT_SECONDS: Final = 60.0
"""So old at most is what metrics say of what waits while nothing goes out."""

log = logging.getLogger(__name__)


class Sender:
    """Sends an outbox's messages by mail and webhooks.

    One at a time for one outbox: two would send everything twice. `SettingsError` where messages
    can never go out by these settings.
    """

    def __init__(
        self,
        engine: Engine,
        mail: Mail,
        clock: Callable[[], float],
        rng: random.Random,
        metrics: Metrics,
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        check(mail)
        self._engine = engine
        self._mail = mail
        self._clock = clock
        self._rng = rng
        self._metrics = metrics
        self._patience = patience
        self._trust = trusting(mail.authority)
        self._signing = signer(mail.webhook_secret) if mail.webhook_secret else None
        self._taken: dict[int, int] = {}
        """Messages that a server took and that are not written down yet, and when it did."""
        self._over = 0.0
        self._count_at = 0.0
        self._is_said = False

    async def send_due(self) -> int:
        """Send what is due, a round of it; how many messages went out.

        Raises what the database raises. Cancelled, it lets what is under way come to its end for a
        moment, and begins nothing.
        """
        self._write_down()
        now = int(self._clock())
        with self._engine.begin() as connection:
            mails = outbox.due(connection, now, self._most(Channel.MAIL), [Channel.MAIL])
            hooks = outbox.due(connection, now, self._most(Channel.WEBHOOK), [Channel.WEBHOOK])
        if not (mails or hooks):
            if asyncio.get_running_loop().time() >= self._count_at:
                self._count()
            return 0
        self._over = asyncio.get_running_loop().time() + self._patience.round_seconds
        sent = await self._to_its_end(_all_of(self._send_mails(mails), self._send_hooks(hooks)))
        self._count()
        return sent

    def _most(self, channel: Channel) -> int:
        """How many messages a channel takes in a round: none where it is not set up."""
        is_there = self._mail.server if channel is Channel.MAIL else self._signing
        return MOST_A_ROUND if is_there else 0

    async def _to_its_end(self, sending: Coroutine[Any, Any, int]) -> int:
        """Send; a cancellation must not fall between a server's yes and its being written down."""
        task = asyncio.ensure_future(sending)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._over = 0.0
            await asyncio.wait([task], timeout=self._patience.farewell_seconds)
            raise
        finally:
            task.cancel()

    async def _send_mails(self, due: Sequence[Waiting]) -> int:
        if not due:
            return 0
        sent = 0
        async with Post(self._mail, self._trust, self._patience) as post:
            for place, waiting in enumerate(due):
                if not self._may_begin():
                    break
                try:
                    await post.send(self._mail_of(waiting), waiting.address)
                except Undelivered as failure:
                    others = due[place + 1 :] if failure.is_for_all else ()
                    self._failed([waiting, *others], failure)
                    if failure.is_for_all or failure.reason is Reason.TIME_OUT:
                        break  # what is slow for one may be slow for all: later, then
                else:
                    self._sent(waiting)
                    sent += 1
        return sent

    def _mail_of(self, waiting: Waiting) -> EmailMessage:
        _check_address(waiting)
        try:
            return mail_of(
                waiting.key, waiting.letter, waiting.address, self._mail.sender, waiting.created_at
            )
        except Exception as error:  # the library's own, of many kinds: no mail, and others go on
            raise Undelivered(Reason.MESSAGE, "no mail can be made", may_pass=False) from error

    async def _send_hooks(self, due: Sequence[Waiting]) -> int:
        if self._signing is None or not due:
            return 0
        async with Hooks(self._signing, self._trust, self._patience) as hooks:
            at_once = asyncio.Semaphore(AT_ONCE)
            return await _all_of(*(self._send_hook(hooks, at_once, each) for each in due))

    async def _send_hook(self, hooks: Hooks, at_once: asyncio.Semaphore, waiting: Waiting) -> int:
        async with at_once:
            if not self._may_begin():
                return 0
            try:
                _check_address(waiting)
                await hooks.send(waiting, self._clock())
            except Undelivered as failure:
                self._failed([waiting], failure)
                return 0
            self._sent(waiting)
            return 1

    def _may_begin(self) -> bool:
        return asyncio.get_running_loop().time() < self._over

    def _sent(self, waiting: Waiting) -> None:
        self._taken[waiting.message] = int(self._clock())
        self._metrics.messages_sent.labels(channel_of(waiting.address).value).inc()
        self._write_down()

    def _write_down(self) -> None:
        """Write down what was taken; while that cannot be, nothing more is sent."""
        if not self._taken:
            return
        with self._engine.begin() as connection:
            for message, at in self._taken.items():
                outbox.sent(connection, message, at)
        self._taken.clear()

    def _failed(self, those: Sequence[Waiting], failure: Undelivered) -> None:
        now = int(self._clock())
        with self._engine.begin() as connection:
            states = [outbox.failed(connection, each, failure, now, self._rng) for each in those]
        channel = channel_of(those[0].address).value
        self._metrics.message_failures.labels(channel, failure.reason.value).inc(len(those))
        if failure.is_for_all:
            log.warning("no %s goes out: %s", channel, failure)
        for each, state in zip(those, states, strict=True):
            if state is State.DEAD:
                log.warning("message %d is given up: %s", each.message, failure)

    def _count(self) -> None:
        with self._engine.begin() as connection:
            numbers = outbox.counted(connection)
        self._metrics.messages_waiting.set(numbers[State.WAITING])
        self._metrics.messages_dead.set(numbers[State.DEAD])
        self._count_at = asyncio.get_running_loop().time() + COUNT_SECONDS
        if numbers[State.WAITING] and not self._mail.server and not self._is_said:
            self._is_said = True
            log.warning("messages wait: mail.server is empty, so no mail goes out")


async def _all_of(*sending: Coroutine[Any, Any, int]) -> int:
    """The sum of what goes on at the same time; an error of one is raised once all have ended."""
    ends = await asyncio.gather(*sending, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return sum(end for end in ends if isinstance(end, int))


def _check_address(waiting: Waiting) -> None:
    if not can_be_reached(waiting.address):
        raise Undelivered(Reason.ADDRESS, "it cannot be one", may_pass=False)
