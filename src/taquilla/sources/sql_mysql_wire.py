"""The rows of a MySQL result as they come over the wire: some five times as fast as PyMySQL hands them out.

PyMySQL speaks to the server until the first row (login, TLS, the columns); from there on this reads its socket, since
it takes each row apart into Python's values through a dozen calls. The connection is good for nothing else afterwards.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pymysql

READ_BYTES = 2**18
# A payload of this length goes on in the next packet.
_WHOLE = 2**24 - 1
_END, _ERROR, _NULL = 0xFE, 0xFF, 0xFB
Cell = bytes | None


class CutOffError(Exception):
    """The server went away before it had sent the last row."""


def started(connection: Any, sql: str) -> list[Any]:
    """Asks, and returns PyMySQL's descriptions of the columns; the rows are for `lines` or `cells`."""
    connection.query(sql, unbuffered=True)
    result, connection._result = connection._result, None
    # PyMySQL would read the rest of the rows as soon as it forgets the result.
    result.unbuffered_active = False
    return list(result.fields or ())


def lines(connection: Any, batch_rows: int, batch_bytes: int) -> Iterator[list[Cell]]:
    """The only cell of each row, so many at a time."""
    found: list[Cell] = []
    size = 0
    for payloads in _packets(connection._rfile.read1):
        found += [_only(payload) for payload in payloads]
        size += sum(map(len, payloads))
        while len(found) >= batch_rows or size >= batch_bytes:
            yield found[:batch_rows]
            found = found[batch_rows:]
            size = 0
    if found:
        yield found


def cells(connection: Any, width: int, batch_rows: int, batch_bytes: int) -> Iterator[list[list[Cell]]]:
    """The cells of so many rows at a time, column by column."""
    columns: list[list[Cell]] = [[] for _ in range(width)]
    adds = [column.append for column in columns]
    rows = size = 0
    for payloads in _packets(connection._rfile.read1):
        for payload in payloads:
            _take_apart(payload, adds)
            rows, size = rows + 1, size + len(payload)
            if rows >= batch_rows or size >= batch_bytes:
                yield columns
                columns = [[] for _ in range(width)]
                adds = [column.append for column in columns]
                rows = size = 0
    if rows:
        yield columns


def _packets(read: Callable[[int], bytes]) -> Iterator[list[bytes]]:
    """The payloads of the rows' packets, as many at a time as a read brought. CutOffError: there was no last one."""
    buffer, begun = b"", b""
    while chunk := read(READ_BYTES):
        buffer += chunk
        payloads: list[bytes] = []
        start, end, is_last = 0, len(buffer), False
        while end - start >= 4:
            size = buffer[start] | buffer[start + 1] << 8 | buffer[start + 2] << 16
            stop = start + 4 + size
            if stop > end:
                break
            if size == _WHOLE or begun:
                begun += buffer[start + 4 : stop]
                if size < _WHOLE:
                    payloads.append(begun)
                    begun = b""
            elif buffer[start + 4] >= _END and _ends(buffer[start + 4 : stop]):
                is_last = True
                break
            else:
                payloads.append(buffer[start + 4 : stop])
            start = stop
        yield payloads
        if is_last:
            return
        buffer = buffer[start:]
    raise CutOffError


def _ends(payload: bytes) -> bool:
    """Whether it is no row but the end of them. pymysql.Error: the server broke off, and says why."""
    if payload[0] == _ERROR:
        pymysql.err.raise_mysql_exception(payload)
    # A row whose first cell is longer than 16 MiB begins like the end does, and is longer.
    return len(payload) < 9


def _only(payload: bytes) -> Cell:
    first = payload[0]
    if first < _NULL:
        return payload[1:]
    return None if first == _NULL else payload[_length(payload, 0)[1] :]


def _take_apart(payload: bytes, adds: list[Callable[[Cell], None]]) -> None:
    start = 0
    for add in adds:
        size = payload[start]
        start += 1
        if size == _NULL:
            add(None)
            continue
        if size > _NULL:
            size, start = _length(payload, start - 1)
        stop = start + size
        add(payload[start:stop])
        start = stop


def _length(payload: bytes, start: int) -> tuple[int, int]:
    """A length that takes more than a byte, and where what it measures begins."""
    width = {0xFC: 2, 0xFD: 3, 0xFE: 8}[payload[start]]
    stop = start + 1 + width
    return int.from_bytes(payload[start + 1 : stop], "little"), stop
