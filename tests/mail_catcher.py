"""A mail server that keeps each mail as a file: ``mail_catcher.py FOLDER PORT USER PASSWORD``.

FOLDER has `server.pem`, its certificate and key. It offers STARTTLS, and takes nothing without it,
nor from anybody but this user.
"""

import asyncio
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult


class Catcher:
    """Keeps what comes."""

    def __init__(self, folder):
        self._folder = folder

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        number = len(list(self._folder.glob("*.eml")))
        partial = self._folder / f"{number}.partial"
        partial.write_bytes(envelope.content)
        partial.rename(self._folder / f"{number}.eml")
        return "250 OK"


async def main():
    folder, port, user, password = Path(sys.argv[1]), *sys.argv[2:]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")

    def authenticate(_server, _session, _envelope, _mechanism, given):
        known = (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=known, handled=False)

    def connection():
        return SMTP(
            Catcher(folder), tls_context=context, require_starttls=True,
            authenticator=authenticate, auth_required=True,
        )  # fmt: skip

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", int(port))
    (folder / "listens").touch()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
