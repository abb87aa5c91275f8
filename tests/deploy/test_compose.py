"""compose.yaml: the specification's schema, and what it must keep on top: health, limits, pins, secrets, addresses."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from command_line import taquilla
from deploy.composed import (
    COMPOSE,
    ROOT,
    Service,
    addresses,
    compose,
    environment,
    listens,
    named_volumes,
    networks,
    runs_once,
)
from taquilla.settings import described, load_settings

FILE = compose()
SERVICES: dict[str, Service] = FILE["services"]
STAYING = sorted(name for name, service in SERVICES.items() if not runs_once(service))
# The seeds' services; Airflow 3 calls its web server the API server, and Kafka 4 has no ZooKeeper.
OF_THE_SEEDS = {"kafka", "postgres", "redis", "movie_postgres", "airflow-scheduler", "airflow-worker", "airflow-init"}
SECRET = re.compile(r"PASSWORD|SECRET|KEY|TOKEN|AUTH$")
IMAGE = re.compile(r"(?P<name>[a-z0-9/_-]+):(?P<tag>(?:\$\{\w+:-)?\d+\.\d+[\w.-]*\}?)(?:@sha256:[0-9a-f]{64})?")


def test_it_is_what_the_specification_says() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_has_the_services_of_the_seeds() -> None:
    assert SERVICES.keys() >= OF_THE_SEEDS | {"airflow-apiserver", "airflow-dag-processor", "web", "consumer"}
    assert not [name for name, service in SERVICES.items() if "zookeeper" in f"{name} {service['image']}"]
    assert {name for name, service in SERVICES.items() if "profiles" not in service} == {
        *("kafka", "topics", "movie_postgres", "migrate", "prepare", "consumer", "web")
    }, "what a laptop starts without a profile"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_limited_and_confined(name: str) -> None:
    service = SERVICES[name]
    assert IMAGE.fullmatch(service["image"]), "a whole version, and no more than Docker Hub's name"
    limits = service["deploy"]["resources"]["limits"]
    assert limits.keys() == {"cpus", "memory", "pids"}
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:"), "only this machine reaches it"


@pytest.mark.parametrize("name", STAYING)
def test_what_stays_tells_how_it_is_and_starts_again(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert check.keys() >= {"interval", "timeout", "retries", "start_period"}
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_whatever_ends_is_waited_for_by_its_success() -> None:
    """`up --wait` takes the end of a job that nobody waits for as a failure."""
    awaited = {
        (needed, condition["condition"])
        for service in SERVICES.values()
        for needed, condition in service.get("depends_on", {}).items()
    }
    for needed, condition in awaited:
        ends = runs_once(SERVICES[needed])
        assert condition == ("service_completed_successfully" if ends else "service_healthy"), needed
    assert {needed for needed, _ in awaited} >= SERVICES.keys() - set(STAYING)


@pytest.mark.parametrize("name", SERVICES)
def test_a_profile_that_is_off_is_not_needed(name: str) -> None:
    own = set(SERVICES[name].get("profiles", []))
    for needed, condition in SERVICES[name].get("depends_on", {}).items():
        theirs = set(SERVICES[needed].get("profiles", []))
        assert not theirs or theirs & own or condition.get("required") is False, needed


@pytest.mark.parametrize("name", [name for name in SERVICES if SERVICES[name]["image"].startswith("taquilla:")])
def test_what_a_service_calls_is_a_command_with_these_options(name: str, tmp_path: Path) -> None:
    service = SERVICES[name]
    # In a shell, the last words are the command.
    words = service["command"][0].split("taquilla ")[-1].split() if "entrypoint" in service else service.get("command")
    done = taquilla(*(words or ["serve"]), "--help", folder=tmp_path, env={"NO_COLOR": "1"})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_every_setting_is_one_of_ours_and_takes_its_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = environment(SERVICES[name])
    for variable, value in told.items():
        monkeypatch.setenv(variable, value)
    settings = {setting.variable: setting.value for setting in described(load_settings())}
    named = {variable for variable in SERVICES[name].get("environment", {}) if variable.startswith("TAQUILLA_")}
    assert named <= settings.keys()
    assert settings["TAQUILLA_DATA"] == told.get("TAQUILLA_DATA", "data")


def _leaves(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [leaf for key, each in value.items() for leaf in _leaves(each, str(key))]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each, name)]
    return [(name, str(value))]


def test_no_secret_is_written_down() -> None:
    for name, value in _leaves(FILE):
        if SECRET.search(name) and value != "None":
            assert re.fullmatch(r"\$\{\w+:(\?[^}]+|-)\}", value), name
        for secret in re.findall(r"//[^/@\s]*:([^/@\s]+)@", re.sub(r"\$\{[^}]*\}", "${}", value)):
            assert secret == "${}", name  # noqa: S105 - what is left of a variable


def test_every_secret_is_made_by_the_set_up() -> None:
    made = set(re.findall(r"^(\w+)=\$\((?:secret|fernet_key)", (ROOT / "setup_project.sh").read_text("utf-8"), re.M))
    assert made == set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text("utf-8")))


@pytest.mark.parametrize("name", SERVICES)
def test_every_address_is_a_service_that_listens_there(name: str) -> None:
    for setting, host, port in addresses(SERVICES[name]):
        assert host in SERVICES, setting
        assert port in listens(SERVICES[host]), f"{setting}: {host} does not listen on {port}"
        assert networks(SERVICES[name]) & networks(SERVICES[host]), f"{setting}: {host} cannot be reached"


def test_the_addresses_that_matter_are_looked_at() -> None:
    seen = {(address.host, address.port) for service in SERVICES.values() for address in addresses(service)}
    assert seen == {
        *(("kafka", 19092), ("movie_postgres", 5432), ("postgres", 5432), ("redis", 6379)),
        ("airflow-apiserver", 8080),
    }


def test_kafka_tells_each_side_an_address_that_it_reaches() -> None:
    kafka = SERVICES["kafka"]
    said = environment(kafka)
    listeners = dict(re.findall(r"(\w+)://[^:,]*:(\d+)", said["KAFKA_LISTENERS"]))
    advertised = dict(re.findall(r"(\w+)://([^,]+)", said["KAFKA_ADVERTISED_LISTENERS"]))
    assert advertised == {"INSIDE": f"kafka:{listeners['INSIDE']}", "OUTSIDE": f"localhost:{listeners['OUTSIDE']}"}
    assert listens(kafka) == {int(listeners["INSIDE"]), int(listeners["OUTSIDE"])}
    assert said["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].count(":") == len(listeners)
    # ${KAFKA_PORT} is the port on this machine, and the one that clients there are told.
    raw = kafka["environment"]["KAFKA_ADVERTISED_LISTENERS"].rpartition("localhost:")[2]
    assert kafka["ports"] == [f"127.0.0.1:{raw}:9092"]


def test_volumes_and_networks_are_declared_and_used() -> None:
    assert set.union(*map(named_volumes, SERVICES.values())) == FILE["volumes"].keys()
    assert set.union(*map(networks, SERVICES.values())) == FILE["networks"].keys()
    assert "movie_pipeline" in FILE["networks"]
    assert FILE["networks"]["movie_pipeline"] == {"internal": True}
    for name, service in SERVICES.items():
        assert not service.get("ports") or "front" in networks(service), name
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or (COMPOSE.parent / source).parent.is_dir(), volume
