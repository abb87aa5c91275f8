"""Writes a model's folder beside its place and renames it, so that a half-written one is never seen."""

import csv
import json
import pickle
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from skops import io as skops  # type: ignore[import-untyped]

from taquilla.errors import UnavailableError
from taquilla.models.card import card
from taquilla.models.facts import METRICS_FORMAT
from taquilla.models.importance import Importance
from taquilla.models.served import FORMAT, Served

MODEL, METRICS, IMPORTANCE, CARD = "model.skops", "metrics.json", "feature_importance.csv", "model_card.md"


def save(
    folder: Path,
    served: Mapping[str, Served],
    metrics: Mapping[str, Any],
    importance: Sequence[Importance],
    *,
    now: datetime,
    with_pickle: bool = False,
) -> tuple[Path, dict[str, Any]]:
    """Write `ml_model_v2_{date}_{time}` (UTC) into the folder; gives its path and what stands in its metrics.json.

    UnavailableError: the disk refuses, or there is a model of that second already.
    """
    place = folder / f"ml_model_v2_{now.astimezone(UTC):%Y%m%d_%H%M%S}"
    part = folder / f".{place.name}.part"
    if place.exists():
        raise UnavailableError(f"There is a model of this second already: {place}. Train again: taquilla train")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        told = _write(part, place.name, served, metrics, importance, with_pickle=with_pickle)
        part.rename(place)
    except OSError as error:
        raise UnavailableError(f"Cannot write {place}: {error.strerror}. Then train again: taquilla train") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return place, told


def _write(
    part: Path,
    name: str,
    served: Mapping[str, Served],
    metrics: Mapping[str, Any],
    importance: Sequence[Importance],
    *,
    with_pickle: bool,
) -> dict[str, Any]:
    plain = {"format": FORMAT, "targets": {target: each.plain() for target, each in served.items()}}
    whole = skops.dumps(plain)
    (part / MODEL).write_bytes(whole)
    told = {"format": METRICS_FORMAT, "name": name, **metrics, "model_sha256": sha256(whole).hexdigest()}
    (part / METRICS).write_text(json.dumps(told, indent=2, allow_nan=False) + "\n", "utf-8")
    (part / CARD).write_text(card(told, importance), "utf-8")
    _write_importance(part / IMPORTANCE, importance)
    if with_pickle:
        (part / "model.pkl").write_bytes(pickle.dumps(plain))
    return told


def _write_importance(file: Path, importance: Sequence[Importance]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        rows = csv.DictWriter(opened, list(Importance.__dataclass_fields__), lineterminator="\n")
        rows.writeheader()
        rows.writerows(row.row() for row in importance)
