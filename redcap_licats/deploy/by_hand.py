"""What the API cannot do when our forms come into a project, as steps for a person."""

from __future__ import annotations

from collections.abc import Iterator

from redcap_licats.deploy.plan import Plan
from redcap_licats.forms.compare import Judged, Kind
from redcap_licats.sync.finding import some


def steps_by_hand(plan: Plan) -> Iterator[str]:
    """Give the steps, those that this project needs first; none as long as nothing can be deployed."""
    if plan.collisions:
        return
    for one in _of(plan, Kind.MISSING_CODES):
        yield f"add the missing-data codes on 'Project Setup': {one.difference.after}"
    if clashes := _of(plan, Kind.MISSING_ANSWER):
        places = some(one.difference.place for one in clashes)
        yield (
            "give those missing-data codes of the study that are answers of ours another code, or REDCap takes the"
            f" answers for missing: {places}"
        )
    forms = [one.difference.form for one in _of(plan, Kind.FORM_LABEL) + _of(plan, Kind.FORM_ADDED)]
    if forms:
        labels = "; ".join(f"{form}: {plan.target.form_labels[form]}" for form in forms)
        yield f"give the forms their names in the Online Designer, since REDCap makes them of ours: {labels}"
    yield "give each user the rights of its role on our forms (docs/deploy.md); 'licats doctor' checks them"
    yield "make a Data Access Group per site, where the study has none"
    yield "add reports, dashboards and alerts on the fields of the summary form, if the study wants them"


def _of(plan: Plan, kind: Kind) -> list[Judged]:
    return [one for one in plan.judged if one.difference.kind is kind]
