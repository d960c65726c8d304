"""What can be chosen on a line of a workbook, as the lifecycle of queries allows it."""

from __future__ import annotations

from enum import Enum

from redcap_licats.protocol.models import Text
from redcap_licats.query.lifecycle import allowed
from redcap_licats.query.model import State
from redcap_licats.query.people import ACTIONS
from redcap_licats.report.facts import Audience, RunFacts
from redcap_licats.report.model import QueryLine, Report


class Choices(Enum):
    """A list to choose from: of a site's reasons, or of the decisions on a query, medical or not, in a state."""

    REASONS = (None, None)
    OPEN = (False, State.OPEN)
    ANSWERED = (False, State.ANSWERED)
    MEDICAL_OPEN = (True, State.OPEN)
    MEDICAL_ANSWERED = (True, State.ANSWERED)


def choices_of(line: QueryLine, facts: RunFacts) -> Choices:
    """Tell which list a line offers; what was sent back is decided on like what is open."""
    if facts.audience is Audience.SITE:
        return Choices.REASONS
    return Choices((line.medical, State.ANSWERED if line.state is State.ANSWERED else State.OPEN))


def lists(report: Report) -> dict[Choices, dict[str, Text]]:
    """Give the lists that a report's audience may need, with the words of each code."""
    facts, words = report.facts, report.wording
    if facts.audience is Audience.SITE:
        return {Choices.REASONS: dict(words.reasons)} if facts.site_answers else {}
    return {
        one: {
            code: text
            for code, text in _decisions(report, medical).items()
            if allowed(state, ACTIONS[medical][code])
        }
        for one in Choices
        for medical, state in [one.value]
        if medical is not None and state is not None
    }


def _decisions(report: Report, medical: bool) -> dict[str, Text]:
    words = report.wording.medical_decisions if medical else report.wording.decisions
    return {code: text for code, text in words.items() if code in ACTIONS[medical]}
