"""What a warehouse has: films, a shop's rentals, reviews. Pages and charts of what is not there are not shown."""

from collections.abc import Mapping

from taquilla.analysis.charts import Has, has
from taquilla.analysis.coverage import read_coverage
from taquilla.errors import TaquillaError
from taquilla.warehouse.duckdb import DatabaseError
from taquilla.web.kept import kept
from taquilla.web.reader import Session, WarehouseReader


def coverage_of(session: Session) -> Mapping[str, int]:
    """How many films, rentals and reviews there are, and how many of them have what."""
    return kept(session.version, "coverage", lambda: read_coverage(session.rows))


def present(reader: WarehouseReader) -> Has:
    """Which subjects there are. Where no warehouse answers, the pages of films: they say what to do."""
    try:
        with reader.session() as session:
            return has(coverage_of(session))
    except (TaquillaError, DatabaseError):
        return Has(films=True, rentals=False, reviews=False)
