"""The table of repairs is all kinds' together: which of its files are a kind's, so that these alone can be replaced."""

import polars as pl

from taquilla.lake import LakeTable, Part
from taquilla.pipeline.reviews.review_tables import bounds_of


def parts_of_kind(table: LakeTable, kind: str) -> tuple[list[Part], list[Part]]:
    """The files that hold rows of a kind, to be replaced; and first, new ones with the rows of others among them.

    A compaction puts several kinds' rows into one file.
    """
    replaced, kept = [], []
    for part, least, greatest in bounds_of(table, table.open(), "table"):
        if isinstance(least, str) and isinstance(greatest, str) and not least <= kind <= greatest:
            continue
        replaced.append(part)
        if (least, greatest) != (kind, kind):
            others = table.write_part(table.scan_part(part).filter(pl.col("table") != kind), part.bucket)
            kept += [others] if others.rows else []
    return kept, replaced
