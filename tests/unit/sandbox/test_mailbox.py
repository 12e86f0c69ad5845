"""The mailbox's folder: mails filed by address, each once, and found without reading anybody else's."""

import pytest

from sandbox.mailbox.app import web
from sandbox.mailbox.settings import MailboxSettings
from sandbox.mailbox.store import Store


def letter(number: int) -> bytes:
    return f"Message-ID: <{number}@example.org>\r\nSubject: Letter {number}\r\n\r\nHello.\r\n".encode()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


class TestAMail:
    def test_is_found_by_its_address_and_by_its_name(self, store):
        name = store.file_mail(letter(1), recipient="ada@example.org")
        store.file_mail(letter(1), recipient="bob@example.org")

        assert [mail.name for mail in store.mails(to="ada@example.org")] == [name]
        assert store.mail(name).recipient == "ada@example.org"
        assert {mail.recipient for mail in store.mails()} == {"ada@example.org", "bob@example.org"}
        assert store.mails(to="nobody@example.org") == []

    def test_that_comes_again_is_kept_once(self, store):
        names = {store.file_mail(letter(1), recipient="ada@example.org") for _ in range(2)}

        assert [mail.name for mail in store.mails()] == list(names)

    def test_is_found_without_reading_those_of_others(self, store, tmp_path, monkeypatch):
        for number in range(20):
            store.file_mail(letter(number), recipient=f"somebody-{number}@example.org")
        store.file_mail(letter(20), recipient="ada@example.org")
        read = []
        reading = Store._read
        monkeypatch.setattr(Store, "_read", lambda self, path: read.append(path) or reading(self, path))

        (mail,) = web(MailboxSettings(folder=tmp_path)).test_client().get("/mails?to=ada@example.org").json

        assert (mail["subject"], len(read)) == ("Letter 20", 1)

    @pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "0" * 36])
    def test_of_a_name_nobody_has_is_not_there(self, store, name):
        assert store.mail(name) is None
