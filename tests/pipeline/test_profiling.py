"""A source is looked into before it is loaded: every row, the lines that are none, and the keys between tables."""

from pathlib import Path

import pytest

from pipeline.shop import Frames, rentals
from taquilla.errors import DataError
from taquilla.pipeline.profiling import profile_source
from taquilla.sources.tabular import open_files

CUSTOMERS = "customer_id,first_name\n1,Ana\n2,Bea\n2,Bea\n"
RENTALS = (
    "rental_id,rental_date,inventory_id,customer_id\n"
    "1,2026-01-01 10:00:00,1,1\n2,2026-01-02 10:00:00,1,x2\nbroken\n3,2026-01-03 10:00:00,1,9\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "customer.csv").write_text(CUSTOMERS)
    (tmp_path / "rental.csv").write_text(RENTALS)
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    return tmp_path


def test_rows_lines_keys_and_what_landing_would_do_are_told(folder: Path) -> None:
    found, broken = profile_source(open_files(str(folder)))
    told = {one.relation.name: one for one in found}
    assert [(name, one.table.rows, one.broken_lines, one.shop) for name, one in told.items()] == [
        ("customer", 3, 0, "customers"),
        ("notes", 1, 0, None),
        ("rental", 3, 1, "rentals"),
    ]
    assert told["rental"].examples == ("4 cells expected, 1 found (line 4): broken",)
    assert (told["rental"].repaired, told["rental"].refused, told["customer"].table.duplicate_rows) == (1, 0, 1)
    assert broken.to_dicts() == [
        {
            "table": "rentals",
            "column": "customer_id",
            "parent": "customers",
            "missing_keys": 1,
            "rows": 1,
            "examples": ["9"],
        }
    ]


def test_one_table_is_looked_into_alone_and_progress_is_told(folder: Path) -> None:
    told: list[tuple[str, int]] = []
    found, broken = profile_source(open_files(str(folder)), "customer", lambda table, rows: told.append((table, rows)))
    assert ([one.relation.name for one in found], broken.height, told) == (["customer"], 0, [("customer", 3)])
    with pytest.raises(DataError, match="has no table 'nothing'"):
        profile_source(open_files(str(folder)), "nothing")


def test_a_database_says_its_types_and_keys() -> None:
    source = Frames({"rental": rentals(10)}, {"rental": ("rental_id",)})
    [found], _ = profile_source(source)
    kinds = {column.name: column.kind for column in found.table.columns}
    assert (found.table.key, kinds["rental_id"], kinds["rental_date"]) == (("rental_id",), "integer", "moment")
