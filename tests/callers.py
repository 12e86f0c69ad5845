"""Callers of every role, as tests name them."""

from typing import Any

from common.auth import ANONYMOUS, INSTALLATION, Caller, Role

__all__ = ["ANONYMOUS", "INSTALLATION", "a_service", "a_traveller", "an_agent", "an_operator"]


def a_traveller(**changes: Any) -> Caller:
    """Ada, who has an account."""
    return Caller(**{"name": "usr_ada", "role": Role.TRAVELLER, "email": "ada@example.org"} | changes)


def an_agent(airline: str | None) -> Caller:
    """Somebody who works for an airline."""
    return Caller(name=f"usr_agent_{airline}", role=Role.AGENT, airline=airline)


def an_operator(**changes: Any) -> Caller:
    """Somebody who runs the system."""
    return Caller(**{"name": "usr_operator", "role": Role.OPERATOR} | changes)


def a_service(*scopes: str) -> Caller:
    """An integrator's API key with these scopes."""
    return Caller(name="usr_integrator", role=Role.SERVICE, scopes=frozenset(scopes))
