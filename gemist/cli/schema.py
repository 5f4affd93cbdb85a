"""``gemist schema``: what an event looks like, as a JSON Schema."""

import json

import typer

from models.events.schema import schema as schema_of_events


def schema() -> None:
    """Print the JSON Schema of the events, made from the types that read them."""
    typer.echo(json.dumps(schema_of_events(), indent=2, ensure_ascii=False))
