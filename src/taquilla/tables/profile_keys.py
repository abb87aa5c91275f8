"""Which keys lead nowhere: rentals of customers that no table has, copies of films that are not there.

It takes rows as `clean` makes them, so that "x98" is film 98 here too. Orphans are no error: they are told.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from taquilla.tables.clean_tables import CleanTable, Parent

EXAMPLES = 5
# So many keys are gathered before they are counted together.
_GATHERED = 1_000_000
_BROKEN: dict[str, pl.DataType | type[pl.DataType]] = {
    "table": pl.String,
    "column": pl.String,
    "parent": pl.String,
    "missing_keys": pl.Int64,
    "rows": pl.Int64,
    "examples": pl.List(pl.String),
}


class KeyLinks:
    """The keys of tables and the columns that lead to them; memory grows with the number of different keys alone."""

    def __init__(self, tables: Iterable[CleanTable]) -> None:
        self._tables = {table.curated: table for table in tables}
        self._counts: dict[tuple[str, str], _Counts] = {}

    def add(self, curated: str, rows: pl.DataFrame) -> None:
        """Count a chunk of the rows of a table, by its curated name."""
        children = {parent.column for parent in self._tables[curated].parents}
        parents = {parent.key for _, parent in self._edges() if parent.table == curated}
        for column in children | parents:
            self._counts.setdefault((curated, column), _Counts()).add(rows[column])

    def broken(self) -> pl.DataFrame:
        """table, column, parent (a table), missing_keys, rows, examples (the smallest); one row a column with orphans.

        Parents of which no row was added are unknown: nothing is told of them.
        """
        found = [self._orphans(table, parent) for table, parent in self._edges()]
        told = pl.DataFrame([row for row in found if row is not None], schema=_BROKEN, orient="row")
        return told.sort("table", "column")

    def _edges(self) -> Iterable[tuple[str, Parent]]:
        return ((name, parent) for name, table in self._tables.items() for parent in table.parents)

    def _orphans(self, table: str, parent: Parent) -> tuple[object, ...] | None:
        children, parents = self._counts.get((table, parent.column)), self._counts.get((parent.table, parent.key))
        if children is None or parents is None:
            return None
        orphans = children.counted().join(parents.counted(), on="key", how="anti").sort("key")
        examples = orphans["key"].head(EXAMPLES).cast(pl.String).to_list()
        rows = int(orphans["rows"].sum())
        return (table, parent.column, parent.table, orphans.height, rows, examples) if orphans.height else None


class _Counts:
    def __init__(self) -> None:
        self._parts: list[pl.DataFrame] = []

    def add(self, keys: pl.Series) -> None:
        self._parts.append(keys.drop_nulls().alias("key").to_frame().group_by("key").agg(rows=pl.len().cast(pl.Int64)))
        if sum(part.height for part in self._parts[1:]) > _GATHERED:
            self._parts = [self.counted()]

    def counted(self) -> pl.DataFrame:
        return pl.concat(self._parts).group_by("key").agg(pl.col("rows").sum())


def broken_keys(tables: Mapping[str, pl.DataFrame], declared: Iterable[CleanTable]) -> pl.DataFrame:
    """`KeyLinks.broken` of whole tables, by their curated names."""
    links = KeyLinks(declared)
    for curated, rows in tables.items():
        links.add(curated, rows)
    return links.broken()
