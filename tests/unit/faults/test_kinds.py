"""What kinds of faults put in and look for: messages that can be read, and a server's word for a full disk."""

from uuid import uuid4

import pytest

from common import codec, queues
from common.crash import POINTS
from common.messages import Command, Event
from tests.reliability.faults.disks import Disks, NoDisks
from tests.reliability.faults.kinds.disks import said
from tests.reliability.faults.kinds.killers import KINDS, poison
from tests.reliability.faults.system import OURS

(KILLER,) = KINDS


def subclasses(kind):
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


@pytest.mark.parametrize("queue", KILLER.pace.targets)
class TestAMessageThatKillsItsReader:
    def test_is_one_that_its_reader_can_read_and_names_the_place_where_it_dies(self, queue):
        name = uuid4()
        sent = poison(queue, name)
        body = codec.loads(sent.body)
        if queue.endswith(".commands"):
            _, body, _ = body
            (kind,) = (each for each in subclasses(Command) if each.__name__ == body["type"])
            assert (kind.queue, sent.of) == (queue, kind.__name__)
            assert sent.properties.headers["task"] == kind.task
            assert kind.from_wire(body).correlation_id == name
        else:
            (kind,) = (each for each in subclasses(Event) if each.__name__ == body["type"] and each.version == 1)
            assert sent.of == f"{sent.service}.{kind.routing_key()}"
            assert queue in {each.name for each in queues.inboxes(sent.service)}
            assert kind.from_wire(body).event_id == name
        assert sent.point in POINTS

    def test_is_read_by_a_process_of_ours(self, queue):
        reader = f"{queue.split('.')[0]}-{'worker' if queue.endswith('.commands') else 'consumer'}"

        assert reader in OURS


class TestAFullDisk:
    def test_is_never_one_that_others_use_too(self, tmp_path):
        (tmp_path / "mariadb").mkdir()

        with pytest.raises(NoDisks, match="no disk of its own"):
            Disks(tmp_path).fill("mariadb")
        assert list((tmp_path / "mariadb").iterdir()) == []

    @pytest.mark.parametrize(
        ("line", "times"),
        [
            ("[ERROR] InnoDB: preallocating 11534336 bytes for file ./a/t.ibd failed with error 28", 1),
            ("no match of right hand side value {error,enospc}", 1),
            ("[ERROR] mariadbd: Error writing file 'x' (Errcode: 28 \"No space left on device\")", 1),
            ("[Note] mariadbd: ready for connections, error 281", 0),
        ],
    )
    def test_is_told_by_its_server(self, tmp_path, line, times):
        log = tmp_path / "server.log"
        log.write_text(line)

        assert said(log) == times
