"""The tutorial's notebooks run from top to bottom, and each ends with the numbers of `taquilla` itself."""

import importlib.util
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pandas as pd  # type: ignore[import-untyped]
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from tools.strip_notebooks import stripped

from services.s3 import S3Server

TUTORIAL = Path(__file__).parent.parent / "docs" / "tutorial"
NOTEBOOKS = sorted(TUTORIAL.glob("*.ipynb"))
READMES = [TUTORIAL / "README.md", TUTORIAL / "README.es.md"]
# Rentals, open rentals, revenue and late share of the shop, and how many cells agree with Taquilla, table by table.
FIGURES = "5987 102 17826.06 0.121088"
AGREE = {"accounts": (8, 40), "repairs": (15, 75), "by_category": (18, 54), "by_store": (3, 12), "shop": (1, 4)}

# With so few rows Spark mostly plans and compiles: without that the JVM takes 32 s of processor, not 61 s.
CHEAP_SPARK = (
    "--driver-java-options -XX:TieredStopAtLevel=1 --conf spark.sql.adaptive.enabled=false "
    "--conf spark.sql.codegen.wholeStage=false --conf spark.sql.codegen.factoryMode=NO_CODEGEN"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tutorial, as a reader has it."""
    copy = tmp_path_factory.mktemp("tutorial")
    for path in [*NOTEBOOKS, TUTORIAL / "messy_shop.py"]:
        shutil.copy(path, copy)
    return copy


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[AsyncKernelManager]]:
    """What starts this Python's own kernel, without ports, and without what the user of this machine has set."""
    for name in [name for name in os.environ if name.startswith("TAQUILLA_")]:
        monkeypatch.delenv(name)
    # A socket's path has 107 bytes at most: pytest's folders may be longer.
    with tempfile.TemporaryDirectory(prefix="kernel-") as home:
        monkeypatch.setenv("IPYTHONDIR", home)
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", home)
        specs = KernelSpecManager(kernel_dirs=[])

        class Kernel(AsyncKernelManager):
            def __init__(self, **told: Any) -> None:
                super().__init__(transport="ipc", ip=f"{home}/k", kernel_spec_manager=specs, **told)

        yield Kernel


def run(folder: Path, kernel: type[AsyncKernelManager], name: str) -> None:
    """Executes a notebook; an error in a cell is one here. Then the figures of its comparison are looked at."""
    notebook: Any = nbformat.read(folder / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=200, kernel_manager_class=kernel, resources=where).execute()
    [outputs] = [cell.outputs for cell in notebook.cells if cell.cell_type == "code" and "\ncompare(" in cell.source]
    printed, compared = (" ".join(_text(outputs, kind).split()) for kind in ("stream", "execute_result"))
    assert printed.endswith(FIGURES)
    for table, (rows, cells) in AGREE.items():
        assert f"{table} {rows} {cells}" in compared


def _text(outputs: list[dict[str, Any]], kind: str) -> str:
    said = [out for out in outputs if out["output_type"] == kind]
    return "".join(out["text"] if kind == "stream" else out["data"]["text/plain"] for out in said)


@pytest.mark.parametrize("name", ["phase_1_linear", "phase_2_classes"])
def test_the_notebooks_on_pandas_end_with_taquillas_numbers(
    folder: Path, kernel: type[AsyncKernelManager], name: str
) -> None:
    run(folder, kernel, name)


def test_the_notebook_on_spark_ends_with_taquillas_numbers(
    folder: Path, kernel: type[AsyncKernelManager], monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        told = "Spark needs Java 17: apt install openjdk-17-jre-headless"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", f"{CHEAP_SPARK} pyspark-shell")
    run(folder, kernel, "phase_3_spark")


def test_the_notebook_on_s3_ends_with_taquillas_numbers(
    folder: Path, s3: S3Server, kernel: type[AsyncKernelManager], monkeypatch: pytest.MonkeyPatch
) -> None:
    for zone in ("RAW", "CURATED"):
        monkeypatch.setenv(f"TUTORIAL_{zone}_BUCKET", s3.new_bucket())
    run(folder, kernel, "phase_4_s3")


def test_a_comparison_stops_at_a_cell_that_differs() -> None:
    shop = _messy_shop()
    key = {"accounts": "table", "repairs": "table_name", "by_category": "category", "by_store": "store_id"}
    theirs = {name: pd.DataFrame({key.get(name, "rentals"): ["1"], "revenue": [2.5]}) for name in AGREE}
    theirs["repairs"] = theirs["repairs"].assign(column_name="amount", rule="one_number")
    assert shop.compare(theirs, theirs)["rows"].tolist() == [1] * 5
    wrong = theirs | {"by_store": theirs["by_store"].assign(revenue=2.51)}
    with pytest.raises(AssertionError, match="by_store"):
        shop.compare(wrong, theirs)


def _messy_shop() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messy_shop", TUTORIAL / "messy_shop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    """`python tools/strip_notebooks.py` takes them out."""
    text = path.read_text("utf-8")
    assert text == stripped(text)
    notebook: Any = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    prose = "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for section in (
        "**You will learn**",
        "## The same numbers as Taquilla",
        "**Gained.**",
        "**Cost.**",
        "**Exercises**",
    ):
        assert section in prose


@pytest.mark.parametrize("path", [*READMES, *NOTEBOOKS], ids=lambda path: path.name)
def test_links_of_the_tutorial_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8"))
    files = {link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)}
    assert {file for file in files if not (TUTORIAL / file).exists()} == set()
    assert path.suffix == ".ipynb" or {notebook.name for notebook in NOTEBOOKS} <= files
