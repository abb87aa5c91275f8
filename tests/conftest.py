"""What holds for every test: Hypothesis draws the same examples each time, and never fails for being slow."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

settings.register_profile(
    "taquilla", derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("taquilla")

# Larger real data may stand beside the checkout; the tests that read them are skipped where they do not.
_beside = Path(__file__).parent.parent.parent / "shared" / "data"
if _beside.is_dir():
    os.environ.setdefault("TAQUILLA_SHARED_DATA", str(_beside))
