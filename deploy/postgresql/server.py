"""A private PostgreSQL on this machine, for tests: ``start``, ``stop``, ``status``.

    python deploy/postgresql/server.py start

A server of its own, apart from any that the machine runs: its data is in a temporary folder, and
it listens on a socket in it alone, which nobody but its user (and root) can reach. ``start``
comes back when it answers, and writes its address to ``.postgresql/url`` of the repository, where
tests look for it unless ``TEST_POSTGRES_URL`` has another. ``stop`` ends it and deletes all.
Needs PostgreSQL's programs (Debian: ``apt-get install postgresql``), and of Python only what
comes with it. Root starts it as the user ``postgres``, since PostgreSQL refuses to run as root.

What is written may be lost when the machine stops: this is no way to run PostgreSQL in production.
"""

# ruff: noqa: INP001, S603 - a script, no package; it starts programs with arguments of its own

import argparse
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parents[2] / ".postgresql"
USER = "gemist"
SYSTEM_USER = "postgres"
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}


class ServerError(Exception):
    """The server cannot be started or stopped: one line for whoever asked."""


def start() -> str:
    """Start the server if it does not run, wait until it answers, and say where it listens."""
    if is_running():
        return f"PostgreSQL listens at {address(folder())} (it was running)"
    stop()
    new = Path(tempfile.mkdtemp(prefix="gemist-postgresql-"))
    if os.geteuid() == 0:
        os.chown(new, system_user().pw_uid, system_user().pw_gid)
    (HOME / "folder").write_text(f"{new}\n")
    run("initdb", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-locale",
        "--no-sync", f"--pgdata={new / 'data'}")  # fmt: skip
    settings = "".join(f"{name} = '{value}'\n" for name, value in OPTIONS.items())
    with (new / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write(f"{settings}unix_socket_directories = '{new}'\n")
    run("pg_ctl", "start", "--wait", f"--pgdata={new / 'data'}", f"--log={new / 'log'}")
    (HOME / "url").write_text(f"{address(new)}\n")
    return f"PostgreSQL listens at {address(new)}"


def stop() -> str:
    """End the server, without waiting for who is connected, and delete all that it has."""
    running, had = is_running(), folder()
    (HOME / "url").unlink(missing_ok=True)
    if running:
        run("pg_ctl", "stop", "--wait", "--mode=immediate", f"--pgdata={had / 'data'}")
    if had.name:
        shutil.rmtree(had, ignore_errors=True)
        (HOME / "folder").unlink()
    return "PostgreSQL stopped" if running else "PostgreSQL was not running"


def status() -> str:
    """Say where the server listens, or that it does not."""
    if not is_running():
        raise ServerError("is not running")
    return f"PostgreSQL listens at {address(folder())}"


def folder() -> Path:
    """Where the server has what it has; a path without a name where there is none."""
    try:
        return Path((HOME / "folder").read_text().strip())
    except FileNotFoundError:
        return Path()


def address(where: Path) -> str:
    """Where it listens, as SQLAlchemy writes it."""
    return f"postgresql+psycopg://{USER}@/postgres?host={where}"


def is_running() -> bool:
    """Whether it was started and has not ended."""
    data = folder() / "data"
    if not folder().name or not data.is_dir():
        return False
    return run("pg_ctl", "status", f"--pgdata={data}", may_fail=True).returncode == 0


def run(name: str, *arguments: str, may_fail: bool = False) -> "subprocess.CompletedProcess[str]":
    """Run one of PostgreSQL's programs, as a user who is not root."""
    log = HOME / "commands.log"
    somebody: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = system_user()
        somebody = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with log.open("w") as output:  # the server keeps what it is started with: no pipe to wait for
        done = subprocess.run(
            [program(name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            **somebody,
        )
    if done.returncode and not may_fail:
        raise ServerError(f"{name} failed:\n{log.read_text().strip()}")
    return done


def system_user() -> pwd.struct_passwd:
    """Look up whom PostgreSQL's package made to run it."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError as error:
        raise ServerError(f"does not run as root, and there is no user {SYSTEM_USER}") from error


def program(name: str) -> str:
    """Path of one of PostgreSQL's programs; Debian has the server's apart, by version."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: [int(part) for part in path.parts[4].split(".") if part.isdigit()],
    )
    path = shutil.which(name) or (str(installed[-1]) if installed else None)
    if path is None:
        raise ServerError(f"needs {name}, which is not installed (apt-get install postgresql)")
    return path


def main() -> int:
    """Do what the command line says."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("action", choices=("start", "stop", "status"))
    action = {"start": start, "stop": stop, "status": status}[arguments.parse_args().action]
    HOME.mkdir(exist_ok=True)
    try:
        done = action()
    except ServerError as error:
        sys.stderr.write(f"PostgreSQL {error}\n")
        return 1
    sys.stdout.write(f"{done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
