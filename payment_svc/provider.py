"""The payment provider outside, as payment_svc reaches it: every ask has a key and is safe to repeat."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode

import httpx
import tenacity
from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from common.crash import crash_point
from common.errors import Rejected, TransientError

State = Literal["open", "authorized", "captured", "voided", "refunded", "expired"]
Outcome = State | Literal["declined", "absent"]
_T = TypeVar("_T")

# An honest answer has some hundred bytes; a list of very many authorizations of one reference still fits.
_LARGEST_ANSWER_BYTES = 256 * 1024

# As many of our references as fit into a URL that every server takes.
_REFERENCES_AT_ONCE = 60

# Raised by httpx before the first byte of the ask was sent.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class ProviderTrouble(TransientError):
    """
    Raised when no answer could be had, although the ask was repeated.

    :ivar retry_after: seconds that the provider asked to wait, 0 if it said nothing
    """

    def __init__(self, detail: str, *, retry_after: int = 0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class ProviderUnknown(ProviderTrouble):
    """Raised when the provider may have executed the ask; only asking again with the same key will tell."""


class ProviderUnavailable(ProviderTrouble):
    """Raised when the ask did not get through to the provider, so that surely nothing was executed."""


class ProviderRefused(Rejected):
    """Raised when the provider does not understand the ask: a mistake of ours that no repeat will mend."""

    code = "provider_refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """
    What the provider said. Amounts are in minor units of `currency`.

    :ivar outcome: if the ask was done, its past participle; if it was refused, the state that stands in the
        way (a capture may answer "voided"); "declined" by the payer's side; "absent" if the id is not known
    :ivar reason: why it was not done, for example insufficient_funds or already_voided; None if it was done
    :ivar provider_ref: the provider's id of the authorization; None when declined or absent
    :ivar address: where an invoice is to be paid; None for cards
    :ivar expires_at: until when an invoice can be paid or a card's authorization captured, UTC
    """

    outcome: Outcome
    reason: str | None = None
    provider_ref: str | None = None
    reference: str | None = None
    amount_minor: int | None = None
    captured_minor: int | None = None
    refunded_minor: int | None = None
    currency: str | None = None
    address: str | None = None
    expires_at: datetime | None = None

    @property
    def done(self) -> bool:
        """Tell whether what was asked is now so."""
        return self.reason is None


class Bank:
    """
    The client of the provider: one per process, safe among threads.

    Every method may raise ProviderUnknown, ProviderUnavailable and ProviderRefused. A declined payment, or an
    act that comes too late, is no error but an Answer.

    :param base_url: where the provider is
    :param timeout_seconds: the longest wait for a connection, and for an answer
    :param attempts: how often an ask is sent, always with its one key, before the method gives up
    :param first_wait_seconds: the wait before the second attempt, doubled before each further one, with
        jitter; a longer Retry-After of the provider is honoured
    :param longest_seconds: no attempt begins later than this after the first, whatever Retry-After asks for
    """

    def __init__(
        self,
        *,
        base_url: str,
        timeout_seconds: float = 3.0,
        attempts: int = 3,
        first_wait_seconds: float = 0.2,
        longest_seconds: float = 12.0,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._stop = tenacity.stop_after_attempt(attempts) | tenacity.stop_before_delay(longest_seconds)
        self._backoff = tenacity.wait_exponential(multiplier=first_wait_seconds) + tenacity.wait_random(
            0, first_wait_seconds / 2
        )
        # No proxy from the environment and no redirects: asks go to the configured address and nowhere else.
        self._client = httpx.Client(base_url=base_url, timeout=timeout_seconds, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def authorize(
        self,
        *,
        key: str,
        reference: str,
        kind: Literal["card", "crypto"],
        token: str | None,
        amount_minor: int,
        currency: str,
        expires_in_seconds: int | None = None,
    ) -> Answer:
        """
        Set a card's money aside (authorized or declined), or ask for crypto money by an invoice (open).

        :param key: the Idempotency-Key; store it before the first ask
        :param reference: our name for the payment, kept in the provider's ledger
        :param token: the card's token; None for crypto
        :param expires_in_seconds: how long an invoice can be paid; a card's window is the provider's own
        """
        body: dict[str, Any] = {"reference": reference, "amountMinor": amount_minor, "currency": currency}
        if kind == "card":
            path, body = "/authorizations", {**body, "kind": kind, "token": token}
        else:
            path, body = "/invoices", {**body, "expiresInSeconds": expires_in_seconds}
        answer = self._act(path, key=key, body=body)
        wanted = (reference, amount_minor, currency)
        if answer.done and (answer.reference, answer.amount_minor, answer.currency) != wanted:
            # Money may be set aside, but not as it was asked for; nothing may be built on that.
            raise ProviderUnknown(f"The payment provider answered about another payment than {reference}.")
        return answer

    def capture(self, *, key: str, provider_ref: str, amount_minor: int) -> Answer:
        """Take money that was set aside: captured, or else voided, expired, refunded, open or absent."""
        path = _path(provider_ref, "/capture")
        return self._act(path, key=key, body={"amountMinor": amount_minor}, done="captured")

    def void(self, *, key: str, provider_ref: str) -> Answer:
        """Set money free: voided, or else expired (it is free already), captured, refunded or absent."""
        return self._act(_path(provider_ref, "/void"), key=key, body={}, done="voided")

    def refund(self, *, key: str, provider_ref: str, amount_minor: int) -> Answer:
        """
        Give captured money back, all or part of it: refunded, or else the state it is in, with the reason.

        A refund is told from the next by its key alone: two of the same amount may both be meant.
        """
        path = _path(provider_ref, "/refund")
        return self._act(path, key=key, body={"amountMinor": amount_minor}, done="refunded")

    def look_up(self, *, provider_ref: str) -> Answer:
        """Return the state that an authorization or invoice is in, or absent."""
        return self._ask("GET", _path(provider_ref), read=_read_answer)

    def find(self, *, reference: str) -> tuple[Answer, ...]:
        """
        Return what the provider holds under our reference, oldest first.

        None found is no proof that none will be: an ask that timed out may still be on its way.
        """
        return self._ask("GET", f"/authorizations?reference={quote(reference, safe='')}", read=_read_list)

    def known(self, *, references: Sequence[str]) -> frozenset[str]:
        """Return those of our references under which the provider holds anything at all; for reconciliation."""
        held: set[str] = set()
        for first in range(0, len(references), _REFERENCES_AT_ONCE):
            asked = urlencode([("reference", each) for each in references[first : first + _REFERENCES_AT_ONCE]])
            answers = self._ask("GET", f"/authorizations?{asked}", read=_read_list)
            held.update(answer.reference for answer in answers if answer.reference)
        return frozenset(held)

    def page(self, *, after: int, limit: int) -> tuple[tuple[int, Answer], ...]:
        """Return what the provider has after a number of its list, each with its number; for reconciliation."""
        return self._ask("GET", f"/authorizations?after={after}&limit={limit}", read=_read_page)

    def _act(self, path: str, *, key: str, body: dict[str, Any], done: Outcome | None = None) -> Answer:
        wanted = done or "authorized"
        crash_point("provider.unasked", of=wanted)
        answer = self._ask("POST", path, key=key, body=body, read=lambda reply: _read_answer(reply, done=done))
        crash_point("provider.answered", of=wanted)
        return answer

    def _ask(
        self,
        method: str,
        path: str,
        *,
        read: Callable[["_Reply"], _T],
        key: str | None = None,
        body: dict[str, Any] | None = None,
    ) -> _T:
        unknown: ProviderUnknown | None = None

        def attempt() -> _T:
            nonlocal unknown
            try:
                return read(self._send(method, path, key=key, body=body))
            except ProviderUnknown as error:
                unknown = error
                raise

        troubled = tenacity.retry_if_exception_type(ProviderTrouble)
        retrying = tenacity.Retrying(retry=troubled, wait=self._wait, stop=self._stop, reraise=True)
        try:
            return retrying(attempt)
        except (ProviderUnavailable, ProviderRefused) as error:
            # The last attempt did nothing, but an earlier one may have: that is what the caller must know.
            if unknown is not None:
                raise unknown from error
            raise

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, ProviderTrouble) else 0
        return max(self._backoff(state), float(asked))

    def _send(self, method: str, path: str, *, key: str | None, body: dict[str, Any] | None) -> "_Reply":
        headers = {"Accept": "application/json"} | ({"Idempotency-Key": key} if key else {})
        # httpx limits the wait for each piece of an answer, this limits the whole of it.
        ends_at = time.monotonic() + self._timeout_seconds
        content = b""
        try:
            with self._client.stream(method, path, headers=headers, json=body) as response:
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > _LARGEST_ANSWER_BYTES or time.monotonic() > ends_at:
                        raise ProviderUnknown("The payment provider's answer is too long or takes too long.")
        except _NOT_SENT as error:
            raise ProviderUnavailable(f"The payment provider cannot be reached: {error}.") from error
        except httpx.RequestError as error:
            detail = f"The payment provider did not answer {method} {path} ({type(error).__name__})."
            raise ProviderUnknown(detail) from error
        return _sort(response, content)


class _Authorization(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, strict=True)

    id: str
    reference: str
    status: State
    amount_minor: int
    captured_minor: int
    refunded_minor: int
    currency: str
    address: str | None
    expires_at: AwareDatetime


class _Numbered(_Authorization):
    number: int


class _Problem(BaseModel):
    """An error of the provider, or of whatever stands in between: then it has no code."""

    code: str = ""
    reason: str = ""
    authorization: _Authorization | None = None


@dataclass(frozen=True, kw_only=True)
class _Reply:
    """An answer to build on: done (no problem), or refused for good."""

    content: bytes
    problem: _Problem | None = None


def _sort(response: httpx.Response, content: bytes) -> _Reply:
    """
    Return a reply to build on.

    :raises ProviderUnknown: on 5xx, and while another ask with the key is being executed
    :raises ProviderUnavailable: on 429: turned away at the door
    :raises ProviderRefused: on every other status that this client does not know
    """
    status = response.status_code
    if status in (200, 201):
        return _Reply(content=content)
    try:
        problem = _Problem.model_validate_json(content)
    except ValidationError:
        problem = _Problem()
    if (status, problem.code) in {(402, "declined"), (404, "no_such_authorization"), (409, "refused")}:
        return _Reply(content=content, problem=problem)
    after = response.headers.get("Retry-After", "")
    retry_after = int(after) if after.isascii() and after.isdigit() else 0
    said = f"The payment provider answered {status} {problem.code}".rstrip()
    if status == 429:
        raise ProviderUnavailable(f"{said}: it takes no more asks now.", retry_after=retry_after)
    if status >= 500 or status == 409:
        raise ProviderUnknown(f"{said}.", retry_after=retry_after)
    raise ProviderRefused(f"{said}. Asking again will not help; check AEROSAGA_BANK_URL and what was asked.")


def _read_answer(reply: _Reply, *, done: Outcome | None = None) -> Answer:
    problem = reply.problem
    if problem is None:
        return _present(_read(_ONE, reply), outcome=done)
    if problem.authorization is not None:
        return _present(problem.authorization, reason=problem.reason or problem.code)
    outcome: Outcome = "declined" if problem.code == "declined" else "absent"
    return Answer(outcome=outcome, reason=problem.reason or problem.code)


def _read_list(reply: _Reply) -> tuple[Answer, ...]:
    return tuple(_present(found) for found in _read(_MANY, reply))


def _read_page(reply: _Reply) -> tuple[tuple[int, Answer], ...]:
    return tuple((found.number, _present(found)) for found in _read(_PAGE, reply))


_ONE = TypeAdapter(_Authorization)
_PAGE = TypeAdapter(list[_Numbered])
_MANY = TypeAdapter(list[_Authorization])


def _read(shape: TypeAdapter[_T], reply: _Reply) -> _T:
    try:
        return shape.validate_json(reply.content)
    except ValidationError as error:
        raise ProviderUnknown("The payment provider answered something that cannot be read.") from error


def _present(found: _Authorization, *, outcome: Outcome | None = None, reason: str | None = None) -> Answer:
    fields = found.model_dump(exclude={"id", "number", "status", "expires_at"})
    return Answer(
        outcome=outcome or found.status,
        reason=reason,
        provider_ref=found.id,
        expires_at=found.expires_at.astimezone(UTC),
        **fields,
    )


def _path(provider_ref: str, act: str = "") -> str:
    # Quoted, so that an id can never reach another path.
    return f"/authorizations/{quote(provider_ref, safe='')}{act}"
