"""What stands around an empty machine: a mail server, an authority, a region's Kafka and database.

Each is a real one, listens in the machine's network by the name that a page has, and goes by its
clock.
"""

import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import trustme
from empty_machine import ROOT, Machine

PATIENCE_SECONDS = 60
MAIL_PASSWORD = "write-the-password-here"
"""As the pages have it."""
CATCHER = Path(__file__).with_name("mail_catcher.py")
BROKER = ROOT / "deploy" / "kafka" / "broker.py"
SERVER = ROOT / "deploy" / "postgresql" / "server.py"


def wait_until(holds: Callable[[], Any], what: str) -> Any:
    """Wait for something, and give what it is."""
    limit = time.monotonic() + PATIENCE_SECONDS
    while not (found := holds()):
        assert time.monotonic() < limit, what
        time.sleep(0.1)
    return found


def trust(machine: Machine, authority: trustme.CA, name: str) -> None:
    """Have the machine trust an authority as those of the world, which certifies a name of its."""
    pem = authority.cert_pem.bytes().decode()
    machine.put("/usr/local/share/ca-certificates/test.crt", pem)
    machine.run("update-ca-certificates")
    certificate = authority.issue_cert(name)
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems).decode()
    machine.put("/etc/ssl/gemist/certificate.pem", chain)
    machine.put("/etc/ssl/gemist/key.pem", certificate.private_key_pem.bytes().decode())


def answer(machine: Machine, address: str) -> str:
    """The status with which an address of the machine answers."""
    command = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
    return machine.run("sh", "-c", '"$@" || true', "sh", *command, address)


@contextmanager
def mail_server(machine: Machine, folder: Path, authority: trustme.CA, name: str) -> Iterator[Path]:
    """Take mail for others; gives the folder to which it comes."""
    mails = folder / "mails"
    mails.mkdir()
    authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(mails / "server.pem")
    command = [sys.executable, str(CATCHER), str(mails), "587", "gemist", MAIL_PASSWORD]
    running = subprocess.Popen([*machine.beside(), *command])
    try:
        wait_until((mails / "listens").exists, "a mail server")
        yield mails
    finally:
        running.kill()
        running.wait()


def newest_mail(mails: Path, recipient: str) -> str:
    """Wait for one mail, which is for them; its text."""
    (mail,) = wait_until(lambda: list(mails.glob("*.eml")), "a mail")
    letter = message_from_bytes(mail.read_bytes(), policy=policy.default)
    assert letter["To"] == recipient
    return str(letter.get_body(("plain",)).get_content())


@contextmanager
def region_kafka(machine: Machine, passwords: Mapping[str, str]) -> Iterator[None]:
    """Run a broker with TLS and SCRAM on port 9093, and trust it where the page says."""
    _module(BROKER).libraries()  # copied by this machine's network, if they are not there yet
    home = Path(tempfile.mkdtemp(prefix="gemist-region-kafka-"))
    (home / "passwords.json").write_text(json.dumps(passwords))
    command = [sys.executable, str(BROKER), "--home", str(home), "--port", "9093"]
    try:
        machine.run(*command, "--secure", "start", before=machine.beside())
        machine.put("/etc/gemist/kafka-authority.pem", (home / "authority.pem").read_text())
        yield
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True)
        shutil.rmtree(home)


@contextmanager
def region_database(machine: Machine, authority: trustme.CA, name: str) -> Iterator[None]:
    """Run a PostgreSQL with TLS on port 5432, and let root on the machine be its superuser."""
    server = _module(SERVER)
    user = pwd.getpwnam(server.SYSTEM_USER)
    home = Path(tempfile.mkdtemp(prefix="gemist-region-postgresql-"))
    certificate = authority.issue_cert(name)
    certificate.private_key_pem.write_to_path(home / "key.pem")
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(home / "certificate.pem", append=True)
    (home / "password").write_text("of-the-superuser")
    (home / "key.pem").chmod(0o600)
    for path in (home, *home.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(home),
        "fsync": "off",
        "ssl": "on",
        "ssl_cert_file": str(home / "certificate.pem"),
        "ssl_key_file": str(home / "key.pem"),
    }
    options = " ".join(f"-c {key}={value}" for key, value in settings.items())
    data = f"--pgdata={home / 'data'}"

    def run(program: str, *arguments: str) -> None:
        command = [*machine.beside(), "setpriv", f"--reuid={user.pw_uid}",
                   f"--regid={user.pw_gid}", "--clear-groups", server.program(program)]  # fmt: skip
        with (home / "log").open("ab") as log:  # what it starts keeps it: no pipe to wait for
            subprocess.run(
                [*command, *arguments], cwd="/", stdout=log, stderr=log, check=True, timeout=60
            )

    try:
        run("initdb", "--auth=scram-sha-256", "--username=postgres", "--encoding=UTF8",
            f"--pwfile={home / 'password'}", "--no-sync", data)  # fmt: skip
        run("pg_ctl", "start", "--wait", f"--options={options}", data)
        machine.put("/root/.pgpass", f"{name}:*:*:postgres:of-the-superuser\n", "0600")
        yield
    finally:
        run("pg_ctl", "stop", "--wait", "--mode=immediate", data)
        shutil.rmtree(home)


def _module(path: Path) -> Any:
    """Import a script that is no part of a package."""
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[path.stem] = module
    found.loader.exec_module(module)
    return module
