"""A real Apache Kafka on this machine, for development and tests: ``start``, ``stop``, ``status``.

    python deploy/kafka/broker.py start [--port 9092] [--home DIR] [--secure]

One broker in KRaft mode, which only this machine can reach, on the port at which gemist looks for
one by default (its controller takes the next one). Everything it has is in ``.kafka/`` of the
repository, or in ``--home``: data, log; the jars are in ``.kafka/`` (copied once by Maven, as
``pom.xml`` lists them). ``start`` comes back when the broker answers, and does nothing but say so
if it is running; ``stop`` ends it the way Kafka wants to be ended and waits. Needs Java 17 or
newer, Maven the first time, and of Python only what comes with it.

``--secure`` (and OpenSSL) makes one that lets in by TLS and SCRAM only, and lets nobody do
anything but ``gemist-root``, until somebody gives others leave (``gemist topics acls``). Its home
then has ``authority.pem``, the certificate to trust, and ``passwords.json``, by user. ``--proxy
PORT`` adds a listener two ports after the first, whose clients are told to come by that port: a
test's proxy, which can cut the line.

This is no way to run Kafka in production: one node, nothing replicated.
"""

# ruff: noqa: INP001, S603 - a script, no package; it starts programs with arguments of its own

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
JARS_HOME = Path(__file__).resolve().parents[2] / ".kafka"
PORT = 9092
START_SECONDS = 60
STOP_SECONDS = 60

PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners={protocol}://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners={protocol}://127.0.0.1:{port}
listener.security.protocol.map={protocol}:{protocol},CONTROLLER:{protocol}
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

# Once at the start, and then once a day: tests copy events of other years, with their times, to
# topics that keep 400 days, and read them back.
log.retention.check.interval.ms=86400000

# A test's consumer should not wait three seconds for others to join its group.
group.initial.rebalance.delay.ms=0
"""

ROOT = "gemist-root"
"""May do everything; the broker itself signs in by this name too."""
USERS = (
    ROOT,
    "gemist-administrator",
    "gemist-auditor",
    "gemist-gateway",
    "gemist-mover",
    "gemist-notify",
    "gemist-sender",
    "gemist-worker",
)

SECURE_PROPERTIES = """
ssl.keystore.type=PEM
ssl.keystore.location={home}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={home}/authority.pem

inter.broker.listener.name=SASL_SSL
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={scram} required username="{root}" \\
  password="{password}";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config={scram} required;
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={plain} required username="{root}" \\
  password="{password}" user_{root}="{password}";

authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{root}
allow.everyone.if.no.acl.found=false
"""


class BrokerError(Exception):
    """The broker cannot be started or stopped: one line for whoever asked."""


# A second listener, for clients that come through a proxy: its port is what they are told.
PROXIED_PROPERTIES = """
listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{own},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{proxy}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
"""


@dataclass(frozen=True)
class Broker:
    """A broker, by the folder that has its data."""

    home: Path
    port: int
    secure: bool
    proxy: int | None = None
    """Port of a proxy before the listener that is on the port after next."""

    def start(self) -> str:
        """Start it if it does not run, wait until it answers, and say where it listens."""
        running = self.running()
        if running is not None:
            at_port = int((self.home / "port").read_text())
            if at_port != self.port:
                raise BrokerError(f"is running on port {at_port} already (process {running})")
            return f"Kafka listens on 127.0.0.1:{self.port} (process {running}, it was running)"
        for taken in (self.port, self.port + 1):
            if is_listening(taken):
                raise BrokerError(
                    f"something else listens on 127.0.0.1:{taken}; choose another --port"
                )
        jars = libraries()
        process = self._launch(jars, self._configure(jars))
        (self.home / "port").write_text(f"{self.port}\n")
        (self.home / "pid").write_text(f"{process.pid}\n")
        self._wait_until_started(process)
        log = self.home / "broker.log"
        return f"Kafka listens on 127.0.0.1:{self.port} (process {process.pid}, log {log})"

    def stop(self) -> str:
        """End it with SIGTERM, on which it closes its logs, and wait until it is gone."""
        running = self.running()
        if running is None:
            return "Kafka was not running"
        os.kill(running, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self.running() is not None:
            if time.monotonic() > deadline:
                log = self.home / "broker.log"
                raise BrokerError(f"process {running} does not end; see {log}")
            time.sleep(0.1)
        (self.home / "pid").unlink()
        return "Kafka stopped"

    def status(self) -> str:
        """Say where it listens, or that it does not."""
        running = self.running()
        if running is None:
            raise BrokerError("is not running")
        port = (self.home / "port").read_text().strip()
        return f"Kafka listens on 127.0.0.1:{port} (process {running})"

    def running(self) -> int | None:
        """Process id of it; a process that merely has the id it once had does not count."""
        try:
            pid = int((self.home / "pid").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if str(self.home / "server.properties") in command_of(pid) else None

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let only one process at a time start or stop it."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _configure(self, jars: str) -> Path:
        """Write the configuration, and give the data folder an identity if it has none."""
        data, configuration = self.home / "data", self.home / "server.properties"
        text = PROPERTIES.format(
            protocol="SASL_SSL" if self.secure else "PLAINTEXT",
            port=self.port,
            controller_port=self.port + 1,
            data=data,
        )
        if self.proxy is not None:
            text += PROXIED_PROPERTIES.format(
                port=self.port, own=self.port + 2, controller=self.port + 1, proxy=self.proxy
            )
        users: list[str] = []
        if self.secure:
            passwords = self._passwords()
            make_certificates(self.home)
            text += SECURE_PROPERTIES.format(
                home=self.home,
                root=ROOT,
                password=passwords[ROOT],
                scram="org.apache.kafka.common.security.scram.ScramLoginModule",
                plain="org.apache.kafka.common.security.plain.PlainLoginModule",
            )
            for user, password in passwords.items():
                for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
                    users += ["--add-scram", f"{mechanism}=[name={user},password={password}]"]
        configuration.touch(mode=0o600)
        configuration.write_text(text, encoding="utf-8")
        if not (data / "meta.properties").is_file():
            identity = storage_tool(jars, "random-uuid").strip().splitlines()[-1]
            storage_tool(jars, "format", "-t", identity, "-c", str(configuration), *users)
        return configuration

    def _passwords(self) -> dict[str, str]:
        """Passwords by user, made at the first start."""
        file = self.home / "passwords.json"
        if not file.is_file():
            file.touch(mode=0o600)
            file.write_text(json.dumps({user: secrets.token_urlsafe(16) for user in USERS}))
        passwords: dict[str, str] = json.loads(file.read_text())
        return passwords

    def _launch(self, jars: str, configuration: Path) -> "subprocess.Popen[bytes]":
        """Start it in a session of its own, so that it outlives whoever started it."""
        memory = ["-Xms256m", "-Xmx768m"]
        with (self.home / "broker.log").open("wb") as log:
            return subprocess.Popen(
                [program("java"), *memory, "-cp", jars, "kafka.Kafka", configuration],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                start_new_session=True,
            )

    def _wait_until_started(self, process: "subprocess.Popen[bytes]") -> None:
        """Come back when it says that it has started: its port is open some time before."""
        log = self.home / "broker.log"
        deadline = time.monotonic() + START_SECONDS
        while b"Kafka Server started" not in log.read_bytes():
            if process.poll() is not None:
                last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
                raise BrokerError(f"ended at its start, see {log}:\n{last}")
            if time.monotonic() > deadline:
                raise BrokerError(f"did not start within {START_SECONDS} seconds; see {log}")
            time.sleep(0.1)


def make_certificates(home: Path) -> None:
    """Make an authority, and by it a certificate for the broker of this machine, once."""
    if (home / "broker.pem").is_file():
        return
    authority, key, request = home / "authority.pem", home / "authority.key", home / "broker.csr"
    broker_key, broker, extensions = home / "broker.key", home / "broker.crt", home / "broker.ext"
    extensions.write_text(
        "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kafka.region.example\n"
        "authorityKeyIdentifier=keyid\n"
    )
    new_key: list[str | Path] = ["-newkey", "rsa:2048", "-nodes"]
    may_sign: list[str | Path] = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    own_name: list[str | Path] = ["-days", "365", "-subj", "/CN=gemist's tests"]
    openssl("req", "-x509", *new_key, *may_sign, *own_name, "-keyout", key, "-out", authority)
    openssl("req", *new_key, "-subj", "/CN=127.0.0.1", "-keyout", broker_key, "-out", request)
    by_authority: list[str | Path] = [
        "-CA",
        authority,
        "-CAkey",
        key,
        "-CAcreateserial",
        "-days",
        "365",
    ]
    openssl("x509", "-req", "-in", request, *by_authority, "-extfile", extensions, "-out", broker)
    both = home / "broker.pem"
    both.touch(mode=0o600)
    both.write_text(broker_key.read_text() + broker.read_text() + authority.read_text())


def openssl(*arguments: "str | Path") -> None:
    """Run OpenSSL."""
    command = [program("openssl"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BrokerError(f"openssl {arguments[0]} failed:\n{done.stderr.strip()}")


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
    folder, stamp = JARS_HOME / "lib", JARS_HOME / "lib.sha256"
    JARS_HOME.mkdir(exist_ok=True)
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


def storage_tool(jars: str, *arguments: str) -> str:
    """Run Kafka's tool for data folders and return what it printed."""
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    command = [program("java"), "-Xmx128m", quiet, "-cp", jars, "kafka.tools.StorageTool"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BrokerError(f"kafka.tools.StorageTool {arguments[0]} failed:\n{done.stderr.strip()}")
    return done.stdout


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


def main() -> int:
    """Do what the command line says."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("action", choices=("start", "stop", "status"))
    arguments.add_argument("--port", type=int, default=PORT, help="and the next one [%(default)s]")
    arguments.add_argument("--home", type=Path, default=JARS_HOME, help="folder of its data")
    arguments.add_argument("--secure", action="store_true", help="with TLS, SCRAM and ACLs")
    arguments.add_argument(
        "--proxy", type=int, help="port of a proxy before one more listener, two ports after --port"
    )
    chosen = arguments.parse_args()
    if chosen.secure and chosen.proxy is not None:
        arguments.error("--proxy goes without --secure")
    broker = Broker(chosen.home.resolve(), chosen.port, chosen.secure, chosen.proxy)
    try:
        with broker.alone():
            if chosen.action == "start":
                done = broker.start()
            else:
                done = broker.stop() if chosen.action == "stop" else broker.status()
    except BrokerError as error:
        say(f"Kafka {error}")
        return 1
    sys.stdout.write(f"{done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
