"""Finds and reads recommenders. Nothing but arrays of numbers and tables of texts is ever made from a file."""

import io
import json
import re
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from taquilla.errors import DataError
from taquilla.models.recommend.answers import Recommender
from taquilla.models.recommend.facts import KINDS
from taquilla.models.recommend.saving import AGAIN, FORMAT, METRICS
from taquilla.models.recommend.shelf import TABLES, Shelf, shelf_of

_NAME = re.compile(r"recommender_\d{8}_\d{6}")
# The histories of a million users have some hundred megabytes; a small file may unpack to any size.
LARGEST = 2 * 2**30


def complete_recommenders(folder: Path) -> list[Path]:
    """The folders of the recommenders among those in `folder`, the newest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and (path / METRICS).is_file()]
    return sorted(found, key=lambda path: path.name, reverse=True)


def newest_recommender(folder: Path) -> Path | None:
    """The folder of the newest one among those in `folder`; None: there is none."""
    return next(iter(complete_recommenders(folder)), None)


def load_recommender(folder: Path) -> Recommender:
    """Read the recommender of this folder. DataError: it is damaged, or holds what is none."""
    metrics = _metrics(folder / METRICS)
    try:
        shelves: dict[str, Shelf] = {kind: _shelf(folder, kind, metrics) for kind in KINDS if kind in metrics["kinds"]}
        return Recommender(folder, shelves, metrics)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{folder} holds something else than a recommender ({error!r}). {AGAIN}") from error


def _metrics(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(file))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{file} does not tell of a recommender: {error}. {AGAIN}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise DataError(f"{file} does not tell of a recommender of this version. {AGAIN}")
    if not all(isinstance(found.get(name), dict) for name in ("kinds", "files", "left_out")):
        raise DataError(f"{file} does not tell of a recommender: kinds or files are missing. {AGAIN}")
    return found


def _bytes(file: Path) -> bytes:
    try:
        if (size := file.stat().st_size) > LARGEST:
            raise DataError(f"{file} has {size:,} bytes, which no recommender has. {AGAIN}")
        return file.read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read {file}: {error.strerror}. {AGAIN}") from error


def _whole(file: Path, metrics: dict[str, Any]) -> bytes:
    whole = _bytes(file)
    if sha256(whole).hexdigest() != metrics["files"].get(file.name):
        raise DataError(f"{file} is not the file that was saved: its sha256 is another one. {AGAIN}")
    return whole


def _shelf(folder: Path, kind: str, metrics: dict[str, Any]) -> Shelf:
    arrays = _arrays(folder / f"{kind}.npz", metrics)
    tables = {name: _table(folder / f"{kind}_{name}.parquet", metrics) for name in TABLES}
    return shelf_of(str(metrics["kinds"][kind]["answering"]), tables, arrays)


def _arrays(file: Path, metrics: dict[str, Any]) -> dict[str, NDArray[Any]]:
    whole = _whole(file, metrics)
    try:
        _check_size(whole)
        with np.load(io.BytesIO(whole), allow_pickle=False) as packed:
            return dict(packed.items())
    except Exception as error:
        # A crafted file fails wherever it is wrong: zip, zlib, NumPy's header.
        raise DataError(f"{file} is damaged: {error!r}. {AGAIN}") from error


def _check_size(whole: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        if (size := sum(member.file_size for member in packed.infolist())) > LARGEST:
            raise ValueError(f"it would unpack to {size:,} bytes")


def _table(file: Path, metrics: dict[str, Any]) -> pl.DataFrame:
    whole = _whole(file, metrics)
    try:
        return pl.read_parquet(io.BytesIO(whole))
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{file} is damaged: {error}. {AGAIN}") from error
