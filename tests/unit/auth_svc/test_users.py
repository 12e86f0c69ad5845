"""How users are named."""

import pytest

from auth_svc.domain.users import new_name
from common.auth import Role
from common.cards import holds_card_number


@pytest.mark.parametrize("role", [Role.TRAVELLER, Role.SERVICE])
def test_a_name_is_never_taken_for_a_card_number(role, monkeypatch):
    # As bad as chance can be: a test card's digits, over and over.
    monkeypatch.setattr("auth_svc.domain.users.secrets.token_hex", lambda count: ("4242" * count)[: 2 * count])
    assert holds_card_number("usr_4242424242424242")

    assert not holds_card_number(new_name(role))


def test_names_differ():
    assert len({new_name(Role.TRAVELLER) for _ in range(1000)}) == 1000
