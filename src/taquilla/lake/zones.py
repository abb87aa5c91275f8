"""Where the named tables live."""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from taquilla.errors import SettingsError
from taquilla.lake import lease_s3, s3
from taquilla.lake.lease import lease
from taquilla.lake.table import ROWS_PER_GROUP, LakeTable

# Which layers belong to the curated zone; everything else stays with raw.
CURATED_LAYERS = frozenset({"curated", "quarantine", "ops", "films", "shop", "reviews", "mart"})


@dataclass(frozen=True, slots=True)
class Lake:
    """The tables under a raw root and a curated root, which are the same folder unless told otherwise.

    A root is a path, or `s3://bucket/prefix`. private_root: where the files stand that are no tables, if the raw root
    is in S3; else they stand there. keeps_parts: what is written to S3 may stay here for the next step; not on an
    engine's other machines, where nobody forgets it.
    """

    raw_root: str
    curated_root: str | None = None
    private_root: Path | None = None
    keeps_parts: bool = True

    def __post_init__(self) -> None:
        for root in self._roots():
            _check_place(root) if "://" in root else _check_path(root)
        if self.private_root is None and s3.is_s3(self.raw_root):
            raise SettingsError(
                f"A lake in S3 ({self.raw_root}) needs a folder here for its journals. Set TAQUILLA_DATA to one."
            )

    def _roots(self) -> tuple[str, ...]:
        return (self.raw_root, *filter(None, (self.curated_root,)))

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
        keeps_local: bool = False,
    ) -> LakeTable:
        """The table of that name; it is created with `buckets` partitions when it is first written.

        `index` names the columns whose smallest and largest value each file tells, so that readers can skip it.
        rows_per_group: fewer for wide rows, which bounds memory; 100,000 for narrow ones. keeps_local: what this
        machine writes to S3 stays here as well until it is forgotten.
        """
        local = self.private("parts") if s3.is_s3(self.uri(name)) else None
        keeps_local = keeps_local and self.keeps_parts
        return LakeTable(name, self.uri(name), schema, buckets, index, rows_per_group, local, keeps_local)

    def names(self) -> tuple[str, ...]:
        """Every table that is there, `layer.table`, in alphabetical order."""
        found = {name for root in set(self._roots()) for name in (_s3_names(root) if s3.is_s3(root) else _names(root))}
        return tuple(sorted(found))

    def private(self, name: str) -> Path:
        """A folder here for what is not a table: spools, plans, leases."""
        root = self.private_root if self.private_root and s3.is_s3(self.raw_root) else Path(self.raw_root)
        path = root / f"_{name}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def lease(self, purpose: str) -> AbstractContextManager[None]:
        """Hold the lake for that purpose for the length of a block, against all who write to the same one.

        BusyError: another process holds it; the message tells which.
        """
        if s3.is_s3(self.raw_root):
            return lease_s3.lease(f"{self.raw_root}/_leases", purpose)
        return lease(self.private("leases"), purpose)


def _names(root: str) -> list[str]:
    folders = (log.parent for log in Path(root).glob("[!_]*/*/_delta_log"))
    return [f"{folder.parent.name}.{folder.name}" for folder in folders]


def _s3_names(root: str) -> list[str]:
    layers = [layer for layer in s3.folders(root) if not layer.startswith("_")]
    tables = [(layer, table) for layer in layers for table in s3.folders(f"{root}/{layer}")]
    return [f"{layer}.{table}" for layer, table in tables if "_delta_log" in s3.folders(f"{root}/{layer}/{table}")]


def _check_place(root: str) -> None:
    if not s3.is_s3(root):
        raise SettingsError(
            f"The lake cannot live at {root!r}: it can at a path, or at s3://bucket/prefix. "
            "Set lake.root (TAQUILLA_LAKE__ROOT) to one of them."
        )
    # Readers take other signs for patterns, partitions or escapes; an @ would stand behind a secret.
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]+(/[A-Za-z0-9_.-]+)*", root):
        raise SettingsError(
            "The lake's place in S3 is s3://bucket/prefix, of letters, digits, dots, dashes and underscores, without a "
            "slash at its end. Set lake.root (TAQUILLA_LAKE__ROOT) to such a place."
        )


def _check_path(root: str) -> None:
    # Readers take these for patterns, partitions or escapes.
    if odd := sorted(set("*?[]{}=%") & set(str(Path(root).absolute()))):
        raise SettingsError(
            f"The lake cannot live at {Path(root).absolute()}: the path has {' '.join(odd)} in it. "
            "Set lake.root (TAQUILLA_LAKE__ROOT) to another path."
        )
