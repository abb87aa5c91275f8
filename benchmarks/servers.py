"""The real servers that the benchmarks measure against: those of the tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from services.kafka import KafkaServer
from services.mariadb import MariaDbServer
from services.postgres import PostgresServer
from services.s3 import S3Server

__all__ = ["KafkaServer", "MariaDbServer", "PostgresServer", "S3Server"]
