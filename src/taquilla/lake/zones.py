"""Where the named tables live."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from taquilla.errors import SettingsError
from taquilla.lake.table import ROWS_PER_GROUP, LakeTable

# Which layers belong to the curated zone; everything else stays with raw.
CURATED_LAYERS = frozenset({"curated", "quarantine", "ops"})


@dataclass(frozen=True, slots=True)
class Lake:
    """The tables under a raw root and a curated root, which are the same folder unless told otherwise."""

    raw_root: str
    curated_root: str | None = None

    def __post_init__(self) -> None:
        for root in (self.raw_root, self.curated_root):
            if root and "://" in root:
                raise SettingsError(
                    f"The lake cannot live at {root!r} yet: this version reads and writes local folders. "
                    "Set lake.root (TAQUILLA_LAKE__ROOT) to a path."
                )
            # Readers take these for patterns, partitions or escapes.
            if root and (odd := sorted(set("*?[]{}=%") & set(str(Path(root).absolute())))):
                raise SettingsError(
                    f"The lake cannot live at {Path(root).absolute()}: the path has {' '.join(odd)} in it. "
                    "Set lake.root (TAQUILLA_LAKE__ROOT) to another path."
                )

    def uri(self, name: str) -> str:
        """`raw.tmdb_films` → `<root>/raw/tmdb_films`."""
        layer, _, table = name.partition(".")
        root = self.curated_root if layer in CURATED_LAYERS and self.curated_root else self.raw_root
        return f"{root}/{layer}/{table}"

    def table(
        self,
        name: str,
        schema: pl.Schema,
        *,
        buckets: int = 1,
        index: tuple[str, ...] = (),
        rows_per_group: int = ROWS_PER_GROUP,
    ) -> LakeTable:
        """The table of that name; it is created with `buckets` partitions when it is first written.

        `index` names the columns whose smallest and largest value each file tells, so that readers can skip it.
        rows_per_group: fewer for wide rows, which bounds memory; 100,000 for narrow ones.
        """
        return LakeTable(name, self.uri(name), schema, buckets, index, rows_per_group)

    def names(self) -> tuple[str, ...]:
        """Every table that is there, `layer.table`, in alphabetical order."""
        roots = {self.raw_root, self.curated_root or self.raw_root}
        found = {log.parent for root in roots for log in Path(root).glob("[!_]*/*/_delta_log")}
        return tuple(sorted(f"{folder.parent.name}.{folder.name}" for folder in found))

    def private(self, name: str) -> Path:
        """A folder for what is not a table: spools, plans, leases."""
        path = Path(self.raw_root) / f"_{name}"
        path.mkdir(parents=True, exist_ok=True)
        return path
