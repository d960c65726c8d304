"""What standards call the fields of the forms: words ``KEY=code`` at the end of a field's annotation.

The codes are data of the protocol. A word is no action tag, since none of it begins with ``@``; several codes of
one key are parted by commas, and a unit's code follows the answer that it is of: ``UCUM=mgdl:mg/dL,umoll:umol/L``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from redcap_licats.definition.model import Field
from redcap_licats.protocol.instrument import Standard
from redcap_licats.protocol.models import Analyte

#: key of an annotation -> key of the protocol, in the order they are written
_KEYS = {
    "LOINC": "loinc",
    "UCUM": "ucum",
    "SDTM": "sdtm",
    "TEST": "test",
    "CODELIST": "codelist",
    "CDISCUNIT": "cdisc_unit",
}
_WORD = re.compile(rf"(?:^|(?<= ))({'|'.join(_KEYS)})=(\S+)")


def annotation_of(standard: Standard | None, values: Mapping[str, str]) -> str:
    """Write what standards call a field; '' where they call it nothing."""
    if standard is None:
        return ""
    codes = {key: str(getattr(standard, own)).format_map(values) for key, own in _KEYS.items()}
    return " ".join(f"{key}={code}" for key, code in codes.items() if code)


def terms_of(field: Field) -> dict[str, str]:
    """Read the words of a field's annotation: ``{"LOINC": "2160-0", "SDTM": "LB.LBORRES"}``."""
    return dict(_WORD.findall(field.annotation))


def analyte_codes(analyte: Analyte) -> dict[str, str]:
    """Give the codes of an analyte's value and unit by the placeholders that stand for them.

    Only of the domain LB the names of the variables for result and unit are told; of the others the domain is.
    """
    of_lb = analyte.domain == "LB"
    return {
        "loinc": analyte.loinc,
        "test": analyte.cdisc,
        "domain": analyte.domain,
        "result": "LB.LBORRES" if of_lb else analyte.domain,
        "result_unit": "LB.LBORRESU" if of_lb else analyte.domain,
        "ucum": ",".join(dict.fromkeys(unit.ucum for unit in analyte.units if unit.ucum)),
        "ucum_of_code": ",".join(f"{unit.code}:{unit.ucum}" for unit in analyte.units if unit.ucum),
        "cdisc_of_code": ",".join(f"{unit.code}:{unit.cdisc}" for unit in analyte.units if unit.cdisc),
    }
