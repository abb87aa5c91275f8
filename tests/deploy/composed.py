"""The compose file as data: its services, where they listen, and the addresses that their settings name."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parent.parent.parent
COMPOSE = ROOT / "deploy" / "compose.yaml"
# ${NAME}, ${NAME:-default}, ${NAME:?message}
VARIABLE = re.compile(r"\$\{(\w+)(?::?([-?])([^}]*))?\}")
Service = dict[str, Any]


class Address(NamedTuple):
    """A host and port that a setting of a service names."""

    setting: str
    host: str
    port: int


def compose() -> dict[str, Any]:
    """The file with its anchors resolved and its variables as they stand."""
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return loaded


def runs_once(service: Service) -> bool:
    """A job; the others are there to stay."""
    return bool(service.get("restart") == "no")


def with_defaults(text: str) -> str:
    """The text as it is with an .env that says no more than it must."""
    return VARIABLE.sub(lambda found: found[3] if found[2] == "-" else "secret", text)


def environment(service: Service) -> dict[str, str]:
    """The settings that have a value, defaults filled in."""
    given = service.get("environment", {})
    return {name: with_defaults(str(value)) for name, value in given.items() if value is not None}


def addresses(service: Service) -> Iterator[Address]:
    """Each host and port in the settings of Taquilla, Airflow and AWS that is not on the internet."""
    for name, value in environment(service).items():
        if name.startswith(("TAQUILLA_", "AIRFLOW__", "AWS_")):
            for host, port in re.findall(r"(?:^|[@/,])([a-z][a-z0-9_.-]*):(\d+)", value):
                yield Address(name, host, int(port))


def listens(service: Service) -> set[int]:
    """The ports that others reach it on."""
    published = {str(port).rpartition(":")[2] for port in service.get("ports", [])}
    return {int(port) for port in {*map(str, service.get("expose", [])), *published}}


def networks(service: Service) -> set[str]:
    return set(service.get("networks", ["default"]))


def named_volumes(service: Service) -> set[str]:
    """The volumes that are no folder of the repository."""
    sources = {str(volume).partition(":")[0] for volume in service.get("volumes", [])}
    return {source for source in sources if not source.startswith((".", "/"))}
