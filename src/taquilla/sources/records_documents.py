"""A JSON array, or objects that go over several lines, as records: told apart by their braces, in bounded memory."""

import re
from collections.abc import Generator, Iterator

import polars as pl

from taquilla.sources.objects import Place
from taquilla.sources.records_lines import (
    BLOCK_BYTES,
    ENDS_WITHIN,
    Damaged,
    Row,
    blocks_of,
    checked,
    frame_of,
    shown,
    too_long,
)

# A text, or a sign that opens or closes; a quote alone is a text that has not ended.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}]', re.DOTALL)
_BETWEEN = b" \t\r\n,[]"
NO_OBJECT = "no JSON object"


def documents_in(text: bytes) -> list[bytes]:
    """The objects that end within the text."""
    return [document for document, is_object in _Scanner().take(text) if is_object]


def document_records(place: Place, max_bytes: int) -> Generator[pl.DataFrame]:
    """The objects of a file, numbered from 1, with the reason beside each that is no record."""
    scanner, count = _Scanner(), 0
    for rows in _rows(place, scanner, max_bytes):
        frame = frame_of(rows)
        yield frame.select(line=pl.int_range(count + 1, count + 1 + frame.height), record="record", error="error")
        count += frame.height


def _rows(place: Place, scanner: "_Scanner", max_bytes: int) -> Iterator[list[Row]]:
    try:
        for block in blocks_of(place):
            yield [_row(document, is_object, max_bytes) for document, is_object in scanner.take(block)]
            if len(scanner.rest) > max(max_bytes, BLOCK_BYTES):
                yield [too_long(len(scanner.rest))]
                return
    except Damaged as damage:
        yield [(shown(scanner.rest.strip(_BETWEEN)) or None, str(damage))]
        return
    if rest := scanner.rest.strip(_BETWEEN):
        yield [(checked(rest, max_bytes)[0], ENDS_WITHIN)]


def _row(document: bytes, is_object: bool, max_bytes: int) -> Row:
    record, error = checked(document, max_bytes)
    return record, error if is_object else error or NO_OBJECT


class _Scanner:
    """Takes a file's bytes and hands out its objects; what stands between them and is no comma, too.

    rest: what has not ended yet.
    """

    def __init__(self) -> None:
        self.rest = b""
        self._at, self._depth = 0, 0  # where in rest to go on; how many braces are open there

    def take(self, block: bytes) -> list[tuple[bytes, bool]]:
        """The objects that end within the block, in their order; and whether each is one."""
        text = self.rest + block
        found: list[tuple[bytes, bool]] = []
        begins, at = 0, self._at
        for token in _TOKEN.finditer(text, self._at):
            sign = token.group() if token.end() - token.start() == 1 else b""
            if sign == b'"':
                at = token.start()
                break
            at = token.end()
            if sign == b"{":
                if self._depth == 0:
                    found += _gap(text[begins : token.start()])
                    begins = token.start()
                self._depth += 1
            elif sign == b"}" and self._depth:
                self._depth -= 1
                if self._depth == 0:
                    found.append((text[begins:at], True))
                    begins = at
        self.rest, self._at = text[begins:], at - begins
        return found


def _gap(text: bytes) -> list[tuple[bytes, bool]]:
    between = text.strip(_BETWEEN)
    return [(between, False)] if between else []
