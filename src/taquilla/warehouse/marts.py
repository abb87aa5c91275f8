"""The marts: one `.sql` file each in `sql/<subject>/`, in the SQL that DuckDB and PostgreSQL both take.

A file begins with a comment line that says what the mart answers and one that names the key of its rows; its name is
the mart's name. Its folder says whose load may change its answer: `films`, `rentals`, `reviews`, or
`films_and_rentals`.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from taquilla.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Mart:
    """A question with its answer in SQL. key: the columns that tell its rows apart; they may be null.

    subject: what it is about, as its folder says; a mart of both is about `films_and_rentals`.
    """

    name: str
    description: str
    sql: str
    key: tuple[str, ...]
    subject: str = "films"

    def is_about(self, subject: str) -> bool:
        """Whether a load of this subject may change the answer."""
        return subject in self.subject.split("_and_")


@cache
def marts() -> dict[str, Mart]:
    """Every mart by name, in alphabetical order."""
    folders = [folder for folder in files(__package__).joinpath("sql").iterdir() if folder.is_dir()]
    found = [(file, folder.name) for folder in folders for file in folder.iterdir() if file.name.endswith(".sql")]
    made = [_mart(file.name, file.read_text("utf-8"), subject) for file, subject in found]
    return {mart.name: mart for mart in sorted(made, key=lambda mart: mart.name)}


def _mart(file_name: str, text: str, subject: str) -> Mart:
    first, second = text.splitlines()[:2]
    key = tuple(column.strip() for column in second.removeprefix("-- key:").split(","))
    return Mart(file_name.removesuffix(".sql"), first.removeprefix("--").strip(), text, key, subject)


def mart(name: str) -> Mart:
    """The mart of that name. SettingsError: there is none."""
    if name not in marts():
        raise SettingsError(f"Unknown mart {name!r}. Known: {', '.join(marts())}.")
    return marts()[name]
