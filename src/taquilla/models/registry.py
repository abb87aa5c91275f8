"""Finds and reads models. Nothing but lists, numbers and the types named here is ever made from a file."""

import io
import re
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import sklearn  # type: ignore[import-untyped]
from sklearn.ensemble import HistGradientBoostingRegressor  # type: ignore[import-untyped]
from skops import io as skops  # type: ignore[import-untyped]
from skops.io.exceptions import UntrustedTypesFoundException  # type: ignore[import-untyped]

from taquilla.errors import DataError
from taquilla.models.facts import read_metrics
from taquilla.models.saving import METRICS, MODEL
from taquilla.models.served import FORMAT, Model, Served
from taquilla.models.targets import TARGETS

_NAME = re.compile(r"ml_model_v2_\d{8}_\d{6}")
# What skops does not trust by itself and a model of ours is made of.
TRUSTED = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
AGAIN = "Make a new one: taquilla train"
# A model of ours has less than one megabyte; a small file may unpack to any size.
LARGEST = 256 * 2**20


def complete_models(folder: Path) -> list[Path]:
    """The folders of the complete models among those in `folder`, the newest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and _is_complete(path)]
    return sorted(found, key=lambda path: path.name, reverse=True)


def newest_model(folder: Path) -> Path | None:
    """The folder of the newest complete model among those in `folder`; None: there is none."""
    return next(iter(complete_models(folder)), None)


def _is_complete(path: Path) -> bool:
    return (path / MODEL).is_file() and (path / METRICS).is_file()


def load_model(folder: Path) -> Model:
    """Read the model of this folder. DataError: it is damaged, of another scikit-learn, or holds what is no model."""
    metrics = _metrics(folder / METRICS)
    here, there = sklearn.__version__, str(metrics["versions"].get("scikit-learn"))
    # Trees are saved as scikit-learn holds them, which a minor version may change.
    if here.split(".")[:2] != there.split(".")[:2]:
        raise DataError(f"The model {folder} was made with scikit-learn {there}; here is {here}. {AGAIN}")
    whole = _bytes(folder / MODEL)
    if sha256(whole).hexdigest() != metrics.get("model_sha256"):
        raise DataError(f"{folder / MODEL} is not the file that was saved: its sha256 is another one. {AGAIN}")
    plain = _read(folder / MODEL, whole)
    try:
        return Model(folder, _served(plain), metrics)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError) as error:
        raise DataError(f"{folder / MODEL} holds something else than a model ({error!r}). {AGAIN}") from error


def _bytes(file: Path) -> bytes:
    try:
        if (size := file.stat().st_size) > LARGEST:
            raise DataError(f"{file} has {size:,} bytes, which no model has. {AGAIN}")
        return file.read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read {file}: {error.strerror}. {AGAIN}") from error


def _metrics(file: Path) -> dict[str, Any]:
    try:
        return read_metrics(_bytes(file))
    except ValueError as error:
        raise DataError(f"{file} does not tell of a model: {error}. {AGAIN}") from error


def _read(file: Path, whole: bytes) -> Any:
    try:
        _check_size(whole)
        return skops.loads(whole, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        raise DataError(f"{file} holds types that a model is not made of: {error}. {AGAIN}") from error
    except Exception as error:
        # A damaged or crafted file fails wherever the damage is: zip, zlib, NumPy's header, JSON, a type's own check.
        raise DataError(f"{file} is damaged: {error!r}. {AGAIN}") from error


def _check_size(whole: bytes) -> None:
    """No member is unpacked beyond the size that its entry states, so their sum is all that can come of it."""
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        if (size := sum(member.file_size for member in packed.infolist())) > LARGEST:
            raise ValueError(f"it would unpack to {size:,} bytes")


def _served(plain: Any) -> dict[str, Served]:
    if plain["format"] != FORMAT or plain["targets"].keys() != TARGETS.keys():
        raise ValueError("another format")
    served = {name: Served.of(each) for name, each in plain["targets"].items()}
    for each in served.values():
        _check_trees(each)
    return served


def _check_trees(served: Served) -> None:
    """The trees are walked by compiled code that does not look where a node points: here it is looked."""
    numbers = [served.fitted.smearing, served.margins.below, served.margins.above, *served.percentiles]
    if not np.isfinite(numbers).all() or len(served.percentiles) != 101:
        raise ValueError("margins or percentiles that are none")
    estimator, columns = served.fitted.estimator, len(served.fitted.encoding.columns)
    if type(estimator) is not HistGradientBoostingRegressor or estimator.n_features_in_ != columns:
        raise ValueError("another estimator")
    for predictor in (tree for trees in estimator._predictors for tree in trees):
        nodes, inner = predictor.nodes, predictor.nodes["is_leaf"] == 0
        place = np.arange(len(nodes))[inner]
        ahead = all((nodes[side][inner] > place).all() for side in ("left", "right"))
        within = all((nodes[side][inner] < len(nodes)).all() for side in ("left", "right"))
        known = (nodes["feature_idx"][inner] >= 0).all() and (nodes["feature_idx"][inner] < columns).all()
        if not (ahead and within and known and not nodes["is_categorical"].any()):
            raise ValueError("a tree points outside of itself")
