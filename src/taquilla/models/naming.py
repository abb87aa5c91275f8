"""Who is meant: people, companies and genres of the warehouse by their name or their id."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from taquilla.errors import DataError
from taquilla.warehouse.asking import Ask

Role = Literal["director", "cast", "company", "genre"]
MOST_NAMED = 10

# Each answers with number, name and films; the films tell homonyms apart.
_EVERYBODY: dict[Role, str] = {
    "director": "select p.person_id as number, p.name, d.film_id "
    "from movie_directors as d join people as p using (person_id)",
    "cast": "select p.person_id as number, p.name, a.film_id from movie_actors as a join people as p using (person_id)",
    "company": "select c.company_id as number, c.name, l.film_id "
    "from movie_production_companies as l join production_companies as c using (company_id)",
    "genre": "select g.genre_id as number, g.name, l.film_id from movie_genres as l join genres as g using (genre_id)",
}
_MATCHING = """
with everybody as ({everybody}),
matching as (
    select number, name, count(distinct film_id) as films,
           strip_accents(lower(name)) = strip_accents(lower($text)) as is_exact
    from everybody
    where contains(strip_accents(lower(name)), strip_accents(lower($text)))
    group by number, name)
select number, name, films
from matching
where is_exact or not exists (select 1 from matching where is_exact)
order by films desc, number
limit $limit
"""


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody of the warehouse, and in how many films."""

    number: int
    name: str
    films: int


def named(ask: Ask, role: Role, text: str, limit: int = MOST_NAMED) -> list[Named]:
    """Those of exactly this name; failing that, those whose name holds it; who has most films first.

    Case and accents do not count.
    """
    if not text.strip():
        return []
    rows = ask(_MATCHING.format(everybody=_EVERYBODY[role]), text=text.strip(), limit=limit)
    return [Named(**row) for row in rows]


def number_of(ask: Ask, role: Role, text: str) -> int:
    """The id that is meant by an id or a name. DataError: nobody, or several, are; the message names them."""
    if re.fullmatch(r"-?[0-9]{1,19}", text.strip(), re.ASCII):
        return int(text)
    found = named(ask, role, text)
    if not found:
        raise DataError(f"No {role} of the warehouse is named {text!r}. Give another name, or TMDB's id.")
    if len(found) > 1:
        told = ", ".join(f"{each.number} {each.name} ({each.films} films)" for each in found)
        raise DataError(f"Several are named {text!r}: {told}. Give the id of the one that is meant.")
    return found[0].number


def numbers_of(ask: Ask, role: Role, texts: Iterable[str]) -> tuple[int, ...]:
    """The ids that are meant, each once, in their order."""
    return tuple(dict.fromkeys(number_of(ask, role, text) for text in texts))
