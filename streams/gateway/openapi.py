"""The door as an OpenAPI document: written here, its types made from those that read and answer."""

import json
from importlib.metadata import version
from typing import Any, Final

import msgspec

from config.settings import Gateway
from models.events.schema import schema as schema_of_events
from streams.gateway.answer import EventsAnswer, ReceivedAnswer, RefusedAnswer
from streams.gateway.body import LINES_TYPES
from streams.gateway.problem import (
    BROKEN,
    FULL,
    MEDIA,
    MEDIA_TYPE,
    MISTAKE,
    NO_TOKEN,
    OTHER_SCHOOL,
    REFUSED,
    TOO_LARGE,
    TOO_MUCH,
    TOO_SLOW,
    UNKEPT,
    Kind,
    Problem,
)

_COMPONENTS: Final = "#/components/schemas/"
_EVENT: Final = {"$ref": f"{_COMPONENTS}SchoolEvent"}
EXAMPLE_TEXT: Final = """\
{"type": "register", "id": "r1", "school": "01AB",
 "recorded_at": "2026-11-24T08:41:07Z",
 "date": "2026-11-24", "session": 1, "minutes": 50,
 "marks": [
   {"pupil": "p81", "status": "absent", "reason": "illness"},
   {"pupil": "p82", "status": "late", "minutes_missed": 12},
   {"pupil": "p83", "status": "present"}]}"""
EXAMPLE: Final = json.loads(EXAMPLE_TEXT)
"""The first event of docs/events.md."""


def openapi(limits: Gateway) -> dict[str, Any]:
    """Make the document (OpenAPI 3.1)."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "gemist: the HTTP door",
            "version": version("gemist"),
            "description": "School systems send what they recorded, and see what came in. Sending"
            " the same event again does no harm. For people: /docs.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "externalDocs": {"description": "JSON Schema of an event", "url": "/v1/schema"},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {
            "/v1/events": {"post": _events(limits)},
            "/v1/received": {"get": _received()},
            "/v1/schema": {
                "get": _open(
                    "schema",
                    "The JSON Schema of an event (draft 2020-12)",
                    "application/schema+json",
                    {"type": "object"},
                )
            },
            "/openapi.json": {
                "get": _open("openapi", "This document", "application/json", {"type": "object"})
            },
            "/docs": {"get": _open("docs", "The same for people", "text/html")},
            "/healthz": {"get": _open("healthz", "Does the program run?", "text/plain")},
            "/readyz": {"get": _ready()},
            "/metrics": {"get": _open("metrics", "What Prometheus reads", "text/plain")},
        },
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Made by `gemist token create`, for one school or several.",
                }
            },
            "schemas": _schemas(),
        },
    }


def _events(limits: Gateway) -> dict[str, Any]:
    lines = {
        "schema": {
            "type": "string",
            "pattern": r"\S",
            "description": "NDJSON: one event on each line; blank lines are nothing.",
        },
        "example": json.dumps(EXAMPLE) + "\n",
    }
    return {
        "operationId": "sendEvents",
        "summary": "Send events",
        "description": "One event, an array of them, or lines (NDJSON), plain or with"
        " `Content-Encoding: gzip`. The answer comes when the events are durable, and says of"
        " each what became of it, in their order. Each is judged by itself: one that is refused"
        " does not keep the others from being accepted, nor a refused mark its register."
        f" At most {limits.events} events and {limits.body_bytes} bytes, as sent and unpacked.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "oneOf": [_EVENT, {"type": "array", "minItems": 1, "items": _EVENT}]
                    },
                    "example": EXAMPLE,
                },
                **dict.fromkeys(LINES_TYPES, lines),
            },
        },
        "responses": {
            "200": _json_of(EventsAnswer, "At least one event was accepted, and is kept."),
            **_problems(BROKEN, NO_TOKEN),
            **_problems(OTHER_SCHOOL, REFUSED, of=RefusedAnswer),
            **_problems(TOO_SLOW, TOO_LARGE, MEDIA, TOO_MUCH, MISTAKE, UNKEPT, FULL),
            "default": _problem("Another problem"),
        },
    }


def _received() -> dict[str, Any]:
    return {
        "operationId": "received",
        "summary": "What came in on a day",
        "description": "Registers, marks and whatever else came in from a school on one date of"
        " its own time zone, and what was refused of it, newest first; also what only the book"
        " could tell, such as `too old`.",
        "parameters": [
            {
                "name": "date",
                "in": "query",
                "description": "The date of arrival; not given: today, at the school.",
                "schema": {"type": "string", "format": "date"},
                "example": "2026-11-24",
            },
            {
                "name": "school",
                "in": "query",
                "description": "Needed where the token is for several schools.",
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
                "example": "01AB",
            },
        ],
        "responses": {
            "200": _json_of(ReceivedAnswer, "What came in."),
            **_problems(BROKEN, NO_TOKEN, OTHER_SCHOOL, TOO_MUCH, MISTAKE, UNKEPT, FULL),
            "default": _problem("Another problem"),
        },
    }


def _open(
    name: str, summary: str, media_type: str, schema: dict[str, Any] | None = None
) -> dict[str, Any]:
    """An address that needs no token."""
    content = {media_type: {"schema": schema or {"type": "string"}}}
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {
            "200": {"description": summary, "content": content},
            "default": _problem("Another problem"),
        },
    }


def _ready() -> dict[str, Any]:
    made = _open("readyz", "Are events taken?", "text/plain")
    made["responses"]["503"] = {
        "description": "Not now, and why",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
    return made


def _json_of(answer: type[msgspec.Struct], description: str) -> dict[str, Any]:
    schema = {"$ref": _COMPONENTS + answer.__name__}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


_HEADERS: Final[dict[Kind, tuple[str, dict[str, Any]]]] = {
    NO_TOKEN: ("WWW-Authenticate", {"type": "string"}),
    **dict.fromkeys((TOO_MUCH, UNKEPT, FULL), ("Retry-After", {"type": "integer", "minimum": 1})),
}


def _problems(*kinds: Kind, of: type[Problem] = Problem) -> dict[str, Any]:
    found = {}
    for kind in kinds:
        found[str(kind.status)] = made = _problem(kind.title, of)
        if kind in _HEADERS:
            name, schema = _HEADERS[kind]
            made["headers"] = {name: {"required": True, "schema": schema}}
    return found


def _problem(description: str, of: type[Problem] = Problem) -> dict[str, Any]:
    schema = {"$ref": _COMPONENTS + of.__name__}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _schemas() -> dict[str, Any]:
    _, answers = msgspec.json.schema_components(
        [EventsAnswer, RefusedAnswer, ReceivedAnswer, Problem],
        ref_template=_COMPONENTS + "{name}",
    )
    text = json.dumps(schema_of_events()).replace("#/$defs/", _COMPONENTS)
    event: dict[str, Any] = json.loads(text)
    parts = event.pop("$defs")
    for name in ("$schema", "$id"):
        del event[name]
    made: dict[str, Any] = {"SchoolEvent": event, **parts, **answers}
    return made
