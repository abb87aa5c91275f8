"""The built-in catalogue: 17,470 real films as TMDB's API v3 would tell them, from `films.parquet` beside this file.

The file holds facts and nulls; a record holds what TMDB writes for them (0, "" and empty lists). Where the facts
come from, what was repaired and what is unknown: docs/catalogue.md. The file's builder: tools/build_catalogue.py.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from taquilla.tables import name_ids
from taquilla.tables.name_ids import name_id

Record = dict[str, Any]

FILMS_PARQUET: Final = Path(__file__).with_name("films.parquet")

# Above every id that TMDB has given so far; the imdb number below it tells the film.
FIRST_FILM_ID: Final = 2**40
YEAR_ONLY_NOTE: Final = "only the year is known"
THEATRICAL: Final = 3

# The sources have no films made for television.
GENRE_IDS: Final = {name: number for name, number in name_ids.GENRE_IDS.items() if name != "TV Movie"}
# Genres of the sources that TMDB does not have: the genre that stands for them, if any. Each also becomes a keyword.
OTHER_GENRES: Final = {"Biography": None, "Musical": "Music", "Sport": None}
RENAMED_GENRES: Final = {"Sci-Fi": "Science Fiction"}

# TMDB's names; SU, XC and YU are countries that are no more, under the codes that TMDB keeps for them.
_COUNTRIES: Final = (
    "AE United Arab Emirates|AF Afghanistan|AL Albania|AM Armenia|AR Argentina|AT Austria|AU Australia|"
    "BA Bosnia and Herzegovina|BD Bangladesh|BE Belgium|BF Burkina Faso|BG Bulgaria|BO Bolivia|BR Brazil|"
    "BS Bahamas|BW Botswana|BY Belarus|CA Canada|CD Congo|CH Switzerland|CI Cote D'Ivoire|CL Chile|"
    "CM Cameroon|CN China|CO Colombia|CS Serbia and Montenegro|CU Cuba|CY Cyprus|CZ Czech Republic|DE Germany|"
    "DK Denmark|DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia|EG Egypt|ER Eritrea|ES Spain|"
    "ET Ethiopia|FI Finland|FR France|GB United Kingdom|GE Georgia|GH Ghana|GR Greece|GT Guatemala|"
    "HK Hong Kong|HR Croatia|HU Hungary|ID Indonesia|IE Ireland|IL Israel|IN India|IQ Iraq|IR Iran|IS Iceland|"
    "IT Italy|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia|KR South Korea|KZ Kazakhstan|"
    "LA Lao People's Democratic Republic|LB Lebanon|LI Liechtenstein|LT Lithuania|LU Luxembourg|LV Latvia|"
    "MA Morocco|MC Monaco|MK Macedonia|ML Mali|MN Mongolia|MR Mauritania|MT Malta|MX Mexico|MY Malaysia|"
    "NG Nigeria|NL Netherlands|NO Norway|NP Nepal|NZ New Zealand|PA Panama|PE Peru|PG Papua New Guinea|"
    "PH Philippines|PK Pakistan|PL Poland|PS Palestinian Territory|PT Portugal|PY Paraguay|QA Qatar|RO Romania|"
    "RS Serbia|RU Russia|RW Rwanda|SA Saudi Arabia|SE Sweden|SG Singapore|SI Slovenia|SK Slovakia|SN Senegal|"
    "SU Soviet Union|SY Syrian Arab Republic|TD Chad|TH Thailand|TJ Tajikistan|TN Tunisia|TR Turkey|TW Taiwan|"
    "TZ Tanzania|UA Ukraine|US United States of America|UY Uruguay|VE Venezuela|VN Vietnam|XC Czechoslovakia|"
    "XK Kosovo|YE Yemen|YU Yugoslavia|ZA South Africa"
)
COUNTRIES: Final = dict(entry.split(" ", 1) for entry in _COUNTRIES.split("|"))

# ISO 639-1 (cn is TMDB's own code for Cantonese): the English name and, of the more frequent ones, their own.
_LANGUAGES: Final = (
    "ab Abkhaz|af Afrikaans/Afrikaans|am Amharic|ar Arabic/العربية|az Azerbaijani|be Belarusian|"
    "bg Bulgarian/български език|bm Bambara|bn Bangla/বাংলা|bo Tibetan|bs Bosnian/Bosanski|ca Catalan/Català|"
    "ce Chechen|cn Cantonese/广州话|co Corsican|cs Czech/Český|cy Welsh|da Danish/Dansk|"
    "de German/Deutsch|dz Dzongkha|el Greek/ελληνικά|en English/English|eo Esperanto|"
    "es Spanish/Español|et Estonian/Eesti|eu Basque|fa Persian/فارسی|ff Fulah|fi Finnish/suomi|"
    "fr French/Français|ga Irish/Gaeilge|gd Scottish Gaelic|gl Galician|gn Guarani|gu Gujarati|"
    "he Hebrew/עִבְרִית|hi Hindi/हिन्दी|hr Croatian/Hrvatski|hu Hungarian/Magyar|hy Armenian|hz Herero|"
    "id Indonesian/Bahasa indonesia|ik Iñupiaq|is Icelandic/Íslenska|it Italian/Italiano|iu Inuktitut|"
    "ja Japanese/日本語|jv Javanese|ka Georgian/ქართული|kk Kazakh|km Khmer|ko Korean/한국어|ks Kashmiri|"
    "ku Kurdish|ky Kyrgyz|la Latin/Latin|lg Luganda|ln Lingala|lo Lao|lt Lithuanian/Lietuvių|"
    "lv Latvian/Latviešu|mi Māori|mk Macedonian|ml Malayalam|mn Mongolian|mr Marathi|ms Malay|mt Maltese|"
    "my Burmese|ne Nepali|nl Dutch/Nederlands|no Norwegian/Norsk|nv Navajo|oc Occitan|pa Punjabi|"
    "pl Polish/Polski|ps Pashto|pt Portuguese/Português|qu Quechua|ro Romanian/Română|ru Russian/Pусский|"
    "rw Kinyarwanda|se Northern Sami|sh Serbo-Croatian|sk Slovak/Slovenčina|sl Slovenian|sm Samoan|"
    "so Somali|sq Albanian/shqip|sr Serbian/Srpski|st Sotho|sv Swedish/svenska|sw Swahili|ta Tamil/தமிழ்|"
    "te Telugu|tg Tajik|th Thai/ภาษาไทย|ti Tigrinya|tl Tagalog|tn Tswana|tr Turkish/Türkçe|tt Tatar|"
    "uk Ukrainian/Український|ur Urdu/اردو|vi Vietnamese/Tiếng Việt|wo Wolof|xh Xhosa|yi Yiddish|yo Yoruba|"
    "zh Mandarin/普通话|zu Zulu"
)


def _named(entry: str) -> tuple[str, tuple[str, str]]:
    code, _, name = entry.partition(" ")
    english, _, own = name.partition("/")
    return code, (english, own)


LANGUAGES: Final = dict(_named(entry) for entry in _LANGUAGES.split("|"))


def popularity(vote_count: int | None, review_count: int | None) -> float:
    """A stand-in for TMDB's popularity: 0.5 + reviews / 15 + (votes / 1000) ** 0.75, unknown counts adding nothing.

    Votes are IMDb's of 2010, reviews the critics'. The median film has about 2, seven films have more than 100.
    """
    return round(0.5 + (review_count or 0) / 15 + math.pow((vote_count or 0) / 1000, 0.75), 3)


def built_in_films() -> Iterator[Record]:
    """Every film as `/movie/{id}?append_to_response=credits,keywords,release_dates` answers, in the order of its id."""
    # Imported here: the ids and names above are wanted where no film is read.
    import polars as pl

    for film in pl.read_parquet(FILMS_PARQUET).iter_rows(named=True):
        yield _record(film)


def _record(film: Record) -> Record:
    number = int(film["imdb_id"][2:])
    countries = film["countries"]
    return {
        "adult": False,
        "backdrop_path": None,
        "belongs_to_collection": None,
        "budget": film["budget_usd"] or 0,
        "genres": _genres(film["genres"]),
        "homepage": "",
        "id": FIRST_FILM_ID + number,
        "imdb_id": film["imdb_id"],
        "origin_country": countries,
        "original_language": film["original_language"] or "",
        # The sources have no title in the film's own language.
        "original_title": film["title"],
        "overview": "",
        "popularity": popularity(film["vote_count"], film["critic_review_count"]),
        "poster_path": None,
        "production_companies": [
            {"id": name_id(name), "logo_path": None, "name": name, "origin_country": ""} for name in film["companies"]
        ],
        "production_countries": [{"iso_3166_1": code, "name": COUNTRIES[code]} for code in countries],
        "release_date": _release_date(film),
        "revenue": film["revenue_usd"] or 0,
        "runtime": film["runtime_min"] or 0,
        "spoken_languages": [_language(code) for code in film["languages"]],
        "status": "Released",
        "tagline": "",
        "title": film["title"],
        "video": False,
        # 0 votes is a fact with TMDB, not a way to say unknown; so this one answer of the sandbox is null.
        "vote_average": film["vote_average"],
        "vote_count": film["vote_count"],
        "credits": {"cast": _cast(film["cast"], number), "crew": _crew(film, number)},
        "keywords": {"keywords": _keywords(film)},
        "release_dates": {"results": _release_dates(film)},
    }


def _genres(names: Iterable[str]) -> list[Record]:
    tmdb_names = (RENAMED_GENRES.get(name, OTHER_GENRES.get(name, name)) for name in names)
    return [{"id": GENRE_IDS[name], "name": name} for name in dict.fromkeys(tmdb_names) if name]


def _keywords(film: Record) -> list[Record]:
    """What the sources say of a story, and the genres that TMDB does not have."""
    others = [name.lower() for name in film["genres"] if name in OTHER_GENRES]
    return [{"id": name_id(name), "name": name} for name in dict.fromkeys([*film["keywords"], *others])]


def _language(code: str) -> Record:
    english, own = LANGUAGES[code]
    return {"english_name": english, "iso_639_1": code, "name": own}


def _release_date(film: Record) -> str:
    """The day, or January 1 of a year of which no more is known: TMDB has no other way to tell a year."""
    return str(film["release_date"] or f"{film['release_year']}-01-01")


def _release_dates(film: Record) -> list[Record]:
    """The release in the US where something is known of it; and a note where `release_date` is only a year."""
    us_day, rating = film["us_release_date"], film["us_certification"]
    is_year_only = film["release_date"] is None
    if us_day is None and rating is None and not is_year_only:
        return []
    is_us = us_day is not None or rating is not None or not film["countries"]
    release: Record = {
        "certification": rating or "",
        "descriptors": [],
        "iso_639_1": "",
        "note": YEAR_ONLY_NOTE if is_year_only and us_day is None else "",
        "release_date": f"{us_day or _release_date(film)}T00:00:00.000Z",
        "type": THEATRICAL,
    }
    return [{"iso_3166_1": "US" if is_us else film["countries"][0], "release_dates": [release]}]


# The job's place in the credit id. Director, Writer and cast stay apart where one person is all three.
_CAST, _DIRECTOR, _WRITER = range(3)


def _credit_id(number: int, role: int, person_id: int) -> str:
    """24 hexadecimal digits that tell film, role and person: two credits cannot share one."""
    return f"{number:09x}{role:02x}{-person_id:013x}"


def _person(name: str, person_id: int, department: str) -> Record:
    return {
        "adult": False,
        "gender": 0,
        "id": person_id,
        "known_for_department": department,
        "name": name,
        "original_name": name,
        "popularity": 0.0,
        "profile_path": None,
    }


def _cast(names: Iterable[str], number: int) -> list[Record]:
    """The cast in the source's order, which is alphabetical: `order` tells nothing of a part's weight."""
    entries = []
    for order, name in enumerate(names):
        person_id = name_id(name)
        entry = _person(name, person_id, "Acting")
        entry["cast_id"] = order
        entry["character"] = ""
        entry["credit_id"] = _credit_id(number, _CAST, person_id)
        entry["order"] = order
        entries.append(entry)
    return entries


def _crew(film: Record, number: int) -> list[Record]:
    directors = [_crew_member(name, number, _DIRECTOR, "Directing", "Director") for name in film["directors"]]
    writers = [_crew_member(name, number, _WRITER, "Writing", "Writer") for name in film["writers"]]
    return directors + writers


def _crew_member(name: str, number: int, role: int, department: str, job: str) -> Record:
    person_id = name_id(name)
    entry = _person(name, person_id, department)
    entry["credit_id"] = _credit_id(number, role, person_id)
    entry["department"] = department
    entry["job"] = job
    return entry
