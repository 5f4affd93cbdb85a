"""A command started as somebody who has to meet permissions: root reads and writes everything."""

import os
import shutil

import pytest

IN_CI = os.environ.get("CI") == "true"
NO_ROOT = ("setpriv", "--bounding-set=-dac_override,-dac_read_search",
           "--inh-caps=-dac_override,-dac_read_search")  # fmt: skip


def as_nobody_special() -> tuple[str, ...]:
    """What goes before a command."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        assert not IN_CI, "there is no setpriv"
        pytest.skip("root reads and writes everything, and there is no setpriv")
    return NO_ROOT
