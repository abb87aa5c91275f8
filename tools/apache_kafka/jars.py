"""Apache Kafka's jars: fetched from Maven Central once, kept in `.kafka/` of the checkout."""

import functools
import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
POM = HERE / "pom.xml"
CACHE = HERE.parent.parent / ".kafka"
JAVA_NEEDED = 17
FETCH_TIMEOUT_S = 600


class BrokerError(Exception):
    """The broker cannot be had or does not start; the message's last sentence is the next step."""


@functools.cache
def java() -> str:
    """The path of Java. BrokerError: there is none, or it is older than 17."""
    path = shutil.which("java")
    if path is None:
        raise BrokerError("Apache Kafka needs Java. Install it: apt-get install openjdk-17-jre-headless")
    told = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=60)  # noqa: S603 - found above
    version = re.search(r'version "(\d+)', told.stderr + told.stdout)
    if version is None or int(version[1]) < JAVA_NEEDED:
        found = version[1] if version else "unknown"
        raise BrokerError(
            f"Apache Kafka needs Java {JAVA_NEEDED} or newer, and {path} is {found}. "
            "Install it: apt-get install openjdk-17-jre-headless"
        )
    return path


@functools.cache
def jars() -> Path:
    """The folder of the jars, fetched first where they are not there yet (some 45 MB, a minute).

    BrokerError: no Java, no Maven, or Maven Central does not answer.
    """
    java()
    folder = CACHE / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    if not folder.is_dir():
        _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerError(
            "Apache Kafka's jars are fetched with Maven, which is missing. Install it: apt-get install maven"
        )
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        # Maven writes target/ beside the pom that it reads.
        shutil.copy(POM, scratch)
        command = [maven, "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={scratch}/jars"]
        try:
            done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise BrokerError(f"Maven did not fetch the jars within {FETCH_TIMEOUT_S} s. Try again.") from None
        if done.returncode:
            raise BrokerError(f"Maven could not fetch the jars:\n{done.stdout[-2000:]}\nMend that and try again.")
        _put_in_place(Path(scratch) / "jars", folder)


def _put_in_place(fetched: Path, folder: Path) -> None:
    try:
        fetched.rename(folder)
    except OSError:
        # Another process fetched the same jars meanwhile.
        if not folder.is_dir():
            raise
