"""Whose a reservation is: who reads it, who changes it, and to whom it is listed."""

import pytest

from booking_svc.domain.reservations import ReservationNotFound
from booking_svc.service import access, finding
from common.auth import access_token
from tests.callers import ANONYMOUS, INSTALLATION, a_service, a_traveller, an_agent, an_operator

# Departure 17, which `booking` knows, is flown by AA.
MAY_READ = [a_traveller(), an_agent("AA"), an_operator(), INSTALLATION, a_service("reservations:read")]
MAY_CHANGE = [*MAY_READ[:-1], a_service("reservations:read", "reservations:write")]
STRANGERS = [
    ANONYMOUS,
    a_traveller(name="usr_bob"),
    an_agent("B6"),
    an_agent(None),
    a_service(),
    a_service("payments:write"),
]


def describe(caller):
    return f"{caller.role} {caller.airline or ''} {' '.join(sorted(caller.scopes))}".strip()


@pytest.fixture
def adas(booking):
    """A reservation that Ada made while she was logged in."""
    made, _ = booking.request("12A", owner="usr_ada")
    return made


@pytest.fixture
def read(booking):
    """Reads a reservation as a caller, with a token or without."""

    def as_(caller, locator, token="", *, use_case=access.readable):
        return booking.database.read(use_case, caller=caller, locator=locator, token=token)

    return as_


class TestReadable:
    @pytest.mark.parametrize("caller", MAY_READ, ids=describe)
    def test_opens_to(self, read, adas, caller):
        assert read(caller, adas.locator).id == adas.id

    @pytest.mark.parametrize("caller", STRANGERS, ids=describe)
    def test_is_not_there_for(self, read, adas, caller):
        with pytest.raises(ReservationNotFound) as theirs:
            read(caller, adas.locator)
        with pytest.raises(ReservationNotFound) as nobodys:
            read(caller, "222222")

        assert (theirs.value.detail, theirs.value.extra) == (nobodys.value.detail, nobodys.value.extra)

    def test_opens_to_its_access_token_and_to_no_other(self, booking, read, adas):
        other, _ = booking.request("12B")
        opens = [access_token(locator=made.locator, reservation_id=made.id) for made in (adas, other)]

        assert read(ANONYMOUS, adas.locator, opens[0]).id == adas.id
        with pytest.raises(ReservationNotFound):
            read(ANONYMOUS, adas.locator, opens[1])

    def test_stays_closed_to_the_token_of_an_earlier_reservation_of_the_same_locator(self, read, adas):
        earlier = access_token(locator=adas.locator, reservation_id=adas.id + 1)

        with pytest.raises(ReservationNotFound):
            read(ANONYMOUS, adas.locator, earlier)

    def test_a_guests_has_no_owner_that_a_caller_could_be(self, booking, read):
        guests, _ = booking.request("12C")

        for caller in (ANONYMOUS, a_traveller()):
            with pytest.raises(ReservationNotFound):
                read(caller, guests.locator)


class TestChangeable:
    @pytest.mark.parametrize("caller", MAY_CHANGE, ids=describe)
    def test_opens_to(self, read, adas, caller):
        assert read(caller, adas.locator, use_case=access.changeable).id == adas.id

    @pytest.mark.parametrize("caller", [*STRANGERS, a_service("reservations:read")], ids=describe)
    def test_is_not_there_for(self, read, adas, caller):
        with pytest.raises(ReservationNotFound):
            read(caller, adas.locator, use_case=access.changeable)


class TestListing:
    @pytest.mark.parametrize(
        ("caller", "seen"),
        [
            (a_traveller(), {"ada"}),
            (a_traveller(name="usr_bob"), set()),
            (an_agent("AA"), {"ada", "guest"}),
            (an_agent("B6"), set()),
            (an_operator(), {"ada", "guest"}),
            (INSTALLATION, {"ada", "guest"}),
            (a_service("reservations:read"), {"ada", "guest"}),
        ],
        ids=lambda each: describe(each) if hasattr(each, "role") else "",
    )
    def test_shows_each_caller_theirs(self, booking, adas, caller, seen):
        guests, _ = booking.request("12C")
        names = {adas.id: "ada", guests.id: "guest"}

        rows, total = booking.database.read(finding.listing, caller=caller, status=None, first=0, count=10)

        assert {names[row.id] for row in rows} == seen
        assert total == len(seen)


class TestAFilteredListing:
    @pytest.mark.parametrize(
        ("wanted", "seen"),
        [
            (lambda adas: {"reservation_id": adas.id}, {"ada"}),
            (lambda adas: {"correlation_id": adas.correlation_id}, {"ada"}),
            (lambda adas: {"email": adas.contact_email}, {"ada", "guest"}),
            (lambda adas: {"email": adas.contact_email.upper()}, {"ada", "guest"}),
            (lambda adas: {"email": "somebody@else.example"}, set()),
            (lambda adas: {"email": adas.contact_email, "status": "confirmed"}, set()),
        ],
        ids=["its number", "its correlation id", "its address", "its address in capitals", "another", "both"],
    )
    def test_shows_operators_what_was_asked_for(self, booking, adas, wanted, seen):
        guests, _ = booking.request("12C")
        names = {adas.id: "ada", guests.id: "guest"}

        rows, total = booking.database.read(finding.listing, caller=an_operator(), first=0, count=10, **wanted(adas))

        assert {names[row.id] for row in rows} == seen
        assert total == len(seen)

    def test_shows_an_agent_what_they_booked_if_that_is_asked_for(self, booking, adas):
        agent = an_agent("AA")
        booked, _ = booking.request("12C", owner=agent.name)

        every, _ = booking.database.read(finding.listing, caller=agent, first=0, count=10)
        own, total = booking.database.read(finding.listing, caller=agent, first=0, count=10, mine=True)

        assert {row.id for row in every} == {adas.id, booked.id}
        assert ([row.id for row in own], total) == ([booked.id], 1)

    def test_shows_a_traveller_nothing_of_others(self, booking, adas):
        rows, _ = booking.database.read(
            finding.listing, caller=a_traveller(name="usr_bob"), first=0, count=10, email=adas.contact_email
        )

        assert rows == []


class TestOwnerOfNew:
    @pytest.mark.parametrize(
        ("caller", "owner"),
        [
            (ANONYMOUS, None),
            (a_traveller(), "usr_ada"),
            (an_agent("AA"), "usr_agent_AA"),
            (an_operator(), None),
            (INSTALLATION, None),
            (a_service("reservations:write"), None),
        ],
    )
    def test_is_who_has_an_account_of_their_own(self, caller, owner):
        assert access.owner_of_new(caller) == owner


def test_the_news_of_a_reservation_says_whose_it_is(booking, adas):
    (initiated,) = booking.told("ReservationInitiated")

    assert (initiated["owner"], initiated["airlines"]) == ("usr_ada", ["AA"])
