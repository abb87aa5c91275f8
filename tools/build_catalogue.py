"""Build `src/taquilla/demo/films.parquet`, the demo's catalogue of real films, from two registry packages.

    .venv/bin/python tools/build_catalogue.py                          # pip and npm fetch the two archives
    .venv/bin/python tools/build_catalogue.py --bokeh FILE --vega FILE # archives that are already here

The same archives give the same bytes. What each field is made of stands in `film()`; every repair is counted and
printed, and `docs/catalogue.md` explains them. "Wiki" below is bokeh_sampledata's Wikidata snapshot, "vega" the
film table of vega-datasets.
"""

import argparse
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from taquilla.demo.catalogue import COUNTRIES, FILMS_PARQUET, LANGUAGES

BOKEH: Final = ("bokeh_sampledata==2026.1", "f40331a40ca30c64a1c1471835aad9006b61b0d9731a3f649ee8cbbf48d3822f")
VEGA: Final = ("vega-datasets@3.2.1", "6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3")

Row = dict[str, Any]
Tally = Counter[str]

TEXTS = pl.List(pl.String)
COLUMNS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "imdb_id": pl.String,
    "title": pl.String,
    "release_date": pl.Date,
    "release_year": pl.Int32,
    "us_release_date": pl.Date,
    "us_certification": pl.String,
    "runtime_min": pl.Int32,
    "budget_usd": pl.Int64,
    "revenue_usd": pl.Int64,
    "revenue_source": pl.String,
    "us_revenue_usd": pl.Int64,
    "vote_average": pl.Float64,
    "vote_count": pl.Int64,
    "critic_rating": pl.Float64,
    "critic_review_count": pl.Int32,
    "tomatometer_pct": pl.Int32,
    "metacritic_score": pl.Int32,
    "original_language": pl.String,
    "distributor": pl.String,
    "genres": TEXTS,
    "keywords": TEXTS,
    "companies": TEXTS,
    "countries": TEXTS,
    "languages": TEXTS,
    "directors": TEXTS,
    "writers": TEXTS,
    "cast": TEXTS,
}

# Later than this, a year of vega's is a century off: its newest announced film is of 2011.
VEGA_LAST_YEAR: Final = 2011
# Vega's grosses were read in autumn 2010, when films of that year were still running.
VEGA_RUNNING_YEAR: Final = 2010
# Two grosses that are further apart than this are not of the same film or not in the same unit.
GROSS_FACTOR: Final = 100
# Below this a running time is a slip (Machuca, 1 minute); Destino really takes 7.
SHORTEST_MIN: Final = 5

# A comma joins Wikidata's lists and also stands in some names; these pieces belong to the name before them.
NAME_TAIL: Final = re.compile(
    r"(Jr\.|Sr\.|III|PhD|Inc\.?|Ltd\.|\d+(st|nd|rd|th) (Earl|Marquess|Baron|Prince|Baronet)\b.*"
    r"|(Duke|Duchess|Countess|Princess|Prince|Prince Consort) of .*"
    r"|Stills & Nash|Wind & Fire|Silverstein & Partners)$"
)

# The same film under two titles, read one by one: vega's on the left, Wikidata's on the right.
RETITLED: Final = {
    "AVP: Alien Vs. Predator": "Alien vs. Predator",
    "Artificial Intelligence: AI": "A.I. Artificial Intelligence",
    "Blade 2": "Blade II",
    "Disney's A Christmas Carol": "A Christmas Carol",
    "Doctor Dolittle": "Dr. Dolittle",
    "Doctor Dolittle 2": "Dr. Dolittle 2",
    "Dracula": "Bram Stoker's Dracula",
    "Frankenstein": "Mary Shelley's Frankenstein",
    "Harry Potter and the Sorcerer's Stone": "Harry Potter and the Philosopher's Stone",
    "His Dark Materials: The Golden Compass": "The Golden Compass",
    "Halloween 2": "Halloween II",
    "Hellboy 2: The Golden Army": "Hellboy II: The Golden Army",
    "Interview with the Vampire: The Vampire Chronicles": "Interview with the Vampire",
    "Jurassic Park 3": "Jurassic Park III",
    "Men in Black 2": "Men in Black II",
    "Precious (Based on the Novel Push by Sapphire)": "Precious",
    "Prince of Persia: Sands of Time": "Prince of Persia: The Sands of Time",
    "Resident Evil: Afterlife 3D": "Resident Evil: Afterlife",
    "Se7en": "Seven",
    "Speed II: Cruise Control": "Speed 2: Cruise Control",
    "Terminator Salvation: The Future Begins": "Terminator Salvation",
    "The Forgotton": "The Forgotten",
    "Twelve Monkeys": "12 Monkeys",
}

