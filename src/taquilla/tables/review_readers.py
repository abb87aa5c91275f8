"""What a column of cells becomes: ids, texts, counts, stars, moments; null where a cell says nothing of the kind."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from taquilla.tables import review_moments, review_texts
from taquilla.tables.reviews import MAX_COUNT, RATINGS, STARS, YEARS


@dataclass(frozen=True, slots=True)
class Record:
    """What a reader may look at beside its own cells: all cells, `file` and `line` too, and the columns read so far."""

    cells: pl.DataFrame
    values: dict[str, pl.Series]


Reader = Callable[[pl.Series, Record], pl.Series]


def _chosen(found: pl.Series, choose: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    return found.to_frame().select(choose(pl.col(found.name))).to_series()


def identity(found: pl.Series, record: Record) -> pl.Series:
    """Ids: no blanks at their ends, no control signs."""
    where = found.str.contains(r"[^\x21-\x7e]").fill_null(False).arg_true()
    whole = found.scatter(where, _plain_id(found.gather(where))) if len(where) else found
    return whole.set(whole == "", None) if (whole == "").any() else whole


def _plain_id(odd: pl.Series) -> pl.Series:
    return odd.str.replace_all(r"\p{Cc}", "").str.strip_chars()


def line(found: pl.Series, record: Record) -> pl.Series:
    """Names and the like, in one line."""
    return review_texts.lines(found)


def text(found: pl.Series, record: Record) -> pl.Series:
    """What a person wrote, normalised."""
    return review_texts.normalised(found, record.cells["has_signs"])


def original_text(found: pl.Series, record: Record) -> pl.Series:
    """What a person wrote, not what Google translated."""
    return review_texts.normalised(review_texts.original(found), record.cells["has_signs"])


def count(found: pl.Series, record: Record) -> pl.Series:
    """Whole numbers from zero that a float can tell apart."""
    return whole(0, MAX_COUNT)(found, record)


def whole(low: int, high: int) -> Reader:
    """Whole numbers within bounds."""

    def read(found: pl.Series, record: Record) -> pl.Series:
        return _chosen(
            found, lambda cell: pl.when(cell.is_between(low, high) & (cell == cell.floor())).then(cell).cast(pl.Int64)
        )

    return read


def within(low: float, high: float) -> Reader:
    """Numbers within bounds."""

    def read(found: pl.Series, record: Record) -> pl.Series:
        return _chosen(found, lambda cell: pl.when(cell.is_between(low, high)).then(cell))

    return read


stars = within(*STARS)
average_stars = within(0, STARS[1])
rating = within(*RATINGS)


def moment(found: pl.Series, record: Record) -> pl.Series:
    """Moments, in UTC."""
    return review_moments.moments(found)


def precision(found: pl.Series, record: Record) -> pl.Series:
    """How exact the moments in these texts are."""
    return review_moments.precisions(found)


def google_precision(found: pl.Series, record: Record) -> pl.Series:
    """As `precision`; no more exact than "6 years ago", where the moment was counted back from that."""
    counted = review_moments.relative_precisions(record.cells["raw_date"])
    is_counted = record.cells["time"].is_null() & counted.is_not_null()
    return review_moments.precisions(found).zip_with(~is_counted, counted)


def same(found: pl.Series, record: Record) -> pl.Series:
    """The cells as they are."""
    return found


def matches(pattern: str) -> Reader:
    """Whether a name among the cells' lists matches; false where there is no list."""

    def read(found: pl.Series, record: Record) -> pl.Series:
        is_match = pl.element().str.contains(pattern).any()
        return _chosen(found, lambda cell: cell.list.eval(is_match).list.first().fill_null(False))

    return read


def _is_place(found: str) -> pl.Expr:
    latitude, longitude = pl.col("latitude"), pl.col("longitude")
    is_known = latitude.is_between(-90, 90) & longitude.is_between(-180, 180)
    # Nobody's cinema stands at 0, 0: it is where unknown places are put.
    return pl.when(is_known & ~((latitude == 0) & (longitude == 0))).then(found)


