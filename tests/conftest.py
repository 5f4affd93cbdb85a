"""What all tests share.

Property tests draw seeds for ``builders``. How many is a profile: ``quick``, the same seeds every
time, or ``thorough`` (``GEMIST_TEST_PROFILE=thorough pytest -m slow``), many and new ones, which
marks every property test slow.
"""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

QUICK, THOROUGH = "quick", "thorough"
PROFILE = os.environ.get("GEMIST_TEST_PROFILE", QUICK)
SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    QUICK, max_examples=20, deadline=None, derandomize=True, suppress_health_check=SLOW_IS_FINE
)
settings.register_profile(
    THOROUGH, max_examples=1000, deadline=None, print_blob=True, suppress_health_check=SLOW_IS_FINE
)
settings.load_profile(PROFILE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if PROFILE == THOROUGH:
        for item in items:
            if getattr(getattr(item, "function", None), "is_hypothesis_test", False):
                item.add_marker(pytest.mark.slow)
