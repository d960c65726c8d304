"""Entry point ``licats``: gathers the commands, turns errors into one clear line and an exit code."""

from __future__ import annotations

import gc
import json
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Annotated, Protocol

import typer

from redcap_licats import __version__
from redcap_licats.cli.console import show_error
from redcap_licats.cli.exits import exit_note
from redcap_licats.errors import ConfigError, FatalError, LicatsError, StoppedError, broken

#: Typer carries its own copy of click, so its base of all usage errors is taken from an error it exports.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]


class Parameter(Protocol):
    """What is asked of an option or argument, whichever click it comes from."""

    name: str | None
    metavar: str | None
    opts: list[str]
    required: bool
    default: object
    param_type_name: str


class Command(Protocol):
    """What is asked of a command."""

    help: str | None
    epilog: str | None

    @property
    def params(self) -> Sequence[Parameter]:
        """Its options and arguments."""

    def __call__(self, *, standalone_mode: bool) -> object:
        """Carry it out."""


#: in which module of this package each first word is looked up: a function of its name, or a group called ``app``
WORDS: Mapping[str, str] = {
    "demo": "demo",
    "init": "init",
    "doctor": "doctor",
    "sync": "sync",
    "serve": "serve",
    "status": "status",
    "explain": "explain",
    "simulate": "simulate",
    "history": "history",
    "undo": "history",
    "resume": "history",
    "forget": "history",
    "report": "report",
    "instruments": "instruments",
    "protocol": "protocol",
    "sandbox": "sandbox",
}


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def program_of(words: Iterable[str] = WORDS) -> typer.Typer:
    """Gather the commands under some first words; only what those need is imported."""
    app = typer.Typer(
        name="licats",
        help="Capture, grade and follow LICATS after CD19 CAR-T therapy in REDCap.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        callback=_root,
    )
    for word in words:
        module = import_module(f"{__package__}.{WORDS[word]}")
        group: typer.Typer | None = getattr(module, "app", None)
        if group:
            app.add_typer(group, name=word)
        else:
            app.command(word)(getattr(module, word))
    return app


def program(words: Iterable[str] = WORDS) -> Command:
    """Give the program, each command saying in its help with which exit codes it ends."""
    root = _root_command(words)
    for name, command in _under(root):
        command.epilog = "\n\n".join(filter(None, (command.epilog, exit_note(name))))
    return root


def commands() -> Iterator[tuple[str, Command]]:
    """Give every command with its name as it is typed."""
    return _under(_root_command(WORDS))


def _root_command(words: Iterable[str]) -> Command:
    command: Command = typer.main.get_command(program_of(words))  # type: ignore[assignment]  # its own copy of click has no types
    return command


def _under(command: Command, name: str = "") -> Iterator[tuple[str, Command]]:
    group: Mapping[str, Command] = getattr(command, "commands", {})
    # a group may be a command as well: 'report' beside 'report read'
    if not group or getattr(command, "invoke_without_command", False):
        yield name, command
    for word, one in group.items():
        yield from _under(one, f"{name} {word}".strip())


def _complain(error: LicatsError) -> None:
    if "--json" in sys.argv:
        typer.echo(json.dumps({"exit": error.exit_code, "error": error.as_dict()}, ensure_ascii=False))
        return
    show_error(error)


def _usage(error: Exception) -> ConfigError:
    message = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "licats"
    return ConfigError("USAGE", message, remedy=f"See: {command} --help")


def main() -> None:
    """Run ``licats``; the exit codes are those of CONTRACT.md."""
    first = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    try:
        chosen = program([first] if first in WORDS else WORDS)
        gc.freeze()  # what is imported stays: a long run would look at it again and again
        outcome = chosen(standalone_mode=False)
    except LicatsError as error:
        _complain(error)
        sys.exit(error.exit_code)
    except UsageError as error:
        _complain(_usage(error))
        sys.exit(2)
    except (typer.Abort, KeyboardInterrupt):
        _complain(StoppedError("STOPPED", "Stopped by the operator", remedy="The next run goes on from here."))
        sys.exit(StoppedError.exit_code)
    except Exception as error:
        traceback.print_exception(error)
        _complain(broken(error))
        sys.exit(FatalError.exit_code)
    sys.exit(outcome if isinstance(outcome, int) else 0)