def position(found: pl.Series, record: Record) -> pl.Series:
    """A degree of a pair that is on Earth; both or none."""
    return record.cells.select(_is_place(found.name)).to_series()


_STREET = r"^(?:(?P<street>.*?),\s*)?(?P<city>[^,\d][^,]*),\s*(?P<state>[A-Z]{2})\s+(?P<postal_code>\d{5}(?:-\d{4})?)$"


def address_part(part: str) -> Reader:
    """A part of "Name, street, City, ST 12345"; of any other address only the street is known: it is the whole."""

    def read(found: pl.Series, record: Record) -> pl.Series:
        address = review_texts.lines(found).alias("address")
        name = review_texts.lines(record.cells["name"]).alias("name")
        bare = pl.col("address").str.strip_suffix(", United States").str.strip_prefix(pl.format("{}, ", "name"))
        told = pl.DataFrame([address, name]).select(pl.coalesce(bare, "address").alias("address"))
        parts = told.select(pl.col("address").str.extract_groups(_STREET).struct.unnest(), "address")
        whole = pl.when(pl.col("city").is_null()).then("address")
        column = pl.coalesce(whole, "street") if part == "street" else pl.col(part)
        return parts.select(column).to_series()

    return read


def price_level(found: pl.Series, record: Record) -> pl.Series:
    """How many signs of a currency: "$$" is 2."""
    signs = found.str.strip_chars().str.extract(r"^(\p{Sc}{1,4})$")
    return signs.str.len_chars().cast(pl.Int64)


def google_is_open(found: pl.Series, record: Record) -> pl.Series:
    """Whether a place that is "Open ⋅ Closes 6PM" or "Permanently closed" still exists."""
    return ~found.str.contains(r"(?i)permanent")


def is_edited(found: pl.Series, record: Record) -> pl.Series:
    """Whether "Edited 6 years ago" says so."""
    return found.str.contains(r"(?i)^\s*edited\b")


def friend_count(found: pl.Series, record: Record) -> pl.Series:
    """How many ids stand between commas; Yelp writes None for no friends."""
    count = pl.col(found.name).str.count_matches(",", literal=True) + 1
    is_none = pl.col(found.name).str.strip_chars().is_in(["", "None"])
    return found.to_frame().select(pl.when(is_none).then(0).otherwise(count).cast(pl.Int64)).to_series()


def file_place(found: pl.Series, record: Record) -> pl.Series:
    """The place whose reviews a file holds."""
    return file_places(found)


def file_places(files: pl.Series) -> pl.Series:
    """The place that a file of one place's reviews names by its own name.

    google_cinemas/hoyts_sunnybank_google_reviews.csv is hoyts_sunnybank, hoyts.csv is hoyts; a name that does not say
    that it is a place's stands with its folders: sydney/reviews.csv is sydney/reviews.
    """
    path = files.str.replace_all("\\", "/", literal=True).str.replace(_ENDING, "")
    return path.str.extract(_OF_A_PLACE).zip_with(path.str.contains(_OF_A_PLACE), path)


_ENDING = r"(?i)\.(?:csv|tsv|txt|jsonl?|ndjson)(?:\.\w+)?$"
_OF_A_PLACE = r"(?i)([^/]*[^/\s_-])[\s_-]*google[\s_-]*reviews?[\s_-]*$"


def numbered(found: pl.Series, record: Record) -> pl.Series:
    """Ids of reviews without one: the place and the record's number in its file."""
    venue = record.values["venue_id"].alias("venue")
    return pl.DataFrame([venue, record.cells["line"]]).select(pl.format("{}#{}", "venue", "line")).to_series()


def made_of(*columns: str) -> Reader:
    """Ids where the source tells none: a SHA-256 of other columns."""

    def read(found: pl.Series, record: Record) -> pl.Series:
        told = identity(found, record)
        where = told.is_null().arg_true()
        if not len(where):
            return told
        parts = [_hashable(record.values[name].gather(where)) for name in columns]
        made = [hashlib.sha256("\x1f".join(row).encode()).hexdigest() for row in zip(*parts, strict=True)]
        return told.scatter(where, pl.Series(made, dtype=pl.String))

    return read


