"""`report.html`: one file that opens anywhere, with its pictures inside, no script and nothing fetched."""

import base64
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from taquilla.analysis.drawing import WAREHOUSE_FILE
from taquilla.analysis.language import TMDB_NOTICE
from taquilla.analysis.report_sections import Report


def page_of(report: Report, pictures: Path) -> str:
    """The whole report as a page; its pictures are read from this folder."""
    words = report.words
    return _template().render(
        report=report,
        t=words.text,
        number=words.number,
        code=words.code,
        glance=_uri(pictures / f"{WAREHOUSE_FILE}.png"),
        uri=lambda name: _uri(pictures / name),
        tmdb_notice=TMDB_NOTICE,
    )


def _uri(file: Path) -> str:
    """The picture as a data URI; empty where there is none."""
    if not file.is_file():
        return ""
    return f"data:image/png;base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"


@cache
def _template() -> Template:
    loader = PackageLoader("taquilla.analysis", "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html")
