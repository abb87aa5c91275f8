"""Films: the contracts of `curated.films`, `curated.film_snapshots` and `quarantine.films`, and what makes them.

    raw.tmdb_films ── clean_films ─▶ curated.films            one row a film: the newest valid record wins
                                 ├─▶ curated.film_snapshots   one row a record: what moves with time
                                 └─▶ quarantine.films         one row a record that broke a rule, with its name

Everything here is pure: rows in, rows out. Unknown is null, never zero.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import dataframely as dy
import polars as pl
from polars import selectors as cs

from taquilla.tables import film_records, tmdb

UTC_MICROS = pl.Datetime("us", "UTC")

# Films from here on are the built-in catalogue's: their facts are free to keep, TMDB's are not.
FREE_LICENCE_FROM = 2**40

# Far beyond any film's, and within what PostgreSQL's sums and squares can hold.
MAX_POPULARITY, MAX_VOTES = 10**9, 10**12

# The seeds' labels: the first bound that the number passes names its level.
POPULARITY_LEVELS = ((20, "Alta"), (10, "Media"), (5, "Baja"))
POPULARITY_ELSE = "Muy Baja"
RATING_LEVELS = ((8, "Excelente"), (6, "Buena"), (4, "Regular"))
RATING_ELSE = "Mala"


def _entries(fields: film_records.Fields, description: str, alias: str | None = None) -> dy.List:
    """A nested list column: one struct an entry."""
    columns: dict[type[pl.DataType], Callable[[], dy.Column]] = {
        pl.Int64: lambda: dy.Int64(nullable=True),
        pl.String: lambda: dy.String(nullable=True),
    }
    inner = {name: columns[type(dtype)]() for name, dtype in fields.items()}
    return dy.List(dy.Struct(inner), description=description, alias=alias)


_FLAT = "of a flat record person_id is below zero and credit_id begins with flat:"


class RawFilms(dy.Schema):
    """`raw.tmdb_films`: every answer of the source, verbatim, good or bad; append-only."""

    raw_seq = dy.Int64(primary_key=True, min=0, description="number of the row, counted from 0 without a gap")
    film_id = dy.Int64(nullable=True, description="TMDB's id; null where the payload does not tell")
    fetched_at = dy.Datetime(time_unit="us", time_zone="UTC", description="when the source had answered")
    status = dy.Int64(nullable=True, description="HTTP status; 404 says that the film was removed")
    payload = dy.Binary(nullable=True, description="the record or the message as it came; null where none came")
    payload_sha256 = dy.String(
        nullable=True,
        description="SHA-256, hexadecimal, of TMDB's record, within a message too; of a flat record itself",
    )
    error = dy.String(nullable=True, description="why the row cannot be a film; such rows are dead letters")
    topic = dy.String(description="where it came from: tmdb, tmdb/fallback, a file's digest, or a Kafka topic")
    partition = dy.Int64(description="Kafka's partition; 0 elsewhere")
    offset = dy.Int64(description="the row's position in its topic and partition")
    key = dy.Binary(nullable=True, description="the key of a Kafka message; null elsewhere")
    headers = dy.String(nullable=True, description="the headers of a Kafka message, a JSON object; null elsewhere")
    run_id = dy.String(description="the run that landed it")
    bucket = dy.Int64(description="film_id % buckets; 0 where the id is unknown")


class FilmVersions(dy.Schema):
    """Films as their records tell them; a film may stand here in several versions."""

    film_id = dy.Int64(min=1, description="TMDB's film id")
    title = dy.String(nullable=True, description="null only for a film that was removed before it was ever read")
    original_title = dy.String(nullable=True)
    original_language = dy.String(nullable=True, description="ISO 639-1")
    overview = dy.String(nullable=True)
    release_date = dy.Date(nullable=True, min=date(1870, 1, 1), max=date(2199, 12, 31))
    release_year = dy.Int32(nullable=True)
    status = dy.String(
        nullable=True, description="Rumored, Planned, In Production, Post Production, Released, Canceled"
    )
    budget_usd = dy.Int64(nullable=True, min=1, max=10**12, description="US dollars; null where TMDB says 0")
    revenue_usd = dy.Int64(nullable=True, min=1, max=10**12, description="US dollars; null where TMDB says 0")
    runtime_min = dy.Int64(nullable=True, min=1, max=100_000, description="minutes; null where TMDB says 0")
    popularity = dy.Float64(
        nullable=True, min=0, max=MAX_POPULARITY, description="TMDB's figure of the day; its scale changes"
    )
    vote_average = dy.Float64(nullable=True, min=0, max=10, description="0 to 10; null without votes")
    vote_count = dy.Int64(nullable=True, min=0, max=MAX_VOTES)
    is_adult = dy.Bool(nullable=True)
    imdb_id = dy.String(nullable=True)
    poster_path = dy.String(nullable=True)
    collection_id = dy.Int64(nullable=True)
    collection_name = dy.String(nullable=True)
    fetched_at = dy.Datetime(nullable=True, time_unit="us", time_zone="UTC", description="when this record was read")
    genres = _entries(film_records.GENRE, "in TMDB's order; one known by an unknown name alone has an id below zero")
    companies = _entries(film_records.COMPANY, "production companies; those known by name alone have ids below zero")
    countries = _entries(film_records.COUNTRY, "production countries, ISO 3166-1")
    languages = _entries(film_records.LANGUAGE, "spoken languages, ISO 639-1")
    keywords = _entries(film_records.KEYWORD, "TMDB's keywords")
    # `cast` is a method of every dataframely schema.
    cast_ = _entries(film_records.CAST, f"one entry a credit; {_FLAT}", alias="cast")
    crew = _entries(film_records.CREW, f"one entry a credit; {_FLAT}")
    roi = dy.Float64(nullable=True, description="(revenue - budget) / budget; null where either is unknown")
    is_profitable = dy.Bool(nullable=True, description="revenue > budget; null where either is unknown")
    popularity_level = dy.String(nullable=True, description="Alta > 20, Media > 10, Baja > 5, else Muy Baja")
    rating_level = dy.String(nullable=True, description="Excelente >= 8, Buena >= 6, Regular >= 4, else Mala")
    is_removed = dy.Bool(description="TMDB answered 404 after this record was read")
    removed_at = dy.Datetime(nullable=True, time_unit="us", time_zone="UTC", description="when TMDB answered 404")
    payload_sha256 = dy.String(nullable=True, description="the record in raw.tmdb_films that won")
    raw_seq = dy.Int64(min=0, description="the newest row of raw.tmdb_films that changed this one")
    bucket = dy.Int64(min=0)

    @dy.rule()
    def title_is_known(cls) -> pl.Expr:  # noqa: N805 - dataframely calls rules on the class
        """A film has a title, unless all that is known of it is its removal."""
        return (pl.col("title").str.strip_chars().str.len_bytes() > 0).fill_null(pl.col("is_removed"))

    @dy.rule()
    def credit_ids_are_distinct(cls) -> pl.Expr:  # noqa: N805 - dataframely calls rules on the class
        """A credit is one person's part in a film: cast and crew share no credit_id."""
        cast, crew = (pl.col(name).list.eval(pl.element().struct.field("credit_id")) for name in ("cast", "crew"))
        return cast.list.set_intersection(crew).list.len() == 0


