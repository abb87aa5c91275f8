"""A prediction in words: both values with their intervals, what is unlike the films learnt from, and how good it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from taquilla.analysis.fields import feature_name
from taquilla.web.language import UNKNOWN, Language

if TYPE_CHECKING:
    from taquilla.models.predicting import Estimate, OutOfRange, Prediction
    from taquilla.models.served import Model

TARGETS = ("success", "popularity")
SEEDS = "seed_80_20"
# Features by how their numbers are written; others are whole.
_KINDS = {"_usd": "money", "_popularity": "one", "_rating": "two"}
_WHOLE = {"release_year", "release_month", "release_weekday"}


@dataclass(frozen=True, slots=True)
class Told:
    """A target in words. `places`: low, value and high, 0 to 100, as the share of the films learnt from below them."""

    name: str
    value: str
    between: str
    above: str
    level: str | None
    places: tuple[float, float, float]


def estimates(words: Language, model: "Model", found: "Prediction") -> list[Told]:
    """Success and popularity."""
    return [_told(words, model, name, getattr(found, name)) for name in TARGETS]


def _told(words: Language, model: "Model", name: str, found: "Estimate") -> Told:
    low, value, high = (words.number(number, 1) for number in (found.low, found.value, found.high))
    places = tuple(100 * model.targets[name].percentile(number) for number in (found.low, found.value, found.high))
    return Told(
        name,
        value,
        words.text("predict.between", level=words.share(found.level), low=low, high=high),
        words.text("predict.above", share=words.share(found.percentile)),
        found.popularity_level,
        (places[0], places[1], places[2]),
    )


def warnings(words: Language, found: "Prediction", genres: Mapping[str, str]) -> list[str]:
    """What the films learnt from did not have, one sentence each. genres: the warehouse's names by id."""
    return [_warning(words, each, genres) for each in found.outside]


def _warning(words: Language, found: "OutOfRange", genres: Mapping[str, str]) -> str:
    what = feature_name(words, found.feature)
    if found.low is None or found.high is None:
        key = "absent" if found.reason == "not in the warehouse" else "seldom"
        return words.text(f"predict.{key}", what=what, given=_category(words, found, genres))
    given, low, high = (_number(words, found.feature, value) for value in (found.given, found.low, found.high))
    key = "below" if found.reason == "below the range" else "beyond"
    return words.text(f"predict.{key}", what=what, given=given, low=low, high=high)


def _category(words: Language, found: "OutOfRange", genres: Mapping[str, str]) -> str:
    given = str(found.given)
    if found.feature == "genres":
        return words.name("genres", given, genres.get(given, given))
    if found.feature == "original_language":
        return words.language(given, given)
    return words.country(given, given) if found.feature == "countries" else given


def _number(words: Language, name: str, value: Any) -> str:
    if name in _WHOLE:
        return str(round(value))
    if name == "runtime_min":
        return words.text("list.minutes", minutes=words.number(value))
    kind = next((kind for ending, kind in _KINDS.items() if name.endswith(ending)), "whole")
    return words.written(kind, value)


def missing(words: Language, found: "Prediction") -> list[str]:
    """What the plan leaves unknown."""
    return [words.text(f"left.{name}") for name in found.missing]


def about(words: Language, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Which model it is, and how good: the honest figures beside the seeds' own."""
    return {
        "name": metrics["name"],
        "made_at": words.moment(datetime.fromisoformat(metrics["made_at"])),
        "rows": list(_measures(words, metrics)),
    }


def _measures(words: Language, metrics: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for name in TARGETS:
        facts = metrics["targets"][name]
        honest, seeds = facts["protocols"][metrics["served"]["protocol"]], facts["protocols"][SEEDS]
        measured = honest["metrics"]["model"]
        cut_off = honest["split"]["cut_off_date"]
        yield {
            "target": words.text(f"predict.{name}.title"),
            "films": words.number(facts["films_used"]),
            "cut_off": words.day(date.fromisoformat(cut_off)) if cut_off else UNKNOWN,
            "tested": words.number(honest["split"]["test_films"]),
            "r2": words.written("two", measured["r2"]),
            "spearman": words.written("two", measured["spearman"]),
            "held": words.share(honest["interval"]["coverage"]),
            "seeds_r2": words.written("two", seeds["metrics"]["model"]["r2"]),
        }
