"""What is made of the warehouse for people: the report and the models, a folder a run each, the newest of them kept."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taquilla.pipeline.asking import Warehouses
from taquilla.pipeline.options import ModelOptions, Progress, ReportOptions
from taquilla.warehouse.asking import Ask

if TYPE_CHECKING:
    from taquilla.analysis.language import Language
    from taquilla.analysis.report import Written
    from taquilla.models.training import Trained

HONEST = "by_date_pre_release"
MOST_DRAWN = 20
REPORTS, MODELS, RECOMMENDERS = "visualizations_v2_*", "ml_model_v2_*", "recommender_*"
# What a run leaves that was killed while it wrote one of them.
LEFT_OVER = (".visualizations_v2_*.new", ".ml_model_v2_*.part", ".recommender_*.part")


@dataclass(frozen=True, slots=True)
class Told:
    """How many films it speaks of, and what is to be said of it."""

    rows: int
    note: str
    folder: Path | None = None


def report_films(
    warehouses: Warehouses, folder: Path, options: ReportOptions, now: datetime, progress: Progress
) -> Told:
    """The pictures and the report, in a folder of their own."""
    from taquilla.analysis.charts import charts
    from taquilla.analysis.language import language
    from taquilla.analysis.report import write_report

    words, total = language(options.language), len(charts())

    def study(ask: Ask) -> tuple["Written", int]:
        written = write_report(ask, folder, words=words, now=now, progress=lambda done: progress(done, total))
        (films,) = ask("select count(*) as films from movies where not is_removed")
        return written, films["films"]

    (written, films), said = warehouses.study(study)
    missing = f"{len(written.missing)} charts without data" if written.missing else ""
    pictures = ", ".join(filter(None, (f"{written.pictures} pictures", missing)))
    note = "; ".join(filter(None, (pictures, said)))
    return Told(films, note, written.folder)


def train_models(
    warehouses: Warehouses, folder: Path, options: ModelOptions, now: datetime, progress: Progress
) -> Told:
    """The models with their metrics and their card; of too few films the note says so."""
    from taquilla.analysis.language import language
    from taquilla.models.training import TooFewFilmsError, train

    def study(ask: Ask) -> "Trained":
        told = _counted(progress)
        return train(ask, folder, now=now, seed=options.seed, with_pickle=options.with_pickle, progress=told)

    try:
        trained, said = warehouses.study(study)
    except TooFewFilmsError as error:
        if options.is_asked:
            raise
        return Told(0, str(error))
    _draw_importance(trained, language(options.language))
    learnt_from = max(facts["films_used"] for facts in trained.metrics["targets"].values())
    note = "; ".join(filter(None, (_scored(trained.metrics), said)))
    return Told(learnt_from, note, trained.folder)


def _draw_importance(trained: "Trained", words: "Language") -> None:
    """What the honest model of success goes by, as a picture beside the figures of all."""
    from taquilla.analysis.drawing import draw_importance

    rows = [asdict(row) for row in trained.importance if (row.target, row.protocol) == ("success", HONEST)]
    title, note = words.text("drawing.success.title"), words.text("drawing.success.sentence")
    draw_importance(rows[:MOST_DRAWN], words, trained.folder / "feature_importance.png", title, note)


def _counted(progress: Progress) -> Callable[[str], None]:
    """Training tells what it does; a bar wants to know how much of it is done."""
    done = count(1)
    return lambda _: progress(next(done), 10)


def _scored(metrics: Mapping[str, Any]) -> str:
    """The honest figures in a few words."""
    r2 = {name: facts["protocols"][HONEST]["metrics"]["model"]["r2"] for name, facts in metrics["targets"].items()}
    return "R2 on later films: " + ", ".join(f"{name} {value:.2f}" for name, value in r2.items())


def keep_newest(folder: Path, reports: int, models: int) -> int:
    """Delete the oldest reports and models but so many of each, and those half written; how many folders went."""
    kept = {REPORTS: reports, MODELS: models, RECOMMENDERS: models}
    surplus = [old for pattern, keep in kept.items() for old in _oldest(folder, pattern, keep)]
    surplus += [half for pattern in LEFT_OVER for half in folder.glob(pattern)]
    for old in surplus:
        shutil.rmtree(old)
    return len(surplus)


def _oldest(folder: Path, pattern: str, keep: int) -> list[Path]:
    return sorted(folder.glob(pattern))[:-keep]
