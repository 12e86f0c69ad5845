"""What goes wrong in a way that the person at the terminal can understand and act on."""

from collections.abc import Mapping
from typing import Any

import click


class Failed(click.ClickException):
    """Raised with a sentence that says what happened and what to do; it is printed, and the exit status is 1."""


class NothingRuns(Failed):
    """Raised when there are no services to talk to."""


class Unreachable(Failed):
    """Raised when a service that should be there does not answer."""


class Refused(Failed):
    """Raised when a service says no; `problem` is its whole answer, a problem document (RFC 9457)."""

    def __init__(self, *, service: str, status: int, problem: Mapping[str, Any]) -> None:
        self.service = service
        self.status = status
        self.problem = problem
        super().__init__(_sentence(service, status, problem))

    @property
    def code(self) -> str:
        """The refusal's stable name, such as seat_taken."""
        return str(self.problem.get("code", ""))


def _sentence(service: str, status: int, problem: Mapping[str, Any]) -> str:
    said = str(problem.get("detail") or problem.get("title") or "no reason was given")
    lines = [said if status < 500 else f"{service}_svc answered {status}: {said}"]
    lines += [f"  {field}: {text}" for field, text in _fields(problem.get("errors"))]
    if status in {401, 403}:
        lines.append(f"  {service}_svc wants an operator's token: set AEROSAGA_OPERATOR_TOKEN to it.")
    alternatives = problem.get("alternatives")
    if isinstance(alternatives, Mapping):
        lines += [f"  Free seats like {seat}: {', '.join(free) or 'none'}" for seat, free in alternatives.items()]
    return "\n".join(lines)


def _fields(errors: Any, path: str = "") -> list[tuple[str, str]]:
    """Flatten what a service says about fields: {"departures": {0: {"seats": ["..."]}}}."""
    if isinstance(errors, Mapping):
        found = []
        for name, below in errors.items():
            found += _fields(below, f"{path}.{name}" if path else str(name))
        return found
    if isinstance(errors, list):
        return [(path, str(text)) for text in errors]
    return [(path, str(errors))] if errors else []