# Vega's one genre a film, in Wikidata's words; asked only where Wikidata tells no genre.
VEGA_GENRES: Final = {
    "Black Comedy": ["Comedy"],
    "Concert/Performance": ["Music"],
    "Romantic Comedy": ["Romance", "Comedy"],
    "Thriller/Suspense": ["Thriller"],
}

# Names of Wikidata that are not TMDB's: predecessors and parts under the code that TMDB gives them.
COUNTRY_ALIASES: Final = {
    "British Hong Kong": "HK", "Democratic Republic of the Congo": "CD", "Federal Republic of Yugoslavia": "YU",
    "Georgian SSR": "SU", "Ivory Coast": "CI", "Kingdom of Great Britain": "GB", "Kingdom of Italy": "IT",
    "Kingdom of the Netherlands": "NL", "Laos": "LA", "North Macedonia": "MK",
    "Occupied Palestinian territory": "PS", "Palestine": "PS", "People's Republic of China": "CN",
    "Republic of China": "TW", "Socialist Federal Republic of Yugoslavia": "YU", "Syria": "SY",
    "Taiwan Island": "TW", "The Bahamas": "BS", "United States": "US", "Wales": "GB", "West Germany": "DE",
}  # fmt: skip
LANGUAGE_ALIASES: Final = {
    "American English": "en", "Australian English": "en", "Ayacucho Quechua": "qu", "Brazilian Portuguese": "pt",
    "Chinese": "zh", "Classical Arabic": "ar", "Dari": "fa", "Egyptian Arabic": "ar", "Filipino": "tl",
    "Flemish Dutch": "nl", "Fula": "ff", "Kurdish language": "ku", "Modern Greek": "el", "Modern Hebrew": "he",
    "Moroccan Arabic": "ar", "Pulaar": "ff", "Putonghua": "zh", "Quebec French": "fr", "Sesotho": "st",
    "Slovene": "sl", "Standard Chinese": "zh", "Standard Taiwanese Mandarin": "zh", "Yue Chinese": "cn",
}  # fmt: skip
COUNTRY_CODES: Final = {name: code for code, name in COUNTRIES.items()} | COUNTRY_ALIASES
LANGUAGE_CODES: Final = {english: code for code, (english, _) in LANGUAGES.items()} | LANGUAGE_ALIASES


# --- reading the two archives ---------------------------------------------------------------------------------


def fetch(requirement: str, directory: Path) -> Path:
    """The archive of a package, fetched by the registry's own client."""
    if "==" in requirement:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(directory)]
    else:
        command = [shutil.which("npm") or "npm", "pack", "--silent", "--pack-destination", str(directory)]
    before = set(directory.iterdir())
    # The command is one of the two above and the requirement a constant of this file.
    subprocess.run([*command, requirement], check=True, stdout=subprocess.DEVNULL, cwd=directory)  # noqa: S603
    (archive,) = set(directory.iterdir()) - before
    return archive


def pinned(archive: Path, sha256: str) -> Path:
    """The archive, once its content is known to be the pinned one."""
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != sha256:
        raise SystemExit(f"{archive} has sha256 {found}, expected {sha256}: not the pinned version.")
    return archive


def read_wiki(wheel: Path) -> list[Row]:
    """Wikidata's films: the two tables of movies.db side by side."""
    with tempfile.TemporaryDirectory() as directory, zipfile.ZipFile(wheel) as files:
        database = files.extract("bokeh_sampledata/_data/movies.db", directory)
        connection = sqlite3.connect(database)
        connection.row_factory = sqlite3.Row
        rows = connection.execute(
            "select o.*, t.Rating as CriticRating, t.Meter, t.Reviews, t.BoxOffice, t.Production"
            " from omdb o join tomatoes t on t.ID = o.ID order by o.imdbID, o.Year, o.ID"
        )
        films = [dict(row) for row in rows]
        connection.close()
    return films


def read_vega(package: Path) -> list[Row]:
    """The film table of vega-datasets."""
    with tarfile.open(package) as files:
        member = files.extractfile("package/data/movies.json")
        if member is None:
            raise SystemExit(f"{package} holds no package/data/movies.json.")
        films: list[Row] = json.load(member)
    return films


