"""A proxy between workers and the broker, whose line can be cut.

While it is cut nothing comes through and nobody is told so, as when a cable is pulled: connections
stay open, new ones are taken and are silent. Then all goes on where it was.
"""

import asyncio
import threading
from contextlib import contextmanager, suppress

PIECE = 64 * 1024


class CutOff:
    """Listens on ``port``; everything is passed on to ``target`` and back."""

    def __init__(self):
        self.port = 0
        self.target = None
        self._loop = asyncio.new_event_loop()
        self._is_whole = asyncio.Event()
        self._is_whole.set()
        self._listens = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def __enter__(self):
        self._thread.start()
        self._listens.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    @contextmanager
    def cut(self):
        """Let nothing through while this lasts."""
        self._loop.call_soon_threadsafe(self._is_whole.clear)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._is_whole.set)

    def _run(self):
        self._loop.run_until_complete(self._serve())
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self):
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listens.set()
        await self._over.wait()
        server.close()

    async def _connect(self, reader, writer):
        try:
            await self._is_whole.wait()
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:  # no broker there: whoever connected is told so
            writer.close()
            return
        await asyncio.gather(self._pass_on(reader, far_writer), self._pass_on(far_reader, writer))

    async def _pass_on(self, reader, writer):
        with suppress(OSError):  # one end is gone, and so is the other then
            while piece := await reader.read(PIECE):
                await self._is_whole.wait()
                writer.write(piece)
                await writer.drain()
        writer.close()
