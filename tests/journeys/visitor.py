"""Somebody at a browser without scripts: opens pages, fills in the forms that stand on them, presses their buttons."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2
from lxml import html


class Visitor:
    """One person's browser: cookies are kept, redirects followed, and the last page is remembered."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.http = httpx2.Client(base_url=address, follow_redirects=True, timeout=60, trust_env=False)
        self.page: html.HtmlElement = html.fromstring("<html></html>")
        self.path = ""

    def open(self, path: str, *, status: int = 200) -> "Visitor":
        """The page at `path`, which must answer with `status`."""
        return self._show(self.http.get(path), status)

    def send(
        self, action: str, values: dict[str, str | Sequence[str]] | None = None, *, status: int = 200
    ) -> "Visitor":
        """The form of this page that goes to `action`, with what stands in it but for `values`; the page that follows
        must answer with `status`."""
        form = next((form for form in self.page.forms if form.action == action), None)
        assert form is not None, (action, [each.action for each in self.page.forms], self.path)
        given = values or {}
        fields: dict[str, list[str]] = {}
        outside = self.page.xpath("//input[@form=$id]", id=form.get("id", ""))
        for name, value in [*form.form_values(), *((each.name, each.value) for each in outside)]:
            fields.setdefault(name, []).append(value)
        for name, value in given.items():
            fields[name] = [value] if isinstance(value, str) else list(value)
        answer = self.http.post(action, data=fields, headers={"Origin": self.address})
        return self._show(answer, status)

    def send_from(self, path: str) -> "Visitor":
        """The form that stands at `path` and goes there, sent as it stands."""
        return self.open(path).send(path)

    def _show(self, answer: httpx2.Response, status: int) -> "Visitor":
        assert answer.status_code == status, (str(answer.url), answer.status_code, _words(answer))
        self.page, self.path = html.fromstring(answer.content.decode()), urlsplit(str(answer.url)).path
        return self

    @property
    def text(self) -> str:
        return " ".join(self.page.text_content().split())

    def fact(self, label: str) -> str:
        """The value beside `label` in a list of facts."""
        found: list[Any] = self.page.xpath(
            "//dt[normalize-space()=$label]/following-sibling::dd[1]", label=label
        )
        assert found, (label, self.text)
        return str(found[0].text_content()).strip()

    def value(self, name: str) -> str:
        """The value of the field `name` as it stands on the page."""
        found: list[Any] = self.page.xpath("//*[@name=$name]/@value", name=name)
        assert found, (name, self.path)
        return str(found[0])

    def links(self, start: str) -> list[str]:
        """Addresses on the page that begin with `start`, each once."""
        found: list[Any] = self.page.xpath("//a/@href")
        return list(dict.fromkeys(str(href) for href in found if str(href).startswith(start)))

    def refused(self, method: str, path: str) -> bool:
        """True when the person, with a good token, is told that this is not for them."""
        tokens: list[Any] = self.page.xpath("//input[@name='csrf_token']/@value")
        headers = {"X-CSRF-Token": str(tokens[0])} if tokens else {}
        answer = self.http.request(method, path, headers=headers, follow_redirects=False)
        is_sent_away = answer.status_code == 303 and "sign-in" in answer.headers["location"]
        return answer.status_code in (401, 403, 404) or is_sent_away

    def sign_in(self, username: str, password: str) -> "Visitor":
        self.open("/sign-in")
        return self.send("/sign-in", {"username": username, "password": password})

    def change_first_password(self, old: str, new: str) -> "Visitor":
        """Nothing else is open before the one-time password has been changed."""
        assert self.path == "/account/password"
        self.open("/bank")
        assert self.path == "/account/password"
        values = {"current_password": old, "new_password": new, "repeated_password": new}
        form = {**values, "csrf_token": self.value("csrf_token")}
        answer = self.http.post("/account/password", data=form, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        return self.open("/account/password")

    def close(self) -> None:
        self.http.close()


def _words(answer: httpx2.Response) -> str:
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return answer.text[:2000]
    return " ".join(html.fromstring(answer.content.decode()).text_content().split())[:2000]
