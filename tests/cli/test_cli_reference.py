"""Every command and option is explained, and the page in docs says what the program says."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from redcap_licats.cli.app import commands, program
from redcap_licats.cli.exits import EXIT_CODES, EXITS, exit_note
from redcap_licats.cli.reference import example, reference

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
COMMANDS = dict(commands())


def test_the_page_in_docs_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "Run: make instruments"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_an_example_and_says_how_it_ends(name: str) -> None:
    command = COMMANDS[name]
    assert (command.help or "").strip()
    assert shlex.split(example(command))[: 1 + len(name.split())] == ["licats", *name.split()]
    assert exit_note(name), "say so in cli/exits.py"
    assert f"## licats {name}\n" in reference()
    for one in command.params:
        assert one.name == "help" or getattr(one, "help", None), f"{name}: {one.name} is not explained"


def test_no_command_is_told_of_that_is_not_there() -> None:
    assert EXITS.keys() == COMMANDS.keys()
    assert {code for codes in EXITS.values() for code in codes} <= EXIT_CODES.keys()


def test_help_says_how_a_command_ends(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["licats", "history", "--help"])
    program()(standalone_mode=False)
    told = " ".join(capsys.readouterr().out.split())
    assert exit_note("history") in told
    assert "Example: licats history" in told
