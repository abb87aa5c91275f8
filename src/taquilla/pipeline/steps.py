"""The one list of steps. It is data and imports nothing heavy: every runner, here or elsewhere, reads it.

Each runner calls `taquilla step NAME --run ID`, or what that calls: the action, found by its name in `run`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from taquilla.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it reads and writes orders it; `by` is the key whose rows must stay together.

    optional: when a service that it needs is not there, the run goes on without it, and says so.
    is_last_word: it runs even when a step before it has failed, since it tells of that too.
    lease: of which work there is one at a time in a lake; None: as many as wish, since their commits keep them apart.
    """

    name: str
    title: str
    run: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    by: str | None = None
    retries: int = 2
    optional: bool = False
    is_last_word: bool = False
    lease: str | None = "run"


STEPS = (
    Step(
        "land_films",
        "land films",
        "taquilla.pipeline.actions:land_films",
        reads=("tmdb",),
        writes=("raw.tmdb_films",),
    ),
    Step(
        "produce_films",
        "produce films",
        "taquilla.pipeline.actions:produce_films",
        reads=("tmdb",),
        writes=("kafka",),
        retries=0,  # it has waited for the broker itself
        lease="produce",
    ),
    Step(
        "consume_films",
        "consume films",
        "taquilla.pipeline.actions:consume_films",
        reads=("kafka",),
        writes=("raw.tmdb_films",),
        retries=0,
        lease=None,
    ),
    Step(
        "land_popularity",
        "land popularity",
        "taquilla.pipeline.actions:land_popularity",
        reads=("tmdb", "raw.tmdb_films"),
        writes=("raw.tmdb_exports",),
        optional=True,
    ),
    Step(
        "curate_films",
        "curate films",
        "taquilla.pipeline.actions:curate_films",
        reads=("raw.tmdb_films", "raw.tmdb_exports"),
        writes=("curated.films", "curated.film_snapshots", "quarantine.films"),
        by="film_id",
    ),
    Step(
        "land_rentals",
        "land rentals",
        "taquilla.pipeline.rentals.actions:land_rentals",
        reads=("shop",),
        writes=("raw.shop",),
    ),
    Step(
        "curate_rentals",
        "curate rentals",
        "taquilla.pipeline.rentals.actions:curate_rentals",
        reads=("raw.shop",),
        writes=("curated.rentals", "curated.rental_films", "quarantine.rentals"),
        by="the key of each table",
    ),
    Step(
        "link_films",
        "link films",
        "taquilla.pipeline.rentals.actions:link_films",
        reads=("curated.films", "curated.rental_films"),
        writes=("curated.film_links",),
    ),
    Step(
        "land_reviews",
        "land reviews",
        "taquilla.pipeline.reviews.actions:land_reviews",
        reads=("review files",),
        writes=("raw.reviews", "raw.ratings"),
    ),
    Step(
        "curate_reviews",
        "curate reviews",
        "taquilla.pipeline.reviews.actions:curate_reviews",
        reads=("raw.reviews", "raw.ratings"),
        writes=("curated.reviews", "curated.ratings", "quarantine.reviews"),
        by="the key of each table",
    ),
    Step(
        "score_reviews",
        "score reviews",
        "taquilla.pipeline.reviews.actions:score_reviews",
        reads=("curated.reviews",),
        writes=("curated.review_signals",),
    ),
    Step(
        "load_films",
        "load films",
        "taquilla.pipeline.actions:load_films",
        reads=("curated.films", "curated.film_snapshots"),
        writes=("warehouse", "warehouse.films"),
    ),
    Step(
        "load_rentals",
        "load rentals",
        "taquilla.pipeline.rentals.actions:load_rentals",
        # After the films: both are in one file, and its traits are theirs.
        reads=("curated.rentals", "curated.film_links", "warehouse.films"),
        writes=("warehouse", "warehouse.rentals"),
    ),
    Step(
        "load_reviews",
        "load reviews",
        "taquilla.pipeline.reviews.actions:load_reviews",
        # After the others, into the same file; a rated film is found among the films.
        reads=("curated.reviews", "curated.ratings", "curated.review_signals", "warehouse.films", "warehouse.rentals"),
        writes=("warehouse",),
    ),
    Step(
        "load_postgres",
        "load PostgreSQL",
        "taquilla.pipeline.actions:load_postgres",
        # After the DuckDB file: what is asked while PostgreSQL does not answer must not be older than it.
        reads=("curated.films", "curated.film_snapshots", "warehouse"),
        writes=("postgres",),
        optional=True,
    ),
    Step(
        "export_films",
        "export films",
        "taquilla.pipeline.actions:export_films",
        reads=("warehouse",),
        writes=("movie_analytics/processed_movies_v2.csv",),
    ),
    Step(
        "report_films",
        "report films",
        "taquilla.pipeline.actions:report_films",
        reads=("warehouse", "postgres"),
        writes=("movie_analytics/visualizations_v2",),
        retries=0,
    ),
    Step(
        "train_models",
        "train models",
        "taquilla.pipeline.actions:train_models",
        reads=("warehouse", "postgres"),
        writes=("movie_analytics/ml_model_v2",),
        retries=0,
    ),
    Step(
        "train_recommenders",
        "train recommenders",
        "taquilla.pipeline.reviews.actions:train_recommenders",
        reads=("warehouse",),
        writes=("movie_analytics/recommender",),
        retries=0,
    ),
    Step(
        "upkeep",
        "upkeep",
        "taquilla.pipeline.actions:upkeep",
        reads=(
            "curated.films",
            "warehouse",
            "postgres",
            "movie_analytics/processed_movies_v2.csv",
            "movie_analytics/visualizations_v2",
            "movie_analytics/ml_model_v2",
            "movie_analytics/recommender",
        ),
        writes=("lake",),
    ),
    Step(
        "publish_runs",
        "publish runs",
        "taquilla.pipeline.actions:publish_runs",
        reads=("lake", "warehouse", "postgres"),
        writes=("ops",),
        is_last_word=True,
    ),
)


def step(name: str) -> Step:
    """The step of that name. SettingsError: there is none."""
    found = {s.name: s for s in STEPS}.get(name)
    if found is None:
        raise SettingsError(f"Unknown step {name!r}. Known: {', '.join(s.name for s in STEPS)}.")
    return found


def edges() -> Iterator[tuple[str, str]]:
    """Which step must have ended before which: (earlier, later) wherever one reads what the other writes."""
    for later in STEPS:
        for earlier in STEPS:
            if set(earlier.writes) & set(later.reads):
                yield earlier.name, later.name


def in_order() -> list[Step]:
    """The steps so that each comes after those whose tables it reads, and else as they stand in the list."""
    before: dict[str, set[str]] = {s.name: set() for s in STEPS}
    for earlier, later in edges():
        before[later].add(earlier)
    done: list[Step] = []
    while waiting := [s for s in STEPS if s not in done]:
        done.append(next(s for s in waiting if before[s.name] <= {d.name for d in done}))
    return done
