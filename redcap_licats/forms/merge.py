"""Our forms inside a live project: what the project is to become.

The study's own fields, events and repeats stay as they are and in their order. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from redcap_licats.definition.model import DataDictionary, Event, Field, Project, format_choices


def merge(live: Project, ours: Project, former: Collection[str]) -> Project:
    """Put our forms into a live project.

    Where our forms stand already, they are renewed in their place; new ones come together, after those of ours
    that they follow in our order, or after the study's first form. Fields that the study added to our forms stay
    behind the field that they followed.

    Args:
        live: The project as it is; its first field is and stays the record id.
        ours: Our forms alone, by the names they are to have there, with their events and repeats.
        former: Fields of ours in the live project that the protocol no longer has.
    """
    dictionary = _dictionary(live.dictionary, ours.dictionary, frozenset(former))
    forms = ours.dictionary.forms
    return replace(
        live,
        dictionary=dictionary,
        form_labels={
            form: ours.form_labels[form] if form in forms else live.form_labels.get(form, form)
            for form in dictionary.forms
        },
        events=_events(live, ours, tuple(dictionary.forms)),
        repeats=(
            *(one for one in live.repeats if one.form not in forms and one.form in {"", *dictionary.forms}),
            *ours.repeats,
        ),
        settings={**live.settings, "MissingDataCodes": _missing_codes(live, ours)},
    )


def former_fields(live: DataDictionary, ours: DataDictionary, stems: Mapping[str, str]) -> frozenset[str]:
    """Name the fields that an earlier protocol had: on one of our forms, named by its stem, and ours no more.

    Args:
        live: The live dictionary.
        ours: Our dictionary.
        stems: Form name to the stem of its field names, of all forms that are or could have been ours.
    """
    return frozenset(
        field.name
        for field in live
        if (stem := stems.get(field.form)) and field.name.startswith(f"{stem}_") and field.name not in ours
    )


def _dictionary(live: DataDictionary, ours: DataDictionary, former: frozenset[str]) -> DataDictionary:
    record_id = live.fields[0]
    blocks = {form: list(fields) for form, fields in ours.forms.items()}
    gone = former | ours.by_name.keys()
    fields = [record_id]
    for form in _order(list(live.forms), list(blocks)):
        own = [one for one in live.forms.get(form, ()) if one.name not in gone and one is not record_id]
        was = [one.name for one in live.forms.get(form, ())]
        fields += _joined(blocks[form], own, was) if form in blocks else own
    return DataDictionary(tuple(fields))


def _order(live: Sequence[str], ours: Sequence[str]) -> list[str]:
    """Give the order of the forms."""
    order = list(live)
    first_of_ours = next((at for at, form in enumerate(order) if form in ours), None)
    # the form with the record id stays the first
    at = 1 if first_of_ours is None else max(first_of_ours, 1)
    for form in ours:
        if form in order:
            at = order.index(form) + 1
        else:
            order.insert(at, form)
            at += 1
    return order


def _joined(ours: Sequence[Field], own: Sequence[Field], was: Sequence[str]) -> list[Field]:
    """Put the fields that the study added to a form of ours behind those that they followed."""
    fields = list(ours)
    for one in own:
        before = set(was[: was.index(one.name)])
        at = max((place for place, other in enumerate(fields, start=1) if other.name in before), default=0)
        while 0 < at < len(fields) and _in_one_matrix(fields[at - 1], fields[at]):
            at += 1
        fields.insert(at, one)
    return fields


def _in_one_matrix(one: Field, other: Field) -> bool:
    return bool(one.matrix_group) and one.matrix_group == other.matrix_group


def _events(live: Project, ours: Project, order: Sequence[str]) -> tuple[Event, ...]:
    if not live.longitudinal:
        return tuple(replace(event, forms=tuple(order)) for event in live.events)
    wanted = {event.unique_name: event.forms for event in ours.events}

    def forms(event: Event) -> tuple[str, ...]:
        own = [form for form in event.forms if form not in ours.dictionary.forms and form in order]
        both = {*own, *wanted.get(event.unique_name, ())}
        return tuple(form for form in order if form in both)

    return tuple(replace(event, forms=forms(event)) for event in live.events)


def _missing_codes(live: Project, ours: Project) -> str:
    return format_choices({**ours.missing_data_codes, **live.missing_data_codes})
