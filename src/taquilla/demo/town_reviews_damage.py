"""What is wrong with the generated files on purpose: lines that come again, are cut off or hold what cannot be.

A repeated line has the key of one before it (and sometimes another content, which is then the valid one); of a broken
line no row can come.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

REPEATED_OF: Final = 400
MOST_REPEATED: Final = 200


@dataclass(frozen=True, slots=True)
class Lines:
    """How many lines a file has; repeated: with a key that came before; broken: without a row to come of it."""

    lines: int
    repeated: int = 0
    broken: int = 0

    @property
    def rows(self) -> int:
        """What is left when each key stands once."""
        return self.lines - self.repeated - self.broken


@dataclass(frozen=True, slots=True)
class Damage:
    """What is written behind a file's good lines; the last one has no end."""

    repeated: list[str]
    broken: list[str]

    @property
    def text(self) -> str:
        return "".join(self.repeated + self.broken)


def _field(name: str, value: str) -> Callable[[str], str]:
    """The line with another value of a field, which is neither text with a comma nor nested."""

    def changed(line: str) -> str:
        begins = line.index(f'"{name}":') + len(name) + 3
        ends = min(place for place in (line.find(',"', begins), line.find("}", begins)) if place >= 0)
        return line[:begins] + value + line[ends:]

    return changed


def _new_field(line: str) -> str:
    return f'{{"app_version":"7.2",{line[1:]}'


def _cut(line: str) -> str:
    return f"{line[: len(line) // 2]}\n"


def _unended(line: str) -> str:
    return line[: len(line) * 2 // 3].rstrip("\n\\")


def _no_user(line: str) -> str:
    return f",{line.split(',', 1)[1]}"


# By file: other contents of a line that stands, and what breaks it.
_EDITED: Final[dict[str, tuple[Callable[[str], str], ...]]] = {
    "review.json": (_field("stars", '"4"'), _field("useful", "41"), _field("stars", "9.0"), *[_new_field] * 20),
    "user.json": (_field("review_count", '"17"'), _new_field),
    "google_reviews.json.gz": (_new_field, _new_field),
}
_BROKEN: Final[dict[str, tuple[Callable[[str], str], ...]]] = {
    "review.json": (
        *(_cut, _cut, _field("date", '"0000-00-00 00:00:00"'), _field("review_id", "null")),
        *(lambda _: "[1, 2\n", lambda _: '"only a text"\n', _unended),
    ),
    "user.json": (_cut, _field("user_id", "null"), _unended),
    "tip.json": (_cut, _field("date", '"yesterday"')),
    "google_reviews.json.gz": (_cut, _field("time", "null"), _unended),
    "ratings.csv": (_no_user, _no_user),
}


def damage(name: str, sample: Sequence[str], rows: int) -> Damage:
    """What stands behind `rows` good lines of a file; sample: the first of them."""
    edits, breaks = _EDITED.get(name, ()), _BROKEN.get(name, ())
    if len(sample) < len(edits) + len(breaks):
        return Damage([], [])
    again = [*sample[: min(MOST_REPEATED, rows // REPEATED_OF)]] if name.endswith((".json", ".gz")) else []
    edited = [change(line) for change, line in zip(edits, sample, strict=False)]
    return Damage(again + edited, [change(line) for change, line in zip(breaks, sample, strict=False)])
