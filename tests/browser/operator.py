"""An operator at the console: somebody with the role, logged in by the form as everybody is."""

import re
import time
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.traveller import SOON
from tests.stack import Stack, read

_PASSWORD = "a difference engine"
# Shorter than an access token lives: nobody but its first window renews a login that several share.
_SHARED_SECONDS = 240
#: The cookies of logins that are shared, by address of the door and role, and since when.
_logins: dict[tuple[str, str], tuple[float, Any]] = {}


class Operator:
    """One person in one window; `wrong` is what the browser's console complained of."""

    def __init__(self, page: Page, stack: Stack) -> None:
        self.page = page
        self.stack = stack
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: self.wrong.append(dialog.message))
        page.on("console", lambda message: self._note(message.type, message.text))

    def log_in(self, *, role: str = "operator", to: str = "/ops") -> None:
        """
        Be somebody with a role, and go to a page.

        Windows share a login for some minutes, since one address may try only so often.
        """
        door = self.stack.urls["gateway"]
        since, cookies = _logins.get((door, role), (0.0, None))
        if cookies is None or time.monotonic() - since > _SHARED_SECONDS:
            self.log_in_by_form(role=role, to=to)
            expect(self.page).not_to_have_url(re.compile("/login"))
            _logins[door, role] = time.monotonic(), self.page.context.cookies()
        else:
            self.page.context.add_cookies(cookies)
            self.page.goto(to)

    def log_in_by_form(self, *, role: str = "operator", to: str = "/ops") -> None:
        """Register somebody new, give them a role, and log in by the form that the console leads to."""
        email = register(self.stack, role=role)
        self.page.goto(to)
        expect(self.page).to_have_url(re.compile(r"/login\?next="))
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(_PASSWORD)
        self.page.get_by_role("button", name="Log in").click()

    def seek(self, words: str) -> None:
        """Type something into the search box."""
        self.page.get_by_role("searchbox").fill(words)
        self.page.get_by_role("searchbox").press("Enter")

    def reads_state(self, words: str) -> None:
        """Wait until the run's page says that this is its state, without a load."""
        expect(self.page.locator("#story .run .state .chip")).to_have_text(words, timeout=SOON)

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.wrong.append(text)


def register(stack: Stack, *, role: str) -> str:
    """Return the address of a new user with this role."""
    email = f"{role}-{uuid4().hex[:12]}@example.org"
    read(stack.ask("POST", "auth", "/auth/register", {"email": email, "password": _PASSWORD}), 202)
    tokens = read(stack.ask("POST", "auth", "/auth/login", {"email": email, "password": _PASSWORD}))
    name = read(stack.ask("GET", "auth", "/auth/me", token=tokens["accessToken"]))["name"]
    if role != "traveller":
        airline = {"airline": "AA"} if role == "agent" else {}
        stack.operate("PUT", "auth", f"/auth/users/{name}/role", {"role": role, "reason": "a test", **airline})
    return email
