"""A detour leads every URL of a process by way of another port, and leaves all else alone."""

from deploy import detours


def plus_one(name: str, port: int) -> int:
    return port + 1


class TestADetour:
    def test_leads_every_url_of_the_settings_and_keeps_the_rest_of_it(self):
        given = {
            "AEROSAGA_BOOKING_DATABASE_URL": "mariadb+mysqldb://me:127.0.0.1:1@127.0.0.1:3306/booking?charset=utf8mb4",
            "AEROSAGA_BROKER_URL": "amqp://me:secret@127.0.0.1:5672/aerosaga",
            "AEROSAGA_JWKS_URL": "http://127.0.0.1:8607/.well-known/jwks.json",
        }

        assert detours.settings_by(plus_one, given) == {
            "AEROSAGA_BOOKING_DATABASE_URL": "mariadb+mysqldb://me:127.0.0.1:1@127.0.0.1:3307/booking?charset=utf8mb4",
            "AEROSAGA_BROKER_URL": "amqp://me:secret@127.0.0.1:5673/aerosaga",
            "AEROSAGA_JWKS_URL": "http://127.0.0.1:8608/.well-known/jwks.json",
        }

    def test_leaves_other_settings_and_places_on_other_machines_alone(self):
        given = {
            "AEROSAGA_HOLD_SECONDS": "900",
            "AEROSAGA_BANK_DATABASE": "/somewhere/127.0.0.1:5/bank.db",
            "AEROSAGA_SMS_URL": "https://sms.example.org:443/send",
            "AEROSAGA_AIRLINE_DATABASE_URL": "sqlite:////somewhere/airline.db",
        }

        assert detours.settings_by(plus_one, given) == given

    def test_knows_links_by_their_settings_and_by_the_names_of_urls(self):
        asked = []

        def note(name, port):
            asked.append(name)
            return port

        detours.settings_by(note, {"AEROSAGA_BOOKING_DATABASE_URL": "mariadb://x@127.0.0.1:1/x"})
        detours.urls_by(note, {"booking": "http://127.0.0.1:2"})

        assert asked == ["booking_database", "booking"]
