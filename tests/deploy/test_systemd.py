"""The units are what systemd takes, keep the program from what it does not need, and are listed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from empty_machine import empty_machine

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "deploy" / "systemd"
SERVICES = ("gemist-node", "gemist-worker@6066", "gemist-gateway", "gemist-notify", "gemist-backup")
MOST_EXPOSURE = 1.2
"""Of ten. What is left: networks, which it is for, and the machine's own root folder."""

sys.path.append(str(Path(__file__).parent / "stand_in"))

pytestmark = pytest.mark.skipif(not UNITS.is_dir(), reason="the units are no part of a wheel")


def program(name):
    found = shutil.which(name)
    if found is None:
        assert os.environ.get("CI") != "true", f"{name} is not there: apt-get install systemd"
        pytest.skip(f"needs {name}: apt-get install systemd")
    return found


def run(*command):
    environment = os.environ | {"SYSTEMD_COLORS": "0", "LANG": "C.UTF-8"}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=environment
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A root folder with the units, and the programs that they start."""
    root = tmp_path_factory.mktemp("root")
    units = root / "etc/systemd/system"
    shutil.copytree(UNITS, units)
    for target in ("network-online", "multi-user", "timers", "sysinit", "basic", "shutdown"):
        (units / f"{target}.target").write_text(f"[Unit]\nDescription={target}\n")
    for name in ("opt/gemist/bin/gemist", "bin/sh", "usr/bin/find"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o755)
    return root


@pytest.mark.parametrize("unit", [*(f"{name}.service" for name in SERVICES), "gemist-backup.timer"])
def test_systemd_finds_nothing_wrong_with_a_unit(installed, unit):
    command = (program("systemd-analyze"), "--man=no", f"--root={installed}", "verify")
    checked = run(*command, unit)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_systemd_would_find_what_is_wrong(installed):
    units = installed / "etc/systemd/system"
    wrong = (units / "gemist-node.service").read_text().replace("Restart=always", "Restart=ever")
    (units / "wrong.service").write_text(wrong)
    command = (program("systemd-analyze"), "--man=no", f"--root={installed}", "verify")
    assert "Failed to parse service restart" in run(*command, "wrong.service").stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_is_kept_from_what_it_does_not_need(installed, name):
    judged = run(
        *(program("systemd-analyze"), "security", "--offline=true", f"--root={installed}"),
        *(f"--threshold={round(MOST_EXPOSURE * 10)}", "--no-pager", f"{name}.service"),
    )
    assert judged.returncode == 0, judged.stdout
    (level,) = re.findall(r"Overall exposure level for \S+: ([0-9.]+)", judged.stdout)
    assert float(level) <= MOST_EXPOSURE


def test_what_a_unit_says_is_read_with_its_drop_ins():
    from unit_files import read  # noqa: PLC0415 - of the folder that is added above

    worker = read("gemist-worker@6067.service", UNITS)
    assert worker["ExecStart"] == ["/opt/gemist/bin/gemist worker --listen 127.0.0.1:6067"]
    assert worker["ProtectSystem"] == ["strict"]
    backup = read("gemist-backup.service", UNITS)
    assert (backup["Type"], backup["Restart"]) == (["oneshot"], ["no"])


def test_each_part_has_a_user_of_its_own():
    declared = re.findall(r"(?m)^u (\S+) ", (UNITS / "gemist.sysusers.conf").read_text())
    users = {
        path.name: re.findall(r"(?m)^User=(.*)$", path.read_text())
        for path in UNITS.glob("*.service")
    }
    assert {user for (user,) in users.values()} == set(declared)
    assert users["gemist-node.service"] == users["gemist-backup.service"]
    assert len(declared) == len(users) - 1


def test_no_file_for_systemd_has_a_secret():
    for path in UNITS.rglob("*"):
        if path.is_file():
            assert not re.search(r"PASSWORD=\S|SECRET=\S|://\S+:\S+@", path.read_text()), path


PROBE = """
import ctypes, mmap, os, socket
def tried(what):
    try:
        what()
    except (OSError, PermissionError) as error:
        return type(error).__name__
    return "done"
print(tried(lambda: open("/etc/probe", "w")))
print(tried(lambda: open("/opt/probe", "w")))
print(tried(lambda: open("/var/lib/gemist/probe", "w")))
print(tried(lambda: open("/tmp/probe", "w")))
print(tried(lambda: os.listdir("/root")))
print(tried(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)))
print(tried(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)))
print(tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)))
print(tried(lambda: os.chroot("/tmp")))
print(tried(lambda: os.sched_setaffinity(0, {0})))
"""
REFUSED, DONE = {"OSError", "PermissionError"}, {"done"}
OUTCOMES = (REFUSED, REFUSED, DONE, DONE, REFUSED, REFUSED, REFUSED, DONE, REFUSED, REFUSED)


@pytest.mark.slow
def test_the_stand_in_confines_a_program_as_its_unit_says(tmp_path):
    """Else an install page's test would not show that the program bears what its unit forbids."""
    node = (UNITS / "gemist-node.service").read_text()
    probe = re.sub("(?m)^ExecStart=.*$", "ExecStart=/usr/bin/python3 /usr/local/lib/probe.py", node)
    with empty_machine(tmp_path) as machine:
        units = "/usr/local/src/gemist/deploy/systemd"
        machine.run("systemd-sysusers", f"{units}/gemist.sysusers.conf")
        machine.run("mkdir", "-p", "/etc/systemd/system")
        machine.run("cp", "-r", f"{units}/gemist-.service.d", "/etc/systemd/system/")
        machine.put("/usr/local/lib/probe.py", PROBE)
        machine.put(
            "/etc/systemd/system/gemist-probe.service", probe.replace("Type=exec", "Type=oneshot")
        )
        machine.run("systemctl", "start", "gemist-probe")
        said = machine.read("/run/stand-in/gemist-probe.service.log").split()
    assert len(said) == len(OUTCOMES), said
    for each, allowed in zip(said, OUTCOMES, strict=True):
        assert each in allowed, said
