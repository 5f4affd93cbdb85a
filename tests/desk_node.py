"""A node with its desk, by a clock that is ahead of the real one: ``desk_node.py FOLDER PORT
SECONDS_AHEAD``. What else it needs is set in the environment, as for `gemist serve`.
"""

import socket
import sys
from pathlib import Path

from config.metrics import new_metrics
from config.settings import load
from gemist.clock import now
from gemist.wiring import node_with_door
from streams.gateway.serving import serve


def main() -> None:
    folder, port, ahead = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    settings = load().settings
    metrics = new_metrics(settings.metrics.schools)
    with (
        node_with_door(folder, settings, None, metrics, lambda: now() + ahead) as app,
        socket.create_server(("127.0.0.1", port)) as listening,
    ):
        serve(app, listening, settings.gateway, metrics)


if __name__ == "__main__":
    main()
