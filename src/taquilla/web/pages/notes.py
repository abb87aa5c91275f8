"""What a step noted, in the reader's language: the pipeline writes its notes in English, with the figures in them."""

import re

from taquilla.web.language import Language

_N = r"(?P<count>[0-9][0-9,]*)"
# How the steps write what stands under `notes` in the texts: one such thing, or several with a comma between them.
_NOTES = {
    "snapshots": rf"{_N} snapshots",
    "pictures": rf"{_N} pictures",
    "without_data": rf"{_N} charts without data",
    "new": rf"{_N} new",
    "changed": rf"{_N} changed",
    "stale": rf"{_N} stale",
    "failed": rf"{_N} failed",
    "asked_for": rf"{_N} asked for",
    "unknown": rf"{_N} not known to TMDB",
    "recovered": rf"{_N} from the journal of the run before",
    "waited": rf"{_N} times told to wait",
    "merged": rf"{_N} small files merged",
    "too_old": rf"{_N} rows past (?P<days>[0-9]+) days deleted",
    "removed": rf"{_N} older reports and models deleted",
    "lost_topic": rf"{_N} failed or gone with the topic of before",
    "begins_anew": r"partition (?P<partition>[0-9]+) begins anew at offset (?P<offset>[0-9][0-9,]*)",
    "from_postgres": r"from PostgreSQL",
    "postgres_silent": r"from the DuckDB warehouse: PostgreSQL does not answer",
    "postgres_behind": r"from the DuckDB warehouse: PostgreSQL is not level with it",
    "table_rows": rf"{_N} (?P<table>actor|address|category|city|country|customer|film|film_actor|film_category|"
    r"inventory|language|payment|rental|staff|store)",
    "kind_rows": rf"{_N} (?P<kind>venues|reviews|reviewers|tips|checkins|ratings|rated_films|rated_film_ids)",
    "new_fields": r"new fields, kept as they are: (?P<fields>.+)",
    "no_record": r"1 line is no record \((?P<files>[^;]+)\)",
    "no_records": rf"{_N} lines are no records \((?P<files>[^;]+)\)",
    "recommender": r"(?P<what>films|venues): (?P<model>[a-z_ -]+), nDCG@20 (?P<score>[0-9]\.[0-9]+) "
    r"\((?P<protocol>[a-z0-9_]+), (?P<users>[0-9][0-9,]*) users\)",
    "recommender_unmeasured": r"(?P<what>films|venues): (?P<model>[a-z_ -]+), with nobody to measure it on",
    "no_recommender": r"no (?P<what>films|venues)",
    "more": r"\.\.\.",
    "repaired": rf"{_N} cells repaired or refused",
    "linked": rf"{_N} of them are in the catalogue",
    "all_anew": r"all anew",
    "here_already": r"the newest export is here already",
    "scored": r"R2 on later films: success (?P<success>-?[0-9]+\.[0-9]+), popularity (?P<popularity>-?[0-9]+\.[0-9]+)",
    "too_few": r"(?P<known>[0-9]+) of (?P<films>[0-9]+) dated films have [a-z_ ]+; a model of [a-z]+ takes "
    r"(?P<fewest>[0-9]+)\. Load more films, then train again: taquilla run",
}

_UNCHANGED = re.compile(r"(?:(?P<rest>.+), )?unchanged: (?P<tables>[a-z_]+(?:, [a-z_]+)*)")


def note_in_words(words: Language, note: str) -> str | None:
    """The note in this language; None: it is a message that stands in English alone, such as an error."""
    if whole := _one(words, note):
        return whole
    if "; " in note:
        parts = [note_in_words(words, part) for part in note.split("; ")]
        return "; ".join(map(str, parts)) if all(parts) else None
    if found := _UNCHANGED.fullmatch(note):
        rest = note_in_words(words, found["rest"]) if found["rest"] else ""
        tables = ", ".join(words.name("shop_tables", name, name) for name in found["tables"].split(", "))
        same = words.text("notes.unchanged", tables=tables)
        return None if rest is None else ", ".join(part for part in (rest, same) if part)
    # The commas of a number have no space behind them.
    told = [_one(words, part) for part in note.split(", ")]
    known = [part for part in told if part]
    return ", ".join(known) if len(known) == len(told) else None


def _one(words: Language, note: str) -> str | None:
    for name, pattern in _NOTES.items():
        if found := re.fullmatch(pattern, note):
            figures = {key: _figure(words, key, text) for key, text in found.groupdict().items()}
            return words.text(f"notes.{name}", **figures)
    return None


# Which of the texts name what stands in a note; of the others the names stay as they are.
_NAMES = {"table": "shop_tables", "kind": "review_kinds", "what": "recommended", "protocol": "protocols"}


def _figure(words: Language, key: str, text: str) -> str:
    if key in ("fields", "files", "model"):
        return _files(words, text)
    if not text.lstrip("-")[0].isdigit():
        return words.name(_NAMES[key], text, text)
    decimals = 3 if key == "score" else 2
    return words.number(float(text), decimals) if "." in text else words.number(int(text.replace(",", "")))


def _files(words: Language, text: str) -> str:
    """The names as they are, with "3 files" and "and 4 more" among them in words."""
    told = re.sub(r"\b([0-9][0-9,]*) files\b", lambda found: words.text("notes.files", count=found[1]), text)
    return re.sub(r" and ([0-9][0-9,]*) more$", lambda found: words.text("notes.and_more", count=found[1]), told)
