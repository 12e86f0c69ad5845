"""The keys of auth_svc as another service keeps them: found when new, kept when it is away, asked for seldom."""

import threading

import httpx
import pytest

from common import codec
from common.auth import published_keys
from common.auth.published_keys import KeysAway, PublishedKeys
from common.signatures import KeyRing, PrivateKey

OLD, NEW = (PrivateKey(byte * 32).public for byte in ("5e", "5f"))


class AuthService:
    """Its key set, and how often it was asked for."""

    def __init__(self):
        self.ring = KeyRing([OLD])
        self.away = False
        self.asked = 0

    def fetch(self, url):
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("refused")
        return codec.dumps(self.ring.to_jwks()).encode()


class Clock:
    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(published_keys, "time", clock)
    return clock


@pytest.fixture
def auth(clock):
    return AuthService()


@pytest.fixture
def keys(auth):
    return PublishedKeys("http://auth/.well-known/jwks.json", fetch=auth.fetch)


class TestFind:
    def test_returns_a_published_key_and_asks_once(self, keys, auth):
        assert [keys.find(OLD.kid).kid for _ in range(5)] == [OLD.kid] * 5
        assert auth.asked == 1

    def test_finds_a_key_that_is_new_since(self, keys, auth, clock):
        keys.find(OLD.kid)
        auth.ring = KeyRing([OLD, NEW])
        clock.now += 11

        assert keys.find(NEW.kid).kid == NEW.kid

    def test_asks_for_unknown_names_no_more_than_once_in_ten_seconds(self, keys, auth, clock):
        keys.find(OLD.kid)
        for number in range(100):
            clock.now += 0.5
            assert keys.find(f"invented-{number}") is None

        assert auth.asked == 1 + 5

    def test_forgets_a_key_that_is_published_no_more(self, keys, auth, clock):
        keys.find(OLD.kid)
        auth.ring = KeyRing([NEW])
        clock.now += 301

        assert keys.find(OLD.kid) is None

    def test_lets_the_known_keys_serve_on_while_auth_svc_is_away(self, keys, auth, clock):
        keys.find(OLD.kid)
        auth.away = True
        clock.now += 86400

        assert keys.find(OLD.kid).kid == OLD.kid
        assert keys.find("invented") is None

    def test_says_so_when_there_never_was_a_key(self, keys, auth, clock):
        auth.away = True
        with pytest.raises(KeysAway):
            keys.find(OLD.kid)

        auth.away = False
        clock.now += 1

        assert keys.find(OLD.kid).kid == OLD.kid

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"keys": 7}', b'{"keys": [7, {"kty": "RSA"}]}'])
    def test_is_not_confused_by_what_is_no_key_set_of_ours(self, body, clock):
        with pytest.raises(KeysAway):
            PublishedKeys("http://auth", fetch=lambda _: body).find(OLD.kid)

    def test_asks_once_for_many_who_ask_at_once(self, keys, auth):
        threads = [threading.Thread(target=keys.find, args=(OLD.kid,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert auth.asked == 1
