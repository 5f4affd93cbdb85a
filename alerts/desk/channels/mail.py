"""Mail: one connection to the mail server of the settings, for all that is due.

Nothing goes in clear text but to this machine, and never because a server cannot do better.
"""

import re
import ssl
from contextlib import suppress
from email.message import EmailMessage
from typing import Final, Self

from aiosmtplib import (
    SMTP,
    SMTPConnectError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from alerts.desk.channels.failure import Reason, Undelivered
from alerts.desk.channels.patience import Patience
from alerts.desk.channels.text import in_ascii
from config.settings import Mail

_CLOSING: Final = 421
_NOT_SIGNED_IN: Final = frozenset((503, 530, 534, 535, 538))
"""Refusals at a recipient that are about the sender: RFC 4954, and 503 for what came before."""
_FULL: Final = 552
"""At a recipient it may pass: RFC 5321 section 4.5.3.1.10."""
_PERMANENT: Final = 500
_ENHANCED: Final = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?=\s|$)")
"""RFC 3463: the code with which an answer's text may begin."""


class Post:
    """The way to the mail server; a connection is made when a mail goes, and again after a cut.

    ``async with`` it; it serves one mail at a time.
    """

    def __init__(self, mail: Mail, trust: ssl.SSLContext, patience: Patience) -> None:
        self._mail = mail
        self._patience = patience
        self._sender = in_ascii(mail.sender)
        host, _, port = mail.server.rpartition(":")
        self._smtp = SMTP(
            hostname=host,
            port=int(port),
            local_hostname=self._sender.rpartition("@")[2],
            timeout=patience.answer_seconds,
            use_tls=mail.tls == "implicit",
            start_tls=False,  # done below, where a refusal is an error
            tls_context=trust,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._smtp.is_connected and kind is None:
            with suppress(SMTPException, OSError):
                await self._smtp.quit(timeout=self._patience.farewell_seconds)
        self._smtp.close()

    async def send(self, mail: EmailMessage, to: str) -> None:
        """Have the server take a mail; it has when this returns. `Undelivered` where it has not.

        A connection that was cut since the last mail is made anew, as nothing was sent by it.
        """
        content = mail.as_bytes()
        was_used = self._smtp.is_connected
        await self._connect()
        try:
            try:
                await self._envelope(in_ascii(to))
            except Undelivered as failure:
                if not was_used or failure.reason is not Reason.CUT_OFF:
                    raise
                await self._connect()
                await self._envelope(in_ascii(to))
            await self._content(content)
        except Undelivered:
            await self._begin_anew()
            raise

    async def _connect(self) -> None:
        """Be connected, safe and signed in; a failure is one for every mail."""
        if self._smtp.is_connected:
            return
        try:
            await self._open()
        except BaseException:
            self._smtp.close()  # or the next mail would go by half a connection, in clear text
            raise

    async def _open(self) -> None:
        try:
            await self._smtp.connect(timeout=self._patience.connect_seconds)
            if self._mail.tls == "starttls":
                await self._start_tls()
            if self._mail.user:
                await self._sign_in()
        except SMTPTimeoutError as error:
            raise Undelivered(Reason.TIME_OUT, is_for_all=True) from error
        except SMTPResponseException as error:
            raise Undelivered(Reason.SERVER, _codes(error), is_for_all=True) from error
        except SMTPConnectError as error:
            is_tls = isinstance(error.__cause__, ssl.SSLError)
            reason = Reason.TLS if is_tls else Reason.NO_CONNECTION
            raise Undelivered(reason, is_for_all=True) from error
        except (SMTPException, OSError) as error:
            raise Undelivered(Reason.CUT_OFF, is_for_all=True) from error

    async def _start_tls(self) -> None:
        try:
            await self._smtp.starttls()
        except (SMTPTimeoutError, SMTPServerDisconnected):
            raise
        except (SMTPException, OSError) as error:  # not offered, refused, or not to be trusted
            code = _codes(error) if isinstance(error, SMTPResponseException) else ""
            raise Undelivered(Reason.TLS, code, is_for_all=True) from error

    async def _sign_in(self) -> None:
        try:
            await self._smtp.login(self._mail.user, self._mail.password)
        except (SMTPTimeoutError, SMTPServerDisconnected):
            raise
        except (SMTPException, ValueError) as error:  # refused, not offered, or no sense in it
            code = _codes(error) if isinstance(error, SMTPResponseException) else ""
            raise Undelivered(Reason.SIGN_IN, code, is_for_all=True) from error

    async def _envelope(self, to: str) -> None:
        try:
            await self._smtp.mail(self._sender)
            await self._smtp.rcpt(to)
        except SMTPSenderRefused as error:
            raise _said(error, Reason.SENDER, is_for_all=True) from error
        except SMTPRecipientRefused as error:
            if error.code in _NOT_SIGNED_IN:
                raise _said(error, Reason.SIGN_IN, is_for_all=True) from error
            may_pass = error.code < _PERMANENT or error.code == _FULL
            raise _said(error, Reason.ADDRESS, may_pass=may_pass) from error
        except (SMTPException, OSError) as error:
            raise _lost(error) from error

    async def _content(self, content: bytes) -> None:
        try:
            await self._smtp.data(content, timeout=self._patience.taken_seconds)
        except SMTPResponseException as error:
            raise _said(error, Reason.MESSAGE, may_pass=error.code < _PERMANENT) from error
        except (SMTPException, OSError) as error:
            raise _lost(error) from error

    async def _begin_anew(self) -> None:
        """After a failure: let the server forget the mail, or the connection go."""
        try:
            await self._smtp.rset(timeout=self._patience.farewell_seconds)
        except (SMTPException, OSError):
            self._smtp.close()


def _said(
    error: SMTPResponseException, reason: Reason, *, may_pass: bool = True, is_for_all: bool = False
) -> Undelivered:
    """What an answer of the server means; 421 is a goodbye wherever it comes."""
    if error.code == _CLOSING:
        return Undelivered(Reason.CUT_OFF, _codes(error))
    if error.code < 0:  # no SMTP at all
        return Undelivered(Reason.SERVER, is_for_all=True)
    return Undelivered(reason, _codes(error), may_pass=may_pass, is_for_all=is_for_all)


def _lost(error: SMTPException | OSError) -> Undelivered:
    """What it means that there was no answer, or one that makes no sense."""
    match error:
        case SMTPTimeoutError():
            return Undelivered(Reason.TIME_OUT)
        case SMTPResponseException():
            return _said(error, Reason.SERVER, is_for_all=True)
        case _:
            return Undelivered(Reason.CUT_OFF)


def _codes(error: SMTPResponseException) -> str:
    """The codes of an answer (``550 5.1.1``), and none of its words, which may name somebody."""
    if error.code < 0:
        return ""
    enhanced = _ENHANCED.match(error.message)
    return f"{error.code} {enhanced[0]}" if enhanced else str(error.code)
