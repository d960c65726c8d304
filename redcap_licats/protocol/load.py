"""Read the protocol, with a site's overlay on top."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import ValidationError

from redcap_licats.protocol.content import protocol_hash
from redcap_licats.protocol.files import Layer, as_lists, merge, named_key, read_layer
from redcap_licats.protocol.instrument_rules import instrument_problems
from redcap_licats.protocol.models import Instrument, Protocol
from redcap_licats.protocol.problems import refuse, schema_problems
from redcap_licats.protocol.rules import rule_problems

HERE = Path(__file__).parent


def load_protocol(overlay: Path | None = None) -> Protocol:
    """Read the protocol, and a site's overlay where one is given.

    An overlay is a folder laid out like the protocol's own: tables merge key by key, entries meet by their id,
    new entries are added, ``remove = true`` takes one out.

    Raises:
        ConfigError: Names file, key, reason and remedy of everything that is wrong, stage by stage: files
            (``PROTOCOL-FILE``), the shape of each entry (``PROTOCOL-KEY``), what must hold between entries
            (``PROTOCOL-RULE``).
    """
    return _own() if overlay is None else _load(merge(_own_layer(), read_layer(overlay)), overlay)


@cache
def _own_layer() -> Layer:
    """Read the protocol's own files; they do not change while the program runs."""
    return read_layer(HERE)


@cache
def _own() -> Protocol:
    return _load(_own_layer(), HERE)


def _load(layer: Layer, folder: Path) -> Protocol:
    refuse("PROTOCOL-FILE", layer.problems, layer.origins, folder)
    raw = {key: as_lists(value, key) for key, value in layer.tree.items()}
    try:
        draft = Protocol.model_validate({**raw, "hash": ""})
    except ValidationError as error:
        problems = schema_problems(error, Protocol, lambda location: named_key(location, raw))
        refuse("PROTOCOL-KEY", problems, layer.origins, folder)
        raise
    refuse("PROTOCOL-RULE", [*rule_problems(draft), *instrument_problems(draft)], layer.origins, folder)
    organs = dict(sorted(draft.organs.items(), key=lambda item: (item[1].order, item[0])))
    chosen = draft.model_copy(update={"organs": organs, "instruments": _in_study(draft)})
    return chosen.model_copy(update={"hash": protocol_hash(chosen)})


def _in_study(draft: Protocol) -> dict[str, Instrument]:
    """Leave out the optional instruments that the study does not list."""
    optional = draft.settings.optional
    return {name: one for name, one in draft.instruments.items() if one.core or name in optional}
