"""Finds and reads models. Nothing but lists, numbers and the types named here is ever made from a file."""

import json
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
from taquilla.models.saving import METRICS, MODEL
from taquilla.models.served import FORMAT, Model, Served
from taquilla.models.targets import TARGETS

_NAME = re.compile(r"ml_model_v2_\d{8}_\d{6}")
# What skops does not trust by itself and a model of ours is made of.
TRUSTED = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
AGAIN = "Make a new one: taquilla train"


def newest_model(folder: Path) -> Path | None:
    """The folder of the newest complete model among those in `folder`; None: there is none."""
    if not folder.is_dir():
        return None
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and _is_complete(path)]
    return max(found, key=lambda path: path.name, default=None)


def _is_complete(path: Path) -> bool:
    return (path / MODEL).is_file() and (path / METRICS).is_file()


def load_model(folder: Path) -> Model:
    """Read the model of this folder. DataError: it is damaged, of another scikit-learn, or holds what is no model."""
    metrics = _metrics(folder / METRICS)
    here, there = sklearn.__version__, str(metrics.get("versions", {}).get("scikit-learn"))
    # Trees are saved as scikit-learn holds them, which a minor version may change.
    if here.split(".")[:2] != there.split(".")[:2]:
        raise DataError(f"The model {folder} was made with scikit-learn {there}; here is {here}. {AGAIN}")
    whole = _bytes(folder / MODEL)
    if sha256(whole).hexdigest() != metrics.get("model_sha256"):
        raise DataError(f"{folder / MODEL} is not the file that was saved: its sha256 is another one. {AGAIN}")
    plain = _read(folder / MODEL, whole)
    try:
        return Model(folder, _served(plain), metrics)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise DataError(f"{folder / MODEL} holds something else than a model ({error!r}). {AGAIN}") from error


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read {file}: {error.strerror}. {AGAIN}") from error


def _metrics(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(file))
    except ValueError as error:
        raise DataError(f"{file} is no JSON: {error}. {AGAIN}") from error
    if not isinstance(found, dict) or not isinstance(found.get("versions"), dict):
        raise DataError(f"{file} does not tell of a model. {AGAIN}")
    return found


def _read(file: Path, whole: bytes) -> Any:
    try:
        return skops.loads(whole, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        raise DataError(f"{file} holds types that a model is not made of: {error}. {AGAIN}") from error
    # A damaged file fails wherever the damage is.
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError, ImportError, EOFError) as error:
        raise DataError(f"{file} is damaged: {error!r}. {AGAIN}") from error


def _served(plain: Any) -> dict[str, Served]:
    if plain["format"] != FORMAT or plain["targets"].keys() != TARGETS.keys():
        raise ValueError("another format")
    served = {name: Served.of(each) for name, each in plain["targets"].items()}
    for each in served.values():
        _check_trees(each)
    return served


def _check_trees(served: Served) -> None:
    """The trees are walked by compiled code that does not look where a node points: here it is looked."""
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
