"""Reviewers' names become a keyed hash before anything of them is landed; nobody without the key can tell whose."""

import functools
import hashlib
import hmac
import json
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from taquilla.errors import SettingsError
from taquilla.lake import Lake
from taquilla.tables.review_layouts import PERSONAL

_KEY_FILE = "reviewers.key"
_DIGITS = 16
_Fields = dict[str, msgspec.Raw]
_FIELDS = msgspec.json.Decoder(_Fields)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_ENCODER = msgspec.json.Encoder()
# What is in such a field is the address of a picture or of a page, which names a person as well as a name does.
_PICTURES = ("url", "photo", "pic", "avatar", "image")


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Names under a secret key: the same name is the same pseudonym as long as the key is the same."""

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, lake: Lake, key: str | None = None) -> "Pseudonyms":
        """With the key of the settings; without one, with that in the lake's private folder, which is made once.

        SettingsError: the key is too short to keep a secret, or its file is damaged.
        """
        if key is not None:
            return cls(_long_enough(key.encode(), "the setting reviews.pseudonym_key"))
        path = lake.private("secrets") / _KEY_FILE
        if not path.exists():
            _make(path)
        return cls(_long_enough(path.read_bytes().strip(), str(path)))

    @property
    def key_id(self) -> str:
        """What tells this key from another one, and nothing else of it."""
        return hmac.digest(self.key, b"the id of this key", "sha256").hex()[:8]

    def of_name(self, name: str) -> str:
        """`anon-` and 16 hexadecimal digits. Case, accents' composition and spaces make no other person."""
        plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
        data = plain.encode("utf-8", "surrogatepass")
        return f"anon-{hmac.digest(self.key, data, 'sha256').hex()[:_DIGITS]}"

    def hide(self, record: str, personal: frozenset[str]) -> str | None:
        """The record with pseudonyms in the place of names, and without pictures; None: it cannot be read.

        personal: the fields with a person's name or picture, at any depth, in lower case.
        """
        try:
            return self._object(record.encode(), personal).decode()
        except (msgspec.DecodeError, UnicodeError):
            return self._slowly(record, personal)

    def _slowly(self, record: str, personal: frozenset[str]) -> str | None:
        """As Python reads it, which takes half a letter, a control sign and NaN, too."""
        try:
            values = json.loads(record, strict=False)
        except (ValueError, RecursionError):
            return None
        return json.dumps(self._value(values, personal)) if isinstance(values, dict) else None

    def _value(self, value: Any, personal: frozenset[str]) -> Any:
        if isinstance(value, list):
            return [self._value(entry, personal) for entry in value]
        if not isinstance(value, dict):
            return value
        return {name: self._entry(name, entry, personal) for name, entry in value.items()}

    def _entry(self, name: str, entry: Any, personal: frozenset[str]) -> Any:
        if name.lower() in personal:
            is_none = _is_picture(name) or entry is None
            return None if is_none else entry and self.of_name(str(entry))
        return _emptied(entry) if name.lower() == "pics" else self._value(entry, personal)

    def _object(self, document: bytes | msgspec.Raw, personal: frozenset[str]) -> bytes:
        fields = _FIELDS.decode(document)
        for name, value in fields.items():
            if name.lower() in personal:
                fields[name] = _NOTHING if _is_picture(name) else self._name(bytes(value))
            elif memoryview(value)[0] in _OPENING:
                fields[name] = self._nested(name, bytes(value), personal)
        return _ENCODER.encode(fields)

    def _nested(self, name: str, written: bytes, personal: frozenset[str]) -> msgspec.Raw:
        if name.lower() == "pics":
            return msgspec.Raw(_TEXTS.sub(lambda found: found[1] or b'""', written))
        text = written.lower()
        # A name with an escape in it is told by that.
        if not any(sign in text for sign in _signs_of(personal)):
            return msgspec.Raw(written)
        if written.startswith(b"{"):
            return msgspec.Raw(self._object(written, personal))
        entries = [self._entry_of(name, entry, personal) for entry in _LIST.decode(written)]
        return msgspec.Raw(_ENCODER.encode(entries))

    def _entry_of(self, name: str, entry: msgspec.Raw, personal: frozenset[str]) -> msgspec.Raw:
        return self._nested(name, bytes(entry), personal) if memoryview(entry)[0] in _OPENING else entry

    def _name(self, written: bytes) -> msgspec.Raw:
        if written in (b"null", b'""'):
            return msgspec.Raw(written)
        name = _TEXT.decode(written) if written.startswith(b'"') else written.decode()
        return msgspec.Raw(_ENCODER.encode(self.of_name(name)))


_NOTHING = msgspec.Raw(b"null")
# Nested values begin with these; a text in them, the colon of a key with it.
_OPENING = b"{["
_TEXTS = re.compile(rb'("[^"\\]*(?:\\.[^"\\]*)*"\s*:)|"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


@functools.cache
def _signs_of(personal: frozenset[str]) -> tuple[bytes, ...]:
    """What tells that one of the fields may be in what is nested; many times as fast as an expression for all."""
    return (b"pics", b"\\u", *(name.encode() for name in sorted(personal)))


def _is_picture(name: str) -> bool:
    return any(word in name.lower() for word in _PICTURES)


def _emptied(value: Any) -> Any:
    """Lists and objects as they were, so that they can be counted; every text in them is empty."""
    if isinstance(value, dict):
        return {name: _emptied(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_emptied(entry) for entry in value]
    return "" if isinstance(value, str) else value


def personal_fields(fields: tuple[str, ...]) -> frozenset[str]:
    """Those of a layout with those that hold a name wherever they turn up; in lower case."""
    return frozenset(name.lower() for name in fields) | PERSONAL


def _long_enough(key: bytes, where: str) -> bytes:
    if len(key) < 16:
        raise SettingsError(f"The key of the pseudonyms in {where} has fewer than 16 signs. Set a longer one.")
    return key


def _make(path: Path) -> None:
    """The key's file, readable for its owner alone; of two who make it at once, one makes it."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        if not path.exists():
            os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        temporary.unlink(missing_ok=True)


def digest(text: str) -> str:
    """What is kept of a line that may hold a name and cannot be read: its length and its SHA-256."""
    data = text.encode()
    return f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}"
