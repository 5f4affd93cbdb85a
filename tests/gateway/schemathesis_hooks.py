"""What schemathesis cannot know: how lines are written, and that events are judged one by one."""

import json

import jsonschema
import schemathesis

from models.events.schema import schema
from streams.gateway.body import LINES_TYPES

_VALID = jsonschema.Draft202012Validator(schema())


def _as_text(_context, value):
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")


for media_type in LINES_TYPES:
    schemathesis.serializer(media_type)(_as_text)


@schemathesis.check
def what_breaks_the_schema_is_not_accepted(_context, response, case):
    if case.operation.definition.raw.get("operationId") != "sendEvents":
        return
    if case.media_type != "application/json" or response.status_code not in {200, 403, 422}:
        return
    verdicts = [event["status"] for event in response.json()["events"]]
    try:
        sent = json.loads(response.request.body)
    except ValueError:
        assert "accepted" not in verdicts
        return
    events = sent if isinstance(sent, list) else [sent]
    assert len(verdicts) == len(events)
    for event, verdict in zip(events, verdicts, strict=True):
        assert verdict != "accepted" or _VALID.is_valid(event)
