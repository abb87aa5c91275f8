"""The curated tables of reviews as views in DuckDB, whichever of them the sources have: ratings may stand alone."""

# ruff: noqa: S608 - a view's body takes no parameters; the names in it are constants, and its paths are quoted.

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from taquilla.warehouse.duckdb import Connection

# What is read of each curated table, by its name there; all have raw_seq.
CURATED = {
    "venues": "venue_id text, source text, name text, address text, city text, state text, postal_code text, "
    "country text, latitude double, longitude double, stars double, review_count bigint, is_open boolean, "
    "categories text[], is_cinema boolean, is_video_shop boolean, attributes text, hours text, price_level bigint, "
    "url text",
    "reviews": "review_id text, source text, venue_id text, reviewer_id text, stars double, reviewed_at timestamptz, "
    "date_precision text, text text, useful_votes bigint, funny_votes bigint, cool_votes bigint, image_count bigint, "
    "owner_reply text, owner_replied_at timestamptz",
    "reviewers": "reviewer_id text, source text, name text, review_count bigint, joined_at timestamptz, "
    "useful_votes bigint, funny_votes bigint, cool_votes bigint, fans bigint, average_stars double, "
    "friend_count bigint",
    "tips": "tip_id text, source text, venue_id text, reviewer_id text, tipped_at timestamptz, text text, "
    "compliment_count bigint",
    "checkins": "venue_id text, source text, moments timestamptz[]",
    "ratings": "user_id text, rated_film_id bigint, source text, rating double, rated_at timestamptz",
    "rated_films": "rated_film_id bigint, source text, title text, release_year integer, genres text[]",
    "rated_film_ids": "rated_film_id bigint, source text, imdb_id text, tmdb_id bigint",
    "review_signals": "review_id text, language text, sentiment double, word_count bigint, aspects text[], "
    "text_hash bigint, spam_score double, spam_signs text[]",
    "review_repairs": '"table" text, key text, "column" text, found text, made text, rule text',
}
_REFUSED = "key text, landed_at timestamptz, rule text, reason text, record text"
_QUARANTINE = "quarantine."


@dataclass(frozen=True, slots=True)
class ReviewFiles:
    """The Parquet files of one version of the curated tables, and how far that version has come.

    files: by the curated table's name (`reviews`), and `quarantine.<name>` for what was refused of it; one that is
    absent or empty is a table that the sources do not have. marks: `curated.<name>` → how far that table has come, and
    whatever else tells one state of the lake from another.
    """

    files: Mapping[str, Sequence[str]]
    marks: Mapping[str, int] = field(default_factory=dict)


def attach(connection: Connection, files: ReviewFiles) -> None:
    """`curated_<name>` for every table and `curated_refused` for all that was refused, as temporary views."""
    for name, columns in CURATED.items():
        _view(connection, f"curated_{name}", _rows(columns, files.files.get(name, ())))
    refused = [
        f"select '{_quoted(name.removeprefix(_QUARANTINE))}' as table_name, * from ({_rows(_REFUSED, paths)})"
        for name, paths in sorted(files.files.items())
        if name.startswith(_QUARANTINE)
    ]
    nothing = f"select null::text as table_name, * from ({_rows(_REFUSED, ())})"
    _view(connection, "curated_refused", " union all ".join(refused) or nothing)


def _view(connection: Connection, name: str, sql: str) -> None:
    connection.execute(f"create or replace temp view {name} as {sql}")


def _rows(columns: str, paths: Sequence[str]) -> str:
    """These columns of the files and raw_seq, in these types, as SQL; without files no rows."""
    named = [column.split(" ") for column in f"{columns}, raw_seq bigint".split(", ")]
    if not paths:
        return f"select {', '.join(f'null::{kind} as {name}' for name, kind in named)} where false"
    selected = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in named)
    files = ", ".join(f"'{_quoted(path)}'" for path in paths)
    return f"select {selected} from read_parquet([{files}])"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
