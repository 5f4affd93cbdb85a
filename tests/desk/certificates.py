"""Certificates of an authority that nobody else knows."""

import ssl
from pathlib import Path

import trustme


def an_authority(folder: Path) -> tuple[trustme.CA, Path]:
    """A new authority, and the file with its certificate."""
    made = trustme.CA()
    path = folder / "authority.pem"
    made.cert_pem.write_to_path(str(path))
    return made, path


def certified(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """A server's context, with a certificate for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context
