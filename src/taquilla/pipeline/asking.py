"""Where the report and the models ask: PostgreSQL where there is one and it is up to date, else the DuckDB file."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from taquilla.errors import UnavailableError
from taquilla.warehouse import duckdb, postgres
from taquilla.warehouse.asking import Ask, asking

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Warehouses:
    """The DuckDB file, which is always there, and the PostgreSQL server, which may be."""

    file: Path
    server: postgres.PostgresOptions | None = None
    memory_limit: str | None = None

    def study(self, study: Callable[[Ask], T]) -> tuple[T, str]:
        """What `study` makes of the warehouse's answers, and what is to be said of where they came from.

        A server that does not answer, or stops to while it is asked, or is behind the file, is told of; the study is
        then made from the file, from the beginning.
        """
        if self.server is None:
            return self._from_file(study), ""
        from taquilla.pipeline.load import same_state

        try:
            with postgres.connect(self.server) as connection:
                if same_state(self.file, connection):
                    return study(postgres.asking(connection)), "from PostgreSQL"
                said = "from the DuckDB warehouse: PostgreSQL is not level with it"
        except UnavailableError as error:
            log.warning("%s", error)
            said = "from the DuckDB warehouse: PostgreSQL does not answer"
        return self._from_file(study), said

    def _from_file(self, study: Callable[[Ask], T]) -> T:
        with duckdb.connect(self.file, memory_limit=self.memory_limit) as connection:
            return study(asking(connection))
