"""Why something is recommended: a code with what it speaks of, and the sentence in English and Spanish."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

# More names than these do not make a reason any better.
MOST_NAMED = 3
LANGUAGES = ("en", "es")

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "because_you_liked": "because you liked {names}",
        "because_you_rented": "because you rented {names}",
        "like_what_you_told": "for those who like {names}",
        "same_director": "same director: {names}",
        "same_cast": "same cast: {names}",
        "same_collection": "same series: {names}",
        "shared_genres": "shared genres: {names}",
        "shared_keywords": "shared themes: {names}",
        "liked_together": "liked by the same people",
        "popular_in": "popular in {names}",
        "popular": "{count} people like it",
    },
    "es": {
        "because_you_liked": "porque te gustó {names}",
        "because_you_rented": "porque alquilaste {names}",
        "like_what_you_told": "para quienes gustan de {names}",
        "same_director": "misma dirección: {names}",
        "same_cast": "mismo reparto: {names}",
        "same_collection": "misma saga: {names}",
        "shared_genres": "géneros en común: {names}",
        "shared_keywords": "temas en común: {names}",
        "liked_together": "gusta a las mismas personas",
        "popular_in": "popular en {names}",
        "popular": "gusta a {count} personas",
    },
}
CODES = tuple(_TEXTS["en"])
# How the kinds of words of a film are told.
SHARED: Mapping[str, str] = {
    "director": "same_director",
    "cast": "same_cast",
    "collection": "same_collection",
    "genre": "shared_genres",
    "keyword": "shared_keywords",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """code: one of CODES; names: the titles, people, genres or places that it speaks of; count: people who like it."""

    code: str
    names: tuple[str, ...] = ()
    count: int | None = None

    def text(self, language: str, translated: Callable[[str], str] = str) -> str:
        """The sentence in `en` or `es`. translated: what a name is called there, such as a genre's."""
        named = ", ".join(translated(name) for name in self.names[:MOST_NAMED])
        return _TEXTS[language][self.code].format(names=named, count=f"{self.count:,}" if self.count else "")
