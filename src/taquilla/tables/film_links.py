"""Which film of the catalogue a shop's film is: by title and year, and by nothing that only looks likely.

    shop's film, catalogue ── link_films ─▶ curated.film_links   one row a film of the shop

No match is the normal case: a shop has films that no catalogue knows, and its years are often wrong. Where several
films fit equally well there is no link: that one of them is better known says nothing about the shop's shelf.
"""

import dataframely as dy
import polars as pl

TITLE_AND_YEAR, TITLE_AND_NEAR_YEAR, TITLE_ALONE = "title_and_year", "title_and_near_year", "title_alone"
NONE, AMBIGUOUS = "none", "ambiguous"
# An order, not a measured probability: premieres and releases differ by a year, a title alone is often a remake's.
CONFIDENCE = {TITLE_AND_YEAR: 0.95, TITLE_AND_NEAR_YEAR: 0.8, TITLE_ALONE: 0.5}
_METHODS = tuple(CONFIDENCE)


class FilmLinks(dy.Schema):
    """`curated.film_links`: one row a film of the shop, linked or not."""

    film_id = dy.Int64(primary_key=True, min=0, description="the shop's number")
    catalogue_film_id = dy.Int64(nullable=True, description="the catalogue's film; null where none or several fit")
    method = dy.String(description="title_and_year, title_and_near_year (one apart), title_alone, none, ambiguous")
    confidence = dy.Float64(nullable=True, min=0, max=1, description="0 to 1, by the method; null without a link")
    candidates = dy.Int64(min=0, description="how many films of the catalogue fit equally well")
    bucket = dy.Int64(min=0)


def link_films(shop: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """Each film of the shop with the film of the catalogue that it is, as `FilmLinks`, sorted by film_id.

    shop: film_id, title, release_year, bucket. catalogue: film_id, title, release_year, and original_title if known.
    A title alone counts only where one of the two years is unknown: years that are two or more apart tell two films.
    """
    wanted = shop.select("film_id", "bucket", normal=normal_title("title"), year="release_year")
    known = _titles(catalogue).join(wanted.select("normal").unique(), on="normal", how="semi")
    fits = wanted.join(known, on="normal").select("film_id", "catalogue_film_id", rank=_rank())
    best = fits.filter(pl.col("rank").is_not_null() & (pl.col("rank") == pl.col("rank").min().over("film_id")))
    counted = best.unique().group_by("film_id").agg(pl.col("catalogue_film_id", "rank").first(), candidates=pl.len())
    return _told(wanted.join(counted, on="film_id", how="left")).sort("film_id")


def _titles(catalogue: pl.DataFrame) -> pl.DataFrame:
    """The catalogue's titles and original titles, each film once a title."""
    titles = [_named(catalogue, "title")]
    if "original_title" in catalogue.columns:
        titles.append(_named(catalogue.filter(pl.col("original_title") != pl.col("title")), "original_title"))
    return pl.concat(titles).filter(pl.col("normal") != "").unique()


def _named(catalogue: pl.DataFrame, name: str) -> pl.DataFrame:
    return catalogue.select(catalogue_film_id="film_id", known_year="release_year", normal=normal_title(name))


def _rank() -> pl.Expr:
    """The place of the method by which two films with one title fit; null where their years tell them apart."""
    apart = (pl.col("year").cast(pl.Int64) - pl.col("known_year").cast(pl.Int64)).abs()
    return pl.when(apart.is_null()).then(2).when(apart <= 1).then(apart)


def _told(counted: pl.DataFrame) -> pl.DataFrame:
    is_one = pl.col("candidates") == 1
    method = pl.col("rank").replace_strict(dict(enumerate(_METHODS)), return_dtype=pl.String, default=None)
    told = counted.select(
        "film_id",
        pl.when(is_one).then("catalogue_film_id").alias("catalogue_film_id"),
        pl.when(is_one).then(method).when(pl.col("candidates") > 1).then(pl.lit(AMBIGUOUS)).otherwise(pl.lit(NONE))
        .alias("method"),
        pl.col("candidates").cast(pl.Int64).fill_null(0),
        "bucket",
    )  # fmt: skip
    sure = pl.col("method").replace_strict(CONFIDENCE, return_dtype=pl.Float64, default=None)
    return told.with_columns(confidence=sure).select(FilmLinks.column_names())


# What NFKD does not take apart.
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
_ARTICLES = "the|a|an|el|la|los|las|un|una|le|les|l'|der|die|das|il|lo|gli|i|o|os|as"
# One letter may be a name (Malcolm X): it stays.
_ROMANS = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}


def normal_title(column: str) -> pl.Expr:
    """A title as it is compared, without case, accents and punctuation: "the rocky 2" for "Rocky II, The".

    Subtitles, articles and words count: "Matrix" is not "The Matrix". Empty where a title has no letter and no digit.
    """
    plain = pl.col(column).str.normalize("NFKD").str.to_lowercase().str.replace_all("[\u0300-\u036f]", "")
    spelt = plain.str.replace_many(_LETTERS).str.replace_all("[’ʼ`´]", "'").str.replace_all("&", " and ", literal=True)
    turned = spelt.str.strip_chars().str.replace(rf"^(.+), ({_ARTICLES})$", "${2} ${1}")
    words = turned.str.replace_all("'", "", literal=True).str.replace_all(r"[^\p{L}\p{N}\p{M}]+", " ").str.strip_chars()
    return _arabic(words)


def _arabic(words: pl.Expr) -> pl.Expr:
    has_roman = words.str.contains(rf"\b({'|'.join(_ROMANS)})\b")
    numbered = words
    for roman, number in _ROMANS.items():
        numbered = numbered.str.replace_all(rf"\b{roman}\b", number)
    return pl.when(has_roman).then(numbered).otherwise(words)
