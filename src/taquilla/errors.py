"""What can go wrong, by what the reader can do about it.

    TaquillaError
    ├── SettingsError      fix a setting: one is missing, unknown or out of range
    ├── DataError          fix the data: a file, a record or a table is not what it says it is
    ├── UnavailableError   try again: a service, a disk or a lock does not answer now
    │   └── BusyError      somebody else is at work here: wait for them
    └── NotInstalledError  install something: an extra or a program is missing

Every message says what happened and what to do next; none carries a secret.
"""


class TaquillaError(Exception):
    """The root of every error that Taquilla raises on purpose.

    `exit_code` is what the command line answers with.
    """

    exit_code = 1


class SettingsError(TaquillaError):
    """A setting is missing, unknown or out of range."""

    exit_code = 2


class DataError(TaquillaError):
    """A file, a record or a table is not what it says it is."""

    exit_code = 3


class UnavailableError(TaquillaError):
    """A service, a disk or a lock does not answer now; the same call may succeed later."""

    exit_code = 4


class BusyError(UnavailableError):
    """Another process holds what this one needs."""

    exit_code = 5


class NotInstalledError(TaquillaError):
    """An extra or a program is missing; the message holds the line that installs it."""

    exit_code = 6
