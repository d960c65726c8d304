"""Names of ours that a study already uses for something else."""

from __future__ import annotations

from collections.abc import Iterator

from redcap_licats.definition.compare import Aspect, compare_fields
from redcap_licats.definition.model import DataDictionary, Field
from redcap_licats.forms.compare import Difference, Kind

#: what makes another field of one with the same name on another form
_OTHER_MEANING = frozenset({Aspect.TYPE, Aspect.CHOICE_GONE, Aspect.VALIDATION})
#: a form of ours must still hold this share of our fields to be known for ours
_SHARE = 0.5


def collisions(live: DataDictionary, ours: DataDictionary) -> Iterator[Difference]:
    """Find the forms and fields of the study that have a name of ours and are something else.

    A form is something else if it holds fewer than half of our fields. A field of that name on a form that is not
    ours is, if its type, validation or choices are others or it is worded otherwise; if not, it was moved there.
    """
    taken = [form for form in ours.forms if form in live.forms and not _is_ours(form, live, ours)]
    for form in taken:
        yield Difference(Kind.COLLISION, form, before=f"{len(live.forms[form])} fields of the study's own")
    own = {form for form in live.forms if form not in ours.forms or form in taken}
    for field in ours:
        here = live.by_name.get(field.name)
        if here and here.form in own and (here.form in taken or here is live.fields[0] or _other(here, field)):
            yield Difference(Kind.COLLISION, here.form, field.name, before=here.label, after=field.label)
        if field.name.removesuffix("_complete") in live.forms:
            yield Difference(Kind.COLLISION, field.name.removesuffix("_complete"), field.name, after=field.label)
    for form in ours.forms:
        if f"{form}_complete" in live:
            here = live[f"{form}_complete"]
            yield Difference(Kind.COLLISION, here.form, here.name, before=here.label, after=form)


def _is_ours(form: str, live: DataDictionary, ours: DataDictionary) -> bool:
    names = {one.name for one in live.forms[form]}
    held = sum(one.name in names for one in ours.forms[form])
    return held >= len(ours.forms[form]) * _SHARE


def _other(here: Field, field: Field) -> bool:
    return any(
        one.aspect in _OTHER_MEANING or (one.aspect is Aspect.WORDING and here.label == one.before)
        for one in compare_fields(here, field)
    )
