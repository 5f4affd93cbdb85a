"""A real Apache Kafka on this machine, for development and tests: ``start``, ``stop``, ``status``.

    python deploy/kafka/broker.py start [--port 29392]

One broker in KRaft mode, which only this machine can reach, on a port that nothing else uses by
default (its controller takes the next one). Everything it has is in ``.kafka/`` of the
repository: jars (copied once by Maven, as ``pom.xml`` lists them), data, log. ``start`` comes
back when the broker answers, and does nothing but say so if it is running; ``stop`` ends it the
way Kafka wants to be ended and waits. Needs Java 17 or newer, Maven the first time, and of
Python only what comes with it.

This is no way to run Kafka in production: one node, nothing replicated, no authentication.
"""

# ruff: noqa: INP001, S603 - a script, no package; it starts programs with arguments of its own

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
HOME = Path(__file__).resolve().parents[2] / ".kafka"
PORT = 29392
START_SECONDS = 60
STOP_SECONDS = 60

PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller_port}
log.dirs={data}

# A mistyped topic is a mistake, not a new topic.
auto.create.topics.enable=false

# There is only one broker to keep the internal topics on.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# A test's consumer should not wait three seconds for others to join its group.
group.initial.rebalance.delay.ms=0
"""


class BrokerError(Exception):
    """The broker cannot be started or stopped: one line for whoever asked."""


def start(port: int) -> str:
    """Start the broker if it does not run, wait until it answers, and say where it listens."""
    running = running_broker()
    if running is not None:
        at_port = int((HOME / "port").read_text())
        if at_port != port:
            raise BrokerError(f"is running on port {at_port} already (process {running})")
        return f"Kafka listens on 127.0.0.1:{port} (process {running}, it was running)"
    for taken in (port, port + 1):
        if is_listening(taken):
            raise BrokerError(f"something else listens on 127.0.0.1:{taken}; choose another --port")
    jars = libraries()
    configuration = configure(port, jars)
    process = launch(jars, configuration)
    (HOME / "port").write_text(f"{port}\n")
    (HOME / "pid").write_text(f"{process.pid}\n")
    wait_until_started(process)
    return f"Kafka listens on 127.0.0.1:{port} (process {process.pid}, log {HOME / 'broker.log'})"


def stop() -> str:
    """End the broker with SIGTERM, on which it closes its logs, and wait until it is gone."""
    running = running_broker()
    if running is None:
        return "Kafka was not running"
    os.kill(running, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while running_broker() is not None:
        if time.monotonic() > deadline:
            raise BrokerError(f"process {running} does not end; see {HOME / 'broker.log'}")
        time.sleep(0.1)
    (HOME / "pid").unlink()
    return "Kafka stopped"


def status() -> str:
    """Say where the broker listens, or that it does not."""
    running = running_broker()
    if running is None:
        raise BrokerError("is not running")
    port = (HOME / "port").read_text().strip()
    return f"Kafka listens on 127.0.0.1:{port} (process {running})"


def running_broker() -> int | None:
    """Process id of our broker; a process that merely has the id it once had does not count."""
    try:
        pid = int((HOME / "pid").read_text())
    except (FileNotFoundError, ValueError):
        return None
    command = command_of(pid)
    return pid if str(HOME / "server.properties") in command else None


def command_of(pid: int) -> str:
    """Command line of a process; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return ""
    shown = [program("ps"), "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(shown, capture_output=True, text=True, check=False).stdout


def is_listening(port: int) -> bool:
    """Whether anything answers on this port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def libraries() -> str:
    """Classpath of the broker; Maven copies the jars when the list of them is new."""
    wanted = hashlib.sha256(POM.read_bytes()).hexdigest()
    folder, stamp = HOME / "lib", HOME / "lib.sha256"
    if not (stamp.is_file() and stamp.read_text() == wanted):
        say("copying Apache Kafka's jars with Maven (43 MB, once)")
        shutil.rmtree(folder, ignore_errors=True)
        maven = [program("mvn"), "--batch-mode", "--quiet", "--strict-checksums"]
        copied = subprocess.run(
            [*maven, "-f", POM, "dependency:copy-dependencies", f"-DoutputDirectory={folder}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if copied.returncode != 0:
            raise BrokerError(f"Maven could not copy the jars:\n{copied.stdout.strip()}")
        stamp.write_text(wanted)
    return f"{folder}/*"


def configure(port: int, jars: str) -> Path:
    """Write the broker's configuration, and give its data folder an identity if it has none."""
    data, configuration = HOME / "data", HOME / "server.properties"
    text = PROPERTIES.format(port=port, controller_port=port + 1, data=data)
    configuration.write_text(text, encoding="utf-8")
    if not (data / "meta.properties").is_file():
        identity = storage_tool(jars, "random-uuid").strip().splitlines()[-1]
        storage_tool(jars, "format", "-t", identity, "-c", str(configuration))
    return configuration


def storage_tool(jars: str, *arguments: str) -> str:
    """Run Kafka's tool for data folders and return what it printed."""
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    command = [program("java"), "-Xmx128m", quiet, "-cp", jars, "kafka.tools.StorageTool"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BrokerError(f"kafka.tools.StorageTool {arguments[0]} failed:\n{done.stderr.strip()}")
    return done.stdout


def launch(jars: str, configuration: Path) -> "subprocess.Popen[bytes]":
    """Start the broker in a session of its own, so that it outlives whoever started it."""
    with (HOME / "broker.log").open("wb") as log:
        return subprocess.Popen(
            [program("java"), "-Xms256m", "-Xmx768m", "-cp", jars, "kafka.Kafka", configuration],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=HOME,
            start_new_session=True,
        )


def wait_until_started(process: "subprocess.Popen[bytes]") -> None:
    """Come back when the broker says that it has started: its port is open some time before."""
    log = HOME / "broker.log"
    deadline = time.monotonic() + START_SECONDS
    while b"Kafka Server started" not in log.read_bytes():
        if process.poll() is not None:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
            raise BrokerError(f"ended at its start, see {log}:\n{last}")
        if time.monotonic() > deadline:
            raise BrokerError(f"did not start within {START_SECONDS} seconds; see {log}")
        time.sleep(0.1)


def program(name: str) -> str:
    """Path of a program that the broker needs."""
    path = shutil.which(name)
    if path is None:
        raise BrokerError(f"needs {name}, which is not installed")
    return path


def say(line: str) -> None:
    """Tell whoever waits what is going on."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let only one process at a time start or stop the broker."""
    HOME.mkdir(exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Do what the command line says."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("action", choices=("start", "stop", "status"))
    arguments.add_argument("--port", type=int, default=PORT, help="and the next one [%(default)s]")
    chosen = arguments.parse_args()
    try:
        with alone():
            if chosen.action == "start":
                done = start(chosen.port)
            else:
                done = stop() if chosen.action == "stop" else status()
    except BrokerError as error:
        say(f"Kafka {error}")
        return 1
    sys.stdout.write(f"{done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
