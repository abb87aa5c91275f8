"""curated.reviews → curated.review_signals: how many reviews a second, beside VADER in Python where it is installed.

    python -m benchmarks.sentiment --reviews 200000

Generated English reviews of some 600 characters, each of 110 words of which every seventh is one of the lexicon's; one
in twenty is Spanish. The files of the lake are work items, so that two workers share them.
"""

import argparse
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from benchmarks.measure import MIB, in_fresh_process, machine, show
from taquilla.engines import engine
from taquilla.lake import Lake
from taquilla.pipeline.reviews.review_tables import ReviewTables
from taquilla.pipeline.reviews.score import score_reviews, signals_table
from taquilla.tables.lexicon import words
from taquilla.tables.review_signals import score

REVIEWS, FILES = 200_000, 8
WORDS, DISTINCT, SPANISH_EVERY = 110, 4_000, 20
PYTHON_TEXTS = 2_000
FILLER = [
    "ticket",
    "lobby",
    "friday",
    "corner",
    "family",
    "trailer",
    "evening",
    "counter",
    "hallway",
    "poster",
    "weekend",
]


def main(reviews: int = REVIEWS) -> None:
    with TemporaryDirectory() as folder:
        characters = make(Lake(folder), reviews)
        rows = [_row(f"score, {workers} worker(s)", reviews, folder, workers) for workers in (1, 2)]
    alone = in_fresh_process("benchmarks.sentiment:pure", min(reviews, 50_000))
    rows.append(
        _told(
            "score() alone, one process",
            alone.result["rows"],
            alone.result["seconds"],
            alone.result["cpu"],
            alone.peak_bytes,
        )
    )
    if find_spec("vaderSentiment"):
        python = in_fresh_process("benchmarks.sentiment:vader")
        rows.append(_told("vaderSentiment", PYTHON_TEXTS, python.seconds, python.cpu_seconds, python.peak_bytes))
    show(f"sentiment: {reviews:,} generated reviews of {characters:,.0f} characters", rows)


def _row(name: str, reviews: int, folder: str, workers: int) -> dict[str, Any]:
    run = in_fresh_process("benchmarks.sentiment:step", folder, workers)
    return _told(name, reviews, run.seconds, run.cpu_seconds, run.peak_bytes)


def _told(name: str, rows: int, seconds: float, cpu_seconds: float, peak: int) -> dict[str, Any]:
    return {
        "task": name,
        "seconds": seconds,
        "processor s": cpu_seconds,
        "reviews/s": int(rows / seconds),
        "peak MiB": int(peak / MIB),
    }


def make(lake: Lake, reviews: int) -> float:
    """Fill curated.reviews; the mean characters of a text."""
    table = ReviewTables.of(lake, "reviews").curated
    rows = texts(reviews).select(
        review_id=pl.format("r{}", "raw_seq"),
        source=pl.lit("yelp"),
        venue_id=pl.lit("v"),
        stars=pl.lit(4.0),
        reviewed_at=pl.lit(datetime(2026, 1, 1, tzinfo=UTC)),
        date_precision=pl.lit("second"),
        text="text",
        raw_seq="raw_seq",
        bucket=pl.lit(0, pl.Int64),
    )
    whole = pl.concat([pl.DataFrame(schema=table.schema), rows], how="diagonal_relaxed")
    parts = [table.write_part(slice_, 0) for slice_ in whole.iter_slices(-(-reviews // FILES))]
    table.publish(parts, marks={})
    return float(rows["text"].str.len_chars().mean())  # type: ignore[arg-type]


def texts(reviews: int) -> pl.DataFrame:
    """raw_seq and text: so many, of `DISTINCT` different ones."""
    drawn = random.Random(1)  # noqa: S311
    pools = {language: _pools(language) for language in ("en", "es")}
    made = [_text(drawn, *pools["en" if n % SPANISH_EVERY else "es"]) for n in range(DISTINCT)]
    return pl.DataFrame({"raw_seq": range(reviews)}, schema={"raw_seq": pl.Int64}).with_columns(
        text=pl.Series(made).gather([n % DISTINCT for n in range(reviews)])
    )


def _pools(language: str) -> tuple[list[str], list[str]]:
    known = words(language)
    telling = known.filter((pl.col("source") != "afinn") & pl.col("valence").is_not_null())["word"]
    return known.filter("is_function")["word"].to_list(), telling.filter(telling.str.contains("^[a-z]+$")).to_list()


def _text(drawn: random.Random, common: list[str], telling: list[str]) -> str:
    parts = [drawn.choice((telling, common, common, common, common, FILLER, FILLER)) for _ in range(WORDS)]
    written = [drawn.choice(part) + (". " if drawn.random() < 0.07 else " ") for part in parts]
    return "".join(written).strip().capitalize() + drawn.choice((".", "!", ""))


def step(folder: str, workers: str) -> dict[str, Any]:
    scored = score_reviews(Lake(folder), engine("local", workers=int(workers)), rebuild=True)
    return {"rows": scored.rows, "there": signals_table(Lake(folder)).count()}


def pure(reviews: str) -> dict[str, Any]:
    rows = texts(int(reviews)).with_columns(
        review_id=pl.format("r{}", "raw_seq"), stars=pl.lit(4.0), bucket=pl.lit(0, pl.Int64)
    )
    score(rows.head(10))  # the lexicons and the model are loaded
    begun, cpu = time.perf_counter(), time.process_time()
    scored = score(rows)
    return {"rows": scored.height, "seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu}


def vader() -> dict[str, Any]:
    analyzer = import_module("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    return {"rows": sum(1 for text in texts(PYTHON_TEXTS)["text"] if analyzer.polarity_scores(text))}


def _main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reviews", type=int, default=REVIEWS)
    print(machine())
    main(parser.parse_args(arguments).reviews)


if __name__ == "__main__":
    _main()
