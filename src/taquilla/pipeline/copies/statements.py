"""CREATE TABLE for the tables of a source, in the words of another database."""

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from taquilla.errors import SettingsError
from taquilla.pipeline.addresses import Address
from taquilla.pipeline.copies.own_tables import WarehouseSource
from taquilla.pipeline.copies.targets import database_type
from taquilla.pipeline.copies.text_types import typed_relation
from taquilla.sources.relations import ERROR, LINE, Relation, Source
from taquilla.sources.sql import Database
from taquilla.sources.sql_ddl import DIALECTS, ddl
from taquilla.sources.sql_select import quoted

# They have layers or schemas: what stands before the first dot is one.
_WITH_SCHEMAS = ("postgresql", "snowflake")


def statements(source: Source, address: Address, dialect: str) -> Iterator[str]:
    """The DDL of the table that is meant, or of all; schemas first. Types of text files are found in their rows.

    Of the warehouse: its tables; a view or a mart only when it is meant. SettingsError: the dialect is unknown.
    """
    if dialect not in DIALECTS:
        raise SettingsError(f"Unknown dialect {dialect!r}. Known: {', '.join(DIALECTS)}.")
    everything = source.tables() if isinstance(source, WarehouseSource) else source.relations()
    names = [address.relation] if address.relation else list(everything)
    paths = [_path(source, address, name, dialect) for name in names]
    for schema in sorted({path[0] for path in paths if len(path) > 1}):
        yield f"CREATE SCHEMA IF NOT EXISTS {quoted((schema,), DIALECTS[dialect]())};"
    for name, path in zip(names, paths, strict=True):
        yield ddl(_typed(source, source.describe(name)), path, dialect)


def _path(source: Source, address: Address, name: str, dialect: str) -> tuple[str, ...]:
    has_schemas = address.kind in ("lake", "warehouse")
    if isinstance(source, Database):
        has_schemas = source.dialect in _WITH_SCHEMAS
    path = tuple(name.split(".", 1)) if has_schemas else (name,)
    # SQLite has no schemas, and its tables' names may not hold another's.
    return ("_".join(path),) if dialect == "sqlite" else path


def _typed(source: Source, relation: Relation) -> Relation:
    if ERROR in relation.schema.names:
        relation = typed_relation(relation, source.read(relation.name))
    fields = [f.with_type(database_type(f.type)) for f in relation.schema if f.name not in (ERROR, LINE)]
    return replace(relation, schema=pa.schema(fields))
