"""`report.txt`: the findings in words, with aligned tables, for those who open no browser."""

import textwrap
from collections.abc import Iterator

from taquilla.analysis.drawing_words import cells, shortened
from taquilla.analysis.language import TMDB_NOTICE
from taquilla.analysis.report_sections import Report, Section, Table

WIDTH = 100
_LONGEST = 40


def text_of(report: Report) -> str:
    """The whole report as text."""
    return "\n".join(line.rstrip() for line in _lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    words = report.words
    yield words.text("report.title").upper()
    yield report.made()
    for _, note in report.notes():
        yield from textwrap.wrap(note, WIDTH)
    yield from _heading(words.text("report.figures"), "=")
    head = tuple(words.text(f"report.head.{name}") for name in ("figure", "value", "share", "note"))
    rows = [(figure.label, figure.value, figure.share, figure.note) for figure in report.figures]
    yield from _aligned(Table(head, (True, False, False, True), rows, len(rows)))
    for topic, sections in report.topics.items():
        yield from _heading(words.text(f"topics.{topic}"), "=")
        for section in sections:
            yield from _section(report, section)
    yield from _heading(words.text("report.reading.title"), "=")
    for sentence in report.reading():
        yield from textwrap.wrap(sentence, WIDTH, initial_indent="- ", subsequent_indent="  ")
    yield from _heading(words.text("report.notice.title"), "=")
    yield TMDB_NOTICE
    yield from textwrap.wrap(words.text("report.notice.translation"), WIDTH)


def _section(report: Report, section: Section) -> Iterator[str]:
    words = report.words
    yield from _heading(section.title, "-")
    yield from textwrap.wrap(section.sentence, WIDTH)
    if section.empty:
        yield from textwrap.wrap(section.empty, WIDTH)
        return
    if section.finding:
        yield from textwrap.wrap(f"> {section.finding}", WIDTH, subsequent_indent="  ")
    yield from textwrap.wrap(section.covered, WIDTH)
    yield ""
    yield from _aligned(section.short)
    yield ""
    shown = words.number(len(section.short.rows)), words.number(section.short.whole)
    if shown[0] != shown[1]:
        yield words.text("report.rows", shown=shown[0], rows=shown[1])
    yield words.text("report.picture", file=section.picture)


def _heading(title: str, line: str) -> Iterator[str]:
    yield from ("", title, line * cells(title))


def _aligned(table: Table) -> Iterator[str]:
    rows = [tuple(shortened(cell, _LONGEST) for cell in row[:-1]) + row[-1:] for row in (table.head, *table.rows)]
    widths = [max(cells(row[place]) for row in rows) for place in range(len(table.head))]
    lines = [[_padded(*cell) for cell in zip(row, widths, table.texts, strict=True)] for row in rows]
    yield "  ".join(lines[0])
    yield "  ".join("-" * width for width in widths)
    yield from ("  ".join(line) for line in lines[1:])


def _padded(cell: str, width: int, is_text: bool) -> str:
    space = " " * (width - cells(cell))
    return f"{cell}{space}" if is_text else f"{space}{cell}"