class Films(FilmVersions):
    """`curated.films`: one row a film with its lists nested, so that one commit publishes a film whole."""

    film_id = dy.Int64(primary_key=True, min=1, description="TMDB's film id")


class FilmSnapshots(dy.Schema):
    """`curated.film_snapshots`: what moves with time, one row a film, moment and origin; append-only."""

    film_id = dy.Int64(primary_key=True, min=1)
    snapshot_at = dy.Datetime(primary_key=True, time_unit="us", time_zone="UTC")
    popularity = dy.Float64(nullable=True, min=0, max=MAX_POPULARITY)
    vote_average = dy.Float64(nullable=True, min=0, max=10)
    vote_count = dy.Int64(nullable=True, min=0, max=MAX_VOTES)
    revenue_usd = dy.Int64(nullable=True, min=1)
    origin = dy.String(primary_key=True, description="details: the film's own record; export: TMDB's daily list")
    origin_seq = dy.Int64(min=0, description="the row of raw.tmdb_films or of raw.tmdb_exports that says so")
    bucket = dy.Int64(min=0)


class RawExports(dy.Schema):
    """`raw.tmdb_exports`: popularity of the known films from TMDB's daily id export; append-only."""

    export_seq = dy.Int64(primary_key=True, min=0, description="number of the row, counted from 0 without a gap")
    film_id = dy.Int64(min=1)
    popularity = dy.Float64(nullable=True)
    exported_at = dy.Datetime(time_unit="us", time_zone="UTC", description="the export's day, 08:00 UTC")
    run_id = dy.String()
    bucket = dy.Int64(min=0)


