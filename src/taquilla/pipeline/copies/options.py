"""How a copy is to be made."""

from dataclasses import dataclass

from taquilla.sources.relations import Since


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """What a person may ask of a copy, beside from where to where.

    appends: add the rows to those that a database's table has. since: only rows whose column is that value or later.
    query: a SELECT of the source's, instead of a table. rejects: a file for rows that do not fit; None: they refuse the
    copy. source_types: make the target's table anew in the source's columns and types. as_text: leave what is text in
    a file as text. is_fresh: read anew what a copy that was cut off has read.
    """

    appends: bool = False
    since: Since | None = None
    query: str | None = None
    rejects: str | None = None
    source_types: bool = False
    as_text: bool = False
    is_fresh: bool = False
