"""Which queries count as open on the forms that sites read."""

from __future__ import annotations

from collections.abc import Iterable

from redcap_licats.query.model import Query, State
from redcap_licats.subject.model import Place


def open_queries(queries: Iterable[Query], place: Place | None = None) -> tuple[Query, ...]:
    """Give the released live queries that sites may see, of one row where a place is given.

    Medical queries are left out: sites read these forms and must not learn of them.
    """
    return tuple(
        one
        for one in queries
        if one.state.live
        and one.state is not State.HELD
        and not one.medical
        and (place is None or (one.form, one.instance, one.event) == (place.form, place.instance, place.event))
    )
