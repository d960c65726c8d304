"""Export records in batches whose size follows what the server can bear, and miss none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from redcap_licats.api.retry import Retry, given_up
from redcap_licats.definition.model import DataDictionary
from redcap_licats.errors import RetriableError, ServerError

Row = dict[str, str]

#: failures that fewer records at once may cure
TOO_MUCH = frozenset({"API-SERVER", "API-MEMORY", "API-TIMEOUT", "API-BROKEN", "API-TRUNCATED"})


@dataclass(slots=True)
class BatchSize:
    """Records per request: halved on failure, grown by a tenth on success."""

    now: int = 100
    most: int = 500

    def shrink(self, tried: int) -> bool:
        """Go down to half of what was tried; false if that was a single record."""
        self.now = max(1, tried // 2)
        return tried > 1

    def grow(self) -> None:
        """Grow after a success."""
        self.now = min(self.most, self.now + max(1, self.now // 10))


def in_batches(
    ids: Sequence[str],
    *,
    fetch: Callable[[Sequence[str]], list[Row]],
    fresh_ids: Callable[[], Collection[str]],
    id_field: str,
    size: BatchSize,
    retry: Retry,
) -> Iterator[list[Row]]:
    """Fetch records batch by batch, in order; a batch never splits a record.

    Args:
        ids: Records wanted.
        fetch: One request, without retries.
        fresh_ids: All record ids of the project at this moment.
        id_field: Name of the record id field.
        size: Adapted on the way.
        retry: Pauses, and tries at a size that cannot be halved any more.

    Raises:
        ServerError: A batch failed for good, or records came that nobody asked for.
    """
    done = failures = stuck = 0
    while done < len(ids):
        batch = ids[done : done + size.now]
        try:
            rows = fetch(batch)
            _compare_ids(batch, rows, id_field, fresh_ids)
        except RetriableError as error:
            failures += 1
            if not (error.code in TOO_MUCH and size.shrink(len(batch))):
                stuck += 1
            if stuck == retry.attempts:
                raise given_up(error, failures) from error
            retry.pause(failures)
            continue
        failures = stuck = 0
        done += len(batch)
        size.grow()
        yield rows


def _compare_ids(
    asked: Sequence[str], rows: Sequence[Row], id_field: str, fresh_ids: Callable[[], Collection[str]]
) -> None:
    """Make sure that every record came that was asked for and still exists, and no other.

    Source: facts/redcap_api.md 6.2, rows silently missing from an over-large reply.
    """
    came = {row.get(id_field, "") for row in rows}
    if others := came.difference(asked):
        raise ServerError(
            "API-UNASKED",
            f"{len(others)} records came back under ids that were not asked for",
            remedy="Give the token's user full export rights; limited ones hash or drop record ids.",
        )
    missing = set(asked) - came
    if missing and (lost := missing.intersection(fresh_ids())):
        raise RetriableError(
            "API-TRUNCATED",
            f"{len(lost)} of {len(asked)} records are missing from the reply although they exist",
            remedy="Ask for fewer records at once.",
        )


def compare_columns(
    row: Row, dictionary: DataDictionary, *, forms: Collection[str], fields: Collection[str], where: str
) -> None:
    """Make sure that a reply has a column for everything that was asked for.

    Limited export rights drop columns without a word (facts/redcap_api.md 2.16); a dropped column would read as
    blank cells. ``forms`` and ``fields`` both empty means the whole project.

    Raises:
        ServerError: Names the missing columns.
    """
    everything = not forms and not fields
    expected = [
        column
        for field in dictionary
        if everything or field.form in forms or field.name in fields
        for column in field.columns
    ]
    expected += [f"{form}_complete" for form in dictionary.forms if everything or form in forms]
    missing = [column for column in expected if column not in row]
    if missing:
        shown = ", ".join(missing[:10]) + (" …" if len(missing) > 10 else "")
        raise ServerError(
            "API-COLUMNS",
            f"{len(missing)} columns of the dictionary are missing from the export: {shown}",
            where=where,
            remedy="Give the token's user the export right 'Full Data Set' on every form.",
        )
