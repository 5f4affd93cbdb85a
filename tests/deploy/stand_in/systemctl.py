#!/usr/bin/python3
"""Stands for `systemctl` on a machine that systemd did not boot: it starts what a unit says.

It does what a page that installs the program asks of it: `daemon-reload`, `enable` and `disable`
(with `--now`), `start`, `stop`, `restart`, `reload`, `is-active`. It reads the unit's own file and
drop-ins, makes its state's folder, and starts its `ExecStart=` as its user, with its environment
and confined as `confined` says. It orders nothing, starts nothing again, has no timers (`enable`
of one sees only that it is there), and sends what a unit prints to a file.
"""

import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from confined import confine
from unit_files import UNITS, read

RUNNING = Path("/run/stand-in")
MACHINES = RUNNING / "environment"
"""What every process of this machine has in its environment, and no unit says."""
OTHERS = {
    "nginx": "exec /usr/sbin/nginx",
    "prometheus": ". /etc/default/prometheus; cd /var/lib/prometheus; setsid runuser -u prometheus"
    " -- /usr/bin/prometheus $ARGS >/run/stand-in/prometheus.log 2>&1 &",
}
STOP_SECONDS = 20
NOT_RUNNING = 3


def start(unit: str) -> None:
    """Start it, and wait for its end where it is one that ends."""
    settings = read(unit)
    for name in settings.get("StateDirectory", []):
        folder = Path("/var/lib", name)
        folder.mkdir(exist_ok=True)
        folder.chmod(int(settings["StateDirectoryMode"][-1], 8))
        user = settings["User"][-1]
        shutil.chown(folder, user, user)
    process = launched(unit, settings, settings["ExecStart"][-1])
    if settings["Type"][-1] != "oneshot":
        (RUNNING / f"{unit}.pid").write_text(f"{process}\n")
        return
    commands = iter(settings.get("ExecStartPost", []))
    while True:
        _, status = os.waitpid(process, 0)
        if status:
            raise SystemExit(f"{unit}: ended with {os.waitstatus_to_exitcode(status)}")
        following = next(commands, None)
        if following is None:
            return
        process = launched(unit, settings, following)


def launched(unit: str, settings: dict[str, list[str]], command: str) -> int:
    """Start one of its commands; the process's id."""
    words = [word.replace("$$", "$") for word in shlex.split(command)]
    environment = environment_of(settings)
    process = os.fork()
    if process:
        return process
    os.setsid()
    log = os.open(RUNNING / f"{unit}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open("/dev/null", os.O_RDONLY)
    for descriptor, wanted in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, wanted)
    try:
        confine(settings)
        os.chdir(settings["WorkingDirectory"][-1])
        os.execve(words[0], words, environment)
    except BaseException as error:  # noqa: BLE001 - or this copy would go on as its parent
        os.write(2, f"stand-in: {error!r}\n".encode())
        os._exit(1)


def environment_of(settings: dict[str, list[str]]) -> dict[str, str]:
    """Give what systemd would, and what the unit says, its files last."""
    user = pwd.getpwnam(settings["User"][-1])
    lines = MACHINES.read_text().splitlines() if MACHINES.is_file() else []
    lines += settings.get("Environment", [])
    for file in settings.get("EnvironmentFile", []):
        path = Path(file.lstrip("-"))
        if path.is_file() or not file.startswith("-"):
            lines += [each for each in path.read_text().splitlines() if each and each[0] != "#"]
    given = dict(line.split("=", 1) for line in lines)
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "HOME": user.pw_dir,
        "USER": user.pw_name,
        "LOGNAME": user.pw_name,
        "SHELL": user.pw_shell,
    } | given


def stop(unit: str) -> None:
    """End it with SIGTERM, and wait."""
    process = running(unit)
    if process is None:
        return
    os.kill(process, signal.SIGTERM)
    limit = time.monotonic() + STOP_SECONDS
    while running(unit) is not None:
        if time.monotonic() > limit:
            raise SystemExit(f"{unit}: does not end within {STOP_SECONDS} s")
        time.sleep(0.05)
    (RUNNING / f"{unit}.pid").unlink()


def running(unit: str) -> int | None:
    """Give its process's id, while there is one."""
    try:
        process = int((RUNNING / f"{unit}.pid").read_text())
        state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return None
    return None if state == "Z" else process


def others(name: str) -> None:
    """Start a program whose unit is Debian's, or have it read its settings again."""
    is_running = subprocess.run(["pgrep", "-x", name], stdout=subprocess.DEVNULL, check=False)
    if is_running.returncode == 0:
        subprocess.run(["pkill", "-HUP", "-o", "-x", name], check=True)
    else:
        subprocess.run(["sh", "-c", OTHERS[name]], check=True)


def main() -> None:
    """Do what the command line says."""
    RUNNING.mkdir(exist_ok=True)
    verb, *words = sys.argv[1:]
    now = "--now" in words
    for unit in (word for word in words if not word.startswith("--")):
        if unit in OTHERS:
            assert verb in {"reload", "restart"}, verb
            others(unit)
            continue
        name = unit if unit.endswith((".service", ".timer")) else f"{unit}.service"
        if verb == "is-active":
            raise SystemExit(0 if running(name) else NOT_RUNNING)
        if verb in {"stop", "restart"} or (verb == "disable" and now):
            stop(name)
        if name.endswith(".timer"):
            assert verb in {"disable", "stop"} or (UNITS / name).is_file(), f"{name}: is not there"
        elif verb in {"start", "restart"} or (verb == "enable" and now):
            start(name)


main()
