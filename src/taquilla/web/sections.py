"""What stands on the page, as data: the tiles of the strip, and the marts with the columns that are shown of each."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tile:
    """A KPI: its column in mart.kpis, how it is written, and the columns that its small print counts."""

    column: str
    kind: str
    known: str = "films"
    films: str = "films"


TILES = (
    Tile("films", "whole", "films_this_year"),
    Tile("films_this_week", "whole"),
    Tile("revenue_usd", "money", "films_with_revenue"),
    Tile("median_roi", "share", "films_with_figures"),
    Tile("share_profitable", "share", "films_with_figures"),
    Tile("share_break_even", "share", "films_with_figures"),
    Tile("mean_bayesian_rating", "two", "films_with_rating"),
    Tile("share_not_english", "share", "films_with_language"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of a mart. Its kind says how it is written; `is_minor` columns give way on a telephone;
    `heading_of` is another column whose heading it bears."""

    name: str
    kind: str
    is_minor: bool = False
    heading_of: str = ""

    @property
    def heading(self) -> str:
        """The name that its heading goes by."""
        return self.heading_of or self.name

    @property
    def is_text(self) -> bool:
        return self.kind in {"text", "film", "genre", "level", "column", "decade", "month"}


@dataclass(frozen=True, slots=True)
class Section:
    """A mart on the page; `coverage` is what its films must have, by the names in COVERAGE."""

    mart: str
    coverage: str
    shown: tuple[Shown, ...]
    rows: int = 10
    is_wide: bool = field(default=False)


_RANK, _FILM, _GENRE = Shown("rank", "whole", is_minor=True), Shown("title", "film"), Shown("genre", "genre")
_MONEY = (Shown("budget_usd", "money"), Shown("revenue_usd", "money", is_minor=True))

SECTIONS = (
    Section(
        "top_films",
        "popularity",
        (
            _RANK,
            _FILM,
            Shown("popularity", "one"),
            Shown("popularity_level", "level"),
            Shown("vote_average", "one"),
            Shown("vote_count", "whole", is_minor=True),
            Shown("revenue_usd", "money", is_minor=True),
        ),
        is_wide=True,
    ),
    Section(
        "genre_popularity",
        "genre_popularity",
        (
            _GENRE,
            Shown("films", "whole"),
            Shown("mean_popularity", "one"),
            Shown("mean_popularity_percentile", "share"),
        ),
        rows=20,
    ),
    Section(
        "genre_rating",
        "genre_rating",
        (_GENRE, Shown("films_with_rating", "whole"), Shown("mean_rating", "two"), Shown("shrunk_rating", "two")),
        rows=20,
    ),
    Section(
        "genre_roi",
        "genre_figures",
        (
            _GENRE,
            Shown("films_with_figures", "whole"),
            Shown("p25_roi", "share", is_minor=True),
            Shown("median_roi", "share"),
            Shown("p75_roi", "share", is_minor=True),
            Shown("share_break_even", "share"),
        ),
        rows=20,
    ),
    Section(
        "directors_leaderboard",
        "director_rating",
        (
            _RANK,
            Shown("director", "text"),
            Shown("films", "whole"),
            Shown("mean_rating", "two", is_minor=True),
            Shown("shrunk_rating", "two"),
            Shown("revenue_usd", "money", is_minor=True),
        ),
        rows=20,
    ),
    Section(
        "decades",
        "year",
        (
            Shown("decade", "decade"),
            Shown("films", "whole"),
            Shown("median_budget_usd", "money", is_minor=True),
            Shown("median_revenue_usd", "money"),
            Shown("median_runtime_min", "whole", is_minor=True),
            Shown("median_rating", "one"),
        ),
        rows=20,
    ),
    Section(
        "seasonality",
        "date",
        (
            Shown("release_month", "month"),
            Shown("films", "whole"),
            Shown("share_of_films", "share", is_minor=True),
            Shown("median_revenue_usd", "money"),
            Shown("median_roi", "share", heading_of="roi"),
        ),
        rows=12,
    ),
    Section("sleepers", "figures", (_RANK, _FILM, *_MONEY, Shown("roi", "share"))),
    Section("flops", "figures", (_RANK, _FILM, *_MONEY, Shown("loss_usd", "money"))),
    Section(
        "hidden_gems",
        "rating",
        (_RANK, _FILM, Shown("vote_average", "one"), Shown("vote_count", "whole")),
        rows=20,
    ),
    Section(
        "data_quality",
        "films",
        (Shown("column_name", "column"), Shown("films_known", "whole"), Shown("share_known", "share_one")),
        rows=100,
    ),
)

_IS_RATED = "vote_count > 0 and vote_average is not null"
_HAS_FIGURES = "budget_usd >= 1000 and revenue_usd >= 1000"
_HAS_GENRE = "film_id in (select film_id from movie_genres)"

# How many films a section speaks of: the marts' own conditions, counted over films.
COVERAGE = {
    "films": "true",
    "popularity": "popularity is not null",
    "rating": _IS_RATED,
    "figures": _HAS_FIGURES,
    "year": "release_year is not null",
    "date": "release_date is not null",
    "genre_popularity": f"popularity is not null and {_HAS_GENRE}",
    "genre_rating": f"{_IS_RATED} and {_HAS_GENRE}",
    "genre_figures": f"{_HAS_FIGURES} and {_HAS_GENRE}",
    "director_rating": f"{_IS_RATED} and film_id in (select film_id from movie_directors)",  # noqa: S608 - constants
}
