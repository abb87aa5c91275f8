"""The model card: what the model learnt from, how well it does by each protocol, and what it is no good for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from taquilla.models.features import FEATURES
from taquilla.models.importance import Importance
from taquilla.models.protocols import HONEST

Facts = Mapping[str, Any]

_LIMITS = """\
- A correlation is no cause: a larger budget does not make a film popular by itself.
- The histories of directors, casts and companies are those of films released strictly before, but the popularity and
  the ratings of those films are today's, not those of that day: the warehouse has no older ones.
- Popularity has no fixed scale; TMDB has changed it more than once. Compare predictions of one model only.
- A film without a known budget is mostly one that few have looked up; a plan that leaves it out looks like those.
- A date of 1 January may stand for a year alone: its month and weekday count as unknown.
- A plan beyond the training ranges is answered with a warning: trees do not go on beyond what they have seen.
- In the built-in catalogue popularity is a stand-in made of votes and reviews, votes end in 2010 and casts are in
  alphabetical order: figures of the demo say nothing of TMDB."""

_LICENCES = """\
Films from TMDB ({from_tmdb} in the warehouse): TMDB's API terms of use apply, with what they say of machine learning
and of how long data may be kept; read them before a model is passed on.
This product uses TMDB and the TMDB APIs but is not endorsed, certified, or otherwise approved by TMDB.
Built-in films ({built_in} in the warehouse, film_id from 2^40 on): single facts from Wikidata (CC0-1.0) and from
vega-datasets' movies.json, for whose table nobody states a licence; see docs/catalogue.md."""


def card(metrics: Facts, importance: Sequence[Importance]) -> str:
    """The card of the model that these metrics tell of, in Markdown."""
    sections = [
        f"# Model card: {metrics['name']}",
        _intended(metrics),
        _data(metrics),
        *(_target(name, facts, importance) for name, facts in metrics["targets"].items()),
        _features(metrics),
        "## Limits\n\n" + _LIMITS,
        "## Licence of the rows\n\n" + _LICENCES.format(**metrics["films"]),
        _made(metrics),
    ]
    return "\n\n".join(sections) + "\n"


def _intended(metrics: Facts) -> str:
    return f"""\
## Intended use

To see what the data tell of a film before its release, and how little that is. Not for decisions about money or people.

The model that answers knows what is known before release only. How good it is stands under `{HONEST}`. It was then made
anew from {metrics["served"]["learnt_from"]}, so there are no films left to measure that one on; its 80 % intervals are
as wide as the honest one's errors on the films that it had not seen."""


def _data(metrics: Facts) -> str:
    films = metrics["films"]
    used = [
        f"- {name}: {facts['films_used']} films used, {facts['films_left_out']} left out because "
        f"{facts['left_out_because']}."
        for name, facts in metrics["targets"].items()
    ]
    head = (
        f"{films['films']} films in the warehouse: {films['removed']} removed by the source, "
        f"{films['without_release_date']} without a release date and {films['unreleased']} not released yet when the "
        f"newest record was read are left out, {films['released']} remain; "
        f"{films['on_1_january']} of them are dated 1 January."
    )
    return "\n".join(["## Data", "", head, "", *used])


def _target(name: str, facts: Facts, importance: Sequence[Importance]) -> str:
    interval = facts["protocols"][HONEST]["interval"]
    needed = [row for row in importance if row.target == name and row.protocol == HONEST][:10]
    return "\n".join(
        [
            f"## {name} = {facts['formula']}",
            "",
            *_table(["protocol", "estimator", "R2", "R2 of log", "RMSE", "MAE", "Spearman", "leaks"], _measures(facts)),
            "",
            *(_protocol(protocol, told) for protocol, told in facts["protocols"].items()),
            "",
            f"The 80 % interval of `{HONEST}` held {interval['coverage']:.1%} of the test films; "
            f"its median width is {interval['median_width']:.3g} {facts['unit']}.",
            "",
            "What the honest model goes by (fall of R2 of log(1 + target) when shuffled on test films):",
            "",
            *_table(["feature", "mean", "spread"], [_needs(row) for row in needed]),
        ]
    )


def _needs(row: Importance) -> list[str]:
    return [row.feature, f"{row.importance_mean:.4f}", f"{row.importance_std:.4f}"]


def _measures(facts: Facts) -> Iterable[list[str]]:
    for protocol, told in facts["protocols"].items():
        for estimator, measured in told["metrics"].items():
            kind = f"{estimator}: {told['estimators'][estimator]}"
            yield [protocol, kind, *(_number(value) for value in measured.values()), "yes" if told["leaks"] else "no"]


def _protocol(name: str, told: Facts) -> str:
    split = told["split"]
    cut = f", test films from {split['cut_off_date']} on" if split["cut_off_date"] else ", drawn at random"
    line = f"- `{name}`: {told['what']} {split['train_films']} films trained on, {split['test_films']} tested{cut}."
    declared = [f"{leak['feature']} ({leak['why']})" for leak in told["leaking_features"]]
    found = [f"{leak['feature']}: {leak['why']}" for leak in told["found_by_leak_check"]]
    return "\n".join(
        [
            line,
            *([f"  Leaks: {', '.join(declared)}."] if declared else []),
            *([f"  Found by the leak check: {'; '.join(found)}."] if found else []),
        ]
    )


def _features(metrics: Facts) -> str:
    known = {name: facts["features"] for name, facts in metrics["targets"].items()}
    rows = [
        [name, feature.meaning, *(told[name]["known"] for told in known.values()), *_ranges(metrics, name)]
        for name, feature in FEATURES.items()
    ]
    head = ["feature", "meaning", *(f"known, for {name}" for name in known), *(f"range, {name}" for name in known)]
    told = "Trained on what is known before release. Ranges and categories are those of the films learnt from."
    return "\n".join(["## Features", "", told, "", *_table(head, rows)])


def _ranges(metrics: Facts, name: str) -> Iterable[str]:
    for facts in metrics["targets"].values():
        bounds, categories = facts["training_ranges"].get(name), facts["training_categories"].get(name)
        yield f"{_plain(bounds[0])} to {_plain(bounds[1])}" if bounds else ", ".join(categories or [])


def _plain(value: float) -> str:
    if abs(value) >= 1_000_000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value.is_integer() else f"{value:.4g}"


def _made(metrics: Facts) -> str:
    versions = ", ".join(f"{library} {version}" for library, version in metrics["versions"].items())
    return f"## Made\n\n{metrics['made_at']}, seed {metrics['seed']}, {versions}."


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
