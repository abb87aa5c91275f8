"""The entry point: errors in words, with the command that resumes as the last line."""

import re
import shlex
import signal
import sys
from types import FrameType
from typing import NoReturn

from taquilla.cli import app
from taquilla.errors import DataError, SettingsError, TaquillaError, UnavailableError

# Commands that go on where they stopped when they are called again.
RESUMABLE = frozenset(
    {
        "demo",
        "run",
        "rentals",
        "reviews",
        "copy",
        "step",
        "land",
        "produce",
        "consume",
        "curate",
        "load",
        "migrate",
        "retention",
        "lake",
        "export-json",
    }
)
STOPPED = 130  # what a shell expects of a command that Ctrl-C ended

# The libraries of the lake and the warehouse: what they raise unasked comes from a file that is not what it was.
STORES = ("polars", "_duckdb", "duckdb", "_internal", "deltalake")


def main() -> None:
    """Run the command line; every way it can end is an exit code and, if it is an error, a sentence."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        app()
    except TaquillaError as error:
        _fail(error)
    except SystemExit as end:
        # Typer makes this of Ctrl-C, without a word.
        if end.code != STOPPED:
            raise
        _fail(UnavailableError("Stopped. What was done so far is kept."), code=STOPPED)
    except OSError as error:
        _fail(UnavailableError(_disk_error(error)))
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in STORES:
            raise
        if re.search(r"os error (27|28)\b|No space left|File too large", str(error)):
            _fail(UnavailableError(_disk_error(OSError(str(error).splitlines()[0]))))
        _fail(DataError(_damage(error)))


def _disk_error(error: OSError) -> str:
    """In one plain line: Delta's messages have several, in colours."""
    said = " ".join(re.sub(r"\x1b\[[0-9;]*m|[↳]", "", error.strerror or str(error)).split())
    return f"{said}: {error.filename or 'the disk'}. Free some space or mend its permissions, then run again."


def _damage(error: Exception) -> str:
    first, *_ = str(error).splitlines() or [type(error).__name__]
    first = first.rstrip(".!")
    if type(error).__name__ == "CatalogException":
        return f"The warehouse is another version's: {first}. Make it anew with: taquilla load --rebuild"
    return (
        f"A file of the lake or the warehouse cannot be read: {first}. Restore it from a copy; what was made from raw "
        "is made anew by: taquilla curate --rebuild, then taquilla load --rebuild"
    )


def _stop(_: int, frame: FrameType | None) -> None:
    """Do on SIGTERM what Ctrl-C does; within asyncio that is to cancel, so that what was fetched is landed."""
    ctrl_c = signal.getsignal(signal.SIGINT)
    if not callable(ctrl_c):
        raise KeyboardInterrupt
    ctrl_c(signal.SIGINT, frame)


def _fail(error: TaquillaError, code: int | None = None) -> NoReturn:
    lines = [f"Error: {error}"]
    if _resumes(sys.argv[1:]) and not isinstance(error, SettingsError | DataError):
        lines.append(f"Resume with: {shlex.join(['taquilla', *sys.argv[1:]])}")
    print("\n".join(lines), file=sys.stderr)
    sys.exit(error.exit_code if code is None else code)


def _resumes(words: list[str]) -> bool:
    """Whether the command among these words goes on where it stopped when it is called again."""
    match words:
        case ["--data" | "--settings", _, *rest]:
            return _resumes(rest)
        case [option, *rest] if option.startswith("-"):
            return _resumes(rest)
        case ["quarantine" | "dead-letters", *rest]:
            return rest[:1] == ["replay"]
    return bool(words) and words[0] in RESUMABLE


if __name__ == "__main__":
    main()
