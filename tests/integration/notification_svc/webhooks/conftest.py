"""notification_svc in MariaDB, and its webhooks."""

from collections.abc import Mapping

import pytest

from common.db import Database
from tests.integration.notification_svc.webhooks.hooks import Hooks


@pytest.fixture
def hooks(clean: Mapping[str, Database]) -> Hooks:
    """The webhooks of notification_svc, none yet."""
    return Hooks(clean["notification"])
