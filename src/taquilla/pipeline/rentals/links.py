"""The shop's films ↔ the catalogue's films: `curated.film_links`, made anew when either of them has changed."""

from dataclasses import dataclass
from zlib import crc32

import polars as pl

from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.film_tables import RAW_FILMS, FilmTables, schema_of
from taquilla.pipeline.rentals.curate import SEEN
from taquilla.pipeline.rentals.shop_tables import ShopTables
from taquilla.tables.film_links import FilmLinks, link_films
from taquilla.tables.rentals import SHOP

_CATALOGUE, _LINKED = "catalogue", "rental_films"


@dataclass(frozen=True, slots=True)
class Linked:
    """How many of the shop's films there are, and how many of them the catalogue has."""

    films: int
    linked: int


def links_table(lake: Lake) -> LakeTable:
    """`curated.film_links`."""
    return lake.table("curated.film_links", schema_of(FilmLinks))


def link_rental_films(lake: Lake, *, rebuild: bool = False) -> Linked:
    """Link every film of the shop to the catalogue's by title and year; one without a match has a row too."""
    table, shop = links_table(lake), ShopTables.of(lake, SHOP["film"]).curated
    if not shop.exists():
        return Linked(0, 0)
    catalogue = FilmTables.of(lake).films
    marks = {_LINKED: _state(shop, SEEN), _CATALOGUE: _state(catalogue, RAW_FILMS)}
    if rebuild or any(table.mark(name) != mark for name, mark in marks.items()):
        ours = shop.scan().select("film_id", "title", "release_year", bucket=pl.lit(0, pl.Int64)).collect()
        theirs = _catalogue(catalogue)
        table.publish([table.write_part(link_films(ours, theirs), 0)], replacing=table.parts(table.open()), marks=marks)
    found = table.scan().select(pl.len(), pl.col("catalogue_film_id").count().alias("linked")).collect()
    return Linked(found["len"].item(), found["linked"].item())


def _catalogue(films: LakeTable) -> pl.DataFrame:
    known = films.scan().filter(pl.col("title").is_not_null() & ~pl.col("is_removed"))
    return known.select("film_id", "title", "original_title", "release_year").collect()


def _state(table: LakeTable, mark: str) -> int:
    """Another number whenever the table says something else."""
    if not table.exists():
        return 0
    handle = table.open()
    told = (handle.metadata().id, handle.transaction_version(mark), handle.transaction_version("rebuilt"))
    return crc32(repr(told).encode())
