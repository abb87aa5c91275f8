"""What holds for every test: Hypothesis draws the same examples each time, and never fails for being slow.

The servers of `services/` are there for every test that names one.
"""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent
# The tests start the same broker as `make kafka`: tools/apache_kafka.
sys.path.insert(0, str(ROOT))
SERVERS = ("kafka", "postgres", "mariadb", "snowflake", "s3", "spark")
pytest_plugins = [f"services.{name}" for name in (*SERVERS, "failing")]

settings.register_profile(
    "taquilla", derandomize=True, deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("taquilla")

# Larger real data may stand beside the checkout; the tests that read them are skipped where they do not.
_beside = ROOT.parent / "shared" / "data"
if _beside.is_dir():
    os.environ.setdefault("TAQUILLA_SHARED_DATA", str(_beside))
