"""Sandboxes over sixty generated films."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox_server import SandboxServer, running_sandbox, write_films


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxServer]:
    with running_sandbox(write_films(tmp_path_factory.mktemp("sandbox") / "films.jsonl")) as server:
        yield server


@pytest.fixture
def sandbox(shared: SandboxServer) -> Iterator[SandboxServer]:
    """The module's sandbox, with no faults and no counts from the test before."""
    shared.clear_faults()
    shared.reset_stats()
    yield shared
    shared.clear_faults()


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[SandboxServer]:
    """A sandbox that a test may change."""
    with running_sandbox(write_films(tmp_path / "films.jsonl")) as server:
        yield server
