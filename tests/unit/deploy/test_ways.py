"""Two systems that are started at the same moment take turns, because a port is taken only when somebody listens."""

import tempfile
import threading

from deploy.ways import _one_at_a_time


class TestStarts:
    def test_of_two_systems_take_turns_and_the_second_is_told(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        said, order = [], []

        def second():
            with _one_at_a_time(said.append):
                order.append("second")

        with _one_at_a_time(said.append):
            other = threading.Thread(target=second)
            other.start()
            while not said:
                other.join(0.01)
            order.append("first")
        other.join(10)

        assert (order, said) == (["first", "second"], ["another Aerosaga of yours is just starting; waiting for it"])
