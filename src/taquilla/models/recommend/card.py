"""The recommender's card: what it learnt from, how good each ranker is by each protocol, and what it is no good for."""

from collections.abc import Iterable, Mapping
from typing import Any

_MEASURES = """\
A rating or a review of 4 stars or more is a like, and so is every rental: of those nobody says how they were. What
somebody has met, liked or not, is never recommended to them. Recall@20 = hits / min(20, likes asked for); nDCG@20
against the best order there can be; coverage: the share of the liked items that stand in a list; novelty: the mean of
-log2(share of users who like an item), in bits."""

_PROTOCOLS = """\
- `time`: learns from what was met before the moment by which 80 % had been met, and asks for what was liked from then
  on. The only protocol that does not know the future. Users of whom nothing was known before are cold: they get the
  fallback, in lines of their own, once with nothing told and once with the first thing that they like.
- `leave_last_out`: asks for the last like of each user; of others it knows what came later.
- `random_80_20`: a fifth of the likes drawn at random, as most published figures are made; it learns from the future.

The settings and the ranker that answers were chosen on the later part of what the time split learns from, never on its
test likes. The one that answers was then made anew from everything."""

_LIMITS = """\
- Who rates is not who rents: the space before an id says which of them a user is.
- Ratings are often entered in one sitting: their moments are those of the rating, not of the film.
- An item that fewer than 5 users like is only found by its words, its genres or its place.
- A score is comparable within one answer and one way of finding (`by`) alone.
- A list of what is popular is hard to beat for those of whom nothing is known; the table says by how much."""

_LICENCES = """\
What was rated, rented and reviewed keeps the licence of its source: MovieLens' ratings may not be redistributed without
permission, Yelp's data are for academic use. A folder with histories in it is such data too: do not pass it on."""


def card(metrics: Mapping[str, Any]) -> str:
    """The card of the recommender that these metrics tell of, in Markdown."""
    sections = [
        f"# Model card: {metrics['name']}",
        "## Intended use\n\nTo suggest films to raters and customers, and places to reviewers, with the reason.",
        "## How it was measured\n\n" + _MEASURES,
        "## Protocols\n\n" + _PROTOCOLS,
        *(_kind(kind, facts) for kind, facts in metrics["kinds"].items()),
        *(f"## {kind}\n\nLeft out: {why}" for kind, why in metrics["left_out"].items()),
        "## Limits\n\n" + _LIMITS,
        "## Licence of the rows\n\n" + _LICENCES,
        _made(metrics),
    ]
    return "\n\n".join(sections) + "\n"


def _kind(kind: str, facts: Mapping[str, Any]) -> str:
    data, validation = facts["data"], facts["validation"]
    told = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in data.items())
    splits = "\n".join(f"- `{name}`: {_split(split)}" for name, split in facts["splits"].items())
    return f"""\
## {kind}

{told}.

Answering: `{facts["answering"]}`, chosen by nDCG@20 on `{validation["protocol"]}`.

{splits}

{markdown_table(facts["table"])}"""


def _split(split: Mapping[str, Any]) -> str:
    cut = f", cut at {split['cut_off_date']}" if split["cut_off_date"] else ""
    return (
        f"{split['train_likes']:,} likes learnt from, {split['test_likes']:,} asked for, {split['warm_users']:,} known "
        f"users, {split['cold_users']:,} cold ones ({split['cold_share']:.0%}){cut}"
    )


def markdown_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """The figures, a line each."""
    lines = [
        "| protocol | model | users | Recall@20 | nDCG@20 | coverage | novelty, bits |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        model = f"{row['model']} ({row['setting']})" if row["setting"] else row["model"]
        figures = (
            f"{row['recall_at_20']:.3f} | {row['ndcg_at_20']:.3f} | {row['coverage']:.3f} | {row['novelty_bits']:.2f}"
        )
        lines.append(f"| {row['protocol']} | {model} | {row['measured_users']:,} {row['users']} | {figures} |")
    return "\n".join(lines)


def _made(metrics: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in metrics["versions"].items())
    return f"## Made\n\n{metrics['made_at']}, seed {metrics['seed']}, {versions}."
