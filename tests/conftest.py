"""What holds for every test: Hypothesis draws the same examples each time, and never fails for being slow."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "taquilla", derandomize=True, deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("taquilla")
