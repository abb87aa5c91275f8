"""What a source of tables looks like, whatever stands behind it: a database, a workbook, a folder of files.

with open_database(options) as shop:
    for batch in shop.read("rental", since=Since("last_update", moment)):
        ...
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import pyarrow as pa

BATCH_ROWS = 50_000
# A line that is no row of the table: why, and the line itself. Columns of what is read from text, null for good rows.
ERROR, LINE = "_error", "_line"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or query as its source describes it.

    schema: Arrow's types; text files have text alone, and `ERROR` and `LINE` as their last columns. key: the primary
    key; none where the source tells none. declared: the source's own names of the types. rows: how many, where that is
    known without counting. notes: what was found on opening, in words ("separator ';'", "encoding windows-1252").
    """

    name: str
    schema: pa.Schema
    key: tuple[str, ...] = ()
    declared: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None
    notes: tuple[str, ...] = ()

    def columns(self) -> list[str]:
        """The table's own columns, in their order."""
        return [name for name in self.schema.names if name not in (ERROR, LINE)]


@dataclass(frozen=True, slots=True)
class Since:
    """Only rows whose column is this value or a later one: rows that tie with the last one are read again."""

    column: str
    value: datetime | int


class Source(Protocol):
    """Tables that can be read. `name` tells it in messages and in raw, and holds no secret.

    Its errors: SettingsError for a wrong address, user or password; UnavailableError where it does not answer or is cut
    off in the middle; DataError for a table, column or file that is not there or is not what it says.
    """

    name: str

    def relations(self) -> tuple[str, ...]:
        """The names of its tables, views too."""
        ...

    def describe(self, relation: str) -> Relation:
        """The table as the source's catalogue has it. DataError: there is none of that name; it names those near."""
        ...

    def read(
        self,
        relation: str,
        *,
        columns: Sequence[str] | None = None,
        since: Since | None = None,
        after: Sequence[object] | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        """The rows, in the order of the key where there is one, never more than a batch in memory.

        after: only the rows behind this value of the key, to go on where a reading was cut off. DataError: a column is
        no longer there, or holds what its type cannot.
        """
        ...

    def count(self, relation: str) -> int | None:
        """How many rows there are now; None where only reading would tell."""
        ...

    def fingerprint(self, relation: str) -> str | None:
        """Another text whenever the table's content is another one; None where only reading would tell."""
        ...

    def close(self) -> None:
        """Give back connections and files."""
        ...
