"""Files with secrets and state."""

import stat

from deploy import private_file


class TestWrite:
    def test_leaves_a_file_only_its_owner_can_read_and_no_draft(self, tmp_path):
        path = tmp_path / "deep" / "state.json"

        private_file.write(path, "one")
        private_file.write(path, "two")

        assert path.read_text() == "two"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(path.parent.iterdir()) == [path]


class TestRememberedSecrets:
    def test_are_made_once_and_stay(self, tmp_path):
        path = tmp_path / "secrets.env"

        first = private_file.remembered_secrets(path, ["BROKER", "REDIS"])
        second = private_file.remembered_secrets(path, ["REDIS", "TOKEN", "BROKER"])

        assert second["BROKER"] == first["BROKER"]
        assert second["REDIS"] == first["REDIS"]
        assert len(set(second.values())) == 3
        assert all(len(value) >= 32 for value in second.values())
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
