"""A machine as it is before anything is installed: namespaces over this one.

Its root is this machine's with a layer over it that is gone afterwards, in which there is nothing
of gemist; it has its own processes and a network of its own with nothing but 127.0.0.1, so that
every port is free. Its clock says ten on a school day's morning, since nobody is told anything at
night or on a Sunday. `systemctl` is the one of `deploy/stand_in`.
"""

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from datetime import time as Time  # noqa: N812 - a type here
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

ROOT = Path(__file__).parents[1]
STAND_IN = ROOT / "tests" / "deploy" / "stand_in"
IN_CI = os.environ.get("CI") == "true"
LAYER = "machine"
MOVED_CLOCK = "/usr/local/lib/stand-in/moved_clock.so"
NEEDED = ("unshare", "nsenter", "ip", "cc", "nginx", "systemd-sysusers", "systemd-tmpfiles", "curl")
SCHOOLS_ZONE = ZoneInfo("Europe/Amsterdam")
MORNING = Time(10, 0)
SATURDAY = 5
PATIENCE_SECONDS = 600
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HOSTS = (
    "127.0.0.1 localhost mail.school.example gemist.school.example kafka.region.example"
    " db.region.example mail.region.example gemist.region.example\n"
)

SETUP = """\
set -e
mount --make-rprivate /
mount -t tmpfs -o size=4g machine "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" machine "$1/root"
cat /etc/resolv.conf > "$1/resolv.conf"
cd "$1/root"
mount --rbind /dev dev
mount -t proc proc proc
mount --rbind /sys sys
for folder in tmp run var/tmp; do mount -t tmpfs -o mode=1777 machine $folder; done
rm -rf etc/gemist opt/gemist var/lib/gemist var/backups/gemist usr/local/src/gemist
rm -f etc/resolv.conf etc/hosts etc/nginx/sites-enabled/*
cp "$1/resolv.conf" etc/resolv.conf
ip link set lo up
exec chroot . /usr/bin/python3 -c '
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
while True:
    signal.pause()
'
"""


