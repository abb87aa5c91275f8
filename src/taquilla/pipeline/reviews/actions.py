"""What each step of the reviews does: as `pipeline/actions.py`, for files of reviews and ratings."""

from taquilla.errors import SettingsError
from taquilla.pipeline.actions import Context, Outcome
from taquilla.pipeline.reviews import curate, land, load, recommend, score
from taquilla.pipeline.reviews.pseudonyms import Pseudonyms
from taquilla.pipeline.subjects import among_the_others


def land_reviews(context: Context) -> Outcome:
    """Files of reviews, places, people and ratings → raw."""
    reviews = context.reviews
    if not reviews.addresses:
        raise SettingsError(
            "No reviews are named. Set reviews.source (TAQUILLA_REVIEWS__SOURCE) to a file or a folder of JSON or CSV; "
            "or name it: taquilla reviews SOURCE"
        )
    landed = land.land_reviews(
        context.lake,
        reviews.addresses,
        run_id=context.run_id,
        now=context.now,
        engine=context.engine,
        buckets=context.buckets,
        batch_rows=reviews.batch_rows,
        pseudonyms=Pseudonyms.of(context.lake, reviews.pseudonym_key) if reviews.pseudonymise else None,
        on_type_change=reviews.on_type_change,
        progress=context.progress,
    )
    return Outcome(sum(landed.rows.values()), dead=landed.dead, note=landed.told())


def curate_reviews(context: Context) -> Outcome:
    """Raw → curated venues, reviews, reviewers, tips, check-ins and ratings, contract-checked."""
    done = curate.curate_reviews(context.lake, context.engine, rebuild=context.rebuild, progress=context.progress)
    note = f"{done.repaired:,} cells repaired or refused" if done.repaired else ""
    return Outcome(done.raw_rows, parts=done.parts, quarantined=done.quarantined, note=note)


def score_reviews(context: Context) -> Outcome:
    """Curated reviews → their language, sentiment, aspects and signs of spam."""
    done = score.score_reviews(context.lake, context.engine, rebuild=context.rebuild, progress=context.progress)
    return Outcome(done.rows, parts=done.parts)


def load_reviews(context: Context) -> Outcome:
    """Curated → the star schema in the warehouse."""
    with among_the_others("reviews", context):
        loaded = load.load_reviews(
            context.lake,
            context.warehouse,
            goals=context.reviews.goals,
            now=context.now,
            rebuild=context.rebuild,
            memory_limit=context.memory_limit,
        )
    return Outcome(loaded.reviews + loaded.ratings, note="all anew" if loaded.is_whole else "")


def train_recommenders(context: Context) -> Outcome:
    """The warehouse → what recommends films and places."""
    told = recommend.train_recommenders(
        context.warehouses,
        context.analytics,
        seed=context.model.seed,
        now=context.now,
        is_asked=context.model.is_asked,
        progress=context.progress,
    )
    return Outcome(told.rows, note=told.note)
