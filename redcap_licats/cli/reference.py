"""The reference of all commands and options, written from the program itself: ``make instruments``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from redcap_licats.cli.app import Command, commands
from redcap_licats.cli.exits import EXIT_CODES, exit_note

HEAD = """\
# All commands

Written from the program by `make instruments`; do not edit it by hand. `licats COMMAND --help` shows the same, and
[operate.md](operate.md) says how the commands work together.

With `--json` a command prints exactly one JSON object, errors included: `exit`, and `error` with `code`,
`message`, `where` and `remedy`, or null. Without it, results for people go to standard output, progress and errors
to standard error. Progress is shown only on a terminal.

| exit | meaning |
|---|---|
"""
#: markup of help texts, and the example that ends each
_MARKUP = re.compile(r"\[/?[a-z]+\]")
_EXAMPLE = re.compile(r"Example: (licats .*)")


def reference() -> str:
    """Write the page."""
    table = "".join(f"| {code} | {meaning} |\n" for code, meaning in EXIT_CODES.items())
    sections = (_section(name, command) for name, command in commands())
    return HEAD + table + "\n" + "\n".join(sections)


def example(command: Command) -> str:
    """Give the example in a command's help; '' if it has none."""
    found = _EXAMPLE.search(_MARKUP.sub("", f"{command.help or ''}\n{command.epilog or ''}"))
    return found[1].strip() if found else ""


def _section(name: str, command: Command) -> str:
    text = _EXAMPLE.sub("", _MARKUP.sub("", command.help or "")).strip()
    lines = [f"## licats {name}", "", text, "", "```sh", example(command), "```", "", exit_note(name), ""]
    options = list(_options(command))
    if options:
        lines += ["| option | meaning | default |", "|---|---|---|", *options, ""]
    return "\n".join(lines)


def _options(command: Command) -> Iterator[str]:
    for one in command.params:
        if one.name == "help":
            continue
        value = one.metavar or ("" if getattr(one, "is_flag", False) else "VALUE")
        if one.param_type_name == "argument":
            names = (one.name or "").upper()
        else:
            names = f"{', '.join(one.opts)} {value}".strip()
        default = "needed" if one.required else _default(one.default)
        yield f"| `{names}` | {_cell(getattr(one, 'help', None) or '')} | {default} |"


def _default(value: object) -> str:
    if value is None or value is False or value in ("", (), []):
        return ""
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
