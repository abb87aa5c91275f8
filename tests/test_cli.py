"""The command line: what is there, what it prints for programs, and how settings come together."""

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Timer
from typing import Any

import duckdb
import pytest

from command_line import program, taquilla
from sandbox_server import running_sandbox, write_films
from taquilla.__main__ import _resumes
from taquilla.errors import SettingsError
from taquilla.pipeline.reading import distinct
from taquilla.settings import described, load_settings

COMMANDS = (
    *("demo", "run", "step", "status", "show", "query", "land", "curate", "load", "report", "train", "predict"),
    *("serve", "sandbox", "doctor", "export-json", "quarantine", "settings", "reviews", "recommend", "similar", "lake"),
)
HEAVY = [
    "polars",
    "deltalake",
    "duckdb",
    "pydantic",
    "fastapi",
    "aiohttp",
    "sqlalchemy",
    "rich",
    "pyarrow",
    "sklearn",
    "matplotlib",
]


def run(*arguments: str, folder: Path, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    done = taquilla(*arguments, folder=folder, env=inherited() | env)
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TAQUILLA_")}


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
    code = f"import sys, taquilla.__main__; print([m for m in {HEAVY} if m in sys.modules])"
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


def test_the_doctor_and_the_commands_miss_the_same_lake(tmp_path: Path) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "canary"}
    env = {"TAQUILLA_LAKE__CURATED_ROOT": "s3://bucket/curated", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", **keys}
    missed = run("status", folder=tmp_path, code=4, **env).stderr
    told = run("doctor", "--json", folder=tmp_path, code=1, **env).stdout
    found = {check["what"]: check for check in json.loads(told)}
    assert "http://127.0.0.1:1 did not answer for s3://bucket/curated" in missed
    assert (found["lake"]["ok"], found["curated lake"]["ok"]) == (True, False)
    assert "http://127.0.0.1:1 did not answer" in found["curated lake"]["found"]
    assert "canary" not in missed + told


def test_the_doctor_waits_until_all_is_well(tmp_path: Path) -> None:
    (taken := tmp_path / "taken").write_text("")
    with running_sandbox(write_films(tmp_path / "films.ndjson", 1)) as sandbox:
        env = {"TAQUILLA_TMDB__BASE_URL": sandbox.url, "TAQUILLA_TMDB__TOKEN": sandbox.token}
        env |= {"TAQUILLA_LAKE__ROOT": "taken/lake"}
        assert "taken" in run("doctor", folder=tmp_path, code=1, **env).stdout
        Timer(0.5, taken.unlink).start()
        assert "lake can be written" in run("doctor", "--wait", "60", folder=tmp_path, code=0, **env).stdout


def test_the_doctor_looks_at_both_roots_and_tells_a_next_step_only_where_one_is_needed(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    env = {"TAQUILLA_LAKE__ROOT": "raw", "TAQUILLA_LAKE__CURATED_ROOT": "taken/curated"}
    found = {
        check["what"]: check for check in json.loads(run("doctor", "--json", folder=tmp_path, code=1, **env).stdout)
    }
    assert (found["lake"]["ok"], found["curated lake"]["ok"]) == (True, False)
    assert "TAQUILLA_LAKE__CURATED_ROOT" in found["curated lake"]["next_step"]
    assert {bool(check["next_step"]) for check in found.values() if check["ok"]} == {False}
    assert all(check["next_step"] for check in found.values() if check["ok"] is False)


# What is cut


def test_rows_beyond_the_limit_are_told_beside_the_table(filled: Path) -> None:
    films = "select film_id from movies order by film_id"  # 18 of them
    cut = run("query", films, "--limit", "17", "--json", folder=filled)
    assert cut.stderr == "the first 17 rows; more with --limit\n"
    assert len(json.loads(cut.stdout)) == 17
    assert run("query", films, "--limit", "18", folder=filled).stderr == ""
    assert run("query", "from range(101)", folder=filled).stderr == "the first 100 rows; more with --limit\n"
    assert run("show", "top_films", "--limit", "2", folder=filled).stderr == "the first 2 rows; more with --limit\n"


def test_two_columns_of_one_name_are_both_shown(filled: Path) -> None:
    found = json.loads(run("query", "select 1 as title, 2 as title", "--json", folder=filled).stdout)
    assert found == [{"title": 1, "title_2": 2}]


def test_a_numbered_name_takes_no_other_columns_place() -> None:
    assert distinct(["a", "a", "a_2", "a", "b"]) == ["a", "a_3", "a_2", "a_4", "b"]


# What is wrong


def test_a_warehouse_that_another_program_has_open_is_not_to_be_deleted(tmp_path: Path) -> None:
    path = tmp_path / "data" / "warehouse.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)):
        asked = program("query", "select 1", folder=tmp_path, env=inherited())
        looked_at = json.loads(program("doctor", "--json", folder=tmp_path, env=inherited()).stdout)
    err = asked.stderr
    assert asked.returncode == 5
    assert [f"Error: {check['next_step']}\n" for check in looked_at if check["what"] == "warehouse"] == [err]
    assert err.startswith("Error: Another program has data/warehouse.duckdb open: ")
    assert f"(PID {os.getpid()})" in err
    assert err.endswith(". Close it, then run again.\n")
    assert "Delete" not in err


def test_a_file_in_the_place_of_the_data_is_a_setting_to_mend(tmp_path: Path) -> None:
    (tmp_path / "afile").write_text("")
    for data in ("afile", "afile/below"):
        err = run("--data", data, "status", folder=tmp_path, code=2).stderr
        assert err.startswith("Error: Setting data: ")
        assert "afile is a file, not a folder." in err
        assert "Resume" not in err


@pytest.mark.parametrize(
    ("words", "resumes"),
    [
        ("run", True),
        ("land", True),
        ("--data d --settings=s.toml step load_films --run r", True),
        ("quarantine replay", True),
        ("quarantine list", False),
        ("quarantine show 1", False),
        ("--data run status", False),
        ("query run", False),
        ("", False),
    ],
)
def test_only_a_command_that_goes_on_where_it_stopped_is_offered_again(words: str, resumes: bool) -> None:
    assert _resumes(words.split()) is resumes


def test_what_the_same_command_would_not_mend_is_not_offered_again(filled: Path) -> None:
    assert "Resume" not in run("land", "no-such-file", folder=filled, code=3).stderr
    assert "Resume" not in run("run", folder=filled, code=2, TAQUILLA_FILMS__PAGES="0").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("step", "x"), 2, "Unknown step 'x'. Known: land_films, produce_films, consume_films, land_popularity"),
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
    assert "Setting engine.name: Input should be 'local', 'dask' or 'spark'." in err


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
    shown = {row.setting: row.value for row in described(found)}
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
        ("", {"TAQUILLA_TMDB__BASE_URL": "https://me:canary@api/3"}, "Setting tmdb.base_url: An address must hold no"),
        ("", {"TAQUILLA_TMDB__EXPORT_URL": "https://canary@files"}, "Setting tmdb.export_url: An address must hold no"),
        ("", {"TAQUILLA_TMDB__BASE_URL": "https://a:canary\u2100@b"}, "Setting tmdb.base_url: No address"),
        ("", {"TAQUILLA_TMDB__BASE_URL": "canary"}, "Setting tmdb.base_url: No address"),
        ("", {"TAQUILLA_WAREHOUSE__MEMORY_LIMIT": "canary"}, "such as 512MB, 1GB, 2GiB or 80%"),
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


@pytest.mark.parametrize("size", ["512MB", "1GB", "2GiB", "1.5 gb", "80%", "100%"])
def test_a_size_of_memory_is_one_that_duckdb_takes(settings_folder: Path, size: str) -> None:
    limit = load_settings(warehouse={"memory_limit": size}).warehouse.memory_limit
    with duckdb.connect() as connection:
        connection.execute("set memory_limit = $limit", {"limit": limit})


@pytest.mark.parametrize("size", ["", "1", "GB", "0GB", "-1GB", "1GBs", "1XB", "101%", "0%", "1e3MB"])
def test_another_size_of_memory_is_refused(settings_folder: Path, size: str) -> None:
    with pytest.raises(SettingsError, match=r"Setting warehouse\.memory_limit: No size of memory"):
        load_settings(warehouse={"memory_limit": size})


def test_every_setting_is_shown_with_what_it_is_and_the_variable_that_sets_it(
    settings_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {row.setting: row for row in described(load_settings())}
    assert len(rows) > 20
    assert [row.setting for row in rows.values() if not row.what] == []
    assert rows["tmdb.requests_per_s"].variable == "TAQUILLA_TMDB__REQUESTS_PER_S"
    monkeypatch.setenv(rows["films.pages"].variable, "7")
    assert load_settings().films.pages == 7
    shown = json.loads(run("settings", "--json", folder=settings_folder).stdout)
    assert [row["variable"] for row in shown] == [row.variable for row in rows.values()]


def test_the_environment_of_other_programs_is_passed_over(
    settings_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAQUILLA_SHARED_DATA", "/elsewhere")
    assert load_settings().port == 8000
