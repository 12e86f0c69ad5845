"""Who calls, and what a caller may: by login, by API key, by the installation's token, by a reservation's own token."""

from common.auth.callers import ANONYMOUS, INSTALLATION, Caller, Role, Scope
from common.auth.guards import BEARER, allowed, for_operators
from common.auth.present import bearer, caller, is_operator
from common.auth.reservations import Opened, access_token, opened_by

__all__ = [
    "ANONYMOUS",
    "BEARER",
    "INSTALLATION",
    "Caller",
    "Opened",
    "Role",
    "Scope",
    "access_token",
    "allowed",
    "bearer",
    "caller",
    "for_operators",
    "is_operator",
    "opened_by",
]
