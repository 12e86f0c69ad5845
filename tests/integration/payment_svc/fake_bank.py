"""A provider in memory, that does between ask and answer whatever a test wants to happen there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from payment_svc.provider import Answer, ProviderUnknown


@dataclass
class FakeBank:
    """
    Takes the asks that `payment_svc.provider.Bank` takes.

    `decline` is the reason why every authorization is refused; `silent` is how many asks are carried out but not
    answered; `meanwhile` is called once, after an ask was carried out and before it is answered. `acts` are the acts
    carried out, in order; the same key carries one out once. `asks` counts every ask that reached it.
    """

    decline: str | None = None
    silent: int = 0
    meanwhile: Callable[[], Any] = lambda: None
    acts: list[tuple[str, int]] = field(default_factory=list)
    paid: set[str] = field(default_factory=set)
    asks: int = 0
    _answers: dict[str, Answer] = field(default_factory=dict)
    _states: dict[str, Answer] = field(default_factory=dict)

    def authorize(
        self,
        *,
        key: str,
        reference: str,
        kind: str,
        token: str | None,
        amount_minor: int,
        currency: str,
        expires_in_seconds: int | None = None,
    ) -> Answer:
        if self.decline:
            return self._once(key, "decline", 0, Answer(outcome="declined", reason=self.decline))
        outcome = "open" if kind == "crypto" else "authorized"
        answer = Answer(
            outcome=outcome,
            provider_ref=f"bank_{reference}",
            reference=reference,
            amount_minor=amount_minor,
            currency=currency,
            address="sandbox:x" if kind == "crypto" else None,
        )
        return self._once(key, "invoice" if kind == "crypto" else "authorize", amount_minor, answer)

    def capture(self, *, key: str, provider_ref: str, amount_minor: int) -> Answer:
        return self._once(key, "capture", amount_minor, Answer(outcome="captured", provider_ref=provider_ref))

    def void(self, *, key: str, provider_ref: str) -> Answer:
        state = self._states.get(provider_ref)
        if state is not None and state.outcome == "captured":
            return Answer(outcome="captured", reason="already_captured", provider_ref=provider_ref)
        return self._once(key, "void", 0, Answer(outcome="voided", provider_ref=provider_ref))

    def refund(self, *, key: str, provider_ref: str, amount_minor: int) -> Answer:
        return self._once(key, "refund", amount_minor, Answer(outcome="refunded", provider_ref=provider_ref))

    def look_up(self, *, provider_ref: str) -> Answer:
        return Answer(outcome="authorized" if provider_ref in self.paid else "open", provider_ref=provider_ref)

    def _once(self, key: str, act: str, amount_minor: int, answer: Answer) -> Answer:
        self.asks += 1
        if key not in self._answers:
            self._answers[key] = answer
            self.acts.append((act, amount_minor))
            if answer.provider_ref:
                self._states[answer.provider_ref] = answer
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        if self.silent:
            self.silent -= 1
            raise ProviderUnknown("The payment provider did not answer.")
        return self._answers[key]