# --- repairing a value ----------------------------------------------------------------------------------------


def positive(value: float | None) -> int | None:
    """A count or an amount; 0 says that it is not known."""
    return int(value) if value else None


def minutes(value: float | None, tally: Tally) -> int | None:
    """A running time that can be one."""
    if value is not None and value < SHORTEST_MIN:
        tally["runtime shorter than 5 minutes dropped"] += 1
        return None
    return positive(value)


def dollars(value: float | None, tally: Tally) -> int | None:
    """A gross in whole dollars; one with a fraction was given in thousands or millions, nobody knows which."""
    if value is not None and value % 1:
        tally["Wikidata gross with a fraction dropped"] += 1
        return None
    return positive(value)


def wiki_day(text: str) -> date | None:
    """The day, where Wikidata knows one: it writes January 1 for a date known to the year alone."""
    day = date.fromisoformat(text)
    return None if (day.month, day.day) == (1, 1) else day


def vega_date(text: str) -> date:
    """Vega's date in its true century: `Dec 15 2039` is 1939."""
    day = datetime.strptime(text, "%b %d %Y").replace(tzinfo=None).date()  # noqa: DTZ007 (a day has no time zone)
    return day.replace(year=day.year - 100) if day.year > VEGA_LAST_YEAR else day


def vega_day(day: date) -> date | None:
    """The day, where vega knows one: it writes the first or the last day of a year for an unknown one."""
    return None if (day.month, day.day) in {(1, 1), (12, 31)} else day


def vega_title(value: str | int | None, tally: Tally) -> str | None:
    """The title as text, its Latin-1 letters read as Latin-1 and no more as Mac Roman (`LÈon` is `Léon`)."""
    if value is None:
        tally["vega film without a title left out"] += 1
        return None
    if isinstance(value, int):
        tally["vega title was a number"] += 1
    title = str(value)
    try:
        repaired = title.encode("mac_roman").decode("latin-1")
    except UnicodeEncodeError:  # `Alien³` was never Mac Roman
        return title
    if repaired == title or not repaired.isprintable():
        return title
    tally["vega title in a wrong encoding"] += 1
    return repaired


def wiki_title(title: str, tally: Tally) -> str:
    """The title without the note that tells an encyclopaedia's page from its homonyms."""
    bare = re.sub(r" \((\d{4} )?film\)$", "", title)
    if bare != title:
        tally["Wikidata title with '(film)' trimmed"] += 1
    return bare


def names(joined: str | None, tally: Tally) -> list[str]:
    """The names of a comma-joined list, each once, in the source's order."""
    found: list[str] = []
    for piece in (joined or "").split(", "):
        if found and NAME_TAIL.match(piece):
            found[-1] += f", {piece}"
            tally["name put together again after a comma"] += 1
        elif piece.startswith("list of "):
            tally["list page among the names dropped"] += 1
        elif piece:
            found.append(" ".join(unicodedata.normalize("NFC", piece).split()))
    if len(set(found)) < len(found):
        tally["film with a name twice in one list"] += 1
    return list(dict.fromkeys(found))


def codes(joined: str | None, known: dict[str, str], what: str, tally: Tally) -> list[str]:
    """ISO codes of comma-joined names; a name without a code is counted and left out."""
    found = [name for name in (joined or "").split(", ") if name]
    tally[f"{what} without an ISO code left out"] += sum(name not in known for name in found)
    return list(dict.fromkeys(known[name] for name in found if name in known))


# --- joining the two ------------------------------------------------------------------------------------------


def title_key(title: str) -> str:
    """A title without case, accents, punctuation and article: `Barbarians, The` meets `The Barbarians`."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c)).casefold()
    plain = re.sub(r"['’.`]", "", plain.replace("&", " and ").replace("ep. ", "episode "))
    words = re.sub(r"[\W_]+", " ", plain).split()
    articles = {"the", "a", "an"}
    if len(words) > 1 and words[0] in articles:
        words = words[1:]
    if len(words) > 1 and words[-1] in articles:
        words = words[:-1]
    return "".join(words)


def prepared(vega: Iterable[Row], tally: Tally) -> list[Row]:
    """Vega's films with a readable title and date; one without a title cannot be joined to anything."""
    films = []
    for row in vega:
        title = vega_title(row["Title"], tally)
        if title is None:
            continue
        day = vega_date(row["Release Date"])
        tally["vega date a century late"] += day.year != int(row["Release Date"][-4:])
        films.append(row | {"Title": RETITLED.get(title, title), "Date": day, "Retitled": title in RETITLED})
    return films


