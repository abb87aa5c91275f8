"""Reviewers' names become a keyed hash before anything of them is landed; nobody without the key can tell whose."""

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
from taquilla.tables.review_people import NAME, PICTURE, PICTURES, SOMEBODY, told_by

_KEY_FILE = "reviewers.key"
_DIGITS = 16
_Fields = dict[str, msgspec.Raw]
_FIELDS = msgspec.json.Decoder(_Fields)
_ANY = msgspec.json.Decoder()
_TEXT = msgspec.json.Decoder(str)
_ENCODER = msgspec.json.Encoder()


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

    def hide(self, record: str, own: frozenset[str]) -> str | None:
        """The record with pseudonyms in the place of names, and without pictures; None: it cannot be read.

        own: the fields that are personal in its layout beside those that are everywhere, as `plain` makes them.
        """
        try:
            return self._object(record.encode(), own).decode()
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return self._slowly(record, own)

    def _slowly(self, record: str, own: frozenset[str]) -> str | None:
        """As Python reads it, which takes half a letter, a control sign and NaN, too."""
        try:
            values = json.loads(record, strict=False)
            return json.dumps(self._value(values, own, False)) if isinstance(values, dict) else None
        except (ValueError, RecursionError):
            return None

    def _value(self, value: Any, own: frozenset[str], is_inside: bool) -> Any:
        if isinstance(value, list):
            return [self._value(entry, own, is_inside) for entry in value]
        if not isinstance(value, dict):
            return value
        return {
            name: self._entry(told_by(name, own, is_inside), entry, own, is_inside) for name, entry in value.items()
        }

    def _entry(self, told: str | None, entry: Any, own: frozenset[str], is_inside: bool) -> Any:
        if told == PICTURE:
            return None
        if told == NAME:
            return entry if entry is None else entry and self.of_name(str(entry))
        if told == SOMEBODY:
            return self._somebody(entry, own)
        return _emptied(entry) if told == PICTURES else self._value(entry, own, is_inside)

    def _somebody(self, value: Any, own: frozenset[str]) -> Any:
        """An object about somebody, or the name alone; or a list of these."""
        if isinstance(value, list):
            return [self._somebody(entry, own) for entry in value]
        return self.of_name(value) if isinstance(value, str) and value else self._value(value, own, True)

    def _object(self, document: bytes, own: frozenset[str]) -> bytes:
        fields = _FIELDS.decode(document)
        for name, value in fields.items():
            told = told_by(name, own, False)
            if told == PICTURE:
                fields[name] = _NOTHING
            elif told == NAME:
                fields[name] = self._name(bytes(value))
            elif told or memoryview(value)[0] in _OPENING:
                fields[name] = self._nested(told, bytes(value), own)
        return _ENCODER.encode(fields)

    def _nested(self, told: str | None, written: bytes, own: frozenset[str]) -> msgspec.Raw:
        if told == PICTURES:
            return msgspec.Raw(_TEXTS.sub(lambda found: found[1] or b'""', written))
        # What is nested is small, and seldom about somebody.
        if told is None and not _may_tell(written, own):
            return msgspec.Raw(written)
        return msgspec.Raw(_ENCODER.encode(self._entry(told, _ANY.decode(written), own, False)))

    def _name(self, written: bytes) -> msgspec.Raw:
        if written in (b"null", b'""'):
            return msgspec.Raw(written)
        name = _TEXT.decode(written) if written.startswith(b'"') else written.decode()
        return msgspec.Raw(_ENCODER.encode(self.of_name(name)))


_NOTHING = msgspec.Raw(b"null")
# Nested values begin with these; a text in them, the colon of a key with it.
_OPENING = b"{["
_KEYS = re.compile(rb'"([^"\\]*)"\s*:')
_TEXTS = re.compile(rb'("[^"\\]*(?:\\.[^"\\]*)*"\s*:)|"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def _may_tell(written: bytes, own: frozenset[str]) -> bool:
    """Whether a key in it is of such a field, or has a letter that is written as an escape."""
    return b"\\u00" in written or any(told_by(key.decode(), own, False) for key in _KEYS.findall(written))


def _emptied(value: Any) -> Any:
    """Lists and objects as they were, so that they can be counted; every text in them is empty."""
    if isinstance(value, dict):
        return {name: _emptied(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_emptied(entry) for entry in value]
    return "" if isinstance(value, str) else value


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
