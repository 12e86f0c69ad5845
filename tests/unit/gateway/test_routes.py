"""The route table, held against the services that it leads to."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import topology
from gateway.routes import GATEWAY, ROUTES, SERVICES, Counted, Route, find

ROOT = Path(__file__).parents[3]
#: What services have for operators' tools, the door and each other, and nobody outside.
INTERNAL = (
    *("/timeline/", "/audit", "/parked", "/replays", "/statements/", "/report", "/verify"),
    *("/clock", "/failure-switches"),
    *("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"),
)


def paths_of(service: str) -> list[str]:
    """Return the paths that a service answers, with 1 for each parameter."""
    # In a process of its own: making a service's app sets up logging for the whole process.
    program = (
        f"from {service}_svc.app import web\n"
        "import re\n"
        "rules = [rule for rule in web().url_map.iter_rules() if rule.endpoint != 'static']\n"
        "print(*(re.sub('<[^>]*>', '1', rule.rule) for rule in rules), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split()


class TestRoutes:
    def test_lead_to_services_that_there_are(self):
        assert set(SERVICES) <= set(topology.SERVICES)

    @pytest.mark.parametrize("service", topology.SERVICES)
    def test_lead_to_every_path_of_a_service_that_is_not_internal(self, service: str):
        public = [path for path in paths_of(service) if not path.startswith(INTERNAL)]

        assert {path: getattr(find(path), "service", None) for path in public} == dict.fromkeys(public, service)

    @pytest.mark.parametrize("service", topology.SERVICES)
    def test_lead_to_nothing_of_a_service_that_is_internal(self, service: str):
        internal = [path for path in paths_of(service) if path.startswith(INTERNAL)]

        assert internal
        assert {route.service for path in internal if (route := find(path))} <= {GATEWAY}

    def test_count_guesses_apart_from_reservations(self):
        counted = {route.path: route.posts for route in ROUTES if route.posts}

        assert counted["/reservations"] is Counted.RESERVATIONS
        assert counted["/auth/login"] is Counted.GUESSES
        assert counted["/reservations/{locator}/codes"] is Counted.GUESSES

    def test_are_each_reached(self):
        for route in ROUTES:
            stem = route.path.removesuffix("/**") + ("/a/b" if route.path.endswith("/**") else "")
            example = "/".join("17" if part.startswith("{") else part for part in stem.split("/"))

            assert find(example) is route


class TestRoute:
    def test_has_one_segment_for_a_name_in_braces(self):
        route = Route("/departures/{id}/seats", "booking")

        assert route.fits("/departures/17/seats")
        assert not route.fits("/departures/17/18/seats")
        assert not route.fits("/departures//seats")

    def test_takes_signs_as_they_are(self):
        assert not Route("/.well-known/jwks.json", "auth").fits("/xwell-known/jwksxjson")

    def test_of_a_subtree_has_all_below_it_and_not_itself(self):
        route = Route("/fares/**", "fare")

        assert route.fits("/fares/1")
        assert route.fits("/fares/1/2")
        assert not route.fits("/fares")
        assert not route.fits("/faresx")


class TestTheReference:
    def test_has_every_path_in_the_order_of_the_table(self):
        page = (ROOT / "docs" / "reference" / "public-door.md").read_text()
        rows = [line for line in page.splitlines() if line.startswith("| `/")]

        assert re.findall(r"`(/[^`]*)`", "\n".join(row.rpartition(" | ")[0] for row in rows)) == [
            route.path for route in ROUTES
        ]
