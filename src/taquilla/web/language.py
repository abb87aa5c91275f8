"""The pages' languages: the texts of charts and report with those of the pages, and which one a browser likes best.

The pages' own texts stand in `texts/en/` and `texts/es/`, in files of the same names under the same keys.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from taquilla.analysis import language as analysis
from taquilla.analysis.language import CODES, DEFAULT, UNKNOWN, Language, read_texts

__all__ = ["CODES", "DEFAULT", "UNKNOWN", "Language", "choose", "language"]


@cache
def language(code: str) -> Language:
    """The language of this code, one of CODES."""
    texts = dict(analysis.language(code).texts)
    for file in files(__package__).joinpath("texts", code).iterdir():
        texts |= read_texts(file)
    return Language(code, texts)


def choose(asked: str | None, accept_language: str | None) -> Language:
    """The language asked for; failing that, the one that the browser likes best; failing that, English."""
    if asked in CODES:
        return language(asked)
    liked = sorted(_accepted(accept_language or ""), reverse=True)
    return language(liked[0][2] if liked else DEFAULT)


def _accepted(header: str) -> Iterator[tuple[float, int, str]]:
    """Our languages in an Accept-Language header, as (liking, -position, code); what is malformed is passed over."""
    for position, part in enumerate(header.split(",")):
        tag, _, quality = part.strip().partition(";")
        code = tag.strip().lower().split("-")[0]
        liking = _quality(quality)
        if code in CODES and liking > 0:
            yield liking, -position, code


def _quality(text: str) -> float:
    if not text:
        return 1.0
    try:
        return float(text.strip().removeprefix("q="))
    except ValueError:
        return 0.0
