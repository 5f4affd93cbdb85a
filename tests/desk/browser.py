"""A real browser without a window, told by Chrome's DevTools protocol what to do."""

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE_SECONDS = 30.0
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_KEYS = {"Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r"), "Space": ("Space", 32, " ")}


class Browser:
    """One page of a browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def ask(self, method: str, **words: Any) -> dict[str, Any]:
        """Ask the browser for something, and wait for its answer."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": words})
        while True:
            said = await self._socket.receive_json(timeout=PATIENCE_SECONDS)
            if said.get("id") == self._number:
                assert "error" not in said, said
                return said["result"]

    async def width(self, width: int, height: int, *, dark: bool = False) -> None:
        """Be a screen of that size, in pixels; a narrow one is a phone's."""
        await self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 500,
        )  # fmt: skip
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.ask("Emulation.setEmulatedMedia", features=scheme)

    async def look(self, script: str) -> Any:
        """Give the value of an expression on the page."""
        found = await self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def go(self, address: str) -> None:
        """Open an address, and wait until it is there."""
        await self.look("window.isOld = true")
        await self.ask("Page.navigate", url=address)
        await self.arrived()

    async def arrived(self) -> None:
        """Wait until another page is there."""
        there = "!window.isOld && document.readyState === 'complete'"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                with contextlib.suppress(AssertionError):  # between two pages there is none to ask
                    if await self.look(there):
                        return
                await asyncio.sleep(0.01)

    async def press(self, key: str) -> None:
        """Press a key."""
        code, number, text = _KEYS[key]
        name = " " if key == "Space" else code
        same = {"key": name, "code": code, "windowsVirtualKeyCode": number}
        more = {"text": text} if text else {}
        await self.ask("Input.dispatchKeyEvent", type="keyDown", **same, **more)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", **same)

    async def picture(self) -> str:
        """Draw the whole page; base64 of a PNG."""
        height = await self.look("document.documentElement.scrollHeight")
        width = await self.look("window.innerWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        drawn = await self.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return str(drawn["data"])


@contextlib.asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Browser]:
    """Start a browser that keeps what is its own in a folder."""
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        *("--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (said := _read(folder / "DevToolsActivePort")):
                assert process.returncode is None
                await asyncio.sleep(0.02)
        address = f"http://127.0.0.1:{said.split()[0]}"
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{address}/json") as answer:
                pages = [each for each in await answer.json() if each["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as ws:
                yield Browser(ws)
    finally:
        process.terminate()
        await process.wait()


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return ""
