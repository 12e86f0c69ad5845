"""Each rule of the auditor: quiet about what is well, and red about one thing that is not."""

from decimal import Decimal

import pytest

from auditor_svc.domain import (
    GRACE_SECONDS,
    UNDECIDED_SECONDS,
    UNPUBLISHED_SECONDS,
    Rule,
    look_at_authorizations,
    look_at_payments,
    look_at_provider,
    look_at_reservations,
    look_at_waiting,
)
from common.contracts.statements import (
    AuthorizationStatement,
    PaymentStatement,
    ProviderStatement,
    ReservationStatement,
)

PRICE, NOTHING = Decimal("450.00"), Decimal("0.00")
SEATS = {
    "pending": {"seats_tentative": 2, "kept": None},
    "confirmed": {"seats_held": 2, "kept": PRICE},
    "failed": {"kept": NOTHING},
    "cancelled": {"kept": NOTHING},
}


def reservation(status="confirmed", **changes):
    facts = {
        "number": 17,
        "status": status,
        "currency": "USD",
        "price": PRICE,
        "seats_sold": 2,
        "seats_tentative": 0,
        "seats_held": 0,
        "quiet_seconds": GRACE_SECONDS + 1,
    }
    return ReservationStatement(**facts | SEATS[status] | changes)


def payment(**changes):
    facts = {"number": 17, "currency": "USD", "authorized": NOTHING, "captured": NOTHING, "refunded": NOTHING}
    return PaymentStatement(**facts | changes)


def rules(each, paid=None, told=None):
    payments = {17: paid} if paid else {}
    return [finding.rule for finding in look_at_reservations([each], payments, {17: told} if told else {})]


class TestWhatIsWell:
    @pytest.mark.parametrize(
        ("status", "paid"),
        [
            ("pending", None),
            ("pending", payment(authorized=PRICE)),
            ("confirmed", payment(authorized=PRICE)),
            ("confirmed", payment(captured=PRICE)),
            ("confirmed", payment(authorized=Decimal("50.00"), captured=Decimal("400.00"))),
            ("failed", None),
            ("failed", payment()),
            ("failed", payment(captured=PRICE, refunded=PRICE)),
            ("cancelled", payment(captured=PRICE, refunded=PRICE)),
        ],
    )
    def test_has_no_finding(self, status, paid):
        assert rules(reservation(status), paid, told=status) == []

    def test_may_keep_the_fee_of_a_cancellation(self):
        kept = reservation("cancelled", kept=Decimal("50.00"))

        assert rules(kept, payment(captured=PRICE, refunded=Decimal("400.00"))) == []
        assert rules(kept, payment(captured=PRICE, refunded=PRICE)) == [Rule.LEFTOVER]

    def test_is_not_asked_of_what_has_just_changed(self):
        young = reservation("failed", quiet_seconds=GRACE_SECONDS - 1, seats_tentative=2)

        assert rules(young, payment(authorized=PRICE), told="pending") == []


class TestSeats:
    @pytest.mark.parametrize(
        ("status", "claims"),
        [
            ("confirmed", {"seats_held": 1}),
            ("confirmed", {"seats_held": 0, "seats_tentative": 2}),
            ("confirmed", {"seats_held": 3}),
            ("failed", {"seats_tentative": 1}),
            ("cancelled", {"seats_held": 1}),
            ("pending", {"seats_tentative": 1}),
        ],
    )
    def test_are_those_that_were_sold_or_none(self, status, claims):
        paid = payment(captured=PRICE) if status == "confirmed" else None

        assert rules(reservation(status, **claims), paid) == [Rule.SEATS]


class TestMoney:
    @pytest.mark.parametrize(
        "paid", [None, payment(authorized=Decimal("449.99")), payment(authorized=PRICE, captured=PRICE)]
    )
    def test_of_a_confirmed_reservation_is_exactly_its_price(self, paid):
        assert rules(reservation(), paid) == [Rule.PRICE]

    @pytest.mark.parametrize("status", ["failed", "cancelled"])
    @pytest.mark.parametrize("paid", [payment(authorized=Decimal("0.01")), payment(captured=PRICE)])
    def test_of_one_that_ended_is_nothing(self, status, paid):
        assert rules(reservation(status), paid) == [Rule.LEFTOVER]

    def test_without_a_reservation_is_found(self):
        lost = {17: payment(captured=PRICE), 18: payment(number=18)}

        assert [(found.rule, found.place) for found in look_at_payments(lost, reservations={})] == [(Rule.LEFTOVER, 17)]

    def test_whose_outcome_nobody_knows_for_long_is_found(self):
        late = {17: payment(undecided_seconds=UNDECIDED_SECONDS + 1), 18: payment(number=18, undecided_seconds=5)}

        found = look_at_payments(late, reservations={17: reservation(), 18: reservation(number=18)})

        assert [(each.rule, each.place) for each in found] == [(Rule.UNDECIDED, 17)]


class TestTime:
    def test_that_ran_out_long_ago_is_found_even_if_the_reservation_is_young(self):
        late = reservation("pending", late_seconds=GRACE_SECONDS + 1, quiet_seconds=0)

        assert rules(late) == [Rule.DEADLINE]
        assert rules(reservation("pending", late_seconds=GRACE_SECONDS - 1)) == []


class TestNews:
    def test_that_say_something_else_are_found(self):
        assert rules(reservation(), payment(captured=PRICE), told="pending") == [Rule.NEWS]


class TestTheProvider:
    def test_is_believed_to_agree_only_when_it_does(self):
        facts = {"auth_id": "pa_x", "ours": "voided 45000", "theirs": "captured 45000"}
        stated = [
            ProviderStatement(number=1, agrees=True, **facts),
            ProviderStatement(number=2, agrees=False, **facts),
        ]

        assert [(each.rule, each.place) for each in look_at_provider(stated)] == [(Rule.PROVIDER, 2)]

    def test_that_has_lost_what_we_believe_in_is_found(self):
        stated = [
            AuthorizationStatement(number=1, auth_id="pa_x", ours="captured 45000", held=True),
            AuthorizationStatement(number=2, auth_id="pa_y", ours="authorized 45000", held=False),
        ]

        found = [(each.rule, each.subject, each.place) for each in look_at_authorizations(stated)]

        assert found == [(Rule.PROVIDER, "payment pa_y", 2)]


class TestWhatWaits:
    @pytest.mark.parametrize(
        ("oldest", "parked", "found"),
        [
            (0.0, 0, []),
            (UNPUBLISHED_SECONDS - 1, 0, []),
            (UNPUBLISHED_SECONDS + 1, 0, [Rule.UNPUBLISHED]),
            (0.0, 1, [Rule.PARKED]),
        ],
    )
    def test_too_long_is_found(self, oldest, parked, found):
        seen = look_at_waiting("booking", unpublished=3, oldest_seconds=oldest, parked=parked)

        assert [each.rule for each in seen] == found
