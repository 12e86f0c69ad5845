"""The services and their OpenAPI documents, as one who sends whatever the documents allow, and forbid, finds them."""

from collections.abc import Iterator, Mapping

import pytest
import schemathesis
from schemathesis.schemas import BaseSchema

from common.config import settings
from common.db import Database
from payment_svc.tasks import bank
from sandbox.bank.serving import serving
from sandbox.bank.settings import BankSettings
from tests.integration.services import Services, services_over


@pytest.fixture(scope="module")
def services(
    databases: Mapping[str, Database], declared: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """The services with all they need: databases, a broker with its queues, a bank that answers."""
    sandbox = BankSettings(database=tmp_path_factory.mktemp("bank") / "bank.db", timeout_seconds=3.0)
    with serving(sandbox) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AEROSAGA_BANK_URL", url)
        _forget()
        with services_over(databases) as running:
            yield running
    _forget()


@pytest.fixture(scope="module")
def documents(services: Services) -> Mapping[str, BaseSchema]:
    """The OpenAPI document of each service, as schemathesis reads it."""
    return {
        name: schemathesis.openapi.from_wsgi("/openapi.json", application)
        for name, application in services.applications.items()
    }


def _forget() -> None:
    """Let this process read the settings anew, and make a client of the bank they name."""
    settings.cache_clear()
    bank.cache_clear()
