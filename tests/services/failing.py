"""A test that fails with a server tells the end of the server's log."""

from collections.abc import Generator

import pytest

from services.kafka import KafkaServer
from services.mariadb import MariaDbServer
from services.postgres import PostgresServer
from services.s3 import S3Server
from services.snowflake import SnowflakeServer


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds what the servers said to the report of a failure."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for name, value in item.funcargs.items():
            if isinstance(value, KafkaServer | MariaDbServer | PostgresServer | S3Server | SnowflakeServer):
                report.sections.append((f"log of {name}", value.tail()))
    return report
