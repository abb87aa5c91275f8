"""Lines of JSON as records: split and checked some 16 MB at a time; only a block with damage is read line by line."""

import io
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

import msgspec
import polars as pl

from taquilla.errors import DataError
from taquilla.sources.objects import Place
from taquilla.sources.tabular_text import PACKED, Encoding, encoding_of, raw_blocks, utf8_blocks

SCHEMA = pl.Schema({"line": pl.Int64(), "record": pl.String(), "error": pl.String()})
BLOCK_BYTES = 16 * 2**20
HEAD_BYTES = 2**18
# What has been unpacked of a piece is lost when its end is damaged.
_PACKED_PIECE = 2**16
ENDS_WITHIN = "the file ends within this record"
NOT_UTF8, HAS_NUL = "not UTF-8", "a NUL sign"
_SPACES = b" \t\r\n"
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])

Row = tuple[str | None, str | None]  # a record, and why it is none


@dataclass(frozen=True, slots=True)
class JsonEncoding:
    """How a file of JSON is encoded: UTF-8, unless it says otherwise."""

    encoding: Encoding

    def of(self, head: bytes) -> bytes:
        """The beginning of the file as UTF-8, without its mark."""
        text = head[self.encoding.mark :]
        codec = self.encoding.codec
        return text if codec == "utf-8" else text.decode(codec, "replace").encode()


class Damaged(Exception):  # noqa: N818 - no error yet: whoever reads on tells it as a record
    """The file can be read up to here and no further."""


def json_encoding(place: Place, head: bytes) -> JsonEncoding:
    """The encoding that the beginning of a file of JSON speaks of. DataError: it is no text."""
    found = encoding_of(place, head)
    # JSON is Unicode, so that what is not is damage.
    return JsonEncoding(Encoding("utf-8") if found.codec == "windows-1252" else found)


def head_of(place: Place) -> bytes:
    """The first 256 KB, unpacked, as far as they can be. DataError: nothing of it can."""
    taken = bytearray()
    try:
        for piece in raw_blocks(place, _PACKED_PIECE):
            taken += piece
            if len(taken) >= HEAD_BYTES:
                break
    except DataError:
        if not taken:
            raise
    return bytes(taken[:HEAD_BYTES])


def keys_of(document: bytes) -> tuple[str, ...]:
    """The keys of a JSON object; none of what is no object."""
    try:
        return tuple(_OBJECT.decode(document))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()


def is_object(document: bytes) -> bool:
    """Whether the bytes are one JSON object, whole."""
    try:
        _OBJECT.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def blocks_of(place: Place, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """The file as UTF-8 in blocks of that size. Damaged: it cannot be read on; what stands before was given."""
    encoding = json_encoding(place, head_of(place)).encoding
    is_packed = place.name.lower().endswith(tuple(PACKED))
    pieces = utf8_blocks(place, encoding, _PACKED_PIECE if is_packed else size)
    held: list[bytes] = []
    count = 0
    try:
        for piece in pieces:
            held.append(piece)
            count += len(piece)
            if count >= size:
                yield held[0] if len(held) == 1 else b"".join(held)
                held, count = [], 0
    except DataError as error:
        yield b"".join(held)
        raise Damaged(_reason(error)) from error
    yield b"".join(held)


def _reason(error: DataError) -> str:
    why = str(error.__cause__ or error).splitlines()[0].rstrip(".")
    return f"the file is damaged from here on: {why}"


def line_records(place: Place, max_bytes: int) -> Generator[pl.DataFrame]:
    """The lines that are not blank, numbered from 1, with the reason beside each that is no record."""
    count = 0
    for frame in _frames(place, max_bytes):
        yield frame.select(line=pl.int_range(count + 1, count + 1 + frame.height), record="record", error="error")
        count += frame.height


def _frames(place: Place, max_bytes: int) -> Iterator[pl.DataFrame]:
    rest, dropped, damage = b"", 0, None
    blocks = blocks_of(place)
    while damage is None:
        try:
            block = next(blocks, None)
        except Damaged as error:
            damage = str(error)
            break
        if block is None:
            break
        ends = block.rfind(b"\n") + 1
        if not ends:
            rest, dropped = _held(rest + block, dropped, max_bytes)
            continue
        whole = b"".join((rest, memoryview(block)[:ends]))
        if dropped:
            # The end of a line whose beginning is not there any more.
            cut = whole.index(b"\n")
            yield frame_of([too_long(dropped + cut)])
            whole, dropped = whole[cut + 1 :], 0
        rest = block[ends:]
        if whole:
            yield _split(whole, max_bytes)
    yield frame_of(_last(rest, dropped, damage, max_bytes))


def _held(rest: bytes, dropped: int, max_bytes: int) -> tuple[bytes, int]:
    """What is kept of a line that has not ended yet: nothing of one that is too long, whose bytes are counted."""
    return (b"", dropped + len(rest)) if dropped or len(rest) > max_bytes else (rest, 0)


def _last(rest: bytes, dropped: int, damage: str | None, max_bytes: int) -> list[Row]:
    """What stands behind the last line's end."""
    if dropped:
        return [too_long(dropped + len(rest))]
    line = rest.strip(_SPACES)
    if damage is not None:
        return [(shown(line) or None, damage)]
    if not line:
        return []
    record, error = checked(line, max_bytes)
    # A file may end within a character, too.
    is_cut = error in (None, NOT_UTF8) and not is_object(line)
    return [(record, ENDS_WITHIN if is_cut else error)]


def _split(whole: bytes, max_bytes: int) -> pl.DataFrame:
    """The lines of a block that ends with one."""
    if b"\0" not in whole:
        try:
            lines = pl.read_lines(io.BytesIO(whole), name="record")
        except pl.exceptions.ComputeError:
            lines = None  # some line is no UTF-8
        if lines is not None and lines["record"].str.len_bytes().max() <= max_bytes:  # type: ignore[operator]
            return _without_blanks(lines).with_columns(error=pl.lit(None, pl.String))
    stripped = (line.strip(_SPACES) for line in whole.split(b"\n"))
    return frame_of(checked(line, max_bytes) for line in stripped if line)


def _without_blanks(lines: pl.DataFrame) -> pl.DataFrame:
    record = pl.col("record")
    # Only what begins with a blank can be blank: the others are not looked through.
    may_be = (record.str.len_bytes() == 0) | record.str.starts_with(" ") | record.str.starts_with("\t")
    if not lines.select(may_be.any()).item():
        return lines
    return lines.filter(~may_be | (record.str.strip_chars() != ""))


def checked(line: bytes, max_bytes: int) -> Row:
    """A line as a record, or with the reason why it is none."""
    if len(line) > max_bytes:
        return too_long(len(line))
    if b"\0" in line:
        return shown(line), HAS_NUL
    try:
        return line.decode(), None
    except UnicodeDecodeError:
        return shown(line), NOT_UTF8


def too_long(size: int) -> Row:
    """What is told of a record that nobody can keep."""
    return None, f"a record of {size:,} bytes, which none has"


def shown(line: bytes) -> str:
    """Bytes as text, what cannot be shown as escapes."""
    return line.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def frame_of(rows: Iterable[Row]) -> pl.DataFrame:
    """Rows without their numbers."""
    return pl.DataFrame(list(rows), schema={"record": pl.String, "error": pl.String}, orient="row")
