"""Named Delta tables on disk or in S3: land, scan, publish, upkeep.

    lake = Lake("data/lake")
    raw = lake.table("raw.tmdb_films", schema)
    raw.land(rows, source="tmdb", begins=0)            # rows and the next position in one commit
    films = lake.table("curated.films", schema)
    films.publish([films.write_part(frame, bucket=0)], marks={"raw.tmdb_films": 4803})

The first part of a table's name is its layer (raw, curated, quarantine, ops), which decides the root that it
lives under: the raw zone and the curated zone may be two places.
"""

from taquilla.lake.lease import lease
from taquilla.lake.spool import Spool
from taquilla.lake.table import LakeTable, Part, retrying
from taquilla.lake.zones import Lake

__all__ = ["Lake", "LakeTable", "Part", "Spool", "lease", "retrying"]
