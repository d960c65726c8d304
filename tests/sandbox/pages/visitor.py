"""A browser without a screen: cookies, and forms posted as they were served."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import requests

TIMEOUT = 30
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


class Visitor:
    """One visit to the pages of a project."""

    def __init__(self, base: str, project: int, user: str = "") -> None:
        self.base, self.project = base, project
        self.web = requests.Session()
        self.csrf = ""
        if user:
            self.sign_in(user)

    def sign_in(self, user: str) -> requests.Response:
        self.get("sign-in")
        reply = self.post("sign-in", user=user)
        self.get("sign-in")
        return reply

    def get(self, path: str = "", **query: object) -> requests.Response:
        reply = self.web.get(self._address(path, query), timeout=TIMEOUT)
        self._keep_token(reply)
        return reply

    def post(
        self, path: str, query: dict[str, object] | None = None, token: str | None = None, **posted: object
    ) -> requests.Response:
        """Post values of one's own making, with the visit's token unless another is given."""
        form = {"__csrf": self.csrf if token is None else token, **posted}
        address = self._address(path, query or {})
        reply = self.web.post(address, data=form, timeout=TIMEOUT)
        self._keep_token(reply)
        return reply

    def save(self, record: str, form: str, then: str = "stay", page: str = "", **values: str) -> requests.Response:
        """Open a form (unless a page is given that is open already) and save it with other values."""
        extra = {name[2:]: values.pop(name) for name in list(values) if name.startswith("q_")}
        query = {"id": record, "form": form, **extra}
        opened = page or self.get("form", **query).text
        posted = {**hidden(opened), "__csrf": self.csrf, "__then": then, f"{form}_complete": "0", **values}
        return self.post("form", query, **posted)

    def _address(self, path: str, query: dict[str, object]) -> str:
        return f"{self.base}projects/{self.project}/{path}" + (f"?{urlencode(query)}" if query else "")

    def _keep_token(self, reply: requests.Response) -> None:
        if found := re.search(r'name="__csrf" value="([^"]+)"', reply.text):
            self.csrf = found.group(1)


def hidden(page: str) -> dict[str, str]:
    """Give what a browser sends back of the sandbox's own inputs of a form."""
    entry = page[page.index("data-entry") :] if "data-entry" in page else ""
    inputs = (dict(_ATTRIBUTE.findall(one)) for one in _INPUT.findall(entry))
    return {
        one["name"]: html.unescape(one.get("value", "")) for one in inputs if one.get("name", "").startswith("__")
    }


def notices(reply: requests.Response) -> str:
    """Give what a page tells at its top, without markup."""
    found = re.findall(r'<div class="notice.*?</div>', reply.text, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", " ".join(found)))
