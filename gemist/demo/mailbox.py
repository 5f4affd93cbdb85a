"""A mail server for one machine: it keeps what comes, and gives it to nobody else."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope

HOST: Final = "127.0.0.1"
MOST_KEPT: Final = 500
"""Of all that come: the newest."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it came."""

    number: int
    """Counted from 1."""
    to: str
    """The address of whoever it is for."""
    subject: str
    plain: str
    html: str


class Mailbox:
    """What came, to be asked by any thread."""

    def __init__(self) -> None:
        self._kept: deque[Mail] = deque(maxlen=MOST_KEPT)
        self.address = ""
        """Of the server that fills it: host and port."""

    @property
    def count(self) -> int:
        """How many came."""
        newest = self.newest
        return 0 if newest is None else newest.number

    @property
    def newest(self) -> Mail | None:
        """The last one that came."""
        try:
            return self._kept[-1]
        except IndexError:
            return None

    def kept(self) -> list[Mail]:
        """All that are kept, the newest first."""
        return list(reversed(self._kept.copy()))

    def mail(self, number: int) -> Mail | None:
        """Give a mail by its number; None where it is not there, or not any more."""
        return next((each for each in self._kept.copy() if each.number == number), None)

    def since(self, number: int) -> list[Mail]:
        """Mails with a greater number, oldest first."""
        return [each for each in self._kept.copy() if each.number > number]

    def put(self, content: bytes, to: str) -> None:
        """Keep a mail; to be called by one thread alone."""
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self._kept.append(
            Mail(
                self.count + 1, to, str(mail["Subject"]), _part(mail, "plain"), _part(mail, "html")
            )
        )

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Take a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        for to in envelope.rcpt_tos:
            self.put(content, to)
        return "250 2.0.0 OK"


@contextmanager
def catching() -> Iterator[Mailbox]:
    """Have a mailbox filled by a server on a free port of this machine, in a thread."""
    mailbox = Mailbox()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(
            lambda: SMTP(mailbox, loop=loop, hostname="demo.example", enable_SMTPUTF8=True),
            HOST,
            0,
        )
    )
    mailbox.address = f"{HOST}:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever, name="mailbox")
    thread.start()
    try:
        yield mailbox
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(_end_all())
        loop.close()


async def _end_all() -> None:
    """Hang up on whoever is still connected."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for each in others:
        each.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    return "" if body is None else str(body.get_content())
