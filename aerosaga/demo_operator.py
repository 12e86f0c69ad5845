"""The demo's operator: somebody to log in as at the console, with a password that this installation alone has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aerosaga.client import Client
from deploy import private_file

EMAIL = "operator@example.org"
_ROLE = "operator"
# Short enough to be typed from the demo's last lines, and far from guessed: ten tries in ten minutes are allowed.
_LETTERS = 12


@dataclass(frozen=True, kw_only=True)
class Login:
    """What to type into the form."""

    email: str
    password: str


def appoint(client: Client, run_dir: Path) -> Login:
    """Return a login of an operator; the same one as long as the data of the demo is kept."""
    secret = private_file.remembered_secrets(run_dir / "operator.env", ["PASSWORD"])["PASSWORD"]
    login = Login(email=EMAIL, password=secret[:_LETTERS])
    # Says the same whether there is an account already or not.
    client.register(email=login.email, password=login.password)
    (user,) = client.users(number=1, email=login.email)
    if user["role"] != _ROLE:
        client.grant(user["name"], {"role": _ROLE, "reason": "the demo's console"})
    return login
