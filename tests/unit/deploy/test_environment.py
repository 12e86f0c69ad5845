"""What each process gets to see."""

from pathlib import Path

import pytest

from deploy import environment, offer_keys, topology
from deploy.servers import ServerUrls

EVERYTHING = environment.settings(
    "servers",
    urls=ServerUrls(
        broker="amqp://broker",
        result="redis://results",
        databases={service: f"mysql://{service}" for service in topology.SERVICES},
    ),
    secrets={name: f"secret-{name}" for name in environment.SECRETS} | {"AEROSAGA_OFFER_KEY": "5e" * 32},
    http_ports={"bank": 8690},
    data_dir=Path("/data"),
    hold_seconds=20,
)
ALL = topology.processes("servers")


class TestOf:
    @pytest.mark.parametrize("process", ALL, ids=lambda process: process.name)
    def test_gives_a_process_the_variables_it_names_and_no_others(self, process, monkeypatch):
        monkeypatch.setenv("AEROSAGA_PAYMENT_DATABASE_URL", "from the shell of a person")

        seen = environment.of(process, EVERYTHING)

        assert {name for name in seen if name.startswith("AEROSAGA_")} == set(process.environment)

    def test_gives_every_process_the_tuning_of_the_person_who_starts_it(self, monkeypatch):
        everything = EVERYTHING | {"AEROSAGA_CURRENCY": "EUR"}

        assert all(environment.of(process, everything)["AEROSAGA_CURRENCY"] == "EUR" for process in ALL)

    def test_gives_flower_its_password_under_flowers_own_name(self):
        seen = environment.of(topology.FLOWER, EVERYTHING)

        assert seen["FLOWER_BASIC_AUTH"] == "operator:secret-AEROSAGA_FLOWER_PASSWORD"

    def test_puts_the_signing_secret_into_booking_only(self):
        holders = {process.service for process in ALL if "AEROSAGA_TOKEN_SECRET" in environment.of(process, EVERYTHING)}

        assert holders == {"booking"}

    def test_puts_the_key_that_signs_offers_into_fare_only_and_its_public_part_where_offers_are_taken(self):
        signers = {process.service for process in ALL if "AEROSAGA_OFFER_KEY" in environment.of(process, EVERYTHING)}
        takers = {
            process.service
            for process in ALL
            if environment.of(process, EVERYTHING).get("AEROSAGA_OFFER_PUBLIC_KEYS") == offer_keys.public("5e" * 32)
        }

        assert (signers, takers) == ({"fare"}, {"fare", "booking"})
