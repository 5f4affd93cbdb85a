"""A message as a mail: headers that nothing can be put into, plain text and HTML."""

import hashlib
import unicodedata
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from alerts.desk.channels.address import ascii_domain
from alerts.desk.letter import Letter

FROM_NAME: Final = "gemist"
_MOST_SUBJECT_CHARACTERS: Final = 200
_IDENTITY_CHARACTERS: Final = 40
"""160 bits: the header with it is one line, as some readers of mail want it."""
_NOT_IN_A_HEADER: Final = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode's categories of what ends lines, turns the direction of writing, or is not seen."""


def identity(key: str) -> str:
    """What a message is known by wherever it comes, of the outbox's key and the same every time."""
    return hashlib.sha256(key.encode()).hexdigest()[:_IDENTITY_CHARACTERS]


def message_id(key: str, sender: str) -> str:
    """The Message-ID of the mail that ``key`` is sent as."""
    return f"<{identity(key)}@{ascii_domain(sender.rpartition('@')[2])}>"


def in_ascii(address: str) -> str:
    """Write a mail address as mail servers take it."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{ascii_domain(domain)}"


def mail_of(key: str, letter: Letter, to: str, sender: str, created_at: int) -> EmailMessage:
    """Make the mail; ``to`` and ``sender`` are mail addresses, ``created_at`` its date.

    The same message is the same mail, but for the border between its parts. It is all ASCII.
    """
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail["From"] = Address(FROM_NAME, addr_spec=in_ascii(sender))
    mail["To"] = Address(addr_spec=in_ascii(to))
    mail["Subject"] = one_line(letter.subject)
    mail["Date"] = datetime.fromtimestamp(created_at, UTC)
    mail["Message-ID"] = message_id(key, sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.plain)
    mail.add_alternative(letter.html, subtype="html")
    return mail


def one_line(text: str) -> str:
    r"""Make text fit for a header: one line, nothing that is not seen, not too long.

    >>> one_line("3 new\r\nBcc: all@school.example")
    '3 new Bcc: all@school.example'
    """
    seen = "".join(" " if unicodedata.category(c) in _NOT_IN_A_HEADER else c for c in text)
    return " ".join(seen.split())[:_MOST_SUBJECT_CHARACTERS]
