"""Whom a channel trusts to be who it says it is."""

import ssl
from pathlib import Path

from config.settings import SettingsError


def trusting(authority: Path | None) -> ssl.SSLContext:
    """A TLS context that verifies certificates and host names: by the system's, and ``authority``.

    `SettingsError` where that is no file of certificates.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority is None:
        return context
    try:
        context.load_verify_locations(cafile=authority)
    except ssl.SSLError as error:
        raise SettingsError(
            f"mail.authority: {authority} is no PEM file with certificates"
        ) from error
    except OSError as error:
        raise SettingsError(
            f"mail.authority: {authority} cannot be read: {error.strerror}"
        ) from error
    return context
