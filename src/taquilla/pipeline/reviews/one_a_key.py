"""One row a key: of the rows that share one, in new parts or in those that stand there, the newest of raw stays."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import polars as pl

from taquilla.lake import LakeTable, Part
from taquilla.pipeline.reviews.cleaning_chunks import THREADS, Made, key_hash
from taquilla.pipeline.reviews.review_tables import ReviewTables


def one_a_key(tables: ReviewTables, made: Made, is_whole: bool) -> Made:
    """What was made, without the rows that another one supersedes, in the new parts and in those there before.

    Memory holds a hash of each new key, and the rows that share one; a part without such a row stays as it is.
    """
    if not made.keys:
        return made
    known = [] if is_whole else tables.curated.parts(tables.curated.open())
    new = pl.concat(list(made.keys.values()))
    old = _shared_with(tables, known, new)
    shared = pl.concat([_repeated(new), *old.values()]).unique()
    if shared.is_empty():
        return made
    touched = [part for part in made.rows if made.keys[part.path].is_in(shared.implode()).any()]
    touched += [part for part, hashes in old.items() if len(hashes)]
    lost = _superseded(tables, touched, shared)
    return _without(tables.curated, made, known, touched, lost)


def _shared_with(tables: ReviewTables, known: Sequence[Part], new: pl.Series) -> dict[Part, pl.Series]:
    """Of each part that stands there, the hashes that new rows have too."""
    hashes = [tables.curated.scan_part(part).select(key_hash(tables)) for part in known]
    found = pl.collect_all([rows.filter(pl.col("key").is_in(new.implode())) for rows in hashes])
    return {part: rows.to_series() for part, rows in zip(known, found, strict=True)}


def _repeated(hashes: pl.Series) -> pl.Series:
    """Those that stand there again. Sorted, they take a third of the memory that a hash table of them would."""
    ordered = hashes.sort()
    return ordered.filter(ordered == ordered.shift(1))


def _superseded(tables: ReviewTables, parts: Sequence[Part], shared: pl.Series) -> dict[str, pl.Series]:
    """Of each part, by its path, the rows (raw_seq) that lose; by the keys themselves, not by their hashes."""
    key = list(tables.kind.key)
    wanted = key_hash(tables).is_in(shared.implode())
    found = [
        tables.curated.scan_part(part).filter(wanted).select(*key, "raw_seq", part=pl.lit(part.path)) for part in parts
    ]
    rows = pl.concat(pl.collect_all(found)).sort("raw_seq")
    losers = rows.filter(~pl.struct(key).is_last_distinct())
    return {str(path): some["raw_seq"] for (path,), some in losers.group_by("part")}


def _without(
    table: LakeTable, made: Made, known: Sequence[Part], touched: Sequence[Part], lost: dict[str, pl.Series]
) -> Made:
    """The parts without the rows that lose, written anew where they hold one."""
    losing = [part for part in touched if part.path in lost]
    with ThreadPoolExecutor(THREADS, thread_name_prefix="settling") as pool:
        anew = dict(
            zip((part.path for part in losing), pool.map(lambda part: _rest(table, part, lost), losing), strict=True)
        )
    stand = {part.path for part in known}
    replaced = [part for part in losing if part.path in stand]
    rows = [anew.get(part.path, part) for part in made.rows] + [anew[part.path] for part in replaced]
    for part in losing:
        if part.path not in stand:
            table.delete_part(part)
    return replace(made, rows=rows, replaced=replaced, superseded=sum(map(len, lost.values())))


def _rest(table: LakeTable, part: Part, lost: dict[str, pl.Series]) -> Part:
    return table.write_part(
        table.scan_part(part).filter(~pl.col("raw_seq").is_in(lost[part.path].implode())), part.bucket
    )
