"""Files of text as blocks of UTF-8, however they are packed and encoded."""

import codecs
import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import pyarrow as pa

from taquilla.errors import DataError, SettingsError
from taquilla.sources.objects import Place

BLOCK_BYTES = 4 * 2**20
# Enough to meet an accent in what is no UTF-8, and read in a tenth of a second.
SAMPLE_BYTES = 16 * 2**20
PACKED = {".gz": "gzip", ".zst": "zstd"}
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_KNOWN_BINARIES = {
    b"\x1f\x8b": "gzip: name it .csv.gz",
    b"\x28\xb5\x2f\xfd": "Zstandard: name it .csv.zst",
    b"PK\x03\x04": "a workbook or an archive: name it .xlsx or unpack it",
    b"PAR1": "Parquet: name it .parquet",
}
_TEXT_SIGNS = frozenset(b"\t\n\x0b\x0c\r\x1b")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes are characters; mark: of how many bytes the byte order mark at the beginning is."""

    codec: str
    mark: int = 0

    @property
    def note(self) -> tuple[str, ...]:
        """What is worth telling of it; nothing of plain UTF-8."""
        if self.codec == "utf-8":
            return ("encoding UTF-8 with a byte order mark",) if self.mark else ()
        return (f"encoding {self.codec.removesuffix('-le').removesuffix('-be')}",)


def raw_blocks(place: Place, block_bytes: int = BLOCK_BYTES) -> Generator[bytes]:
    """The file's bytes, unpacked. DataError: it is damaged or cut off."""
    codec = next((codec for suffix, codec in PACKED.items() if place.name.lower().endswith(suffix)), None)
    with place.reading() as file, contextlib.ExitStack() as held:
        stream = held.enter_context(pa.CompressedInputStream(file, codec)) if codec else file
        while block := stream.read(block_bytes):
            yield block


def sample_of(place: Place, wanted: int = SAMPLE_BYTES) -> tuple[bytes, bool]:
    """The beginning of the file, and whether it is all of it. DataError: the file is empty."""
    taken = bytearray()
    with contextlib.closing(raw_blocks(place, min(wanted, BLOCK_BYTES))) as blocks:
        for block in blocks:
            taken += block
            if len(taken) >= wanted:
                return bytes(taken[:wanted]), False
    if not taken.strip():
        raise DataError(f"{place} is empty. Check how it was written.")
    return bytes(taken), True


def encoding_of(place: Place, sample: bytes, wanted: str | None = None) -> Encoding:
    """The encoding that the bytes speak of. DataError: they are no text. SettingsError: the one wanted is unknown."""
    mark = next(((sign, codec) for sign, codec in _MARKS.items() if sample.startswith(sign)), None)
    if wanted is not None:
        return Encoding(_known(wanted), len(mark[0]) if mark and mark[1] in wanted.lower() else 0)
    if mark is not None:
        return Encoding(mark[1], len(mark[0]))
    if (codec := _without_mark(sample)) is not None:
        return Encoding(codec)
    _check_is_text(place, sample)
    try:
        # A character may be cut off at the sample's end.
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return Encoding("utf-8" if _is_damaged_utf8(sample) else "windows-1252")
    return Encoding("utf-8")


def _is_damaged_utf8(sample: bytes) -> bool:
    """Whether more of what is not ASCII is UTF-8 than is not: in no other encoding's text is that so."""
    text = sample.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return len(text) - len(text.encode("ascii", "ignore")) - bad > bad


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise SettingsError(f"Unknown encoding {encoding!r}. Known are utf-8, utf-16, windows-1252, cp850 ….") from None


def _without_mark(sample: bytes) -> str | None:
    """UTF-16 is known by the zeros in every other byte of Latin text."""
    head = sample[:4_000]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 3 and not even:
        return "utf-16-le"
    if even > len(head) // 3 and not odd:
        return "utf-16-be"
    return None


def _check_is_text(place: Place, sample: bytes) -> None:
    known = next((what for sign, what in _KNOWN_BINARIES.items() if sample.startswith(sign)), None)
    if known:
        raise DataError(f"{place} is no text but {known}.")
    head = sample[:100_000]
    odd = sum(1 for sign in head if sign < 32 and sign not in _TEXT_SIGNS)
    if odd > 3 + len(head) // 20:
        raise DataError(
            f"{place} is no text: {odd:,} of its first {len(head):,} bytes are control characters. "
            "Check what the file is."
        )


def _as_c1(error: UnicodeError) -> tuple[str, int]:
    # Five bytes mean nothing in windows-1252; browsers and databases keep them as control characters.
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("taquilla.c1", _as_c1)


def utf8_blocks(place: Place, encoding: Encoding, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """The file as UTF-8 without its mark; what is no UTF-8 in a file that says so stays as it is."""
    blocks = raw_blocks(place, block_bytes)
    first = next(blocks, b"")[encoding.mark :]
    if encoding.codec == "utf-8":
        yield first
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(encoding.codec)(errors=_errors(encoding.codec))
    try:
        yield decoder.decode(first).encode()
        for block in blocks:
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise DataError(f"{place} is no {encoding.codec}: {error}. Name its encoding.") from error


def _errors(codec: str) -> str:
    return "taquilla.c1" if codec in ("windows-1252", "cp1252") else "strict"
