"""The error tree, sorted by what the caller does next.

LicatsError              every one carries: code, message, where, remedy
├── FatalError           stop the run; by itself a mistake of the program         exit 70
│   ├── StoppedError     the operator stopped it                             exit 130
│   ├── ConfigError      configuration, protocol or usage is wrong           exit 2
│   ├── ServerError      REDCap cannot be reached or refuses                 exit 3
│   └── GuardError       refused to protect data                             exit 4
├── RetriableError       the same call may succeed later (time-out, 5xx, HTML in disguise)
└── RecordError          leave this record out, go on, say so                exit 1
"""

from __future__ import annotations

#: code of a run that was refused because another one of the same project is going on
RUN_LOCKED = "RUN-LOCKED"
#: code of a run that broke off by a mistake of the program
RUN_BROKEN = "RUN-BROKEN"


class LicatsError(Exception):
    """Base of all errors of the project.

    Attributes:
        code: Stable identifier for searching, such as ``API-TOKEN``.
        message: What happened, in one sentence.
        where: The place: file and key, server and project, record, row. May be empty.
        remedy: What the reader can do about it. May be empty.
    """

    exit_code = 1

    def __init__(self, code: str, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        remedy = f" — {self.remedy}" if self.remedy else ""
        return f"{self.code}: {self.message}{place}{remedy}"

    def as_dict(self) -> dict[str, str]:
        """Give the error as the ``error`` object of ``--json`` output."""
        return {"code": self.code, "message": self.message, "where": self.where, "remedy": self.remedy}


class FatalError(LicatsError):
    """Stop the run: going on could not help or could do harm."""

    exit_code = 70


class StoppedError(FatalError):
    """The operator stopped the run, which ends after the batch it is at."""

    exit_code = 130


class ConfigError(FatalError):
    """Configuration, protocol, definition or command-line usage is wrong."""

    exit_code = 2


class ServerError(FatalError):
    """REDCap cannot be reached, refuses, or answers what no REDCap would."""

    exit_code = 3


class GuardError(FatalError):
    """A guard refused: wrong project, fuse, unapproved protocol, frozen study, another run."""

    exit_code = 4


class RetriableError(LicatsError):
    """The same call may succeed later; becomes a :class:`ServerError` when retries are used up."""

    exit_code = 3


class RecordError(LicatsError):
    """One record cannot be processed; leave it out, name it, go on."""


def broken(error: Exception, *, where: str = "") -> FatalError:
    """Name a mistake of the program; what it is in detail is for a traceback, since it may hold values."""
    return FatalError(
        RUN_BROKEN,
        f"The program broke off ({type(error).__name__})",
        where=where,
        remedy="This is a mistake of the program: report it with the lines above. The next run goes on from here.",
    )
