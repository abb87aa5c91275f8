"""Names of reviewers: a pseudonym under a key in their place, and nothing of them anywhere in the lake."""

import json
import stat
from pathlib import Path

import polars as pl
import pytest

from pipeline.review_files import NAMES, bring, curated, land, lines, review, write
from taquilla.errors import SettingsError
from taquilla.lake import Lake
from taquilla.pipeline.quarantine import listed
from taquilla.pipeline.reviews.pseudonyms import Pseudonyms
from taquilla.pipeline.reviews.review_tables import ReviewTables

CANARY = "Zanahoria"
PICTURE = f"https://pictures.example/{CANARY}.jpg"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def google(**fields: object) -> dict[str, object]:
    pics = [{"url": [PICTURE]}, {"url": [PICTURE]}]
    given = {"gmap_id": "g1", "user_id": "u1", "rating": 4, "time": 1546300800000, "text": "ok", "pics": pics}
    return {**given, "name": f"{CANARY} Pérez", "resp": {"time": 1546300900000, "text": "Thanks"}, **fields}


PERSONAL = {
    "google.json": lines([google(), google(user_id="u2", name=f"  {CANARY.upper()}  pérez ", author_name=CANARY)])
    + f'{{"gmap_id": "g1", "name": "{CANARY}", "rating": \n'
    + lines([google(user_id="u3", time="never", profile_photo_url=PICTURE, user={"name": CANARY})])
    # Half an emoji, as a text that was cut has it, and what no JSON has.
    + json.dumps(google(user_id="u4", text="cut \ud83d", name=f"{CANARY} \ud83d")).replace(
        '"rating": 4', '"rating": NaN'
    )
    + "\n"
    + json.dumps(google())[:-4],
    "user.json": lines([{"user_id": "u1", "name": CANARY, "review_count": 3, "yelping_since": "2011-05-05 16:01:31"}])
    + f"\xff{CANARY}\n",
    # A layout without names, in which one turns up all the same.
    "review.json": lines([review(1), review(2, user_name=CANARY), review(3)]),
    "flat.csv": f"review,stars,date,author_name\nGreat, 5 ,2023/01,{CANARY}\nlost {CANARY}\n",
}


