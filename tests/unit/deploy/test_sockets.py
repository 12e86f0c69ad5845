"""Where Unix sockets are put."""

from deploy import sockets


class TestPathFor:
    def test_is_inside_a_directory_with_a_short_path(self, tmp_path, monkeypatch):
        monkeypatch.setattr(sockets, "LONGEST", 1000)

        assert sockets.path_for(tmp_path, "supervisor.sock") == tmp_path.resolve() / "supervisor.sock"

    def test_is_short_and_always_the_same_for_a_directory_with_a_long_path(self, tmp_path, monkeypatch):
        monkeypatch.setattr(sockets.tempfile, "gettempdir", lambda: str(tmp_path))
        deep = tmp_path / ("d" * 120)
        other = tmp_path / ("e" * 120)

        chosen = sockets.path_for(deep, "a.sock")

        assert chosen.parent.parent == tmp_path
        assert chosen == sockets.path_for(deep, "a.sock")
        assert chosen != sockets.path_for(other, "a.sock")
        assert chosen.parent.stat().st_mode & 0o777 == 0o700
