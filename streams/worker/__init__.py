"""The Kafka engine: `app.build_app` makes its Faust app."""

from streams.worker.app import build_app

__all__ = ["build_app"]
