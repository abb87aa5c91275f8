"""What the README promises is what the commands do."""

import os
import re
import shlex
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = Path(sys.executable).with_name("taquilla")


# What somebody may have set for films, a shop and reviews of their own.
REAL = {
    "LAKE__ROOT": "real",
    "LAKE__CURATED_ROOT": "real",
    "WAREHOUSE__PATH": "real.duckdb",
    "FILMS__LIMIT": "3",
    "FILMS__MIN_POPULARITY": "50",
    "RENTALS__SOURCE": "real",
    "REVIEWS__SOURCE": "real",
}


def taquilla(line: str, folder: Path, **settings: str) -> str:
    """What the README's `taquilla …` prints when it is called in that folder."""
    words = [str(COMMAND), *shlex.split(line)[1:]]
    given = {f"TAQUILLA_{name}": value for name, value in {"DATA": "data", **settings}.items()}
    env = {**os.environ, **given, "COLUMNS": "200"}
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def blocks(page: str) -> list[tuple[str, str]]:
    """Each `$ command` of the page's console blocks with the output that stands below it."""
    consoles = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    return [
        (command.split("  #")[0].strip(), output.strip())
        for console in consoles
        for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", console, re.MULTILINE)
    ]


def without_spaces(text: str) -> list[str]:
    """The lines without blanks, so that a wider terminal does not matter."""
    return ["".join(line.split()) for line in text.splitlines() if line.strip()]


@cache
def told(command: str, folder: Path) -> str:
    """What the command prints; both READMEs show the same ones."""
    return taquilla(command, folder)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder where the demo has run, and what it printed."""
    folder = tmp_path_factory.mktemp("readme")
    return folder, taquilla("taquilla demo --no-serve", folder, **REAL)


@pytest.mark.parametrize("page", ["README.md", "README.es.md"])
def test_the_demo_prints_what_the_readme_shows(page: str, demo: tuple[Path, str]) -> None:
    shown = dict(blocks(page))["make demo"]

    def steps(text: str) -> list[tuple[str, ...]]:
        return re.findall(r"\[ ?(\d+/\d+)\] (.*?) +OK .*?([\d,]+) rows", text)

    assert len(steps(shown)) == 18
    assert steps(shown) == steps(demo[1])


def test_the_demo_stays_out_of_what_is_set_for_real_films(demo: tuple[Path, str]) -> None:
    assert {path.name for path in demo[0].iterdir()} == {"data"}
    assert (demo[0] / "data" / "demo" / "warehouse.duckdb").exists()


@pytest.mark.parametrize("page", ["README.md", "README.es.md"])
def test_the_commands_over_the_demo_print_what_the_readme_shows(page: str, demo: tuple[Path, str]) -> None:
    shown = [(command, output) for command, output in blocks(page) if "--data data/demo" in command]
    assert len(shown) == 4
    for command, output in shown:
        # Another processor may learn another tree: of a prediction the words are held, not the digits.
        hold = partial(re.sub, r"[\d.]+", "N") if " predict " in command else str
        printed = [hold(line) for line in without_spaces(told(command, demo[0]))]
        assert [line for line in map(hold, without_spaces(output)) if line not in printed] == []


def test_every_command_of_the_readme_exists() -> None:
    listed = subprocess.run([str(COMMAND), "--help"], capture_output=True, text=True, check=True).stdout
    commands = set(re.findall(r"^  ([a-z-]+)  ", listed, re.MULTILINE))
    for page in ("README.md", "README.es.md"):
        cells = re.findall(r"^\| ((?:`[a-z-]+`(?: · )?)+) \|", (ROOT / page).read_text("utf-8"), re.MULTILINE)
        named = set(re.findall(r"[a-z-]+", " ".join(cells)))
        assert len(named) >= 15
        assert named <= commands, named - commands


def test_both_readmes_show_the_same_commands() -> None:
    assert [command for command, _ in blocks("README.md")] == [command for command, _ in blocks("README.es.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    files = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)]
    assert [file for file in files if not (page.parent / file).exists()] == []
    assert files or page.parent != ROOT


def test_the_generated_documents_are_up_to_date() -> None:
    """`make docs` writes them."""
    done = subprocess.run(
        [sys.executable, "tools/generate_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
