"""The features as data: what each means and when it is known; and the rows of films that they stand in."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from taquilla.warehouse.asking import Ask

Known = Literal["before release", "after release", "part of the target"]
Kind = Literal["number", "amount", "category", "set"]
Row = dict[str, Any]

MEMBERS = (
    ("director", "the directors"),
    ("cast", "the five first billed actors"),
    ("company", "the production companies"),
)


@dataclass(frozen=True, slots=True)
class Feature:
    """A column of the films' rows. `amount`: money or popularity, learnt on the scale of log(1 + x).

    measured_today: it is made of figures of earlier films as they are now, not as they were at the film's release; an
    earlier film's popularity may have risen with this very one. The warehouse has no older figures.
    """

    name: str
    meaning: str
    known: Known
    kind: Kind = "number"
    measured_today: bool = False


def _history(role: str, who: str) -> tuple[Feature, ...]:
    told = f"the earlier films of {who}"
    return (
        Feature(f"{role}_films", f"most earlier films of one of {who}", "before release"),
        Feature(f"{role}_popularity", f"geometric mean popularity of {told}, shrunk", "before release", "amount", True),
        Feature(f"{role}_best_popularity", f"highest popularity of {told}", "before release", "amount", True),
        Feature(f"{role}_rating", f"mean rating of {told}, shrunk", "before release", measured_today=True),
        Feature(f"{role}_revenue_usd", f"geometric mean revenue of {told}", "before release", "amount", True),
        Feature(f"{role}_budget_usd", f"geometric mean budget of {told}", "before release", "amount"),
    )


PLANNED = (
    Feature("budget_usd", "budget in US dollars", "before release", "amount"),
    Feature("runtime_min", "running time in minutes", "before release"),
    Feature("release_year", "year of the release", "before release"),
    Feature(
        "release_month", "month of the release; unknown on 1 January, which may stand for a year", "before release"
    ),
    Feature("release_weekday", "day of the week, 1 is Monday; unknown on 1 January", "before release"),
    Feature("genres", "genres, by TMDB's id", "before release", "set"),
    Feature("original_language", "original language, ISO 639-1", "before release", "category"),
    Feature("countries", "countries of production, ISO 3166-1", "before release", "set"),
    Feature("country_count", "number of countries; none listed is unknown", "before release"),
    Feature("company_count", "number of production companies; none listed is unknown", "before release"),
)
BEFORE_RELEASE = (
    *PLANNED,
    *(feature for role, who in MEMBERS for feature in _history(role, who)),
    Feature("cast_top_popularity", "the highest such mean of one of the cast", "before release", "amount", True),
    Feature(
        "company_top_popularity", "the highest such mean of one of the companies", "before release", "amount", True
    ),
    Feature("collection_films", "earlier films of the collection", "before release"),
    Feature("collection_popularity", "geometric mean popularity of them, shrunk", "before release", "amount", True),
)
# The length of the cast list is here on purpose: people go on adding to that of a film that did well.
AFTER_RELEASE = (
    Feature("vote_count", "number of votes", "after release", "amount"),
    Feature("vote_average", "mean rating, 0 to 10", "after release"),
    Feature("popularity", "popularity, which has no fixed scale", "after release", "amount"),
    Feature("revenue_usd", "revenue in US dollars", "after release", "amount"),
    Feature("roi", "(revenue - budget) / budget", "after release"),
    Feature("cast_count", "actors listed; the list grows after a success", "after release"),
)
FEATURES = {feature.name: feature for feature in (*BEFORE_RELEASE, *AFTER_RELEASE)}


@cache
def query(*names: str) -> str:
    """The SQL of these files, in the order given; several are the named parts of one query."""
    parts = [files(__package__).joinpath("sql", f"{name}.sql").read_text("utf-8") for name in names]
    return parts[0] if len(parts) == 1 else "with\n" + ",\n".join(parts)


def read_rows(ask: Ask) -> list[Row]:
    """One row a film that is not removed and was out when the newest record was read, by date; unknown is None.

    `split_date` is the latest day that the film's date may stand for: 31 December where only the year is known.
    """
    after = {row["film_id"]: row for row in ask(query("after_release"))}
    before = ask(query("subject_films", "before_release"))
    return [{**row, **after[row["film_id"]]} for row in before]


def names(features: Iterable[Feature]) -> list[str]:
    """Their names, in their order."""
    return [feature.name for feature in features]
