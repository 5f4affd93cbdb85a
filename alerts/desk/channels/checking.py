"""Whether what the settings say of channels can be, asked once at a start."""

import binascii
from typing import Final

from standardwebhooks import Webhook

from alerts.desk.channels.address import ascii_domain, is_mail_address, is_this_machine
from alerts.desk.channels.tls import trusting
from config.settings import Mail, SettingsError

_GREATEST_PORT: Final = 65535


def check(mail: Mail) -> None:
    """Whether messages can go out by these settings; `SettingsError` where they never can."""
    if mail.authority is not None:
        trusting(mail.authority)
    if mail.webhook_secret:
        signer(mail.webhook_secret)
    if not is_mail_address(mail.sender):
        raise SettingsError(f"mail.sender: {mail.sender!r} is no mail address")
    if mail.server:
        _check_server(mail)


def signer(secret: str) -> Webhook:
    """What signs webhooks; `SettingsError` where the secret is no base64."""
    try:
        return Webhook(secret)
    except (binascii.Error, ValueError) as error:
        raise SettingsError("mail.webhook_secret: is no base64 after whsec_") from error


def _check_server(mail: Mail) -> None:
    host, _, port = mail.server.rpartition(":")
    if not ascii_domain(host) or not 0 < int(port) <= _GREATEST_PORT:
        raise SettingsError(f"mail.server: {mail.server!r} is no host:port")
    if mail.tls == "none" and not is_this_machine(host):
        raise SettingsError(
            f'mail.tls: "none" is for a mail server on this machine, and {host} is another one;'
            ' allowed: "starttls" or "implicit"'
        )