class QuarantinedFilms(dy.Schema):
    """`quarantine.films`: one row a record of raw that broke a rule; the record itself stays in raw."""

    raw_seq = dy.Int64(primary_key=True, min=0)
    film_id = dy.Int64(nullable=True)
    fetched_at = dy.Datetime(time_unit="us", time_zone="UTC")
    rule = dy.String(description="the rules that it broke, by name, separated by commas")
    reason = dy.String(description="what was found, in words")
    payload_sha256 = dy.String(nullable=True)
    bucket = dy.Int64(min=0)


_VERSION_SCHEMA = pl.Schema({name: column.dtype for name, column in FilmVersions.columns().items()})


@dataclass(frozen=True, slots=True)
class CleanedFilms:
    """What a chunk of raw rows becomes; `films` may still hold several versions of a film."""

    films: pl.DataFrame
    snapshots: pl.DataFrame
    quarantined: pl.DataFrame


def clean_films(raw: pl.DataFrame) -> CleanedFilms:
    """Raw rows without an error become films, snapshots and quarantine: each row ends in films or in quarantine.

    `raw` has the columns of `RawFilms`. A row with status 404 becomes a film that is only known to be removed.
    """
    is_gone = pl.col("status").eq_missing(404)
    records, gone = raw.filter(~is_gone), raw.filter(is_gone)
    decoded = tmdb.decode_films(records["payload"])
    typed = derive(
        film_records.frame([film for film in decoded if isinstance(film, tmdb.Film)], _origin(records, decoded))
    )
    undated = pl.col("release_date").is_null() & (pl.col("date_text") != "")
    dated = typed.filter(undated.not_().fill_null(True)).select(_VERSION_SCHEMA.names())
    kept, failure = FilmVersions.filter(pl.concat([dated, removals(gone)]))
    quarantined = pl.concat(
        [
            _untyped(records, decoded),
            _undated(typed.filter(undated)),
            _failed(failure),
        ]
    )
    return CleanedFilms(
        films=kept,
        snapshots=snapshots(kept.filter(pl.col("fetched_at").is_not_null())),
        quarantined=quarantined.sort("raw_seq"),
    )


def _origin(records: pl.DataFrame, decoded: Sequence[tmdb.Film | str]) -> pl.DataFrame:
    is_film = pl.Series([isinstance(film, tmdb.Film) for film in decoded], dtype=pl.Boolean)
    return records.filter(is_film).select("fetched_at", "payload_sha256", "raw_seq", "bucket")


_ORIGIN_COLUMNS = ("raw_seq", "film_id", "fetched_at", "payload_sha256", "bucket")