def is_other_director(wiki: Row, vega: Row) -> bool:
    """Both name a director and they differ: perhaps a homonym, perhaps only another spelling."""
    told = {title_key(name) for name in wiki["Director"].split(", ") if name}
    return bool(told and vega["Director"]) and title_key(vega["Director"]) not in told


def joined(wiki: Sequence[Row], vega: Sequence[Row]) -> dict[str, Row]:
    """Vega's film by imdb id: equal titles, years at most one apart; the best pair first and each film once."""
    by_title = defaultdict(list)
    for film in wiki:
        by_title[title_key(film["Title"])].append(film)
    pairs = sorted(
        (is_other_director(film, row), abs(film["Year"] - row["Date"].year), film["imdbID"], number)
        for number, row in enumerate(vega)
        for film in by_title[title_key(row["Title"])]
        if abs(film["Year"] - row["Date"].year) <= 1
    )
    matched: dict[str, Row] = {}
    used: set[int] = set()
    for _, _, imdb_id, number in pairs:
        if imdb_id not in matched and number not in used:
            matched[imdb_id] = vega[number]
            used.add(number)
    return matched


def one_per_imdb_id(wiki: Iterable[Row], tally: Tally) -> list[Row]:
    """The earliest film of each imdb id: a later cut shares the number of the film that it was cut from."""
    films: dict[str, Row] = {}
    for film in wiki:
        if film["imdbID"] in films:
            tally["later cut under the same imdb id left out"] += 1
        else:
            films[film["imdbID"]] = film | {"Title": wiki_title(film["Title"], tally)}
    return list(films.values())


# --- one film -------------------------------------------------------------------------------------------------


def either(field: str, wiki: Any, vega: Any, tally: Tally) -> Any:
    """Wikidata's value, else vega's; how often the second had to help is counted."""
    if wiki in (None, "", []) and vega not in (None, "", []):
        tally[f"{field} taken from vega"] += 1
        return vega
    return None if wiki == "" else wiki


def revenue(wiki: int | None, vega: Row, year: int, tally: Tally) -> tuple[int | None, str | None]:
    """Worldwide gross and whose figure it is.

    Vega's is whole when it holds a foreign share and the film had left the cinemas; then its budget and its gross
    come from one book. Otherwise both figures are lower bounds and the larger one is nearer.
    """
    worldwide, domestic = positive(vega["Worldwide Gross"]), positive(vega["US Gross"])
    if worldwide is None or wiki is None:
        return (worldwide, "vega") if worldwide else (wiki, "wikidata" if wiki else None)
    is_whole = worldwide > (domestic or 0) and year < VEGA_RUNNING_YEAR
    is_believable = wiki < worldwide * GROSS_FACTOR
    if not is_believable:
        tally["Wikidata gross over 100 times vega's dropped"] += 1
    if wiki > worldwide and not is_whole and is_believable:
        tally["revenue: Wikidata's larger figure over vega's partial one"] += 1
        return wiki, "wikidata"
    return worldwide, "vega"


def keywords(vega: Row) -> list[str]:
    """What vega says of a story's source and kind, in lower case."""
    told = [vega["Source"], vega["Creative Type"]]
    return [text.lower() for text in told if text and text != "Multiple Creative Types"]


def certification(text: str | None) -> str | None:
    return {"Not Rated": "NR", "Open": None}.get(text or "", text)


def first_day(wiki: Row, vega: Row, tally: Tally) -> date | None:
    """The first release: Wikidata's day, else the day in the US if that was in Wikidata's year."""
    day = vega_day(vega["Date"]) if vega["Date"] else None
    in_year = day if day and day.year == wiki["Year"] else None
    found: date | None = either("release day", wiki_day(wiki["Released"]), in_year, tally)
    return found


