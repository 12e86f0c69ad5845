"""Offers over the running system: found at fare_svc, bought at booking_svc, which verifies them by itself."""

import pytest

from tests.stack import Json, Stack, read


@pytest.fixture
def departure(stack: Stack) -> Json:
    """A departure nobody else uses, that fare_svc has heard of."""
    return stack.departure()


def offers(stack: Stack, departure: Json, **query: object) -> list[Json]:
    """Return the offers of a departure, once fare_svc knows it."""
    asked = {
        "from": departure["origin"],
        "to": departure["destination"],
        "date": departure["departsLocal"][:10],
        "page_size": "100",
        **query,
    }

    def look() -> list[Json]:
        found = read(stack.ask("GET", "fare", "/offers", params=asked))
        return [offer for offer in found if _flown(offer) == [departure["departureId"]]]

    return stack.wait(look, what=f"an offer of departure {departure['departureId']}")


def _flown(offer: Json) -> list[int]:
    return [segment["departureId"] for segment in offer["itinerary"]["outward"]]


def order(stack: Stack, departure: Json, offer: Json, **changes: object) -> Json:
    """Return what `Stack.request` takes to buy an offer for one passenger."""
    seats = stack.free_seats(departure["departureId"])[:1]
    return {
        "departures": [{"departureId": departure["departureId"], "seats": seats}],
        "offer": offer["signature"],
        **changes,
    }


class TestAnOffer:
    def test_is_bought_at_its_price_with_its_rules(self, stack, departure):
        flex = next(offer for offer in offers(stack, departure) if offer["family"] == "flex")

        made = stack.book(**order(stack, departure, flex))

        assert made["price"] == {"amount": flex["total"], "currency": flex["currency"]}
        assert made["offerId"] == flex["offerId"]
        assert made["seats"][0]["rules"] == flex["rules"] == ["Refund: free of charge.", "Change: free of charge."]
        assert stack.follow(made)["status"] == "confirmed"

    def test_adds_up_over_passengers_and_segments(self, stack, departure):
        for offer in offers(stack, departure, passengers=3):
            amounts = [segment["amount"] for each in offer["breakdown"] for segment in each["segments"]]

            assert len(offer["breakdown"]) == 3
            assert sum(amounts) == offer["total"]

    def test_is_refused_for_another_departure(self, stack, departure):
        (basic, *_) = offers(stack, departure)

        refused = stack.request(**order(stack, stack.departure(), basic))

        assert read(refused, 422)["code"] == "wrong_offer"

    def test_is_refused_when_it_was_altered(self, stack, departure):
        (basic, *_) = offers(stack, departure)
        head, payload, signature = basic["signature"].split(".")
        altered = ".".join([head, payload[:40] + ("A" if payload[40] != "A" else "B") + payload[41:], signature])

        refused = stack.request(**order(stack, departure, {"signature": altered}))

        assert read(refused, 422)["code"] == "bad_signature"

    def test_is_refused_when_its_fare_is_withdrawn(self, stack, departure):
        standard = next(offer for offer in offers(stack, departure) if offer["family"] == "standard")
        fare_id = standard["itinerary"]["outward"][0]["fareId"]

        gone = stack.ask("DELETE", "fare", f"/fares/{fare_id}", token=stack.operator_token)

        assert gone.status_code == 204
        refused = stack.wait(
            lambda: (answer := stack.request(**order(stack, departure, standard))).status_code == 409 and answer,
            what="booking_svc to hear that the fare is withdrawn",
        )
        assert read(refused, 409)["code"] == "fare_withdrawn"

    def test_costs_what_a_plain_booking_costs_if_it_is_basic(self, stack, departure):
        basic = next(offer for offer in offers(stack, departure) if offer["family"] == "basic")
        number = stack.free_seats(departure["departureId"])[0]

        assert stack.seat(departure["departureId"], number)["price"] == basic["total"]


class TestPublicKeys:
    def test_are_published_without_the_private_part(self, stack):
        (key,) = read(stack.ask("GET", "fare", "/.well-known/offer-keys.json"))["keys"]

        assert (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "EdDSA")
        assert "d" not in key
