"""What a program beside ours needs to know of the forms: names by concept, codes with their labels.

REDCap's module (``hooks/``) reads it, so that no field name is typed twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from redcap_licats.definition.model import Field, FieldType
from redcap_licats.forms.expand import Form, expand_fields, expand_forms
from redcap_licats.protocol import Protocol
from redcap_licats.protocol.models import Text

FORMAT = 1
"""Of the file; a reader refuses another one."""

_CHOOSES = (FieldType.RADIO, FieldType.DROPDOWN)


def field_map(
    protocol: Protocol,
    names: Mapping[str, str] | None = None,
    *,
    project_id: int | None = None,
    own: Collection[str] = (),
) -> dict[str, object]:
    """Give forms with their fields by concept, organs, and the settings that decide what may be shown.

    A concept is the variable without the form's stem, and without the ``_d`` of the worker's forms. Codes stand
    only with the worker's forms: others have no need to word them.

    Args:
        protocol: The protocol.
        names: Our name of each form and field to that in a study; what is not named is left out there.
            With it each form is called by our name, and its ``name`` is that in the study.
        project_id: The study's project, if it is for that alone.
        own: Forms of the study's own that stand in for ours.
    """
    forms = expand_forms(protocol)
    # the record id is whatever the project's first field is
    record_id = next(chain.from_iterable(expand_fields(form, protocol, "en") for form in forms)).name
    return {
        "format": FORMAT,
        "protocol": {"name": protocol.name, "version": protocol.version, "hash": protocol.hash},
        **({} if project_id is None else {"project": project_id, "own": sorted(own)}),
        "settings": {"grade_after_investigator": protocol.settings.show_grade_after_investigator},
        "forms": {
            form.name: _form(form, protocol, record_id, names)
            for form in forms
            if names is None or form.name in names
        },
        "organs": {
            organ.slug: {
                "label": _both(organ.label),
                "form": next(form.name for form in forms if form.organ == organ.slug),
            }
            for organ in protocol.organs.values()
        },
    }


def _form(form: Form, protocol: Protocol, record_id: str, names: Mapping[str, str] | None) -> dict[str, object]:
    english, japanese = (
        [one for one in expand_fields(form, protocol, language) if one.name != record_id]
        for language in ("en", "ja")
    )
    return {
        **({} if names is None else {"name": names[form.name]}),
        "label": _both(form.label),
        "writer": form.instrument.writer,
        "site_reads": form.instrument.site_reads,
        "repeats": form.instrument.repeats,
        "organ": form.organ,
        "fields": {
            _concept(one, form): one.name if names is None else names[one.name]
            for one in english
            if one.type is not FieldType.DESCRIPTIVE and (names is None or one.name in names)
        },
        "codes": _codes(english, japanese, form) if form.instrument.writer == "worker" else {},
    }


def _codes(english: Sequence[Field], japanese: Sequence[Field], form: Form) -> dict[str, object]:
    """Give code -> label in both languages of every field with choices."""
    return {
        _concept(one, form): {
            code: {"en": label, "ja": other.choices[code]} for code, label in one.choices.items()
        }
        for one, other in zip(english, japanese, strict=True)
        if one.type in _CHOOSES
    }


def _concept(field: Field, form: Form) -> str:
    name = field.name.removeprefix(f"{form.stem}_")
    return name.removesuffix("_d") if form.instrument.writer == "worker" else name


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "ja": text.ja}
