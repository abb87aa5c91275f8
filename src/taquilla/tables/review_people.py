"""Which fields of a record say who somebody is, however they are spelt: user_name, displayName, "Real Name".

Case, `_`, `-`, dots and blanks tell no two fields apart. Words that may be a place's own as well (name, phone, url) are
personal in what somebody wrote, and in an object that is about somebody: {"user": {"name": …}}.
"""

import functools
import re
from collections.abc import Collection

NAME, PICTURE, SOMEBODY, PICTURES = "name", "picture", "somebody", "pictures"

_WHO = (
    *("user", "author", "reviewer", "customer", "owner", "member", "guest"),
    *("contributor", "poster", "writer", "person", "profile", "commenter"),
)
_ABOUT = ("", "s", "info", "profile", "details", "data")
_OF_WHOM = (
    *("name", "nick name", "first name", "last name", "full name", "display name", "real name", "screen name"),
    *("email", "e mail", "email address", "phone", "phone number", "login", "handle"),
    *("photo", "picture", "pic", "image", "avatar", "url", "link", "photo url", "picture url", "image url"),
    *("avatar url", "profile url", "profile photo url", "profile pic", "profile photo", "profile picture"),
)
_ALONE = (
    *("nick", "nick name", "first name", "last name", "full name", "display name", "real name", "screen name"),
    *("given name", "family name", "middle name", "surname", "person name", "client name", "patron name"),
    *("written by", "posted by", "reviewed by", "email", "e mail", "email address", "avatar", "avatar url"),
)
# In an object about somebody, whatever the file.
_INSIDE = (*_OF_WHOM, "first", "last", "given", "family")
# In what somebody wrote, at any depth; a place has these of its own.
OF_WRITERS = ("name", "phone", "phone number")
_PICTURE_WORDS = ("url", "photo", "pic", "avatar", "image", "link")
_BETWEEN = ("", "_", "-", " ", ".")
_SEPARATORS = str.maketrans("", "", " _-.")


def plain(field: str) -> str:
    """A field's name without what tells no two apart."""
    return field.lower().translate(_SEPARATORS)


_SOMEBODY = frozenset(f"{who}{about}" for who in _WHO for about in _ABOUT)
_PHRASES = (*_ALONE, *(f"{who} {what}" for who in _WHO for what in _OF_WHOM))
_ANYWHERE, _WITHIN = frozenset(map(plain, _PHRASES)), frozenset(map(plain, _INSIDE))


@functools.lru_cache(2**14)
def told_by(field: str, own: frozenset[str], is_inside: bool) -> str | None:
    """What a field holds: a person's NAME, a PICTURE of one (or a page), SOMEBODY (an object about one, or the name),
    PICTURES that a person took; None: nothing of the kind.

    own: further names of fields, as `plain` makes them. is_inside: whether it stands in an object about somebody.
    """
    name = plain(field)
    if name == "pics":
        return PICTURES
    if name in own or name in _ANYWHERE or (is_inside and name in _WITHIN):
        return PICTURE if any(word in name for word in _PICTURE_WORDS) else NAME
    return SOMEBODY if name in _SOMEBODY else None


def beginnings() -> list[str]:
    """What a record has in it where a key is of such a field; most have none of it, and need no closer look.

    All but the escapes begin with a quote, by which they are found fast. A letter that is written as an escape may be
    one of such a key.
    """
    first = {phrase.partition(" ")[0] for phrase in (*_PHRASES, *OF_WRITERS, *_WHO, "pics")} - {"user", "e"}
    return [*sorted(f'"{word}' for word in first), *(f'"e{sign}mail' for sign in _BETWEEN), *_of_users(), *_ESCAPES]


def _of_users() -> list[str]:
    """Sources have a user_id in every record, which tells of nobody."""
    what = sorted({what[:2].rstrip() for what in (*_OF_WHOM, *_ABOUT[2:])})
    return ['"user"', '"users"', *(f'"user{sign}{begins}' for sign in _BETWEEN for begins in what)]


def pattern(own: Collection[str]) -> str:
    """What finds the keys themselves, at any depth, in a record's JSON."""
    of_writers = [phrase for phrase in OF_WRITERS if plain(phrase) in own]
    whole = sorted({*_PHRASES, *of_writers, *own, "pics"}, key=lambda phrase: (-len(phrase), phrase))
    keys = "|".join(re.escape(phrase).replace(r"\ ", r"[-_. ]*") for phrase in whole)
    somebody = rf"(?:{'|'.join(_WHO)})[-_. ]*(?:{'|'.join(_ABOUT[1:])})?"
    escapes = "|".join(map(re.escape, _ESCAPES))
    return rf'(?i)"(?:{keys}|{somebody})[-_. ]*"\s*:|{escapes}'


# ASCII's letters; those with accents stand in texts.
_ESCAPES = tuple(rf"\u00{digit}" for digit in "4567")
