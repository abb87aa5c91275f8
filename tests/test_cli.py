"""The command line: what is there, what it prints for programs, and how settings come together."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox_server import running_sandbox, write_films
from taquilla.errors import SettingsError
from taquilla.settings import described, load_settings

COMMANDS = (
    *("demo", "run", "step", "status", "show", "query", "land", "curate", "load", "report", "train", "predict"),
    *("serve", "sandbox", "doctor", "export-json", "quarantine", "settings"),
)
HEAVY = ["polars", "deltalake", "duckdb", "pydantic", "fastapi", "aiohttp", "sqlalchemy", "rich", "pyarrow"]


def run(*arguments: str, folder: Path, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAQUILLA_")}
    done = subprocess.run(
        [sys.executable, "-m", "taquilla", *arguments],
        cwd=folder,
        env=inherited | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where a run was made."""
    folder = tmp_path_factory.mktemp("cli")
    with running_sandbox(write_films(folder / "films.ndjson", 20)) as sandbox:
        env = {"TAQUILLA_TMDB__BASE_URL": sandbox.url, "TAQUILLA_TMDB__EXPORT_URL": sandbox.export_url}
        run("run", folder=folder, code=0, TAQUILLA_FILMS__PAGES="2", TAQUILLA_TMDB__TOKEN=sandbox.token, **env)
    return folder


# What is there


def test_the_command_line_loads_nothing_heavy() -> None:
    code = f"import sys, taquilla.cli; print([m for m in {HEAVY} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded == "[]\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_there_and_has_help(command: str, tmp_path: Path) -> None:
    assert f"taquilla {command} " in run(command, "--help", folder=tmp_path).stdout


def test_help_lists_every_command_with_a_sentence(tmp_path: Path) -> None:
    listed = run("--help", folder=tmp_path).stdout.partition("Commands:")[2].splitlines()
    told = {words[0]: " ".join(words[1:]) for line in listed if line.startswith("  ") and (words := line.split())}
    assert set(COMMANDS) <= told.keys()
    assert all(told[command] for command in COMMANDS)
    assert run("--version", folder=tmp_path).stdout.startswith("taquilla ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(shell: str, tmp_path: Path) -> None:
    env = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    script = run("--show-completion", shell, folder=tmp_path, code=0, **env).stdout
    assert "TAQUILLA_COMPLETE" in script.upper()


@pytest.mark.parametrize("command", ["report", "train", "predict"])
def test_what_is_not_part_of_this_version_says_so(command: str, tmp_path: Path) -> None:
    said = run(command, folder=tmp_path, code=2).stderr
    assert said.startswith(f"Error: taquilla {command} is not part of version ")


# For programs


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("status",), dict),
        (("show",), list),
        (("show", "top_films", "--limit", "3"), list),
        (("query", "select * from movies order by film_id"), list),
        (("query", "select null as a, date '2020-01-01' as b, timestamptz '2020-01-01' as c, 'x'::blob as d"), list),
        (("query", "select 'NaN'::double as a, 'infinity'::double as b, 1.5::decimal(9, 2) as c, [1, 2] as d"), list),
        (("step", "list"), list),
        (("settings",), list),
        (("quarantine", "list"), list),
    ],
)
def test_json_parses_wherever_there_is_a_table(filled: Path, arguments: tuple[str, ...], kind: type) -> None:
    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} is not JSON")

    found = json.loads(run(*arguments, "--json", folder=filled).stdout, parse_constant=refuse)
    assert isinstance(found, kind)
    assert found or arguments[0] == "quarantine"
    assert run(*arguments, folder=filled).stdout


def test_the_doctor_names_what_is_missing_and_what_to_do(filled: Path) -> None:
    found = {check["what"]: check for check in json.loads(run("doctor", "--json", folder=filled, code=1).stdout)}
    assert {what for what, check in found.items() if check["ok"] is False} == {"tmdb"}
    assert found["tmdb"]["next_step"].startswith("Missing setting tmdb.token.")
    assert found["warehouse"]["found"].endswith("18 films")  # two of the twenty are for adults


