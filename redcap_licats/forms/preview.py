"""What an organ form computes at once for whoever fills it in: a preview, which no rule of the worker reads.

REDCap computes these on the page and on every save. A day that is not known, of the onset or of the infusion,
leaves them blank. The words and the days of the classes are those of ``licats_result`` and of the settings.
"""

from __future__ import annotations

from redcap_licats.protocol import Protocol

_RESULT, _INFUSION = "licats_result", "infusion"


def computed(what: str, stem: str, protocol: Protocol, language: str) -> tuple[str, str]:
    """Give equation and annotation of a computed field of the form with a stem."""
    if what == "onset_day":
        return onset_day(stem, protocol), ""
    return "", f"@CALCTEXT({timing_class(stem, protocol, language)})"


def onset_day(stem: str, protocol: Protocol) -> str:
    """Write the days from infusion (Day 0) to onset; negative before it."""
    return f"if([{stem}_onset_prec] = 'month', '', {_days(stem, protocol)})"


def timing_class(stem: str, protocol: Protocol, language: str) -> str:
    """Write the timing class by the cut-points of the protocol; blank before the infusion.

    It counts the days itself: REDCap does not always compute what depends on a computed field. What is no number
    is asked for first, since a blank compares as 0.
    """
    days, cuts = _days(stem, protocol), protocol.settings.timing
    early = _words("early", f"0–{cuts.early_until}", protocol, language)
    middle = _words("intermediate", f"{cuts.early_until + 1}–{cuts.intermediate_until}", protocol, language)
    late = _words("late", f"{cuts.intermediate_until + 1}–", protocol, language)
    after = f"if({days} <= {cuts.early_until}, {early}, if({days} <= {cuts.intermediate_until}, {middle}, {late}))"
    known = f"[{stem}_onset_prec] <> 'month' and isnumber({days}) and {days} >= 0"
    return f"if({known}, {after}, '')"


def infusion_date(protocol: Protocol) -> str:
    """Write the reference to Day 0; where infusions repeat, the first one entered is meant."""
    infusion = protocol.instruments[_INFUSION]
    return f"[{infusion.stem}_date]" + ("[first-instance]" if infusion.repeats else "")


def _days(stem: str, protocol: Protocol) -> str:
    return f"datediff({infusion_date(protocol)}, [{stem}_onset], 'd', true)"


def _words(code: str, days: str, protocol: Protocol, language: str) -> str:
    return _quoted(f"{_label(code, protocol, language)} (Day {days})")


def _label(code: str, protocol: Protocol, language: str) -> str:
    """Give the word of a class from the form that the worker writes it to."""
    field = next(one for one in protocol.instruments[_RESULT].field if one.name == "timing_d")
    return next(one.label[language] for one in field.choices if one.code == code)


def _quoted(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"
