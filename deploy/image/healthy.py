"""Is the program in this container alive: status 0 if ``/healthz`` answers 200, else 1.

    python -I -S healthy.py [HOST:PORT]

Of Python only what comes with it, and as little as can be: it is started every 15 seconds. The
image has no curl, and `gemist` itself takes ten times as long to start.
"""

# ruff: noqa: INP001 - a script, no package

import http.client
import sys

ADDRESS = "127.0.0.1:8080"
SECONDS = 4
ALIVE = 200


def main() -> int:
    """Ask, and say why not in a line, which `docker inspect` shows."""
    connection = http.client.HTTPConnection((sys.argv[1:] or [ADDRESS])[0], timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.stdout.write(f"does not answer: {error}\n")
        return 1
    finally:
        connection.close()
    if status != ALIVE:
        sys.stdout.write(f"answers {status}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
