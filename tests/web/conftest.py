"""A warehouse, a client of the app over it, and the service in a process of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, sync_playwright

from taquilla.web.app import create_app
from web.rows import small_warehouse

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PROGRAM = """
import sys
from pathlib import Path
from taquilla.web.serve import serve
serve(Path(sys.argv[1]), "127.0.0.1", int(sys.argv[2]), lambda address: print(address, flush=True))
print("ended", flush=True)
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return small_warehouse(tmp_path / "warehouse.duckdb")


@pytest.fixture
def client(warehouse: Path) -> Iterator[TestClient]:
    with TestClient(create_app(warehouse)) as client:
        yield client


@contextmanager
def serving(path: Path, port: int = 0) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The service in a process: its address (empty where it did not start), and the process."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(path), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    with process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        why = "no Chromium on this machine: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