def everything(folder: Path) -> str:
    """All that stands in a folder: Parquet as its values, other files as they are, and the names of all of them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    parquet = [path for path in files if path.suffix == ".parquet"]
    told = [str(pl.read_parquet(path, hive_partitioning=False).to_dicts()) for path in parquet]
    rest = [path.read_bytes().decode("latin-1") for path in files]
    return "\n".join([*map(str, files), *told, *rest])


def test_nothing_of_a_name_is_anywhere_in_the_lake(lake: Lake, tmp_path: Path) -> None:
    for name, content in PERSONAL.items():
        write(tmp_path / "in" / name, content.encode("latin-1") if "\xff" in content else content)
    done = bring(lake, tmp_path / "in")
    found = everything(tmp_path / "lake") + done.told() + str(listed(lake).to_dicts())
    for trace in (CANARY, CANARY.upper(), "pictures.example"):
        assert trace not in found
    assert NAMES.of_name(CANARY) in found
    dead = (
        listed(lake).filter(pl.col("kind") == "dead letter").select("table", "file", "line").sort("file", "line").rows()
    )
    assert dead == [
        ("reviews", "flat.csv", 2),
        ("reviews", "google.json", 3),
        ("reviews", "google.json", 6),
        ("reviewers", "user.json", 2),
    ]
    raw = ReviewTables.of(lake, "reviews").raw.scan().filter(pl.col("file") == "google.json").sort("line").collect()
    first, second, broken, *_ = raw["record"]
    assert json.loads(first)["name"] == json.loads(second)["name"] == NAMES.of_name(f"{CANARY} Pérez")
    assert json.loads(first)["pics"] == [{"url": [""]}, {"url": [""]}]
    assert broken.startswith("49 bytes, sha256 ")
    assert curated(lake).filter(reviewer_id="u4").select("text", "image_count").rows() == [("cut \ufffd", 2)]
    assert curated(lake).filter(pl.col("venue_id") == "g1", pl.col("reviewer_id") == "u1")["image_count"].to_list() == [
        2
    ]


SPELT = (
    *("reviewer", "customer_name", "nickname", "real_name", "email", "displayName"),
    *("authorName", "firstName", "fullName", "screen_name", "Real Name", "user-name"),
)
ABOUT_SOMEBODY: list[dict[str, object]] = [
    {"user": {"name": CANARY, "id": 7}},
    {"meta": {"user": {"Name": CANARY, "photo": PICTURE, "home": {"url": PICTURE}}}},
    {"authors": [{"name": CANARY}, CANARY]},
    {"reviewer_info": {"first": CANARY, "e-mail": f"{CANARY}@example.com"}},
    *(dict[str, object]({field: CANARY}) for field in SPELT),
    {"extra": {"deep": [{"displayName": CANARY}]}},
]
PLACE = {"name": "Cine Central", "phone": "555 0100", "url": "https://central.example"}


def test_names_are_hidden_however_and_wherever_they_are_spelt(lake: Lake, tmp_path: Path) -> None:
    number = len(ABOUT_SOMEBODY)
    # Whether a file's first records have them, or one far behind them: each field is met in both.
    plain = [review(n) for n in range(150)]
    records = [review(n, **fields) for n, fields in enumerate(ABOUT_SOMEBODY)]
    write(tmp_path / "in/late.json", lines([*plain, *records]).replace("nickname", "nick\\u006eame"))
    for n, record_ in enumerate(records):
        write(tmp_path / f"in/early{n}.json", lines([record_]))
    write(tmp_path / "in/google.json", lines([google(name="", **fields) for fields in ABOUT_SOMEBODY]))
    write(tmp_path / "in/flat.csv", f"review,stars,date,Author Name\nGood,5,2023/01,{CANARY}\n")
    places = [{"business_id": f"b{n}", **PLACE, **fields} for n, fields in enumerate(({}, *ABOUT_SOMEBODY))]
    write(tmp_path / "in/business.json", lines(places))
    done = bring(lake, tmp_path / "in")
    found = everything(tmp_path / "lake") + done.told() + str(listed(lake).to_dicts())
    assert CANARY not in found
    assert "pictures.example" not in found
    assert done.rows == {"venues": number + 1, "reviews": 150 + 3 * number + 1}
    # What is a place's own stays as it is; so does a record that tells of nobody.
    for record_ in ReviewTables.of(lake, "venues").raw.scan().collect()["record"]:
        assert json.loads(record_).items() >= PLACE.items()
    raw = ReviewTables.of(lake, "reviews").raw.scan().filter(pl.col("file") == "late.json").sort("line").collect()
    assert raw["record"].to_list()[:150] == [json.dumps(one) for one in plain]
    assert json.loads(raw["record"][150])["user"] == {"name": NAMES.of_name(CANARY), "id": 7}


def test_names_stay_as_they_are_where_that_is_switched_off(lake: Lake, tmp_path: Path) -> None:
    file = write(tmp_path / "user.json", PERSONAL["user.json"].encode("latin-1"))
    bring(lake, file, pseudonyms=None)
    assert curated(lake, "reviewers")["name"].to_list() == [CANARY]
    # Switched on again, and with another key, the file is read anew.
    bring(lake, file)
    assert curated(lake, "reviewers")["name"].to_list() == [NAMES.of_name(CANARY)]
    other = Pseudonyms(b"another key, as long as that")
    bring(lake, file, pseudonyms=other)
    assert curated(lake, "reviewers")["name"].to_list() == [other.of_name(CANARY)]
    assert land(lake, file, pseudonyms=other).unchanged == ("user.json",)


def test_the_key_is_made_once_and_is_nobodys_to_read(lake: Lake, tmp_path: Path) -> None:
    made = Pseudonyms.of(lake)
    assert Pseudonyms.of(lake) == made
    [file] = (tmp_path / "lake/_secrets").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() not in repr(made)
    told = Pseudonyms.of(lake, "a key from the settings")
    assert told.of_name("Ann  Lee") == told.of_name(" ann lee") != made.of_name("Ann Lee")
    assert repr(told) == "Pseudonyms()"
    with pytest.raises(SettingsError, match="fewer than 16 signs"):
        Pseudonyms.of(lake, "short")
