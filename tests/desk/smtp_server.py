"""A real mail server that does as it is told: takes mail, refuses it, is silent, or hangs up."""

import asyncio
import ssl
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

SILENCE = "silence"
HANG_UP = "hang up"
NOTHING_SPECIAL = None


@dataclass(frozen=True)
class Taken:
    """A mail that the server keeps, whether or not its sender came to know."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    was_secret: bool

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=default)

    @property
    def message_id(self) -> str:
        return self.mail["Message-ID"]


class MailServer:
    """What it does at EHLO, AUTH, MAIL, RCPT, DATA, and once it has TAKEN a mail.

    ``next_at[stage]`` are answers (``550 5.1.1 no``), `SILENCE`, `HANG_UP` or `NOTHING_SPECIAL`
    for the next times, ``always_at[stage]`` is one for all the others. About each mail it thinks
    for ``pause_seconds``.
    """

    def __init__(self) -> None:
        self.next_at: dict[str, deque[str | None]] = defaultdict(deque)
        self.always_at: dict[str, str] = {}
        self.pause_seconds = 0.0
        self.taken: list[Taken] = []
        self.connections = 0
        self.begun = asyncio.Event()
        """A mail's content came."""
        self.port = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def recipients(self) -> list[str]:
        return [to for taken in self.taken for to in taken.recipients]

    async def handle_EHLO(self, server, session, _envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        answer = await self._act("EHLO", server)
        return [answer] if answer else responses

    async def handle_MAIL(self, server, _session, envelope, address, _options):  # noqa: N802
        answer = await self._act("MAIL", server)
        if answer is None:
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(self, server, _session, envelope, address, _options):  # noqa: N802
        answer = await self._act("RCPT", server)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server, _session, envelope: Envelope):  # noqa: N802
        self.begun.set()
        await asyncio.sleep(self.pause_seconds)
        answer = await self._act("DATA", server)
        if answer is None:
            was_secret = server.transport.get_extra_info("sslcontext") is not None
            self.taken.append(
                Taken(
                    envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.content, was_secret
                )
            )
            answer = await self._act("TAKEN", server)
        return answer or "250 2.0.0 OK"

    async def _act(self, stage: str, server: SMTP) -> str | None:
        queue = self.next_at[stage]
        does = queue.popleft() if queue else self.always_at.get(stage)
        if does == HANG_UP:
            server.transport.abort()
        if does in (HANG_UP, SILENCE):
            await asyncio.Event().wait()  # ends with the connection
        if does is not None and does.startswith("421"):
            asyncio.get_running_loop().call_soon(server.transport.close)
        return does


@asynccontextmanager
async def mail_server(
    tls: ssl.SSLContext | None = None,
    *,
    is_implicit: bool = False,
    users: dict[str, str] | None = None,
) -> AsyncIterator[MailServer]:
    """Serve on 127.0.0.1; ``tls`` offers STARTTLS, or is spoken at once."""
    behaviour = MailServer()

    def authenticate(_server, _session, _envelope, _mechanism, login: LoginPassword) -> AuthResult:
        known = users is not None and users.get(login.login.decode()) == login.password.decode()
        return AuthResult(success=known, handled=False)

    def new_connection() -> SMTP:
        behaviour.connections += 1
        return SMTP(
            behaviour,
            loop=asyncio.get_running_loop(),
            hostname="mail.example",
            tls_context=None if is_implicit else tls,
            require_starttls=tls is not None and not is_implicit,
            authenticator=authenticate,
            auth_required=users is not None,
            auth_require_tls=False,
        )

    server = await asyncio.get_running_loop().create_server(
        new_connection, "127.0.0.1", 0, ssl=tls if is_implicit else None
    )
    behaviour.port = server.sockets[0].getsockname()[1]
    try:
        yield behaviour
    finally:
        server.close()


@asynccontextmanager
async def speaks(*lines: bytes) -> AsyncIterator[str]:
    """Somebody at an address who takes connections, says these lines, and then nothing more."""
    over = asyncio.Event()

    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.writelines(lines)
        await over.wait()
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    try:
        yield "127.0.0.1:{1}".format(*server.sockets[0].getsockname())
    finally:
        over.set()
        server.close()
