"""What Taquilla and the extras that it is given need, a line each, for pip: version and hashes come from the lock.

python deploy/wanted.py kafka,postgres > wanted.txt
pip install --require-hashes -c requirements-dev.lock -r wanted.txt
"""

import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def wanted(extras: list[str]) -> list[str]:
    """The requirements of the project and of these extras. SystemExit: there is no such extra."""
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    everything: dict[str, list[str]] = project["optional-dependencies"]
    # Those that are made of others are for a checkout: development, the tutorial.
    known = {
        extra: lines for extra, lines in everything.items() if not any(line.startswith("taquilla[") for line in lines)
    }
    if unknown := sorted(set(extras) - known.keys()):
        sys.exit(f"Unknown extra {unknown[0]!r}. Known: {', '.join(sorted(known))}.")
    return [*project["dependencies"], *(line for extra in extras for line in known[extra])]


if __name__ == "__main__":
    print("\n".join(wanted([extra for extra in ",".join(sys.argv[1:]).split(",") if extra])))
