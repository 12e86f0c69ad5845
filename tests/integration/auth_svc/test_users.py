"""Users: who registers, what administrators change, and that all of it is written down."""

from uuid import uuid4

import pytest

from auth_svc.domain.credentials import BadRefreshToken
from auth_svc.domain.passwords import WeakPassword, WrongPassword
from auth_svc.domain.users import UserNotFound, WrongLogin, WrongRole
from auth_svc.service import standing, users
from common.auth import INSTALLATION, Role
from common.auth.tokens import BadToken
from common.errors import TooOften
from tests.integration.auth_svc.conftest import ADA, PASSWORD
from tests.together import together


@pytest.fixture
def ada(auth):
    """auth_svc where Ada Lovelace has registered."""
    auth.register()
    return auth


class TestRegister:
    def test_makes_a_traveller_with_a_name_that_tells_nothing(self, ada):
        user = ada.user()

        assert (user.role, user.name[:4], len(user.name)) == (Role.TRAVELLER, "usr_", 16)
        assert PASSWORD not in user.password_hash

    def test_of_a_taken_address_says_the_same_and_changes_nothing(self, ada):
        ada.register(email="ADA@example.org", password="somebody elses guess")

        assert ada.log_in().expires_in == 600
        with pytest.raises(WrongLogin):
            ada.log_in(password="somebody elses guess")

    def test_at_once_from_two_places_makes_one_user(self, auth):
        together(*(lambda number=number: auth.register(password=f"password of {number}") for number in range(6)))

        (user,), total = auth.database.read(users.listing, filters={}, first=0, count=10)
        assert (user.email, total) == (ADA, 1)

    def test_is_refused_with_a_password_that_everybody_tries(self, auth):
        with pytest.raises(WeakPassword):
            auth.register(password="password1")

    def test_has_an_end_for_one_client(self, auth, monkeypatch):
        monkeypatch.setattr(users, "REGISTRATIONS", users.Limit(most=2, seconds=600))
        for number in range(2):
            auth.register(email=f"ada{number}@example.org")

        with pytest.raises(TooOften):
            auth.register()


class TestChangePassword:
    def change(self, auth, present, wanted):
        users.change_password(auth.database, name=auth.user().name, present=present, wanted=wanted)

    def test_ends_every_login_and_the_old_password(self, ada):
        tokens = ada.log_in()
        self.change(ada, PASSWORD, "an analytical engine")

        with pytest.raises(BadRefreshToken):
            ada.refresh(tokens)
        with pytest.raises(WrongLogin):
            ada.log_in()
        assert ada.log_in(password="an analytical engine").expires_in == 600

    def test_needs_the_present_one_and_cannot_be_tried_for_ever(self, ada):
        for _ in range(10):
            with pytest.raises(WrongPassword):
                self.change(ada, "a guess", "an analytical engine")

        with pytest.raises(TooOften):
            self.change(ada, PASSWORD, "an analytical engine")

    def test_is_refused_for_a_weak_one_and_ends_nothing(self, ada):
        tokens = ada.log_in()
        with pytest.raises(WeakPassword):
            self.change(ada, PASSWORD, "short")

        assert ada.refresh(tokens).expires_in == 600


class TestGrant:
    def test_makes_an_agent_of_an_airline_and_writes_it_down(self, ada):
        user = ada.grant(Role.AGENT, airline="AA")

        assert (user.role, user.airline) == (Role.AGENT, "AA")
        ((actor, act, entry),) = ada.audited()
        assert (actor, act) == ("installation", "grant role")
        assert user.name in entry and ADA not in entry

    def test_of_what_one_is_already_writes_nothing(self, ada):
        ada.grant(Role.TRAVELLER)

        assert ada.audited() == []

    @pytest.mark.parametrize(
        ("role", "airline"), [(Role.AGENT, None), (Role.ADMIN, "AA"), (Role.SERVICE, None), (Role.ANONYMOUS, None)]
    )
    def test_is_refused_for_what_cannot_be(self, ada, role, airline):
        with pytest.raises(WrongRole):
            ada.grant(role, airline=airline)

    def test_makes_no_person_of_a_service_account(self, auth):
        account = auth.open_account()

        with pytest.raises(WrongRole):
            auth.database.write(
                users.grant,
                name=account,
                role=Role.ADMIN,
                airline=None,
                reason=None,
                by=INSTALLATION,
                correlation_id=uuid4(),
            )

    @pytest.mark.parametrize("name", ["usr_nobody", ADA, "", "USR_"])
    def test_is_by_name_and_not_by_an_address_that_nobody_has_checked(self, ada, name):
        with pytest.raises(UserNotFound):
            ada.disable(name)


class TestDisable:
    def test_and_enable_are_both_written_down_once(self, ada):
        name = ada.user().name
        for disabled in (True, True, False, False):
            ada.disable(name, disabled=disabled)

        assert [act for _, act, _ in ada.audited()] == ["disable user", "enable user"]
        assert ada.log_in().expires_in == 600


class TestListing:
    def test_finds_by_role_and_address_newest_first(self, ada):
        ada.register(email="grace@example.org")
        ada.grant(Role.OPERATOR, email="grace@example.org")

        def emails(**filters):
            found, total = ada.database.read(users.listing, filters=filters, first=0, count=10)
            assert total == len(found)
            return [user.email for user in found]

        assert emails() == ["grace@example.org", ADA]
        assert emails(role=Role.OPERATOR) == ["grace@example.org"]
        assert emails(email="ADA@EXAMPLE.org") == [ADA]


class TestStanding:
    """What the public door asks of a token that is well signed."""

    def check(self, auth, tokens):
        auth.database.read(standing.check, caller=auth.who(tokens.access_token))

    def test_is_good_while_nothing_has_changed(self, ada):
        self.check(ada, ada.log_in())

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda auth, tokens: auth.log_out(tokens), "login of this access token is over"),
            (lambda auth, tokens: auth.disable(auth.user().name), "disabled"),
            (lambda auth, tokens: auth.grant(Role.ADMIN), "role has changed"),
        ],
    )
    def test_ends_with_the_login_the_user_and_the_role(self, ada, change, said):
        tokens = ada.log_in()
        change(ada, tokens)

        with pytest.raises(BadToken, match=said):
            self.check(ada, tokens)

    def test_goes_on_after_a_refresh(self, ada):
        tokens = ada.log_in()
        ada.refresh(tokens)

        self.check(ada, tokens)
