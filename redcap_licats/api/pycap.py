"""PyCap's methods over our checked transport."""

from __future__ import annotations

from typing import Any

from redcap.project import Project

from redcap_licats.api.reply import Expected
from redcap_licats.api.retry import Retry
from redcap_licats.api.transport import Transport

_JSON = frozenset({"json", "count_dict", "ids_list", "int"})
_TEXT = {"csv": Expected.CSV, "xml": Expected.XML}


def is_idempotent(payload: dict[str, Any]) -> bool:
    """Whether a call only reads, so that making it twice does no harm."""
    return "data" not in payload and payload.get("action", "export") in ("export", "list")


class CheckedProject(Project):
    """A PyCap project of which every call goes through :class:`Transport`.

    ``_call_api`` is the one seam by which all of PyCap's methods reach the network; PyCap itself looks at neither
    status nor content type and swallows some errors (facts/redcap_api.md 6.1). Errors are those of the transport,
    never ``redcap.RedcapError``. Reading calls are tried again; a writing call that failed unclearly is not.
    """

    def __init__(self, transport: Transport, retry: Retry) -> None:
        # PyCap refuses anything but 32 characters and quotes it, so it never gets to see the token
        super().__init__(transport.url, "0" * 32)
        self._transport = transport
        self._retry = retry

    def _call_api(self, payload: dict[str, Any], return_type: str, file: Any = None) -> Any:
        form = {key: value for key, value in payload.items() if key != "token"}
        if form.get("format") == "csv":
            # servers differ in the delimiter they take by default
            form.setdefault("csvDelimiter", ",")
        if return_type in _JSON:
            expected = Expected.JSON
        elif return_type == "file_map":
            expected = Expected.FILE
        elif return_type == "empty_json":
            expected = Expected.NOTHING
        else:
            expected = _TEXT.get(str(form.get("returnFormat") or form.get("format")), Expected.TEXT)

        def send() -> Any:
            reply = self._transport.send(form, expected, upload=file)
            match expected:
                case Expected.JSON:
                    return reply.json
                case Expected.FILE:
                    return reply.body, {"content-type": reply.content_type}
                case Expected.NOTHING:
                    return [{}]
                case _:
                    return reply.text

        return self._retry.call(send) if is_idempotent(form) and file is None else send()
