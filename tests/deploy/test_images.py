"""The Dockerfiles, read as far as no engine is needed: pins, hashes, users, and what goes into an image."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy.composed import ROOT, compose, with_defaults

DOCKERFILES = ("deploy/Dockerfile", "deploy/airflow/Dockerfile")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-dev.lock").read_text("utf-8"), re.MULTILINE))
# Whose files are in the volume that both images write.
USER = "50000:0"


def instructions(file: str) -> list[tuple[str, str]]:
    """Each instruction with its argument on one line, comments left out."""
    lines = [line for line in (ROOT / file).read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(name, text) for name, _, text in (line.partition(" ") for line in whole.splitlines() if line)]


def arguments(file: str, name: str) -> list[str]:
    return [text for instruction, text in instructions(file) if instruction == name]


@pytest.mark.parametrize("file", DOCKERFILES)
def test_an_image_begins_at_a_pin_and_ends_as_nobody_of_note(file: str) -> None:
    defaults = dict(argument.split("=", 1) for argument in arguments(file, "ARG"))
    for image in arguments(file, "FROM"):
        name = image.split()[0].strip("${}")
        assert re.fullmatch(r"[a-z/]+:\d+\.\d+\.\d+-[\w.-]+", defaults[name])
    assert arguments(file, "USER")[-1] == USER
    assert not arguments(file, "ADD")
    assert "useradd --uid 50000 --gid 0" in (ROOT / DOCKERFILES[0]).read_text("utf-8")


@pytest.mark.parametrize("file", DOCKERFILES)
def test_every_library_comes_through_the_lock(file: str) -> None:
    runs = " ".join(arguments(file, "RUN"))
    assert 'bash deploy/install.sh /opt/taquilla "$EXTRAS"' in runs
    assert "pip install" not in runs
    installs = re.findall(r'^"\$\{pip\[@\]\}" install (.*)$', (ROOT / "deploy/install.sh").read_text("utf-8"), re.M)
    assert [line for line in installs if "--require-hashes" not in line] == ["--no-deps --no-build-isolation ."]
    assert re.fullmatch(
        r"pip==\S+ \\\n( +--hash=sha256:\w{64}( \\)?\n)+", (ROOT / "deploy/pip.lock").read_text("utf-8")
    )


@pytest.mark.parametrize("file", DOCKERFILES)
def test_what_is_copied_is_there_and_let_through(file: str) -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[0] == "!"}
    assert (ROOT / ".dockerignore").read_text("utf-8").splitlines()[1] == "*"
    copied = [text.split()[:-1] for text in arguments(file, "COPY") if not text.startswith("--from")]
    for source in [source for sources in copied for source in sources]:
        assert (ROOT / source).exists()
        assert source in let_through
    assert not [name for name in let_through if ".env" in name or name.startswith(("data", ".git"))]


def test_the_extras_are_the_same_everywhere() -> None:
    built = {name: service["build"] for name, service in compose()["services"].items() if "build" in service}
    assert {build["dockerfile"] for build in built.values()} == set(DOCKERFILES)
    told = {with_defaults(build["args"]["EXTRAS"]) for build in built.values()}
    told |= {text.split("=", 1)[1] for file in DOCKERFILES for text in arguments(file, "ARG") if "EXTRAS=" in text}
    assert told == {"kafka,postgres,aws"}
    assert PROJECT["version"] in compose()["services"]["web"]["image"]


def test_the_dashboards_image_tells_how_it_is() -> None:
    [check] = arguments(DOCKERFILES[0], "HEALTHCHECK")
    assert "http://127.0.0.1:8000/health" in check
    assert "8000" in arguments(DOCKERFILES[0], "EXPOSE")


def _wanted(*extras: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(Path("deploy", "wanted.py")), *extras]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)


def test_the_lock_has_all_that_an_image_may_want() -> None:
    [told] = re.findall(r"^# EXTRAS: any of (.+); spark brings Java", (ROOT / DOCKERFILES[0]).read_text("utf-8"), re.M)
    extras = told.split(", ")
    lines = _wanted("build", ",".join(extras)).stdout.splitlines()
    assert set(lines) >= {*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["kafka"]}
    names = {re.split(r"[\[<>=!~;\s]", line, maxsplit=1)[0].lower().replace("_", "-") for line in lines}
    assert names <= LOCK
    assert _wanted().stdout.splitlines() == PROJECT["dependencies"]


def test_an_unknown_extra_is_refused_by_name() -> None:
    done = _wanted("kafka,kafak")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Unknown extra 'kafak'. Known: aws, build, dask, kafka,")
    assert "'dev'" in _wanted("dev").stderr, "what is made of other extras is for a checkout"
