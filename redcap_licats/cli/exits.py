"""Exit codes: what each means, and which ones a command gives."""

from __future__ import annotations

from collections.abc import Mapping

from redcap_licats.errors import ConfigError, FatalError, GuardError, LicatsError, ServerError, StoppedError

#: as CONTRACT.md has them; the last two end a program whatever it does
EXIT_CODES: Mapping[int, str] = {
    0: "done",
    LicatsError.exit_code: "done, some records left out",
    ConfigError.exit_code: "configuration or usage",
    ServerError.exit_code: "REDCap unreachable or refusing",
    GuardError.exit_code: "refused by a guard",
    FatalError.exit_code: "a mistake of the program",
    StoppedError.exit_code: "stopped by the operator",
}

#: what each command may end with beside the codes that any may
EXITS: Mapping[str, tuple[int, ...]] = {
    "demo": (0, 2, 3),
    "init": (0, 2, 3, 4),
    "doctor": (0, 2, 3, 4),
    "sync": (0, 1, 2, 3, 4),
    "status": (0, 2),
    "explain": (0, 1, 2, 3, 4),
    "simulate": (0, 1, 2, 3, 4),
    "history": (0, 2),
    "undo": (0, 1, 2, 3, 4),
    "resume": (0, 2),
    "forget": (0, 2, 4),
    "report": (0, 1, 2, 3, 4),
    "report read": (0, 1, 2, 3, 4),
    "instruments build": (0, 2),
    "instruments preview": (0, 2),
    "instruments codebook": (0, 2),
    "instruments diff": (0, 2, 3, 4),
    "instruments deploy": (0, 2, 3, 4),
    "instruments restore": (0, 2, 3, 4),
    "protocol show": (0, 2),
    "protocol diff": (0, 2),
    "protocol approve": (0, 2, 3, 4),
    "sandbox serve": (0, 2),
    "serve": (0, 2),
}


def exit_note(command: str) -> str:
    """Say with which exit codes a command ends; '' if nobody has said so of it yet."""
    codes = EXITS.get(command, ())
    return "Exit codes: " + ", ".join(f"{code} {EXIT_CODES[code]}" for code in codes) + "." if codes else ""
