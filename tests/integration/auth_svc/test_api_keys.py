"""API keys: shown once, kept as fingerprints, exchanged for access tokens with their scopes and no more."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from auth_svc.domain.credentials import ApiKeyNotFound
from auth_svc.domain.users import UserNotFound
from auth_svc.models import ApiKey
from auth_svc.service import api_keys
from common.auth import INSTALLATION, Role, Scope
from common.auth.tokens import BadToken


@pytest.fixture
def account(auth):
    """The name of a service account."""
    return auth.open_account()


def revoke(auth, account, key):
    name = key.rpartition("_")[0]
    auth.database.write(api_keys.revoke, account=account, name=name, by=INSTALLATION, correlation_id=uuid4())


class TestKey:
    def test_is_exchanged_for_a_token_with_its_scopes(self, auth, account):
        key = auth.make_key(account, Scope.RESERVATIONS_READ, Scope.WEBHOOKS)

        who = auth.who(auth.exchange(key))

        assert (who.name, who.role, who.scopes) == (account, Role.SERVICE, {"reservations:read", "webhooks"})

    def test_is_kept_as_a_fingerprint_beside_its_visible_beginning(self, auth, account):
        key = auth.make_key(account)

        row = auth.database.read(lambda session: session.scalars(select(ApiKey)).one())
        assert key.startswith(f"{row.name}_")
        assert key not in (row.name, row.fingerprint, str(row.scopes))
        assert len(key) - len(row.name) == 49

    @pytest.mark.parametrize(
        "change", [lambda key: key[:-1], lambda key: key + "0", lambda key: key.upper(), lambda key: "ask_"]
    )
    def test_is_not_taken_with_any_sign_changed(self, auth, account, change):
        key = auth.make_key(account)

        with pytest.raises(BadToken):
            auth.exchange(change(key))

    def test_ends_when_it_is_revoked(self, auth, account):
        key, other = auth.make_key(account), auth.make_key(account)
        revoke(auth, account, key)
        revoke(auth, account, key)

        with pytest.raises(BadToken):
            auth.exchange(key)
        assert auth.who(auth.exchange(other)).name == account
        assert [act for _, act, _ in auth.audited()][-1:] == ["revoke API key"]

    def test_ends_with_its_time(self, auth, account):
        key = auth.make_key(account, days=1)
        assert auth.exchange(key)
        auth.shift(ApiKey.expires_at, seconds=-1)

        with pytest.raises(BadToken):
            auth.exchange(key)

    def test_ends_with_its_account(self, auth, account):
        key = auth.make_key(account)
        auth.disable(account)

        with pytest.raises(BadToken):
            auth.exchange(key)

    def test_says_when_it_was_used_last(self, auth, account):
        auth.exchange(auth.make_key(account))

        (shown,) = auth.database.read(api_keys.listing, account=account)
        assert shown.last_used_at is not None

    def test_belongs_to_service_accounts_only(self, auth, account):
        auth.register()
        with pytest.raises(UserNotFound):
            auth.make_key(auth.user().name)
        with pytest.raises(ApiKeyNotFound):
            revoke(auth, account, "ask_nothing_x")

    def test_is_written_down_without_its_text(self, auth, account):
        key = auth.make_key(account)

        entry = auth.audited()[-1]
        assert entry[:2] == ("installation", "make API key")
        assert key not in entry[2] and key.rpartition("_")[0] in entry[2]