def film(wiki: Row, vega: Row, tally: Tally) -> Row:
    """One row of the catalogue; `vega` is a row of nulls where vega does not know the film."""
    gross, gross_source = revenue(dollars(wiki["BoxOffice"], tally), vega, wiki["Year"], tally)
    genre = vega["Major Genre"]
    languages = codes(wiki["Language"], LANGUAGE_CODES, "language", tally)
    return {
        "imdb_id": wiki["imdbID"],
        "title": wiki["Title"],
        "release_date": first_day(wiki, vega, tally),
        "release_year": wiki["Year"],
        "us_release_date": vega_day(vega["Date"]) if vega["Date"] else None,
        "us_certification": either("certification", wiki["Rating"], certification(vega["MPAA Rating"]), tally),
        "runtime_min": either("runtime", minutes(wiki["Runtime"], tally), positive(vega["Running Time min"]), tally),
        "budget_usd": positive(vega["Production Budget"]),
        "revenue_usd": gross,
        "revenue_source": gross_source,
        "us_revenue_usd": positive(vega["US Gross"]),
        "vote_average": float(vega["IMDB Rating"]) if vega["IMDB Votes"] else None,
        "vote_count": positive(vega["IMDB Votes"]),
        "critic_rating": wiki["CriticRating"],
        "critic_review_count": wiki["Reviews"],
        "tomatometer_pct": wiki["Meter"],
        "metacritic_score": wiki["Metacritic"],
        # Wikidata's languages are in alphabetical order: of several, none is known to be the main one.
        "original_language": languages[0] if len(languages) == 1 else None,
        "distributor": vega["Distributor"],
        "genres": either("genre", names(wiki["Genre"], tally), VEGA_GENRES.get(genre, [genre] if genre else []), tally),
        "keywords": keywords(vega),
        "companies": names(wiki["Production"], tally),
        "countries": codes(wiki["Country"], COUNTRY_CODES, "country", tally),
        "languages": languages,
        "directors": either("director", names(wiki["Director"], tally), names(vega["Director"], tally), tally),
        "writers": names(wiki["Writer"], tally),
        "cast": names(wiki["Cast"], tally),
    }


def build(wiki: Sequence[Row], vega: Sequence[Row], tally: Tally) -> pl.DataFrame:
    """The catalogue, one row a film, in the order of the imdb number."""
    films = one_per_imdb_id(wiki, tally)
    tally["Wikidata date known to the year alone"] = sum(wiki_day(row["Released"]) is None for row in films)
    readable = prepared(vega, tally)
    matched = joined(films, readable)
    unknown = dict.fromkeys([*vega[0], "Date"])
    rows = [film(row, matched.get(row["imdbID"], unknown), tally) for row in films]
    tally["matched: films in both sources"] = len(matched)
    tally["matched: of these by the table of retitled films"] = sum(row["Retitled"] for row in matched.values())
    tally["vega film without a partner left out"] = len(readable) - len(matched)
    tally["vega US release day unknown, matched films"] = sum(not vega_day(r["Date"]) for r in matched.values())
    return pl.DataFrame(sorted(rows, key=lambda row: int(row["imdb_id"][2:])), schema=COLUMNS)


# --- telling what was done ------------------------------------------------------------------------------------


def print_report(films: pl.DataFrame, tally: Tally) -> None:
    """The numbers that docs/catalogue.md quotes."""
    print("Repairs and choices")
    for what, count in sorted(tally.items()):
        print(f"  {count:7,}  {what}")
    print("Unknown, of all films")
    for name, dtype in films.schema.items():
        column = films[name]
        missing = (column.list.len() == 0).sum() if dtype == TEXTS else column.null_count()
        print(f"  {missing:7,}  {name}")
    known = ("budget_usd", "revenue_usd", "vote_count")
    complete = films.drop_nulls(known).filter(pl.col("directors").list.len() > 0)
    print(f"Films {films.height:,}; with budget, revenue, votes and director {complete.height:,}")
    print("Revenue by source", Counter(films["revenue_source"].drop_nulls().sort().to_list()))


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the demo's film catalogue from two registry packages.")
    parser.add_argument("--bokeh", type=Path, help=f"the wheel of {BOKEH[0]}, if already here")
    parser.add_argument("--vega", type=Path, help=f"the tarball of {VEGA[0]}, if already here")
    parser.add_argument("--out", type=Path, default=FILMS_PARQUET)
    options = parser.parse_args()
    tally: Tally = Counter()
    with tempfile.TemporaryDirectory() as directory:
        wiki = read_wiki(pinned(options.bokeh or fetch(BOKEH[0], Path(directory)), BOKEH[1]))
        vega = read_vega(pinned(options.vega or fetch(VEGA[0], Path(directory)), VEGA[1]))
    films = build(wiki, vega, tally)
    films.write_parquet(options.out, compression="zstd", compression_level=19)
    print_report(films, tally)
    content = options.out.read_bytes()
    print(f"{options.out.name}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
