"""Generated histories: answers of TMDB about a few films, in any order, with repeats, removals and rubbish."""

from typing import Any

from hypothesis import strategies as st

from records import acts, at, film, gone, read, works
from taquilla.pipeline.raw_rows import RawRecord

_DAYS = st.integers(0, 5)
_FILM_IDS = st.integers(1, 3)
_NAMES = st.sampled_from(["Ana", "Ben", "Ana Ruiz", "Ñandú", ""])
_PEOPLE = st.integers(1, 4)


def _few(entry: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(entry, max_size=3)


def _named(ids: st.SearchStrategy[int]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"id": ids, "name": _NAMES})


_CREDITS = st.fixed_dictionaries(
    {
        "cast": _few(
            st.builds(acts, _PEOPLE, _NAMES, credit=st.sampled_from(["a1", "a2", "a3"]), order=st.integers(0, 3))
        ),
        "crew": _few(
            st.builds(
                works,
                _PEOPLE,
                _NAMES,
                job=st.sampled_from(["Director", "Writer"]),
                credit=st.sampled_from(["w1", "w2"]),
            )
        ),
    }
)

_FIELDS = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["A", "B", "C"]),
        "budget": st.sampled_from([0, 1, 100]),
        "revenue": st.sampled_from([0, 50, 2_923_706_026]),
        "popularity": st.sampled_from([None, 0.0, 5.0, 20.5]),
        "vote_count": st.sampled_from([0, 3]),
        "genres": _few(_named(st.sampled_from([18, 35]))),
        "production_companies": _few(_named(st.integers(1, 3))),
        "production_countries": _few(
            st.fixed_dictionaries({"iso_3166_1": st.sampled_from(["ES", "PE"]), "name": _NAMES})
        ),
        "spoken_languages": _few(st.fixed_dictionaries({"iso_639_1": st.sampled_from(["es", "xx"]), "name": _NAMES})),
        "keywords": st.fixed_dictionaries({"keywords": _few(_named(st.integers(1, 2)))}),
        "belongs_to_collection": st.none() | _named(st.integers(1, 2)),
        "credits": _CREDITS,
    }
)

_GOOD = st.builds(lambda film_id, changed, day: read(film(film_id, **changed), day), _FILM_IDS, _FIELDS, _DAYS)
_GONE = st.builds(gone, _FILM_IDS, _DAYS.map(lambda day: day + 0.5))
_BROKEN = st.builds(
    lambda film_id, changed, day: read(film(film_id, **changed), day),
    _FILM_IDS,
    st.sampled_from([{"budget": -1}, {"release_date": "2023-02-30"}, {"genres": None}, {"title": ""}]),
    _DAYS,
)
_DEAD = st.sampled_from([read(b"{", 0), read(b"", 1), RawRecord(at(2), None, 3, 500, "HTTP 500")])


@st.composite
def histories(draw: st.DrawFn, *, max_size: int = 14) -> list[RawRecord]:
    """Answers as they were landed; about one in four stands there twice."""
    answers = draw(st.lists(st.one_of(_GOOD, _GOOD, _GOOD, _GONE, _BROKEN, _DEAD), min_size=1, max_size=max_size))
    again = draw(st.lists(st.sampled_from(answers), max_size=max_size // 3))
    return draw(st.permutations(answers + again))


def cuts(size: int) -> st.SearchStrategy[list[int]]:
    """Where to cut `size` rows: ascending positions, the last of them `size`."""
    return st.lists(st.integers(0, size), max_size=3).map(lambda found: sorted({*found, size} - {0}))