# What is wrong


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("step", "x"), 2, "Unknown step 'x'. Known: land_films, land_popularity, curate_films, load_films"),
        (("show", "x"), 2, "Known: "),
        (("run", "--from", "x"), 2, "Unknown step 'x'. Known: land_films"),
        (("query", "select * from nowhere"), 3, "Table with name nowhere does not exist"),
        (("query", "delete from movies"), 3, "read-only mode"),
        (("land", "no-such-file"), 3, "Cannot read no-such-file: No such file or directory."),
        (("land", "films.ndjson", "--fetched-at", "soon"), 2, "'soon' is no moment in ISO 8601"),
        (("sandbox", "--fault", "x"), 2, "Unknown fault 'x'. Known: cut, html"),
        (("--settings", "none.toml", "settings"), 2, "There is no settings file none.toml."),
    ],
)
def test_errors_are_words_and_name_what_is_known(
    filled: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    err = run(*arguments, folder=filled, code=code).stderr
    assert err.startswith("Error: ")
    assert said in err
    assert "Traceback" not in err


def test_an_unknown_engine_names_the_known_ones(filled: Path) -> None:
    err = run("curate", folder=filled, code=2, TAQUILLA_ENGINE__NAME="sparkk").stderr
    assert err == "Error: Unknown engine 'sparkk'. Known: local.\n"


def test_before_the_first_run_it_is_said_what_to_do(tmp_path: Path) -> None:
    assert "Make it with: taquilla run" in run("show", "top_films", folder=tmp_path, code=4).stderr
    status = json.loads(run("status", "--json", folder=tmp_path).stdout)
    assert set(status["records"].values()) == {0}
    assert status["warehouse"] == {}
    assert json.loads(run("quarantine", "list", "--json", folder=tmp_path).stdout) == []


# Settings


@pytest.fixture
def settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("TAQUILLA_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_flag_goes_before_the_environment_and_that_before_the_file(
    settings_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().films.pages == 50
    (settings_folder / "taquilla.toml").write_text(
        'data = "from-file"\nport = 1\n[films]\npages = 2\nlimit = 3\nsource = "export"\n', encoding="utf-8"
    )
    monkeypatch.setenv("TAQUILLA_FILMS__PAGES", "4")
    monkeypatch.setenv("TAQUILLA_FILMS__LIMIT", "5")
    monkeypatch.setenv("TAQUILLA_PORT", "6")
    found = load_settings(films={"limit": 7})
    assert (str(found.data), found.port) == ("from-file", 6)
    assert (found.films.source, found.films.pages, found.films.limit) == ("export", 4, 7)
    assert found.films.batch_rows == 2_000


def test_secrets_show_as_asterisks(settings_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAQUILLA_TMDB__TOKEN", "canary-token")
    found = load_settings()
    assert found.tmdb_token() == "canary-token"
    shown = {name: value for name, value, _ in described(found)}
    assert set(shown["tmdb.token"]) == {"*"}
    assert "canary" not in f"{found!r} {found} {found.tmdb!r} {found.model_dump()} {found.model_dump_json()} {shown}"


@pytest.mark.parametrize(
    ("file", "env", "said"),
    [
        ("[filmz]\npages = 1\n", {}, "Unknown setting 'filmz' in taquilla.toml. Known: data, port"),
        ("[films]\npagez = 1\n", {}, "Setting films.pagez: "),
        ("[films\n", {}, "taquilla.toml is not TOML"),
        ("", {"TAQUILLA_FILMS__PAGEZ": "1"}, "Setting films.pagez: "),
        ("", {"TAQUILLA_FILMS__PAGES": "0"}, "Looked for: TAQUILLA_FILMS__PAGES, taquilla.toml"),
        ("", {"TAQUILLA_FILMS__SOURCE": "all"}, "'popular', 'discover' or 'export'"),
        ("", {"TAQUILLA_TMDB": '{"token": "canary"'}, 'error parsing value for field "tmdb"'),
        ("", {"TAQUILLA_TMDB__CONNECTIONS": "canary"}, "Setting tmdb.connections: "),
        ('[tmdb]\ntoken = ["canary"]\n', {}, "Setting tmdb.token: "),
        ('[tmdb]\ntoken = "canary\n', {}, "taquilla.toml is not TOML"),
    ],
)
def test_what_is_wrong_with_a_setting_is_told_without_its_value(
    settings_folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, env: dict[str, str], said: str
) -> None:
    (settings_folder / "taquilla.toml").write_text(file, encoding="utf-8")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert said in str(caught.value)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_environment_of_other_programs_is_passed_over(
    settings_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAQUILLA_SHARED_DATA", "/elsewhere")
    assert load_settings().port == 8000
