"""The demo's page of mails in a browser: the links of a mail work."""

import asyncio
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browser import CHROMIUM, browsing

from alerts.words import Language
from gemist.demo.mail_page import showing
from gemist.demo.mailbox import Mailbox
from gemist.demo.speech import speech

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium"),
]
TRIES = 30


class Door(BaseHTTPRequestHandler):
    """Notes who comes, and answers as little as possible."""

    def do_GET(self):
        self.server.came.append((self.path, self.headers["Referer"]))
        self.server.there.set()
        self.send_response(HTTPStatus.NO_CONTENT)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_in_a_browser_a_click_on_a_mails_link_opens_it(tmp_path):
    async def click(address):
        async with browsing(tmp_path) as browser:
            await browser.width(1200, 800)
            await browser.go(address)
            frame = "document.querySelector('iframe').getBoundingClientRect()"
            left, top = await browser.look(f"[{frame}.left, {frame}.top]")
            for _ in range(TRIES):  # a frame takes clicks a moment after it is there
                for kind in ("mousePressed", "mouseReleased"):
                    await browser.ask(
                        "Input.dispatchMouseEvent",
                        type=kind, x=left + 40, y=top + 40, button="left", clickCount=1,
                    )  # fmt: skip
                if await asyncio.to_thread(door.there.wait, 1):
                    return True
            return False

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as door:
        door.came, door.there = [], threading.Event()
        threading.Thread(target=door.serve_forever, daemon=True).start()
        link = f"http://127.0.0.1:{door.server_port}/a/token"
        html = (
            "<html><head><style>a { display: block; padding: 3em }</style></head>"
            f'<body><a href="{link}">Spoken</a></body></html>'
        )
        mailbox = Mailbox()
        mailbox.put(f"Content-Type: text/html\n\n{html}\n".encode(), "m1.1@s001.example")
        with showing(mailbox, lambda each: each.to, speech(Language.ENGLISH)) as address:
            assert asyncio.run(click(address))
        door.shutdown()
    assert door.came[0] == ("/a/token", None)
