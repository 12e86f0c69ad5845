"""What each process gets to see."""

from pathlib import Path

import pytest

from deploy import environment, signing_keys, topology
from deploy.servers import ServerUrls


def settings_of(way, **options):
    """Return every variable of a way, with URLs and secrets of no importance."""
    return environment.settings(
        way,
        urls=ServerUrls(
            broker="amqp://broker",
            result="redis://results",
            databases={service: f"mysql://{service}" for service in topology.SERVICES},
        ),
        secrets={name: f"secret-{name}" for name in environment.SECRETS}
        | {"AEROSAGA_OFFER_KEY": "5e" * 32, "AEROSAGA_RESERVATION_KEY": "7a" * 32},
        http_ports=topology.PREFERRED_PORTS,
        data_dir=Path("/data"),
        hold_seconds=20,
        **options,
    )


EVERYTHING = settings_of("servers")
ALL = topology.processes("servers")
BOTH_SIDES = {"booking", "payment"}


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

    @pytest.mark.parametrize(
        ("name", "private", "signing", "verifying"),
        [("OFFER", "5e" * 32, {"fare"}, {"fare", "booking"}), ("RESERVATION", "7a" * 32, {"booking"}, BOTH_SIDES)],
    )
    def test_puts_a_key_into_the_service_that_signs_and_its_public_part_where_that_is_verified(
        self, name, private, signing, verifying
    ):
        seen = {process: environment.of(process, EVERYTHING) for process in ALL}
        signers = {process.service for process in ALL if f"AEROSAGA_{name}_KEY" in seen[process]}
        public = signing_keys.public(private)
        takers = {process.service for process in ALL if seen[process].get(f"AEROSAGA_{name}_PUBLIC_KEYS") == public}

        assert (signers, takers) == (signing, verifying)
