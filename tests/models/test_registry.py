"""Which model is taken up, and what is refused."""

import io
import json
import zipfile
import zlib
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LinearRegression  # type: ignore[import-untyped]
from skops import io as skops  # type: ignore[import-untyped]

from taquilla.errors import DataError
from taquilla.models.registry import TRUSTED, load_model, newest_model
from taquilla.models.served import Model
from taquilla.models.training import Trained


@pytest.fixture
def copied(trained: Trained, tmp_path: Path) -> Path:
    """A copy of the model, to be spoilt."""
    folder = tmp_path / trained.folder.name
    folder.mkdir()
    for file in trained.folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def replace_model(folder: Path, whole: bytes, **facts: Any) -> None:
    """Another model.skops, with its own sha256 in metrics.json: as somebody would do it on purpose."""
    (folder / "model.skops").write_bytes(whole)
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    told = {**metrics, "model_sha256": sha256(whole).hexdigest(), **facts}
    (folder / "metrics.json").write_text(json.dumps(told), "utf-8")


def plain(folder: Path) -> Any:
    return skops.loads((folder / "model.skops").read_bytes(), trusted=list(TRUSTED))


def test_the_newest_complete_model_is_taken(tmp_path: Path) -> None:
    assert newest_model(tmp_path / "nowhere") is None
    assert newest_model(tmp_path) is None
    for name in ("ml_model_v2_20250101_000000", "ml_model_v2_20260101_000000", "ml_model_v2_20270101_000000"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.skops").touch()
    for name in ("ml_model_v2_20250101_000000", "ml_model_v2_20260101_000000"):
        (tmp_path / name / "metrics.json").touch()
    (tmp_path / ".ml_model_v2_20280101_000000.part").mkdir()
    (tmp_path / "ml_model_v2_latest").mkdir()
    assert newest_model(tmp_path) == tmp_path / "ml_model_v2_20260101_000000"


def test_a_model_comes_back_as_it_was(model: Model, trained: Trained) -> None:
    assert model.name == trained.folder.name
    assert model.targets.keys() == {"success", "popularity"}
    assert model.metrics == trained.metrics


def test_a_changed_byte_is_seen(copied: Path) -> None:
    file = copied / "model.skops"
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    with pytest.raises(DataError, match=r"sha256 is another one. Make a new one: taquilla train"):
        load_model(copied)


def test_a_type_that_no_model_is_made_of_is_refused(copied: Path) -> None:
    spoilt = plain(copied)
    spoilt["targets"]["success"]["estimator"] = Path("/")
    replace_model(copied, skops.dumps(spoilt))
    with pytest.raises(DataError, match=r"holds types that a model is not made of.*taquilla train"):
        load_model(copied)


def test_another_estimator_is_refused(copied: Path) -> None:
    spoilt = plain(copied)
    spoilt["targets"]["success"]["estimator"] = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    replace_model(copied, skops.dumps(spoilt))
    with pytest.raises(DataError, match="another estimator"):
        load_model(copied)


@pytest.mark.parametrize(("field", "value"), [("left", 10_000), ("right", 0), ("feature_idx", 9_999)])
def test_a_tree_that_points_outside_of_itself_is_refused(copied: Path, field: str, value: int) -> None:
    spoilt = plain(copied)
    spoilt["targets"]["success"]["estimator"]._predictors[3][0].nodes[field][0] = value
    replace_model(copied, skops.dumps(spoilt))
    with pytest.raises(DataError, match="a tree points outside of itself"):
        load_model(copied)


@pytest.mark.parametrize("whole", [b"", b"PK\x03\x04", b"not a model"])
def test_a_file_that_is_no_model_is_refused(copied: Path, whole: bytes) -> None:
    replace_model(copied, whole)
    with pytest.raises(DataError, match=r"is damaged.*taquilla train"):
        load_model(copied)


@pytest.mark.parametrize("content", [{}, {"format": 99, "targets": {}}, [1, 2], {"format": 1, "targets": 3}])
def test_a_file_of_something_else_is_refused(copied: Path, content: Any) -> None:
    replace_model(copied, skops.dumps(content))
    with pytest.raises(DataError, match=r"something else than a model.*taquilla train"):
        load_model(copied)


def test_a_model_of_another_scikit_learn_is_refused(copied: Path) -> None:
    whole = (copied / "model.skops").read_bytes()
    replace_model(copied, whole, versions={"scikit-learn": "0.24.2"})
    with pytest.raises(DataError, match=r"made with scikit-learn 0\.24\.2; here is .*taquilla train"):
        load_model(copied)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "[" * 200_000,
        '{"a":' * 30 + "1" + "}" * 30,
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
    ],
    ids=["nothing", "half", "list", "empty", "endless", "deep", "NaN", "infinity", "half a character"],
)
def test_metrics_that_are_none_are_refused(copied: Path, text: str) -> None:
    (copied / "metrics.json").write_text(text, "utf-8")
    with pytest.raises(DataError, match=r"does not tell of a model: .*taquilla train"):
        load_model(copied)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("format", 99),
        ("format", None),
        ("made_at", "yesterday"),
        ("made_at", "2026-11-21T13:05:09"),
        ("versions", {"scikit-learn": 1}),
        ("films", {"films": -1}),
        ("served", {"protocol": "seed_80_20", "learnt_from": "x"}),
        ("targets", None),
        ("targets", {}),
        ("targets.success.protocols", {}),
        ("targets.success.protocols.seed_80_20.metrics", {}),
        ("targets.success.protocols.by_date_pre_release.interval", None),
        ("targets.success.protocols.by_date_pre_release.split.cut_off_date", "soon"),
        ("targets.popularity.training_ranges", {"budget_usd": [1]}),
    ],
)
def test_metrics_that_could_not_be_served_are_refused(copied: Path, path: str, value: Any) -> None:
    metrics = json.loads((copied / "metrics.json").read_text("utf-8"))
    *way, last = path.split(".")
    place = metrics
    for step in way:
        place = place[step]
    place[last] = value
    (copied / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    with pytest.raises(DataError, match=r"does not tell of a model: .*taquilla train") as error:
        load_model(copied)
    assert "\n" not in str(error.value)


def packed(schema: bytes, **members: bytes) -> bytes:
    """A file as skops packs them: a schema and what it names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("schema.json", schema)
        for name, content in members.items():
            opened.writestr(name, content)
    return file.getvalue()


def changed(whole: bytes, entry: int, local: int, value: bytes) -> bytes:
    """The same with these bytes in the first entry's header and in its place in the zip's directory."""
    spoilt, directory = bytearray(whole), whole.index(b"PK\x01\x02")
    spoilt[local : local + len(value)] = value
    spoilt[directory + entry : directory + entry + len(value)] = value
    return bytes(spoilt)


CRAFTED = {
    "no schema that ends": packed(b"[" * 200_000),
    "encrypted": changed(packed(b"{}"), 8, 6, b"\x01\x00"),
    "an unknown compression": changed(packed(b"{}"), 10, 8, b"\x63\x00"),
    "broken compression": packed(b"{}").replace(zlib.compress(b"{}", wbits=-15), b"\xff\xff\xff\xff"),
    "another schema": packed(b'{"__class__": 1}'),
}


@pytest.mark.parametrize("whole", CRAFTED.values(), ids=CRAFTED)
def test_a_crafted_file_is_refused(copied: Path, whole: bytes) -> None:
    replace_model(copied, whole)
    with pytest.raises(DataError, match=r"is damaged.*taquilla train"):
        load_model(copied)


def test_a_file_that_would_unpack_to_any_size_is_refused_before(copied: Path) -> None:
    parts = {f"part{number}": bytes(60 * 2**20) for number in range(5)}
    replace_model(copied, packed(b"{}", **parts))
    with pytest.raises(DataError, match=r"would unpack to 314,572,802 bytes"):
        load_model(copied)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Cannot read .*taquilla train"):
        load_model(tmp_path)
