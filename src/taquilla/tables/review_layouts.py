"""How sources write reviews: Yelp's and Google Maps' dumps, a plain CSV of a place's reviews, MovieLens' ratings.

A layout is found by the keys of a file's first records, never by the file's name alone; a field that it does not know
is kept in raw and told.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from taquilla.errors import DataError
from taquilla.tables.review_people import OF_WRITERS, plain, told_by

# Records that a person wrote: a name in them is that person's, not a place's.
_OF_PEOPLE = ("reviews", "reviewers", "tips", "ratings")


@dataclass(frozen=True, slots=True)
class Layout:
    """How one source writes one kind of record.

    marks: sets of fields; a file with all of one of them is of this layout. known_fields: what the source is known to
    write. personal_fields: those that hold a person's name or picture. key_fields: the same in all records of one key.
    """

    name: str
    kind: str
    marks: tuple[frozenset[str], ...]
    known_fields: frozenset[str]
    personal_fields: tuple[str, ...]
    key_fields: tuple[str, ...]

    def new_fields(self, keys: Iterable[str]) -> tuple[str, ...]:
        """The fields that this layout does not know, in their order."""
        return tuple(dict.fromkeys(key for key in keys if key not in self.known_fields))

    def personal_among(self, keys: Iterable[str]) -> tuple[str, ...]:
        """The fields that hold a person's name or picture, new ones included."""
        return tuple(dict.fromkeys(key for key in keys if told_by(key, self.own_names, False)))

    @property
    def own_names(self) -> frozenset[str]:
        """The fields that are personal in this layout, and in others may be a place's; as `plain` makes them."""
        return frozenset(map(plain, (*self.personal_fields, *(OF_WRITERS if self.kind in _OF_PEOPLE else ()))))


def _layout(name: str, kind: str, marks: str, known: str, *, key: str, personal: str = "") -> Layout:
    """Fields as words; marks: alternatives between bars."""
    alternatives = tuple(frozenset(mark.split()) for mark in marks.split("|"))
    fields = frozenset(known.split()) | frozenset(personal.split()).union(*alternatives)
    return Layout(name, kind, alternatives, fields, tuple(personal.split()), tuple(key.split()))


_COMPLIMENTS = (
    "compliment_hot compliment_more compliment_profile compliment_cute compliment_list compliment_note "
    "compliment_plain compliment_cool compliment_funny compliment_writer compliment_photos"
)
# In the order in which they are tried: what has more marks comes first.
_LAYOUTS = (
    _layout(
        "yelp",
        "reviews",
        "review_id business_id",
        "type user_id stars useful funny cool votes text date",
        key="review_id",
    ),
    _layout(
        "yelp",
        "tips",
        "business_id user_id text",
        "type tip_id date compliment_count likes",
        key="tip_id business_id",
    ),
    _layout(
        "yelp",
        "venues",
        "business_id name",
        "type address full_address neighborhood neighborhoods city state postal_code country latitude longitude stars "
        "review_count is_open open attributes categories hours url",
        key="business_id",
    ),
    _layout(
        "yelp",
        "checkins",
        "business_id date|business_id time|business_id checkin_info",
        "type",
        key="business_id",
    ),
    _layout(
        "yelp",
        "reviewers",
        "user_id yelping_since|user_id name review_count",
        f"type useful funny cool votes fans average_stars elite friends compliments {_COMPLIMENTS}",
        key="user_id",
        personal="name",
    ),
    _layout(
        "google_maps",
        "reviews",
        "gmap_id rating",
        "review_id user_id time text pics resp review_date raw_date likes n_images",
        key="review_id gmap_id",
        personal="name profile_photo_url author_name",
    ),
    _layout(
        "google_maps",
        "venues",
        "gmap_id name avg_rating|gmap_id name latitude longitude|gmap_id name category",
        "address description num_of_reviews price hours MISC state relative_results url",
        key="gmap_id",
    ),
    _layout("google_flat", "reviews", "review stars date", "neg neu pos compound", key=""),
    _layout("movielens", "ratings", "userId movieId rating", "timestamp", key="userId movieId"),
    _layout("movielens", "rated_films", "movieId title genres|movieId title", "", key="movieId"),
    _layout("movielens", "rated_film_ids", "movieId imdbId|movieId tmdbId", "", key="movieId"),
)
# Layouts whose records do not say whose reviews they are.
FILE_NAMES_PLACE = ("google_flat",)
LAYOUTS: dict[tuple[str, str], Layout] = {(layout.name, layout.kind): layout for layout in _LAYOUTS}


def recognise(keys: Collection[str]) -> Layout | None:
    """The layout of a file whose first records have these keys; None: no known one."""
    there = frozenset(keys)
    return next((layout for layout in _LAYOUTS if any(mark <= there for mark in layout.marks)), None)


def find(layout_name: str, kind: str) -> Layout:
    """The layout by its name and kind. DataError: there is none."""
    found = LAYOUTS.get((layout_name, kind))
    if found is None:
        known = ", ".join(f"{name} {kind}" for name, kind in LAYOUTS)
        raise DataError(f"There is no layout {layout_name!r} of {kind}. Use one of: {known}.")
    return found
