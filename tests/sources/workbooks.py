"""Workbooks made by hand: the least that a reader of .xlsx asks for."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
# Cell formats: 0 general, 1 a date, 2 a date with its time.
STYLES = (
    f"<styleSheet {_MAIN}><cellXfs><xf numFmtId='0'/><xf numFmtId='14' applyNumberFormat='1'/>"
    "<xf numFmtId='22' applyNumberFormat='1'/></cellXfs></styleSheet>"
)
Cell = str | int | float | bool | tuple[float, int] | None


def workbook(
    sheets: Mapping[str, Sequence[Sequence[Cell]]], *, merged: Sequence[str] = (), hidden: Sequence[str] = ()
) -> bytes:
    """An .xlsx with those rows; a pair is a number and its format, `merged` are ranges of every sheet."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        names = list(sheets)
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"></Types>')
        archive.writestr("_rels/.rels", _links({"rId1": ("officeDocument", "xl/workbook.xml")}))
        links = {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(names) + 1)}
        archive.writestr("xl/_rels/workbook.xml.rels", _links(links | {"rId99": ("styles", "styles.xml")}))
        archive.writestr("xl/styles.xml", STYLES)
        listed = "".join(_entry(n, name, "hidden" if name in hidden else "visible") for n, name in enumerate(names, 1))
        archive.writestr(
            "xl/workbook.xml", f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
        )
        for n, name in enumerate(names, 1):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", _sheet(sheets[name], merged))
    return made.getvalue()


def _entry(number: int, name: str, state: str) -> str:
    return f'<sheet name="{escape(name)}" sheetId="{number}" state="{state}" r:id="rId{number}"/>'


def _links(links: Mapping[str, tuple[str, str]]) -> str:
    told = "".join(f'<Relationship Id="{i}" Type="{_OFFICE}/{kind}" Target="{to}"/>' for i, (kind, to) in links.items())
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'


def _sheet(rows: Sequence[Sequence[Cell]], merged: Sequence[str]) -> str:
    told = "".join(
        f'<row r="{n}">' + "".join(_cell(f"{_letter(i)}{n}", cell) for i, cell in enumerate(row)) + "</row>"
        for n, row in enumerate(rows, 1)
    )
    ranges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    merges = f"<mergeCells>{ranges}</mergeCells>" if merged else ""
    return f"<worksheet {_MAIN}><sheetData>{told}</sheetData>{merges}</worksheet>"


def _letter(index: int) -> str:
    return chr(ord("A") + index)


def _cell(at: str, cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return f'<c r="{at}" t="b"><v>{int(cell)}</v></c>'
        case str() if cell.startswith("#"):
            return f'<c r="{at}" t="e"><v>{cell}</v></c>'
        case str():
            return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
        case (number, style):
            return f'<c r="{at}" s="{style}"><v>{number!r}</v></c>'
        case _:
            return f'<c r="{at}"><v>{cell!r}</v></c>'
