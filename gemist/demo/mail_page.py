"""A page on this machine on which the demo's mails can be read, with links that work."""

import re
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from gemist.demo.mailbox import HOST, Mail, Mailbox
from gemist.demo.speech import Speech

_POLL_SECONDS: Final = 0.05
_MOST_LISTED: Final = 100
_PATH: Final = re.compile(r"/(?:mails/([0-9]{1,9})(/content)?)?")
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #23272b; --soft: #5f666d; --line: #d9d4c9;
  --ground: #f3f1ec; --sheet: #fff; --mark: #0d6b62; }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: grid; grid-template: auto 1fr / 21rem 1fr;
  font: 16px/1.4 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
header { grid-column: 1 / -1; padding: .7rem 1.2rem; border-bottom: 1px solid var(--line); }
header p { margin: 0; color: var(--soft); font-size: .9rem; }
h1 { margin: 0; font-size: 1.15rem; } h1 b { color: var(--mark); }
nav { overflow: auto; border-right: 1px solid var(--line); }
nav ol { margin: 0; padding: 0; list-style: none; }
nav a { display: block; padding: .55rem 1.2rem; color: inherit; text-decoration: none;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
nav a:hover, nav a:focus { background: var(--sheet); }
nav a[aria-current] { background: var(--sheet); box-shadow: inset 4px 0 var(--mark); }
nav span { display: block; color: var(--soft); font-size: .85rem; }
nav { grid-area: 2 / 1; } main { grid-area: 2 / 2; }
main { display: flex; flex-direction: column; min-height: 0; }
dl { margin: 0; padding: .7rem 1.2rem; background: var(--sheet);
  border-bottom: 1px solid var(--line); display: grid; grid-template-columns: auto 1fr;
  gap: .1rem 1rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
iframe { flex: 1; width: 100%; border: 0; min-height: 30rem; background: var(--ground); }
main p { padding: 2rem 1.2rem; } header a { color: var(--mark); }
@media (max-width: 50rem) {
  body { display: block; height: auto; }
  nav { border: 0; border-top: 1px solid var(--line); }
  iframe { height: 80vh; }
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e7e2; --soft: #a7adb2; --line: #343a3e; --ground: #16191b; --sheet: #1f2427;
    --mark: #6fc7bb; }
}
"""
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-src 'self'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self';"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""Mail is shown as mail programs show it: no scripts, nothing from elsewhere."""

Whom = Callable[[Mail], str]
"""Says in words whom a mail is for."""


@contextmanager
def showing(mailbox: Mailbox, whom: Whom, say: Speech) -> Iterator[str]:
    """Serve the page on a free port of this machine, in threads; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, policy = answer(self.path, mailbox, whom, say)
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", policy)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the terminal belongs to the demo."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(
            target=lambda: server.serve_forever(_POLL_SECONDS), name="mail page"
        )
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def answer(path: str, mailbox: Mailbox, whom: Whom, say: Speech) -> tuple[HTTPStatus, bytes, str]:
    """Give status, page and content security policy: ``/``, ``/mails/7``, ``/mails/7/content``."""
    found = _PATH.fullmatch(path.partition("?")[0])
    number = found[1] if found else None
    mail = mailbox.mail(int(number)) if number else mailbox.newest
    if found is None or (mail is None and number):
        missing = say.gettext("No such mail.")
        return HTTPStatus.NOT_FOUND, _Page(say, whom).of(mailbox, None, missing), _POLICY
    if found[2] and mail is not None:
        return HTTPStatus.OK, _in_a_new_tab(mail.html).encode(), _MAIL_POLICY
    none = say.gettext("No mail has come yet: the first goes out on the first morning.")
    return HTTPStatus.OK, _Page(say, whom).of(mailbox, mail, none), _POLICY


def _in_a_new_tab(html: str) -> str:
    """Have a mail's links open beside it: pages of answers let nobody put them into a frame."""
    return html.replace("<head>", '<head><base target="_blank">', 1)


@dataclass(frozen=True, slots=True)
class _Page:
    """Writes the page in a language."""

    say: Speech
    whom: Whom

    def of(self, mailbox: Mailbox, mail: Mail | None, otherwise: str) -> bytes:
        """Open a mail, and list those there are; ``otherwise`` is said where none is open."""
        say, gettext = self.say, self.say.gettext
        listed = mailbox.kept()[:_MOST_LISTED]
        rows = "".join(self._row(each, is_open=each is mail) for each in listed)
        shown = f"<p>{escape(otherwise)}</p>" if mail is None else self._opened(mail)
        title, head = gettext("Mail of the demo"), gettext("demo: what went out by mail")
        so_far = gettext("{count} so far, to nobody real, and all of them stayed on this machine.")
        so_far = so_far.format(count=say.number(mailbox.count))
        newest, order = gettext("Open the newest"), gettext("Mails, newest first")
        return (
            f'<!doctype html><html lang="{say.language.value}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(title)} · gemist</title>"
            f'<link rel="icon" href="data:,"><style>{_STYLE}</style></head><body>'
            f"<header><h1><b>gemist</b> {escape(head)}</h1>"
            f"<p>{escape(so_far)}"
            f' <a href="/">{escape(newest)}</a></p></header>'
            f"<main>{shown}</main>"
            f'<nav aria-label="{escape(order)}"><ol>{rows}</ol></nav>'
            "</body></html>"
        ).encode()

    def _row(self, mail: Mail, *, is_open: bool) -> str:
        current = ' aria-current="page"' if is_open else ""
        return (
            f'<li><a href="/mails/{mail.number}"{current}>{escape(mail.subject)}'
            f"<span>{escape(self.whom(mail))}</span></a></li>"
        )

    def _opened(self, mail: Mail) -> str:
        gettext = self.say.gettext
        to, subject, title = gettext("To"), gettext("Subject"), gettext("The mail")
        return (
            f"<dl><dt>{escape(to)}</dt>"
            f"<dd>{escape(self.whom(mail))} &lt;{escape(mail.to)}&gt;</dd>"
            f"<dt>{escape(subject)}</dt><dd><b>{escape(mail.subject)}</b></dd></dl>"
            f'<iframe title="{escape(title)}" src="/mails/{mail.number}/content"'
            ' sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
        )
