"""A consumer's state as Prometheus metrics, read when they are asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from taquilla.errors import NotInstalledError, SettingsError
from taquilla.pipeline.kafka.state import ConsumerState

PREFIX = "taquilla_consumer"
COUNTERS = {
    "messages": "Messages landed, readable or not.",
    "landed_rows": "Rows that were new in raw.",
    "dead_letters": "Messages that cannot be a film.",
    "batches": "Batches landed.",
    "errors": "Errors met, those that were overcome too.",
}


class StateCollector:
    """The metrics of one state, for a registry of its own."""

    def __init__(self, state: ConsumerState) -> None:
        self._state = state

    def collect(self) -> Iterator[Any]:
        """Each metric with its samples, as they stand now."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        state = self._state
        for name, text in COUNTERS.items():
            yield CounterMetricFamily(f"{PREFIX}_{name}", text, value=getattr(state, name))
        labels = ["topic", "partition"]
        lag = GaugeMetricFamily(f"{PREFIX}_lag", "Messages on the topic that have not landed.", labels=labels)
        offset = GaugeMetricFamily(f"{PREFIX}_position", "The next offset that lands.", labels=labels)
        # The consumer puts a whole new table in its place; nobody changes this one.
        for number, partition in state.partitions.items():
            lag.add_metric([state.topic, str(number)], partition.lag)
            offset.add_metric([state.topic, str(number)], partition.position)
        yield lag
        yield offset
        rate = f"{PREFIX}_landed_rows_per_second"
        yield GaugeMetricFamily(rate, "Rows landed per second, over the last minute.", value=state.landed_rows_per_s)
        landed = state.last_landed_at
        yield GaugeMetricFamily(
            f"{PREFIX}_last_landed_timestamp_seconds",
            "When the last batch landed, since 1970; 0: none has.",
            value=landed.timestamp() if landed else 0,
        )


def registry(state: ConsumerState) -> Any:
    """A registry with that consumer's metrics and no others. NotInstalledError: prometheus-client is not there."""
    try:
        from prometheus_client import CollectorRegistry
    except ImportError:
        raise NotInstalledError('Prometheus is not installed: pip install "taquilla[kafka]"') from None
    made = CollectorRegistry()
    made.register(StateCollector(state))
    return made


@contextmanager
def served(state: ConsumerState, port: int | None, host: str = "127.0.0.1") -> Iterator[None]:
    """The metrics at http://host:port/metrics for the length of the block; None: nowhere.

    SettingsError: the port is taken.
    """
    if port is None:
        yield
        return
    made = registry(state)
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(port, addr=host, registry=made)
    except OSError as error:
        raise SettingsError(
            f"Metrics cannot be served at {host}:{port}: {error.strerror}. Choose another port, or none."
        ) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