class Machine:
    """It, by the process that is the first of its own."""

    def __init__(self, process: int, folder: Path, ahead_seconds: int) -> None:
        self._process = process
        self._layer = folder / LAYER
        self._compiled_clock = folder / Path(MOVED_CLOCK).name
        self._clock = {
            "LD_PRELOAD": MOVED_CLOCK,
            "CLOCK_AHEAD_SECONDS": str(ahead_seconds),
        }
        self.put("/run/stand-in/environment", "".join(f"{k}={v}\n" for k, v in self._clock.items()))

    def inside(self, *parts: str) -> list[str]:
        """Give what goes before a command that is to run in these of its namespaces."""
        return ["nsenter", "--target", str(self._process), *(f"--{part}" for part in parts), "--"]

    def everywhere(self) -> list[str]:
        """Give what goes before a command that is to run there, by its clock."""
        environment = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"} | self._clock
        named = (f"{name}={value}" for name, value in environment.items())
        clean = ["env", "-i", "--chdir=/root", *named]
        return [*self.inside("mount", "pid", "net", "root"), *clean]

    def beside(self) -> list[str]:
        """Give what goes before somebody else's server: by its network and clock."""
        clock = self._clock | {"LD_PRELOAD": str(self._compiled_clock)}
        return [*self.inside("net"), "env", *(f"{name}={value}" for name, value in clock.items())]

    def run(self, *command: str, before: Sequence[str] = ()) -> str:
        """Run a command there to its end; what it printed."""
        done = subprocess.run(
            [*(before or self.everywhere()), *command],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    def downloading(self, script: str) -> str:
        """Run a script that has to reach others: by this machine's network, and its clock."""
        settings = {k: v for k, v in os.environ.items() if not k.startswith(("GEMIST_", "PYTHON"))}
        kept = [f"{k}={v}" for k, v in (settings | {"PATH": PATH, "HOME": "/root"}).items()]
        before = [*self.inside("mount", "pid", "root"), "env", "-i", "--chdir=/root", *kept]
        return self.run("bash", "-e", "-c", script, before=before)

    def put(self, path: str, content: str, mode: str = "0644") -> None:
        """Write a file there."""
        self.run("install", "-D", "-m", mode, "/dev/stdin", path, before=self._writing(content))

    def _writing(self, content: str) -> list[str]:
        shell = 'printf "%s" "$0" | exec "$@"'
        return [*self.inside("mount", "pid", "root"), "sh", "-c", shell, content]

    def read(self, path: str) -> str:
        """Read a file there; nothing where there is none."""
        return self.run("sh", "-c", 'cat "$0" 2>/dev/null || true', path)

    def left_of(self, pattern: str) -> list[str]:
        """Give what was made there since the beginning, is there still, and has such a name."""
        changed = f"{self._layer}/upper"  # what was deleted is a device there
        find = ["find", changed, "-name", pattern, "-not", "-type", "c"]
        return self.run(*find, before=self.inside("mount")).split()

    def copy(self, sources: Sequence[Path], target: str) -> None:
        """Copy files and folders of this machine there, into a folder."""
        packed = subprocess.Popen(
            ["tar", "-C", str(sources[0].parent), "-c", *(each.name for each in sources)],
            stdout=subprocess.PIPE,
        )
        self.run("mkdir", "-p", target)
        unpack = [
            *self.inside("mount", "pid", "root"),
            "tar",
            "-C",
            target,
            "-x",
            "--no-same-owner",
        ]
        subprocess.run(unpack, stdin=packed.stdout, check=True)
        assert packed.wait() == 0


@contextmanager
def empty_machine(folder: Path) -> Iterator[Machine]:
    """A machine with this repository's source and nothing else of it, until this is over."""
    _can_be_had()
    layer = folder / LAYER
    layer.mkdir()
    compiled = folder / Path(MOVED_CLOCK).name
    source = STAND_IN / "moved_clock.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", compiled, source], check=True)
    started = subprocess.Popen(
        ["setpriv", "--pdeathsig=KILL",  # with whoever started it, whatever ends that
         "unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "bash", "-c", SETUP,
         "bash", str(layer)],
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        children = Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()
        machine = Machine(int(children[0]), folder, seconds_to_a_mornings_school_day())
        machine.put("/etc/hosts", HOSTS)
        machine.copy([*STAND_IN.glob("*.py")], "/usr/local/lib/stand-in")
        machine.copy([compiled], "/usr/local/lib/stand-in")
        machine.run("chmod", "755", "/usr/local/lib/stand-in/systemctl.py")
        machine.run("ln", "-s", "/usr/local/lib/stand-in/systemctl.py", "/usr/local/sbin/systemctl")
        _copy_source(machine)
        yield machine
    finally:
        started.kill()
        started.wait()


def _copy_source(machine: Machine) -> None:
    """Put there what a clone has: files that git knows, or would take."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    ).stdout
    names = b"\0".join(n for n in listed.split(b"\0") if n and (ROOT / n.decode()).is_file())
    packed = subprocess.run(
        ["tar", "-C", str(ROOT), "-c", "--null", "--files-from=-"],
        input=names,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    machine.run("mkdir", "-p", "/usr/local/src/gemist")
    target = ["tar", "-C", "/usr/local/src/gemist", "-x", "--no-same-owner"]
    subprocess.run([*machine.inside("mount", "pid", "root"), *target], input=packed, check=True)


def seconds_to_a_mornings_school_day() -> int:
    """How far the clock has to be moved, so that it is the last weekday's morning.

    Never ahead: a broker that is here would refuse what was recorded after it came.
    """
    there = datetime.fromtimestamp(time.time(), SCHOOLS_ZONE)  # noqa: TID251 - the machine's clock
    morning = datetime.combine(there.date(), MORNING, SCHOOLS_ZONE)
    while morning > there or morning.weekday() >= SATURDAY:
        morning -= timedelta(1)
    return round(morning.timestamp() - there.timestamp())


def _can_be_had() -> None:
    """Skip, but in CI, where this machine cannot have another one within it."""
    missing = [name for name in NEEDED if shutil.which(name, path=PATH) is None]
    missing += [] if os.geteuid() == 0 else ["root"]
    if missing:
        assert not IN_CI, f"not there: {missing}"
        pytest.skip(f"needs {', '.join(missing)}")
