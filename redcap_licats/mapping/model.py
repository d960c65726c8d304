"""What a ``mapping`` file says, as frozen tables.

A *source* is where one concept of ours comes from in the study's project. The concept is our variable without the
stem of its form: ``crea_val`` on ``labs`` is ``lab_crea_val``.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from redcap_licats.definition.model import DataDictionary

_PREFIX = re.compile(r"|[a-z][a-z0-9_]{0,19}")


class Strict(BaseModel):
    """A frozen table that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError("A prefix is at most 20 small letters, digits and '_', a letter first")
    return text


def _as_source(value: object) -> object:
    """Read ``date = "cl_date"`` as ``date = { field = "cl_date" }``."""
    return {"field": value} if isinstance(value, str) else value


def _as_list(value: object) -> object:
    """Read one ``[form.labs]`` as a list of one."""
    return [value] if isinstance(value, dict) else value


def _decimal(value: object) -> object:
    return Decimal(value) if isinstance(value, str | int) else value


def _not_zero(value: Decimal) -> Decimal:
    if value <= 0:
        raise ValueError("A factor is greater than 0")
    return value


Column = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Codes = dict[str, str]


class Source(Strict):
    """Where one concept comes from.

    Attributes:
        field: The study's field, or one option of a checkbox as ``field___code``.
        codes: Its codes to ours; '' for a code that says nothing to us. Without it the codes are the same.
        unit: Code of the unit that a laboratory value is entered in.
        factor: What a number is multiplied by, where the field has no unit of its own. A decimal, so that the
            product is exact.
        take: The part wanted of a field that holds date and time.
    """

    field: Column
    codes: Codes | None = None
    unit: str = ""
    factor: Annotated[Decimal, BeforeValidator(_decimal), AfterValidator(_not_zero)] | None = None
    take: Literal["", "date", "time"] = ""


class FormSource(Strict):
    """One form of the study's whose rows are rows of a form of ours.

    Attributes:
        form: The study's form.
        field: Concept of ours to its source. A field of another form is read in the same event.
        constant: Concept of ours to a value that holds for every row.
    """

    form: Column
    field: Annotated[dict[str, Annotated[Source, BeforeValidator(_as_source)]], Field(min_length=1)]
    constant: dict[str, str] = {}


class Mapping(Strict):
    """The whole file.

    Attributes:
        prefix: Stands before the names of all our forms and fields in this project; '' for none.
        events: Our form to the events (unique names) it stands in; those not named stand wherever they stand.
        missing: The study's missing-data codes to the protocol's; '' for one that says nothing to us.
        form: Our form to the study's own that stand in for it.
    """

    prefix: Annotated[str, AfterValidator(_prefix)] = ""
    events: dict[str, tuple[str, ...]] = {}
    missing: Codes = {}
    form: dict[str, Annotated[tuple[FormSource, ...], BeforeValidator(_as_list), Field(min_length=1)]] = {}

    @property
    def replaced(self) -> frozenset[str]:
        """Our forms that forms of the study's own stand in for, wholly or in part."""
        return frozenset(self.form)

    def read_from(self, live: DataDictionary) -> frozenset[str]:
        """Give the forms of the study's own whose cells are read."""
        sources = [one for several in self.form.values() for one in several]
        names = {field.field.partition("___")[0] for one in sources for field in one.field.values()}
        return frozenset(one.form for one in sources) | {live[name].form for name in names if name in live}


#: every name is ours, every form where it stands
NOTHING = Mapping()
