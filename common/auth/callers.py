"""What a caller is: a name, a role, and for some an airline or a list of scopes."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a caller is to the system; each has its own column in the table of who may do what."""

    ANONYMOUS = "anonymous"
    TRAVELLER = "traveller"
    AGENT = "agent"
    OPERATOR = "operator"
    ADMIN = "admin"
    SERVICE = "service"


class Scope(StrEnum):
    """What a service account's key may be good for; a caller of another role may what its role may."""

    RESERVATIONS_READ = "reservations:read"
    RESERVATIONS_WRITE = "reservations:write"
    PAYMENTS_WRITE = "payments:write"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """
    Who calls.

    `name` is stable and safe to keep ("usr_7f3a", "installation"), never an address. `email` is only known of who
    logged in, `airline` (its IATA code) only of agents, `scopes` only of service accounts; `login` names the login that
    the token comes from, which only auth_svc looks at.
    """

    name: str
    role: Role
    email: str | None = None
    airline: str | None = None
    scopes: frozenset[str] = frozenset()
    login: str | None = None


ANONYMOUS = Caller(name="anonymous", role=Role.ANONYMOUS)
#: Who holds AEROSAGA_OPERATOR_TOKEN: the tools of the machine the system was installed on.
INSTALLATION = Caller(name="installation", role=Role.ADMIN)
