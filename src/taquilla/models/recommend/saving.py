"""Writes a recommender's folder beside its place and renames it, so that a half-written one is never seen.

A folder `recommender_{date}_{time}`: for each kind an .npz of arrays and a Parquet file a table; metrics.json with the
sha256 of each; recommender_metrics.csv; model_card.md.
"""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from taquilla.errors import UnavailableError
from taquilla.models.recommend.card import card
from taquilla.models.recommend.shelf import Shelf

FORMAT = 1
METRICS, TABLE, CARD = "metrics.json", "recommender_metrics.csv", "model_card.md"
AGAIN = "Train again: taquilla step train_recommenders"


def save(
    folder: Path, shelves: Mapping[str, Shelf], metrics: Mapping[str, Any], *, now: datetime
) -> tuple[Path, dict[str, Any]]:
    """Write `recommender_{date}_{time}` (UTC) into the folder; gives its path and what stands in its metrics.json.

    UnavailableError: the disk refuses, or there is one of that second already.
    """
    place = folder / f"recommender_{now.astimezone(UTC):%Y%m%d_%H%M%S}"
    part = folder / f".{place.name}.part"
    if place.exists():
        raise UnavailableError(f"There is a recommender of this second already: {place}. {AGAIN}")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        told = _write(part, place.name, shelves, metrics)
        part.rename(place)
    except OSError as error:
        raise UnavailableError(f"Cannot write {place}: {error.strerror}. {AGAIN}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return place, told


def _write(part: Path, name: str, shelves: Mapping[str, Shelf], metrics: Mapping[str, Any]) -> dict[str, Any]:
    digests = {}
    for file, whole in _files(shelves):
        (part / file).write_bytes(whole)
        digests[file] = sha256(whole).hexdigest()
    told = {"format": FORMAT, "name": name, **metrics, "files": digests}
    (part / METRICS).write_text(json.dumps(told, indent=2, allow_nan=False, ensure_ascii=False) + "\n", "utf-8")
    (part / CARD).write_text(card(told), "utf-8")
    _write_table(part / TABLE, told)
    return told


def _files(shelves: Mapping[str, Shelf]) -> Iterator[tuple[str, bytes]]:
    for kind, shelf in shelves.items():
        arrays = io.BytesIO()
        np.savez_compressed(arrays, allow_pickle=False, **shelf.arrays())
        yield f"{kind}.npz", arrays.getvalue()
        for name, table in shelf.tables().items():
            rows = io.BytesIO()
            table.write_parquet(rows)
            yield f"{kind}_{name}.parquet", rows.getvalue()


def _write_table(file: Path, told: Mapping[str, Any]) -> None:
    rows = [{"kind": kind, **row} for kind, facts in told["kinds"].items() for row in facts["table"]]
    with file.open("w", encoding="utf-8", newline="") as opened:
        table = csv.DictWriter(opened, list(rows[0]) if rows else ["kind"], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
