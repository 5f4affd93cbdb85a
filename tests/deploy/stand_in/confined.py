"""What a unit keeps its program from, done to this process by the same means of the kernel.

The file system is read-only but for what the unit names, capabilities go, nothing is gained by
`execve`, and seccomp (by the library that systemd takes) lets pass the unit's system calls,
families of addresses and protections of memory alone.
"""

import ctypes
import os
import pwd
import re
import resource
import subprocess
from collections.abc import Sequence
from ctypes.util import find_library

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_MOUNTS = 0x00020000
READ_ONLY, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 32, 4096, 16384, 1 << 18
DROP_FROM_BOUNDING_SET, NO_NEW_PRIVILEGES = 24, 38
MOST_CAPABILITIES = 64
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EQUAL, MASKED_EQUAL = 4, 7
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
GREATEST_FAMILY = 45
WRITE, EXECUTE, EXECUTE_SHARED = 2, 4, 0o100000
EPERM, EAFNOSUPPORT = 1, 97

Settings = dict[str, list[str]]


class Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp`."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


def confine(settings: Settings) -> None:
    """Keep this process, for good, from what a unit's settings keep its program from."""
    user = pwd.getpwnam(settings["User"][-1])
    _read_only(writable_paths(settings), settings)
    limit = int(settings["LimitNOFILE"][-1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    os.umask(int(settings["UMask"][-1], 8))
    if settings["CapabilityBoundingSet"] == [""]:
        for capability in range(MOST_CAPABILITIES):
            LIBC.prctl(DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)  # of those there are
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if settings["NoNewPrivileges"] == ["yes"]:
        _done(LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _refuse(settings)
    _let_pass(allowed_calls(settings["SystemCallFilter"], _sets()))


def writable_paths(settings: Settings) -> list[str]:
    """Give what stays writable where all the rest is not."""
    state = [f"/var/lib/{name}" for name in settings.get("StateDirectory", [])]
    return state + settings.get("ReadWritePaths", [])


def allowed_calls(filters: Sequence[str], sets: dict[str, list[str]]) -> set[str]:
    """Work a unit's lines of `SystemCallFilter=` out, the first of which allows.

    >>> sorted(allowed_calls(["@a", "~@b"], {"@a": ["@b", "read"], "@b": ["chown"]}))
    ['read']
    """

    def members(name: str) -> set[str]:
        if not name.startswith("@"):
            return {name}
        return set().union(*map(members, sets[name]))

    allowed: set[str] = set()
    for line in filters:
        named = set().union(*map(members, line.lstrip("~").split()))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


def _read_only(writable: Sequence[str], settings: Settings) -> None:
    _done(LIBC.unshare(NEW_MOUNTS))
    _mount("none", "/", None, RECURSIVE | PRIVATE)
    for path in writable:
        _mount(path, path, None, BIND)
    if settings["ProtectSystem"] == ["strict"]:
        for path in ("/", "/run"):
            _mount("none", path, None, REMOUNT | BIND | READ_ONLY)
    if settings["PrivateTmp"] == ["yes"]:
        for path in ("/tmp", "/var/tmp"):
            _mount("tmpfs", path, "tmpfs", 0, "mode=1777")
    if settings["ProtectHome"] == ["yes"]:
        for path in ("/home", "/root"):
            _mount("tmpfs", path, "tmpfs", READ_ONLY, "mode=000")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    name = kind and kind.encode()
    mounted = LIBC.mount(source.encode(), target.encode(), name, flags, options.encode())
    _done(mounted, target)


def _sets() -> dict[str, list[str]]:
    """Read systemd's own sets of system calls, as it prints them."""
    printed = subprocess.run(
        ["systemd-analyze", "--no-pager", "syscall-filter"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    sets: dict[str, list[str]] = {}
    for line in re.sub(r"\x1b\[[0-9;]*m", "", printed).splitlines():
        if line.startswith("@"):
            members = sets.setdefault(line.strip(), [])
        elif line.startswith("    ") and not line.strip().startswith("#"):
            members.append(line.strip())
    return sets


SECCOMP = ctypes.CDLL(find_library("seccomp") or "libseccomp.so.2")
SECCOMP.seccomp_init.restype = ctypes.c_void_p
SECCOMP.seccomp_init.argtypes = [ctypes.c_uint32]
SECCOMP.seccomp_load.argtypes = [ctypes.c_void_p]
SECCOMP.seccomp_rule_add_array.argtypes = [
    ctypes.c_void_p,
    ctypes.c_uint32,
    ctypes.c_int,
    ctypes.c_uint,
    ctypes.POINTER(Comparison),
]


def _refuse(settings: Settings) -> None:
    """Refuse what a unit forbids by a call's arguments."""
    context = SECCOMP.seccomp_init(ALLOW)
    if settings["MemoryDenyWriteExecute"] == ["yes"]:
        for call, argument, forbidden in (
            ("mmap", 2, WRITE | EXECUTE),
            ("mprotect", 2, EXECUTE),
            ("pkey_mprotect", 2, EXECUTE),
            ("shmat", 2, EXECUTE_SHARED),
        ):
            _rule(context, ERRNO | EPERM, call, (argument, MASKED_EQUAL, forbidden, forbidden))
    allowed = {FAMILIES[name] for name in settings["RestrictAddressFamilies"][-1].split()}
    for family in {*range(GREATEST_FAMILY + 1)} - allowed:
        _rule(context, ERRNO | EAFNOSUPPORT, "socket", (0, EQUAL, family, 0))
    _loaded(context)


def _let_pass(calls: set[str]) -> None:
    """Let these system calls pass, and no others."""
    context = SECCOMP.seccomp_init(ERRNO | EPERM)
    for call in sorted(calls):
        _rule(context, ALLOW, call)
    _loaded(context)


def _rule(context: int, action: int, call: str, *compared: tuple[int, int, int, int]) -> None:
    number = SECCOMP.seccomp_syscall_resolve_name(call.encode())
    if number < 0:  # this machine has no such call
        return
    comparisons = (Comparison * len(compared))(*(Comparison(*each) for each in compared))
    added = SECCOMP.seccomp_rule_add_array(context, action, number, len(compared), comparisons)
    if added:
        raise OSError(-added, f"seccomp: {call}")


def _loaded(context: int) -> None:
    loaded = SECCOMP.seccomp_load(context)
    if loaded:
        raise OSError(-loaded, "seccomp")


def _done(status: int, about: str = "") -> None:
    if status:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), about)
