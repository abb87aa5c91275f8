"""Lines of JSON put together column by column: ids, moments, texts, and what joins them to the bytes of a file."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from taquilla.demo.town_plan import Ints
from taquilla.demo.town_reviews_plan import Flags

Uints = npt.NDArray[np.uint64]
_LETTERS: Final = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", np.uint8)
_HEX: Final = np.frombuffer(b"0123456789abcdef", np.uint8)
NULL: Final = pa.scalar("null")
LINE_END: Final = "\n"


def mixed(numbers: Ints, salt: int) -> Uints:
    """64 bits of each number that look drawn; two numbers never share them (splitmix64's last steps)."""
    with np.errstate(over="ignore"):
        bits = (numbers.astype(np.uint64) + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    told: Uints = bits ^ (bits >> np.uint64(31))
    return told


def _spelled(bits: Uints, alphabet: npt.NDArray[np.uint8], width: int, length: int) -> npt.NDArray[np.uint8]:
    mask = np.uint64((1 << width) - 1)
    letters = np.empty((len(bits), length), np.uint8)
    for place in range(length):
        letters[:, place] = alphabet[((bits >> np.uint64(place * width)) & mask).astype(np.int64)]
    return letters


def _texts(letters: npt.NDArray[np.uint8]) -> pa.StringArray:
    rows, length = letters.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * length
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(letters)))


def yelp_ids(numbers: Ints, salt: int) -> pa.StringArray:
    """Twenty-two letters for each number, as Yelp's ids look."""
    halves = [_spelled(mixed(numbers, salt + half), _LETTERS, 6, 11) for half in (0, 2**40)]
    return _texts(np.concatenate(halves, axis=1))


def place_ids(numbers: Ints) -> pa.StringArray:
    """Two numbers in base sixteen, as Google Maps' ids of places look."""
    first, second = (_texts(_spelled(mixed(numbers, salt), _HEX, 4, 16)) for salt in (5, 2**41))
    return pc.binary_join_element_wise("0x", first, ":0x", second, "")


def person_ids(numbers: Ints) -> pa.StringArray:
    """Twenty-one digits, as Google's ids of people look."""
    digits = 10**18 + (mixed(numbers, 11) % np.uint64(8 * 10**18)).astype(np.int64)
    return pc.binary_join_element_wise("10", text(digits), "")


def text(numbers: Ints) -> pa.StringArray:
    return pa.array(numbers).cast(pa.string())


def moments(seconds: Ints) -> pa.StringArray:
    """2013-07-01 20:15:59"""
    return pa.array(seconds, pa.timestamp("s")).cast(pa.string())


def tenths(numbers: Ints) -> pa.StringArray:
    """37 as 3.7"""
    return pc.binary_join_element_wise(text(numbers // 10), text(numbers % 10), ".")


def quoted(texts: pa.StringArray, is_told: Flags) -> pa.StringArray:
    """Texts, escaped already, between quotes; null where there is none."""
    return pc.if_else(pa.array(is_told), pc.binary_join_element_wise('"', texts, '"', ""), NULL)


def joined(*pieces: pa.Array | str) -> pa.StringArray:
    """The pieces side by side; a text stands in every row."""
    return pc.binary_join_element_wise(*pieces, "")


def content(lines: pa.StringArray) -> memoryview:
    """The lines as they stand in a file: each has its line end already."""
    offsets = np.frombuffer(lines.buffers()[1], np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(lines.buffers()[2])[int(offsets[0]) : int(offsets[-1])] if len(lines) else memoryview(b"")
