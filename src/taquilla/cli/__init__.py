"""The command line. Each command builds the settings, hands plain values down and prints what comes back.

Nothing heavy is imported here: `taquilla --help` must answer at once.
"""

from taquilla.cli import (  # noqa: F401, I001 - the order is that of the help
    runs,
    shop,
    reviewing,
    recommending,
    questions,
    tables,
    streams,
    databases,
    answers,
    studies,
    services,
)
from taquilla.cli.app import app

__all__ = ["app"]
