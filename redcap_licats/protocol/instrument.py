"""An instrument and its fields, as the files of ``instruments/`` say them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from redcap_licats.protocol.base import Code, Label, Slug, Strict, Text


class Choice(Strict):
    """One answer of a choice field."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+$")]
    label: Label


class Standard(Strict):
    """What standards call a field; '' where they have no word for it. Placeholders are those of the field.

    ``sdtm`` is a domain or a variable of one, ``test`` the test code of a finding, ``codelist`` the NCI code of
    CDISC's controlled terms, ``cdisc_unit`` CDISC's spelling of a unit. ``source`` is that of the codes.
    """

    sdtm: Code = ""
    test: Code = ""
    codelist: Code = ""
    loinc: Code = ""
    ucum: Code = ""
    cdisc_unit: Code = ""
    source: str


class FieldSpec(Strict):
    """One field of an instrument.

    The variable is ``<stem>_<name>``, or ``name`` alone where ``whole_name`` is set. ``choices_from`` takes
    answers from the protocol; ``choices`` follow them. ``each`` repeats the field for every organ, analyte,
    cause or criterion slot, whose code replaces ``{slug}`` and whose label replaces ``{label}``; neighbours with
    the same ``each`` repeat together. ``organs`` keeps the field to the forms of those organs. ``show_if`` is
    branching logic. ``computes`` is what REDCap computes on an organ's form as a preview. ``{stem}`` stands for
    the form's stem; an analyte also gives its ``{group}``, ``{units}``, its ``{limits}`` in the first of them,
    ``{minimum}`` and ``{maximum}`` over all of them, and the codes that ``standard`` names. Neighbours with
    another ``matrix`` repeat by themselves; a section header stands where it is not that of the field before.
    A field without ``standard`` has that of its instrument.
    """

    name: str
    whole_name: bool = False
    type: Literal["text", "notes", "radio", "dropdown", "checkbox", "yesno", "descriptive", "calc"]
    label: Text
    section: Text | None = None
    note: Text | None = None
    validation: str = ""
    minimum: str = ""
    maximum: str = ""
    choices: tuple[Choice, ...] = ()
    choices_from: Literal["", "organs", "criteria", "units", "laboratories", "glucocorticoids"] = ""
    each: Literal["", "organ", "analyte", "cause", "slot"] = ""
    organs: tuple[Slug, ...] = ()
    show_if: str = ""
    computes: Literal["", "onset_day", "timing"] = ""
    required: bool = False
    identifier: bool = False
    matrix: str = ""
    annotation: str = ""
    standard: Standard | None = None


class Instrument(Strict):
    """One instrument. ``each = "organ"`` makes one of it for every organ, ``{slug}`` in ``name`` and ``stem``.

    ``fields_of`` takes the fields of another instrument under the own stem. ``site_reads`` is false where sites
    have no right to see or export it. Instruments stand in the project by ``order``. ``top`` is a text above its
    fields.
    """

    name: str
    stem: str
    label: Text
    writer: Literal["site", "monitor", "adjudicator", "worker"]
    site_reads: bool = True
    core: bool = True
    repeats: bool
    order: int
    each: Literal["", "organ"] = ""
    repeat_label: str = ""
    top: Text | None = None
    standard: Standard | None = None
    field: tuple[FieldSpec, ...] = ()
    fields_of: str = ""