def _quarantined(rows: pl.DataFrame, rule: Sequence[str], reason: Sequence[str]) -> pl.DataFrame:
    told = rows.select(_ORIGIN_COLUMNS).with_columns(
        rule=pl.Series(rule, dtype=pl.String), reason=pl.Series(reason, dtype=pl.String)
    )
    return told.select(QuarantinedFilms.column_names())


def _untyped(records: pl.DataFrame, decoded: Sequence[tmdb.Film | str]) -> pl.DataFrame:
    reasons = [reason for reason in decoded if isinstance(reason, str)]
    rows = records.filter(pl.Series([isinstance(r, str) for r in decoded], dtype=pl.Boolean))
    return _quarantined(rows, ["record_is_typed"] * len(reasons), reasons)


def _undated(rows: pl.DataFrame) -> pl.DataFrame:
    reasons = [f"release_date = {text!r}" for text in rows["date_text"]]
    return _quarantined(rows, ["release_date_is_a_date"] * len(reasons), reasons)


def _failed(failure: dy.FailureInfo) -> pl.DataFrame:
    rows = failure.invalid().with_columns(fetched_at=pl.coalesce("fetched_at", "removed_at"))
    rules = failure.details()
    broken = [
        [rule for rule, outcome in row.items() if outcome == "invalid"]
        for row in rules.select(rules.columns[rows.width :]).iter_rows(named=True)
    ]
    # A date that breaks its bounds may be one that Python has no date for: the year 0.
    told = rows.select({_column_of(rule) for names in broken for rule in names}).with_columns(cs.date().cast(pl.String))
    reasons = [
        ", ".join(f"{column} = {row[column]!r}" for column in dict.fromkeys(_column_of(rule) for rule in names))
        for row, names in zip(told.iter_rows(named=True), broken, strict=True)
    ]
    return _quarantined(rows, [",".join(names) for names in broken], reasons)


_RULE_COLUMNS = {"title_is_known": "title", "credit_ids_are_distinct": "film_id"}


def _column_of(rule: str) -> str:
    return _RULE_COLUMNS.get(rule) or rule.partition("|")[0]


def derive(versions: pl.DataFrame) -> pl.DataFrame:
    """What follows from a record alone: unknowns as null, the year, ROI, profitability and the seeds' labels."""
    known = versions.with_columns(
        *[_null_if_zero(name) for name in ("budget_usd", "revenue_usd", "runtime_min")],
        vote_average=pl.when(pl.col("vote_count") > 0).then("vote_average"),
        original_language=_null_if_empty("original_language"),
        overview=_null_if_empty("overview"),
        imdb_id=_null_if_empty("imdb_id"),
        poster_path=_null_if_empty("poster_path"),
        release_year=pl.col("release_date").dt.year(),
    )
    return known.with_columns(
        roi=(pl.col("revenue_usd") - pl.col("budget_usd")) / pl.col("budget_usd"),
        is_profitable=pl.col("revenue_usd") > pl.col("budget_usd"),
        popularity_level=popularity_level(pl.col("popularity")),
        rating_level=rating_level(pl.col("vote_average")),
        is_removed=pl.lit(False),
        removed_at=pl.lit(None, UTC_MICROS),
    )


def _null_if_zero(name: str) -> pl.Expr:
    # TMDB writes 0 for an unknown budget, revenue or runtime.
    return pl.when(pl.col(name) != 0).then(name).alias(name)


