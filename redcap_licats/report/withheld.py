"""What a report keeps from a site: the derived grade of an event that its investigator has not graded yet.

So that a disagreement between the two means something (study setting ``show_grade_after_investigator``).
"""

from __future__ import annotations

from redcap_licats.protocol.models import Protocol
from redcap_licats.report.facts import Audience, RunFacts
from redcap_licats.report.records import RecordRows, Row

#: the cells of a result that are kept back
GRADES = ("res_grade_d", "res_fin_grade_d")


def grade_withheld(record: RecordRows, result: Row, protocol: Protocol, facts: RunFacts) -> bool:
    """Whether the grades on a row of ``licats_result`` are kept back; never once adjudication has given one."""
    if facts.audience is Audience.MONITOR or not protocol.settings.show_grade_after_investigator:
        return False
    organ, instance = result.get("res_organ_d", ""), result.get("res_event_inst_d", "")
    if result.get("res_adj_d") == "1" or not str(instance).isdecimal():
        return False
    entered = record.row(f"licats_{organ}", int(instance), result.get("redcap_event_name", "")) or {}
    return not entered.get(f"{organ}_inv_grade")
