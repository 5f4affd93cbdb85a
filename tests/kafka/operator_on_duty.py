"""Somebody who follows a page of the runbook: runs what stands there, and compares what it prints.

Where a page says ``systemctl`` or ``journalctl`` there are processes of the test and their logs, as
no systemd is booted; where it says a port, the one that is used here. Everything else is run as it
stands on the page.
"""

import re
import signal
import subprocess
import sys
import time

from runbook import Command, form
from served import free_port

STOP_SECONDS = 3
"""How long a unit may take to end before it is killed; a real one has longer."""
_GEMIST = f"{sys.executable} -m gemist"


class Unit:
    """A program that is started, ended and started again, as a unit of systemd is."""

    def __init__(self, name, port, words, environment, folder):
        self.name = name
        self.deployed_port = port
        self.port = free_port()
        self.words = [*words, "--listen", self.address]
        self.log = folder / f"{name}.log"
        self._environment = environment
        self._process = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self, *python):
        """Start it; ``python`` instead of ``-m gemist`` for a program with a fault."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *(python or ("-m", "gemist")), *self.words],
                env=self._environment,
                cwd=self.log.parent,
                stdout=log,
                stderr=log,
            )

    def hang(self):
        """Have it stand still, threads and all."""
        self._process.send_signal(signal.SIGSTOP)

    def stop(self):
        """End it as systemd does: SIGTERM, SIGCONT, and after a while SIGKILL."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def restart(self):
        self.stop()
        self.start()


class Operator:
    """Runs commands of a page on units that are there."""

    def __init__(self, units, environment, folder):
        self._units = {unit.name: unit for unit in units}
        self._environment = environment
        self._folder = folder

    def sees(self, commands, within=30.0):
        """Run commands until each prints what the page says; numbers may be others."""
        for command in commands:
            deadline = time.monotonic() + within
            while True:
                printed = self.run(command)
                lacking = {form(line) for line in command.printed} - {
                    form(line) for line in printed.splitlines()
                }
                if not lacking:
                    break
                assert time.monotonic() < deadline, f"{command.line}: {lacking} not in:\n{printed}"
                time.sleep(0.5)

    def does(self, steps):
        """Run steps, one after the other."""
        for step in steps:
            self.run(step)

    def run(self, command: Command) -> str:
        """Run one; what it prints."""
        match command.line.split():
            case ["systemctl", "restart", name]:
                self._units[name].restart()
                return ""
            case ["journalctl", "-u", name, "-n", lines]:
                return "\n".join(self._units[name].log.read_text().splitlines()[-int(lines) :])
            case ["systemctl" | "journalctl", *_]:
                raise AssertionError(f"{command.line}: nobody stands in for this")
        line = re.sub(r"^gemist(?= )", _GEMIST, command.line)
        for unit in self._units.values():
            line = line.replace(f"127.0.0.1:{unit.deployed_port}", unit.address)
        done = subprocess.run(
            ["bash", "-c", line],
            env=self._environment,
            cwd=self._folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        return done.stdout