def _null_if_empty(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(name).alias(name)


def popularity_level(popularity: pl.Expr) -> pl.Expr:
    """Alta > 20, Media > 10, Baja > 5, else Muy Baja; null where the popularity is unknown."""
    return _level([(popularity > bound, label) for bound, label in POPULARITY_LEVELS], POPULARITY_ELSE, popularity)


def rating_level(rating: pl.Expr) -> pl.Expr:
    """Excelente >= 8, Buena >= 6, Regular >= 4, else Mala; null where the rating is unknown."""
    return _level([(rating >= bound, label) for bound, label in RATING_LEVELS], RATING_ELSE, rating)


def _level(levels: Sequence[tuple[pl.Expr, str]], otherwise: str, number: pl.Expr) -> pl.Expr:
    label: pl.Expr = pl.when(number.is_not_null()).then(pl.lit(otherwise))
    for passes, name in reversed(levels):
        label = pl.when(passes).then(pl.lit(name)).otherwise(label)
    return label


def removals(gone: pl.DataFrame) -> pl.DataFrame:
    """Raw rows with status 404 as versions that know nothing of the film but when it was gone."""
    known = gone.select(
        "film_id",
        "raw_seq",
        "bucket",
        removed_at="fetched_at",
        is_removed=pl.lit(True),
        **{name: pl.lit([], dtype) for name, dtype in _VERSION_SCHEMA.items() if isinstance(dtype, pl.List)},
    )
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in _VERSION_SCHEMA.items() if name not in known.columns]
    return known.with_columns(missing).select(_VERSION_SCHEMA.names())


def snapshots(versions: pl.DataFrame) -> pl.DataFrame:
    """What each record said of the numbers that move; one row a film and moment: the one that landed first."""
    rows = versions.select(
        "film_id",
        pl.col("fetched_at").alias("snapshot_at"),
        "popularity",
        "vote_average",
        "vote_count",
        "revenue_usd",
        pl.lit("details").alias("origin"),
        pl.col("raw_seq").alias("origin_seq"),
        "bucket",
    )
    return rows.sort("origin_seq").unique(["film_id", "snapshot_at"], keep="first", maintain_order=True)


def export_snapshots(exports: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of `raw.tmdb_exports` as snapshots: the popularity of the day, and nothing else that is known."""
    return exports.select(
        "film_id",
        pl.col("exported_at").alias("snapshot_at"),
        "popularity",
        pl.lit(None, pl.Float64).alias("vote_average"),
        pl.lit(None, pl.Int64).alias("vote_count"),
        pl.lit(None, pl.Int64).alias("revenue_usd"),
        pl.lit("export").alias("origin"),
        pl.col("export_seq").alias("origin_seq"),
        "bucket",
    )


VERSION_KEY = ("film_id", "fetched_at", "payload_sha256", "removed_at", "raw_seq")


def newest(versions: pl.DataFrame) -> pl.DataFrame:
    """One row a film: its newest record, and whether TMDB has since said that it is gone.

    The newest is the highest (fetched_at, payload_sha256). Cutting the versions differently, merging the parts and
    merging again changes nothing but `raw_seq`, which names the raw row that last changed the film.
    """
    removed = versions.filter(pl.col("removed_at").is_not_null()).sort("film_id", "removed_at", "raw_seq")
    last_removal = removed.unique("film_id", keep="last").select("film_id", "removed_at", removal_seq="raw_seq")
    best = _ranked(versions).unique("film_id", keep="last").drop("removed_at")
    merged = best.join(last_removal, on="film_id", how="left", maintain_order="left")
    return merged.with_columns(
        is_removed=(pl.col("removed_at") > pl.col("fetched_at")).fill_null(pl.col("removed_at").is_not_null()),
        raw_seq=pl.max_horizontal("raw_seq", "removal_seq"),
    ).select(_VERSION_SCHEMA.names())


def _ranked(versions: pl.DataFrame) -> pl.DataFrame:
    # The same record landed twice is one version: the row that came first stays.
    order = ["film_id", "fetched_at", "payload_sha256", "raw_seq"]
    return versions.sort(order, descending=[False, False, False, True], nulls_last=False)


def superseded(keys: pl.DataFrame) -> pl.DataFrame:
    """The rows of `keys` (columns `VERSION_KEY` and any more) that are not their film's newest record."""
    best = _ranked(keys).unique("film_id", keep="last").select("raw_seq")
    return keys.join(best, on="raw_seq", how="anti")
