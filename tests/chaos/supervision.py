"""Workers as a supervisor keeps them: whoever ends is started again."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager

START_AGAIN_SECONDS = 0.5
STOP_SECONDS = 60


class Kept:
    """One place in which a worker shall run, whichever process it is."""

    def __init__(self, name, folder, environment):
        self.name = name
        self._folder = folder
        self._environment = environment
        self._log = (folder / f"{name}.log").open("ab")
        self._port = 0
        self.process = None
        self.shall_run = False
        self.program = ("-m", "gemist")
        """What Python runs; for one start, then the program again."""
        self.start_at = 0.0

    def start(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, *self.program, "worker", "--listen", f"127.0.0.1:{self._port}"],
            env=self._environment,
            cwd=self._folder,
            stdout=self._log,
            stderr=self._log,
        )
        self.program = ("-m", "gemist")

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def partitions(self):
        """How many partitions it holds, as its metrics say; None where it does not answer."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self._port}/metrics", timeout=1
            ) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return None
        return sum(line.startswith("gemist_lag_records{") for line in lines)

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=1):
                return True
        except OSError:
            return False

    def close(self):
        if self.is_running():
            self.process.kill()
            self.process.wait()
        self._log.close()


class Supervisor:
    """Keeps workers running; ``ended`` counts exit statuses that nobody here caused."""

    def __init__(self, folder, environment):
        self._folder = folder
        self._environment = environment
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self.workers = []
        self.ended = Counter()
        self.killed = 0
        self._caused = set()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        for each in self.workers:
            each.close()

    def add(self):
        """Keep one more."""
        with self._lock:
            new = Kept(f"worker-{len(self.workers) + 1}", self._folder, self._environment)
            new.shall_run = True
            self.workers.append(new)
            new.start()
            return new

    def running(self):
        with self._lock:
            return [each for each in self.workers if each.is_running()]

    def kill(self, worker):
        """Kill -9; it is started again."""
        with self._lock:
            self._caused.add(worker.process.pid)
            self.killed += 1
            worker.process.kill()

    def end(self, worker, program=None):
        """SIGTERM; its exit status and seconds. ``program``: what is started once instead."""
        with self._lock:
            self._caused.add(worker.process.pid)
            if program is not None:
                worker.program = program
            process = worker.process
            begun = time.monotonic()
            process.terminate()
        return process.wait(STOP_SECONDS), time.monotonic() - begun

    def take_away(self, worker, how=signal.SIGTERM):
        """End one for good."""
        with self._lock:
            worker.shall_run = False
            if not worker.is_running():
                return 0
            self._caused.add(worker.process.pid)
            process = worker.process
            process.send_signal(how)
        return process.wait(STOP_SECONDS)

    @contextmanager
    def stopped(self, worker):
        """SIGSTOP while this lasts."""
        pid = worker.process.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def _watch(self):
        while not self._over.wait(0.05):
            with self._lock:
                for each in self.workers:
                    self._look_after(each)

    def _look_after(self, worker):
        if worker.process is None or worker.process.poll() is None:
            return
        if not worker.start_at:
            if worker.process.pid not in self._caused:
                self.ended[worker.process.returncode] += 1
            worker.start_at = time.monotonic() + START_AGAIN_SECONDS
        elif worker.shall_run and time.monotonic() >= worker.start_at:
            worker.start_at = 0.0
            worker.start()
