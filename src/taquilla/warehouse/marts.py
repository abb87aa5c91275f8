"""The marts: one `.sql` file each in `sql/`, in the SQL that DuckDB and PostgreSQL both take.

A file begins with a comment line that says what the mart answers and one that names the key of its rows; its name is
the mart's name.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from taquilla.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Mart:
    """A question with its answer in SQL. key: the columns that tell its rows apart; they may be null."""

    name: str
    description: str
    sql: str
    key: tuple[str, ...]


@cache
def marts() -> dict[str, Mart]:
    """Every mart by name, in alphabetical order."""
    found = sorted((file for file in files(__package__).joinpath("sql").iterdir()), key=lambda file: file.name)
    return {mart.name: mart for mart in (_mart(f.name, f.read_text("utf-8")) for f in found if f.name.endswith(".sql"))}


def _mart(file_name: str, text: str) -> Mart:
    first, second = text.splitlines()[:2]
    key = tuple(column.strip() for column in second.removeprefix("-- key:").split(","))
    return Mart(file_name.removesuffix(".sql"), first.removeprefix("--").strip(), text, key)


def mart(name: str) -> Mart:
    """The mart of that name. SettingsError: there is none."""
    if name not in marts():
        raise SettingsError(f"Unknown mart {name!r}. Known: {', '.join(marts())}.")
    return marts()[name]
