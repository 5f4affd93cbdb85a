"""Settings: one TOML file, and ``GEMIST_…`` environment variables over it.

A setting has one dotted name, whether it is written in a file or in the environment::

    pack = "any"                        GEMIST_PACK=any
    [kafka]
    bootstrap = "10.0.0.5:9092"         GEMIST_KAFKA__BOOTSTRAP=10.0.0.5:9092

The file is the one that is asked for (``--config``), else the one that ``GEMIST_CONFIG`` names,
else ``gemist.toml`` of the working directory, if it is there. What nobody set has its default.
A name that does not exist and a value that cannot be are one `SettingsError` each, which says
where it was found and what would be allowed: a setting with a typing error in its name must not
silently keep its default.

The structs below are the list of settings: type, default, and, as `msgspec.Meta`, what it does
and what it may be.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import msgspec

DEFAULT_FILE: Final = Path("gemist.toml")
PREFIX: Final = "GEMIST_"
FILE_VARIABLE: Final = "GEMIST_CONFIG"
HIDDEN: Final = "(hidden)"


class SettingsError(Exception):
    """A setting that does not exist, or a value that it cannot have: one line for the user."""


def _clock_time(value: Any) -> time | None:
    """Read ``"17:30"``, a TOML local time, or ``"none"``."""
    if isinstance(value, time):
        return value
    if value == "none":
        return None
    if not re.fullmatch(r"[0-9]{2}:[0-9]{2}", str(value)):
        raise ValueError(value)
    return time.fromisoformat(value)


def _needed_clock_time(value: Any) -> time:
    """Read ``"17:30"``, or a TOML local time."""
    found = _clock_time(value)
    if found is None:
        raise ValueError(value)
    return found


def _optional_file(value: Any) -> Path | None:
    """Read the path of a file, or ``"none"``."""
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    return None if value == "none" else Path(value)


def _schools(value: Any) -> tuple[str, ...]:
    """Read a list of schools' ids, or one text with commas between them."""
    listed = value.split(",") if isinstance(value, str) else msgspec.convert(value, list[str])
    found = tuple(name.strip() for name in listed if name.strip())
    if not all(re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", name) for name in found):
        raise ValueError(value)
    return found


class Kafka(msgspec.Struct, frozen=True, kw_only=True):
    """Where the log of events is, and how its topics are named and divided."""

    bootstrap: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*$",
            description="brokers that are asked first",
            extra={"allowed": "host:port, several with commas between them"},
        ),
    ] = "127.0.0.1:9092"
    prefix: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[A-Za-z0-9._-]{0,100}$",
            description="stands before the names of topics and consumer groups",
            extra={"allowed": "at most 100 of A-Z a-z 0-9 . _ -"},
        ),
    ] = ""
    partitions: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=1000,
            description="partitions of each topic, fixed once it is created",
            extra={"allowed": "a whole number from 1 to 1000"},
        ),
    ] = 8
    security: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_SSL"],
        msgspec.Meta(
            description="how the way to the brokers is kept secret: not at all; by TLS; by TLS, and"
            " a name and password are asked for",
            extra={"allowed": '"PLAINTEXT", "SSL" or "SASL_SSL"'},
        ),
    ] = "PLAINTEXT"
    authority: Annotated[
        Path | None,
        msgspec.Meta(
            description="certificates that vouch for the brokers, instead of the system's",
            extra={"allowed": 'a PEM file\'s path, or "none"', "parse": _optional_file},
        ),
    ] = None
    certificate: Annotated[
        Path | None,
        msgspec.Meta(
            description="certificate that this program shows to the brokers",
            extra={"allowed": 'a PEM file\'s path, or "none"', "parse": _optional_file},
        ),
    ] = None
    certificate_key: Annotated[
        Path | None,
        msgspec.Meta(
            description="its private key, without a password, if it is not in the same file",
            extra={"allowed": 'a PEM file\'s path, or "none"', "parse": _optional_file},
        ),
    ] = None
    mechanism: Annotated[
        Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"],
        msgspec.Meta(
            description="how name and password are given (SASL_SSL)",
            extra={"allowed": '"SCRAM-SHA-512", "SCRAM-SHA-256" or "PLAIN"'},
        ),
    ] = "SCRAM-SHA-512"
    user: Annotated[
        str,
        msgspec.Meta(
            description="name to sign in with at the brokers (SASL_SSL)",
            extra={"allowed": "any text"},
        ),
    ] = ""
    password: Annotated[
        str,
        msgspec.Meta(
            description="and password; better in the environment than in a file",
            extra={"allowed": "any text", "secret": True},
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Refuse settings that do not fit together: `SettingsError`."""
        signs_in = self.security == "SASL_SSL"
        if signs_in and not (self.user and self.password):
            lacking = "password" if self.user else "user"
            raise SettingsError(f"kafka.{lacking}: is needed where kafka.security is SASL_SSL")
        for name in ("user", "password"):
            if getattr(self, name) and not signs_in:
                raise SettingsError(
                    f"kafka.{name}: is for kafka.security SASL_SSL, which is {self.security}"
                )
        for name in ("authority", "certificate", "certificate_key"):
            if getattr(self, name) and self.security == "PLAINTEXT":
                raise SettingsError(
                    f"kafka.{name}: is for kafka.security SSL or SASL_SSL, which is PLAINTEXT"
                )
        if self.certificate_key and not self.certificate:
            raise SettingsError("kafka.certificate_key: needs kafka.certificate, which is not set")


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """What the HTTP door bears: beyond it a sender is told to send less, or later."""

    body_bytes: Annotated[
        int,
        msgspec.Meta(
            ge=1024,
            le=1024**3,
            description="bytes of a request's body, as sent and unpacked",
            extra={"allowed": "a whole number from 1024 to 1073741824"},
        ),
    ] = 16 * 1024 * 1024
    held_bytes: Annotated[
        int,
        msgspec.Meta(
            ge=1024,
            le=1024**4,
            description="bytes of all bodies that are under way at once",
            extra={"allowed": "a whole number from 1024 to 1099511627776"},
        ),
    ] = 128 * 1024 * 1024
    events: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=1_000_000,
            description="events in one request",
            extra={"allowed": "a whole number from 1 to 1000000"},
        ),
    ] = 50_000
    requests: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=100_000,
            description="requests with events that are under way at once",
            extra={"allowed": "a whole number from 1 to 100000"},
        ),
    ] = 512
    connections: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=100_000,
            description="connections at once, idle ones included",
            extra={"allowed": "a whole number from 1 to 100000"},
        ),
    ] = 1024
    header_bytes: Annotated[
        int,
        msgspec.Meta(
            ge=1024,
            le=1024**2,
            description="bytes of a request's address and headers",
            extra={"allowed": "a whole number from 1024 to 1048576"},
        ),
    ] = 32 * 1024
    header_seconds: Annotated[
        float,
        msgspec.Meta(
            gt=0,
            le=3600,
            description="seconds until a request's headers are all there",
            extra={"allowed": "a number above 0, at most 3600"},
        ),
    ] = 10.0
    body_seconds: Annotated[
        float,
        msgspec.Meta(
            gt=0,
            le=3600,
            description="seconds until a request's body is all there",
            extra={"allowed": "a number above 0, at most 3600"},
        ),
    ] = 60.0
    idle_seconds: Annotated[
        float,
        msgspec.Meta(
            gt=0,
            le=3600,
            description="seconds that a connection is kept without a request",
            extra={"allowed": "a number above 0, at most 3600"},
        ),
    ] = 30.0


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How long a node keeps what it does not need any more; a setting may shorten it only."""

    events_days: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=400,
            description="days for which registers, closes and responses are kept, once recorded",
            extra={"allowed": "a whole number from 1 to 400"},
        ),
    ] = 400
    rejects_days: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=30,
            description="days for which refused lines are kept, once they came",
            extra={"allowed": "a whole number from 1 to 30"},
        ),
    ] = 30
    alerts_school_years: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            le=1,
            description="school years for which alerts that are over are kept, beside their own",
            extra={"allowed": "0 or 1"},
        ),
    ] = 1
    messages_days: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=90,
            description="days for which messages to people are kept, once sent",
            extra={"allowed": "a whole number from 1 to 90"},
        ),
    ] = 90
    audit_days: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=730,
            description="days for which it is known who looked at whom",
            extra={"allowed": "a whole number from 1 to 730"},
        ),
    ] = 730


