"""The left menu of a record: its forms with their status."""

from __future__ import annotations

from dataclasses import dataclass

from redcap_licats.definition.languages import Language
from redcap_licats.sandbox.data.entering import FormPlace
from redcap_licats.sandbox.data.labels import event_label
from redcap_licats.sandbox.pages.member import Member
from redcap_licats.sandbox.pages.places import form_path, record_path
from redcap_licats.sandbox.pages.status import Dot, Statuses
from redcap_licats.sandbox.store.site import Site


@dataclass(frozen=True, slots=True)
class MenuForm:
    """A line of the menu."""

    form: str
    label: str
    dot: Dot
    path: str
    here: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """The forms of a record in one event."""

    record: str
    path: str
    event: str
    forms: tuple[MenuForm, ...]


def record_menu(
    member: Member, statuses: Statuses, record: str, place: FormPlace, language: str, *, new: bool = False
) -> Menu:
    """Give the menu of a record in the event of a place."""
    site, layout = member.site, member.layout
    forms = tuple(
        MenuForm(
            form,
            form_name(site, form, language),
            statuses.summary(place.event, form),
            form_path(site.id, record, _entrance(statuses, place, form), new=new),
            form == place.form,
        )
        for form in layout.events[place.event].forms
        if member.sees(form)
    )
    event = event_label(layout, place.event) if layout.longitudinal else ""
    return Menu(record, record_path(site.id, record, arm=layout.arm_of(place.event), new=new), event, forms)


def _entrance(statuses: Statuses, place: FormPlace, form: str) -> FormPlace:
    """Give where the menu leads: to a form's first instance, in a repeating event to the same one."""
    if place.event in statuses.layout.repeating_events:
        return FormPlace(place.event, form, place.instance)
    return FormPlace(place.event, form, next(iter(statuses.instances(place.event, form)), 1))


def language_of(site: Site, key: str) -> Language | None:
    """Give a further language of a project, None for the dictionary's own."""
    return next((one for one in site.state.languages if one.key == key), None)


def field_name(site: Site, name: str, language: str) -> str:
    """Give the label of a field in a language; its name where it has none."""
    found = language_of(site, language)
    texts = found.fields.get(name) if found else None
    own = site.definition.dictionary[name].label if name in site.definition.dictionary else ""
    return (texts.label if texts else "") or own or name


def form_name(site: Site, form: str, language: str) -> str:
    """Give the label of a form in a language."""
    found = language_of(site, language)
    own = site.definition.form_labels.get(form, form)
    return (found.forms.get(form) or own) if found else own