def _hashable(values: pl.Series) -> pl.Series:
    # How a moment is written depends on the others in its column.
    plain = values.dt.epoch("us") if values.dtype.is_temporal() else values
    return plain.cast(pl.String).fill_null("")


_TITLE = r"^(?s)(.*\S)\s*\((\d{4})(?:\s*[-–]\s*\d{0,4})?\)$"
_ARTICLE = r"^(.+?), (The|A|An|La|Le|Les|El|Los|Las|Il|Der|Die|Das)( \(.*\))?$"


def film_title(found: pl.Series, record: Record) -> pl.Series:
    """A title without its year, its article in front: "Matrix, The (1999)" is The Matrix."""
    told = review_texts.lines(found)
    bare = told.str.extract(_TITLE, 1)
    return bare.zip_with(bare.is_not_null(), told).str.replace(_ARTICLE, "$2 $1$3")


def release_year(found: pl.Series, record: Record) -> pl.Series:
    """The year at a title's end."""
    year = review_texts.lines(found).str.extract(_TITLE, 2).cast(pl.Int32)
    return _chosen(year, lambda cell: pl.when(cell.is_between(*YEARS)).then(cell))


def genres(found: pl.Series, record: Record) -> pl.Series:
    """Adventure|Comedy as a list; null where none is listed."""
    is_told = ~found.str.contains("no genres listed", literal=True) & (found != "")
    told = found.zip_with(is_told, pl.Series([None], dtype=pl.String))
    return _chosen(told, lambda cell: cell.str.split("|").list.eval(pl.element().str.strip_chars()))


def imdb_id(found: pl.Series, record: Record) -> pl.Series:
    """114709, 0114709 and tt0114709 are tt0114709."""
    digits = found.str.strip_chars().str.extract(r"^(?:tt)?0*([1-9]\d{0,11})$")
    return "tt" + digits.str.zfill(7)


def moment_lists(found: pl.Series, record: Record) -> pl.Series:
    """Moments between commas, in their order; those that cannot be read are left out, null where none can."""
    parts = _parts(found)
    parts = parts.with_columns(moment=review_moments.moments(parts["part"]))
    read = parts.drop_nulls("moment").group_by("row").agg(pl.col("moment").sort())
    rows = pl.DataFrame({"row": pl.int_range(len(found), dtype=pl.UInt32, eager=True), "found": found})
    lists = rows.join(read, on="row", how="left", maintain_order="left")
    empty = pl.col("found").str.strip_chars() == ""
    return lists.select(
        pl.when(empty).then(pl.lit([], pl.List(review_moments.UTC_MICROS))).otherwise("moment")
    ).to_series()


def unread_moments(found: pl.Series, read: pl.Series) -> pl.Series:
    """The moments between commas that are not among those read; null where all are."""
    is_whole = found.str.count_matches(",", literal=True) + 1 == read.list.len()
    parts = _parts(found.set(is_whole.fill_null(False), None))
    unread = parts.filter(review_moments.moments(parts["part"]).is_null())
    told = unread.group_by("row").agg(pl.col("part").head(20).str.join(", "))
    rows = pl.DataFrame({"row": pl.int_range(len(found), dtype=pl.UInt32, eager=True)})
    return rows.join(told, on="row", how="left", maintain_order="left")["part"]


def _parts(found: pl.Series) -> pl.DataFrame:
    rows = pl.DataFrame({"row": pl.int_range(len(found), dtype=pl.UInt32, eager=True), "part": found.str.split(",")})
    parts = rows.explode("part", empty_as_null=True).with_columns(pl.col("part").str.strip_chars())
    return parts.filter(pl.col("part") != "")


def yelp_price_level(found: pl.Series, record: Record) -> pl.Series:
    """Yelp tells it among the attributes, from 1 to 4."""
    level = found.str.extract(r'"RestaurantsPriceRange2": ([1-4])[,}]')
    return level.cast(pl.Int64)
