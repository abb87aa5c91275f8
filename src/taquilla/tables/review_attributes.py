"""What a place offers, in real types: Yelp writes Python's literals into its JSON ("u'no'", "{'garage': False}")."""

import ast
import json
import math
import re
from functools import lru_cache
from typing import Any

import msgspec

MAX_LITERAL = 10_000
_LITERAL = re.compile(r"\s*(?:[\[{('\"]|[uUbBrR]['\"]|(?:True|False|None)\s*$|[+-]?\d)")
# Yelp joins categories by commas, and these have commas of their own.
_WITH_COMMAS = (
    "Beer, Wine & Spirits",
    "Books, Mags, Music & Video",
    "Used, Vintage & Consignment",
    "Wills, Trusts, & Probates",
)


def attributes(value: Any) -> str | None:
    """The attributes as a JSON object. None: it is no object."""
    read = literal(value) if isinstance(value, str) else value
    if not isinstance(read, dict):
        return None
    return json.dumps({str(key): typed(one) for key, one in read.items()}, ensure_ascii=False)


def typed(value: Any) -> Any:
    """A value with what its texts say: "True" is true, "2" is 2, "u'no'" is no; a plain text stays."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, dict):
        return {str(key): typed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [typed(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@lru_cache(maxsize=10_000)
def literal(text: str) -> Any:
    """What a text says as a literal of Python or JSON, in JSON's types; a text that is none stays as it is."""
    if len(text) > MAX_LITERAL or not _LITERAL.match(text):
        return text
    try:
        return _plain(ast.literal_eval(text.strip()))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return _json(text)


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text


def _plain(value: Any) -> Any:
    """A literal in JSON's types. ValueError: JSON has none for it."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    is_finite = not isinstance(value, float) or math.isfinite(value)
    if value is None or (isinstance(value, str | bool | int | float) and is_finite):
        return value
    raise ValueError(f"no JSON has {type(value).__name__}")


def names_in(value: Any) -> list[str] | None:
    """The names of a list, or of a text with commas between them; each once. None: it is neither."""
    read = literal(value) if isinstance(value, str) and value.lstrip().startswith("[") else value
    if isinstance(read, str):
        read = _parted(read)
    if not isinstance(read, list):
        return None
    names = (one.strip() for one in read if isinstance(one, str))
    return list(dict.fromkeys(name for name in names if name))


def _parted(text: str) -> list[str]:
    for number, name in enumerate(_WITH_COMMAS):
        text = text.replace(name, f"\x00{number}")
    parts = (part.strip() for part in text.split(","))
    return [_WITH_COMMAS[int(part[1:])] if part[:1] == "\x00" and part[1:].isdigit() else part for part in parts]
