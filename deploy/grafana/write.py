#!/usr/bin/env python3
"""Write the dashboards as Grafana reads them: ``write.py [FOLDER]``.

The JSON in ``dashboards/`` is made of `operations` and `vendor`; whoever changes these runs
``make dashboards``, and a test sees to it that they agree.
"""

import json
import sys
from pathlib import Path

import operations
import vendor
from panels import written


def main() -> None:
    """Write each dashboard to a file of its own."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "dashboards"
    for module in (operations, vendor):
        text = json.dumps(written(module.DASHBOARD), indent=1, ensure_ascii=False)
        (folder / f"{module.__name__}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