DEFAULT_RETENTION: Final = Retention()


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """When people are told, and how much at once."""

    database: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^$|^(postgresql\+psycopg|sqlite)://",
            description="where cases and messages are kept; empty: a file in the data folder",
            extra={
                "allowed": "empty, or an address that begins with postgresql+psycopg:// or"
                " sqlite://",
                "secret": True,
            },
        ),
    ] = ""
    address: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^$|^https://[^\s]*[^/\s]$"
            r"|^http://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$",
            description="where links in messages lead: this node as people reach it; empty:"
            " messages have no links",
            extra={
                "allowed": "empty, or https://… without a slash at its end; http://… only of this"
                " machine"
            },
        ),
    ] = ""
    digest_at: Annotated[
        time | None,
        msgspec.Meta(
            description="local time of the daily digest",
            extra={"allowed": 'a time such as "07:30", or "none"', "parse": _clock_time},
        ),
    ] = time(7, 30)
    new_a_week: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            le=1000,
            description="new cases a mentor is shown in a week; the others can wait, but for"
            " statutory ones and silence",
            extra={"allowed": "a whole number from 0 to 1000"},
        ),
    ] = 5
    at_once: Annotated[
        Literal["tier 3 and silence", "tier 3", "silence", "nothing"],
        msgspec.Meta(
            description="what is told before the next digest",
            extra={"allowed": '"tier 3 and silence", "tier 3", "silence" or "nothing"'},
        ),
    ] = "tier 3 and silence"
    quiet_from: Annotated[
        time,
        msgspec.Meta(
            description="local time from which nothing is told at once",
            extra={"allowed": 'a time such as "18:00"', "parse": _needed_clock_time},
        ),
    ] = time(18, 0)
    quiet_until: Annotated[
        time,
        msgspec.Meta(
            description="local time from which it is again",
            extra={"allowed": 'a time such as "07:30"', "parse": _needed_clock_time},
        ),
    ] = time(7, 30)
    detail: Annotated[
        Literal["initials", "names", "full"],
        msgspec.Meta(
            description="what messages say of a pupil: initials and group; the name; or also"
            " reasons in full, illness included",
            extra={"allowed": '"initials", "names" or "full"'},
        ),
    ] = "initials"


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """The server that mail goes to."""

    server: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^$|^[^\s:]+:\d{1,5}$",
            description="mail server; empty: nothing is sent, and messages wait",
            extra={"allowed": "empty, or host:port"},
        ),
    ] = ""
    tls: Annotated[
        Literal["starttls", "implicit", "none"],
        msgspec.Meta(
            description="how the way there is kept secret; none only to this machine",
            extra={"allowed": '"starttls", "implicit" or "none"'},
        ),
    ] = "starttls"
    authority: Annotated[
        Path | None,
        msgspec.Meta(
            description="certificates that vouch for the mail server and for webhooks' receivers,"
            " beside the system's",
            extra={"allowed": 'a PEM file\'s path, or "none"', "parse": _optional_file},
        ),
    ] = None
    user: Annotated[
        str,
        msgspec.Meta(
            description="name to sign in with; empty: none", extra={"allowed": "any text"}
        ),
    ] = ""
    password: Annotated[
        str,
        msgspec.Meta(description="and password", extra={"allowed": "any text", "secret": True}),
    ] = ""
    sender: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[^\s@<>,]+@[^\s@<>,]+$",
            description="address that mail comes from",
            extra={"allowed": "an e-mail address"},
        ),
    ] = "gemist@localhost"
    webhook_secret: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^$|^whsec_[A-Za-z0-9+/=]{32,}$",
            description="key that webhooks are signed with; empty: none are sent",
            extra={"allowed": "empty, or whsec_ and base64", "secret": True},
        ),
    ] = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What metrics show beyond numbers of everything."""

    schools: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="schools that metrics show by name: what came, what was refused and why,"
            " and when they last sent a register; whoever may read metrics sees their ids",
            extra={
                "allowed": 'a list of schools\' ids; in the environment "01AB,02CD"',
                "parse": _schools,
            },
        ),
    ] = ()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set, by its dotted name."""

    pack: Annotated[
        Literal["nl", "any", "none"],
        msgspec.Meta(
            description="rules of schools that name no pack of their own",
            extra={"allowed": "nl, any or none"},
        ),
    ] = "nl"
    scorecard: Annotated[
        Path | None,
        msgspec.Meta(
            description="the model's file, from the working directory",
            extra={"allowed": 'a file\'s path, or "none"', "parse": _optional_file},
        ),
    ] = None
    close_at: Annotated[
        time | None,
        msgspec.Meta(
            description="local time at which a live engine closes a school's day",
            extra={"allowed": 'a time such as "17:30", or "none"', "parse": _clock_time},
        ),
    ] = time(17, 30)
    kafka: Kafka = Kafka()
    gateway: Gateway = Gateway()
    retention: Retention = DEFAULT_RETENTION
    desk: Desk = Desk()
    mail: Mail = Mail()
    metrics: Shown = Shown()


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as the structs above declare it."""

    name: str
    """The dotted name: ``kafka.bootstrap``."""
    default: Any
    annotation: Any
    meta: msgspec.Meta

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.replace(".", "__").upper()

    @property
    def description(self) -> str:
        """What it does."""
        return self.meta.description or ""

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        return str((self.meta.extra or {}).get("allowed", ""))

    @property
    def is_secret(self) -> bool:
        """Whether its value must not be shown (declared as ``extra={"secret": True}``)."""
        return bool((self.meta.extra or {}).get("secret"))

    def text(self, value: Any) -> str:
        """Write a value as a user would, or hide it."""
        if self.is_secret and value:
            return HIDDEN
        if value is None:
            return "none"
        if isinstance(value, tuple):
            return ",".join(value)
        return f"{value:%H:%M}" if isinstance(value, time) else str(value)

    def read(self, value: Any, where: str, *, is_text: bool) -> Any:
        """Turn what was written into the setting's type, or say what is wrong with it.

        ``is_text``: an environment variable can hold only text, so ``"12"`` may be a number
        there; in a file it may not.
        """
        parse = (self.meta.extra or {}).get("parse")
        try:
            if parse is not None:
                return parse(value)
            return msgspec.convert(value, self.annotation, strict=not is_text)
        except (ValueError, msgspec.ValidationError) as error:
            shown = HIDDEN if self.is_secret else repr(value)
            raise SettingsError(
                f"{where}: {self.name} cannot be {shown}; allowed: {self.allowed}"
            ) from error


@dataclass(frozen=True, slots=True)
class Effective:
    """The settings that hold, and where each of them was set."""

    settings: Settings
    origins: Mapping[str, str]
    """By dotted name: ``default``, a file's path, or an environment variable's name."""

    def shown(self) -> Iterator[tuple[Setting, str, str]]:
        """Every setting with its value as text, secrets hidden, and its origin."""
        for setting in declared(Settings):
            value: Any = self.settings
            for part in setting.name.split("."):
                value = getattr(value, part)
            yield setting, setting.text(value), self.origins[setting.name]


def declared(kind: type[msgspec.Struct], path: str = "") -> tuple[Setting, ...]:
    """List the settings of a struct and of the structs in it, in order."""
    found: list[Setting] = []
    for field in msgspec.structs.fields(kind):
        name = path + field.name
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            found.extend(declared(field.type, name + "."))
            continue
        if get_origin(field.type) is not Annotated:
            raise TypeError(f"setting {name} does not say what it is for")
        meta = next(m for m in get_args(field.type)[1:] if isinstance(m, msgspec.Meta))
        found.append(Setting(name, field.default, field.type, meta))
    return tuple(found)


def load(config: Path | None = None, environ: Mapping[str, str] = os.environ) -> Effective:
    """Read the settings that hold.

    ``config`` is the file that the user asked for; without one, ``GEMIST_CONFIG`` of ``environ``
    names it, else ``gemist.toml`` of the working directory is read if it is there.

    Raises `SettingsError` for a file that cannot be read, an unknown name or a bad value.
    """
    settings = {setting.name: setting for setting in declared(Settings)}
    values = {name: setting.default for name, setting in settings.items()}
    origins = dict.fromkeys(settings, "default")

    path = _file(config, environ)
    if path is not None:
        for name, value in _flat(_read_toml(path)):
            if value == {} and any(known.startswith(f"{name}.") for known in settings):
                continue  # a section in which nothing is set
            if name not in settings:
                raise SettingsError(f"{path}: {name}: {_unknown(settings)}")
            values[name] = settings[name].read(value, str(path), is_text=False)
            origins[name] = str(path)

    by_variable = {setting.variable: setting for setting in settings.values()}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE:
            continue
        if variable not in by_variable:
            raise SettingsError(f"environment: {variable}: {_unknown(by_variable)}")
        setting = by_variable[variable]
        values[setting.name] = setting.read(environ[variable], variable, is_text=True)
        origins[setting.name] = variable
    return Effective(_built(Settings, values), MappingProxyType(origins))


def _file(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    if config is not None:
        return config
    if environ.get(FILE_VARIABLE):
        return Path(environ[FILE_VARIABLE])
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise SettingsError(f"{path}: is not TOML: {error}") from error


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """``{"kafka": {"prefix": "t."}}`` as ``("kafka.prefix", "t.")``."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{path}{key}.")
        else:
            yield path + key, value


def _built(kind: type[msgspec.Struct], values: Mapping[str, Any], path: str = "") -> Any:
    """Put values by dotted name into the structs that declare them."""
    parts: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        name = path + field.name
        if name in values:
            parts[field.name] = values[name]
        else:
            parts[field.name] = _built(field.type, values, f"{name}.")
    return kind(**parts)


def _unknown(names: Iterable[str]) -> str:
    return "there is no such setting; there are: " + ", ".join(names)
