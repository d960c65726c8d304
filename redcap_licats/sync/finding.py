"""What a guard finds: whether it stands in the way of a run, where it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from redcap_licats.errors import ConfigError, FatalError, LicatsError, ServerError

_SHOWN = 8


class Harm(StrEnum):
    """What a finding stands in the way of."""

    HARMLESS = "harmless"
    WRITING = "blocks writing"
    READING = "blocks reading"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        code: Stable identifier for searching.
        harm: What it stands in the way of.
        what: What was found, in one sentence.
        where, remedy: The place, and what the reader can do.
        refusal: How a run refuses because of it.
    """

    code: str
    harm: Harm
    what: str
    where: str
    remedy: str
    refusal: type[FatalError] = ConfigError

    @classmethod
    def of(cls, error: LicatsError, harm: Harm) -> Finding:
        """Make a finding of an error by which a run would be stopped."""
        refusal = type(error) if isinstance(error, FatalError) else ServerError
        return cls(error.code, harm, error.message, error.where, error.remedy, refusal)

    @property
    def exit(self) -> int:
        """Exit code of a run that meets it."""
        return 0 if self.harm is Harm.HARMLESS else self.refusal.exit_code

    def error(self) -> FatalError:
        """Give the error by which a run refuses."""
        return self.refusal(self.code, self.what, where=self.where, remedy=self.remedy)

    def as_dict(self) -> dict[str, str]:
        """Give the finding as an object of ``--json`` output."""
        return {
            "code": self.code,
            "class": self.harm.value,
            "what": self.what,
            "where": self.where,
            "remedy": self.remedy,
        }


def refuse(findings: Iterable[Finding]) -> None:
    """Raise the first finding that stands in the way.

    Raises:
        FatalError: There is one.
    """
    for one in findings:
        if one.harm is not Harm.HARMLESS:
            raise one.error()


def some(names: Iterable[str]) -> str:
    """List the first names."""
    listed = list(names)
    return ", ".join(listed[:_SHOWN]) + (" …" if len(listed) > _SHOWN else "")
