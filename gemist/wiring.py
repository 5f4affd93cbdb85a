"""A node and its door, put together: nothing is decided here."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from litestar import Litestar

from config.metrics import Metrics
from config.settings import Settings
from models.scorecard.serving import Scorecard
from streams.embedded.log import running_node
from streams.embedded.tokens import NodeTokens
from streams.gateway.app import build_gateway
from streams.step import Engine


@contextmanager
def node_with_door(
    folder: Path,
    settings: Settings,
    scorecard: Scorecard | None,
    metrics: Metrics,
    clock: Callable[[], float],
) -> Iterator[Litestar]:
    """Run a node on a data folder until the end; what comes back is its door, to be served.

    Raises what `streams.embedded.log.running_node` does.
    """
    with (
        running_node(
            folder,
            lambda: Engine(settings.pack, scorecard),
            metrics,
            clock,
            settings.close_at,
            settings.retention,
        ) as log,
        closing(NodeTokens(folder)) as tokens,
    ):
        yield build_gateway(log, tokens, settings.gateway, metrics, clock)
