"""The reviews' star, from the DuckDB file to PostgreSQL."""

from typing import TYPE_CHECKING

from taquilla.warehouse import duckdb
from taquilla.warehouse.reviews_load import FILE, LOAD, LoadedReviews, is_review_mark, review_marks
from taquilla.warehouse.reviews_model import fact_rating, fact_review, reviews
from taquilla.warehouse.star_postgres import Star, load_star

if TYPE_CHECKING:
    from taquilla.warehouse.postgres import Connection

EVERY = frozenset(table.fullname for table in reviews.sorted_tables)
FACTS = (fact_review.fullname, fact_rating.fullname)
STAR = Star("reviews", reviews, EVERY, FACTS, review_marks, is_review_mark, FILE, LOAD)


def load_reviews(connection: "Connection", file: duckdb.Connection) -> LoadedReviews:
    """Bring the star to what the file says; in the caller's transaction, after `begin`."""
    loaded = load_star(connection, file, STAR)
    return LoadedReviews(*loaded.rows, loaded.is_whole)
