"""The private servers: who may see what, what they promise, and that they start and stop without a trace."""

import json
import subprocess
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import amqp
import kombu
import MySQLdb
import pytest
import redis

from deploy import ports, topology
from deploy.errors import CannotStart
from deploy.servers import Servers
from tests.stack import wait

ROOT = Path(__file__).parents[3]


def connect(url, *, database=None):
    """Connect to MariaDB as the user of this URL, to its own database or to another."""
    parts = urlsplit(url)
    return closing(
        MySQLdb.connect(
            host=parts.hostname,
            port=parts.port,
            user=parts.username,
            password=parts.password,
            database=database or parts.path.lstrip("/"),
        )
    )


class TestMariaDB:
    def test_keeps_a_service_out_of_the_databases_of_others(self, servers):
        url = servers.urls.databases["booking"]

        for other in ("payment", "flight", "airline"):
            with pytest.raises(MySQLdb.OperationalError, match="Access denied"):
                connect(url, database=topology.database_name(other)).__enter__()

    def test_shows_a_service_no_database_but_its_own(self, servers):
        with connect(servers.urls.databases["booking"]) as session:
            cursor = session.cursor()
            cursor.execute("SHOW DATABASES")

            assert {name for (name,) in cursor.fetchall()} == {"information_schema", "aerosaga_booking"}

    def test_lets_nobody_in_as_root_over_the_network(self, servers):
        with pytest.raises(MySQLdb.OperationalError, match=r"not allowed|Access denied"):
            MySQLdb.connect(host=ports.LOOPBACK, port=servers.mariadb.port, user="root")

    def test_has_every_commit_on_disk_and_refuses_lost_updates(self, servers):
        wanted = {
            "innodb_flush_log_at_trx_commit": "1",
            "innodb_doublewrite": "ON",
            "innodb_snapshot_isolation": "ON",
            "innodb_lock_wait_timeout": "5",
            "tx_isolation": "READ-COMMITTED",
            "time_zone": "+00:00",
            "character_set_server": "utf8mb4",
            "max_connections": "300",
            "bind_address": "127.0.0.1",
        }

        rows = servers.mariadb.run_sql("SHOW GLOBAL VARIABLES").splitlines()

        values = dict(row.split("\t", 1) for row in rows)
        assert {name: values[name] for name in wanted} == wanted
        assert "STRICT_TRANS_TABLES" in values["sql_mode"]

    def test_keeps_temporary_tables_where_no_other_server_that_starts_removes_them(self, servers):
        assert servers.mariadb.run_sql("SELECT @@tmpdir;").strip() == str(servers.mariadb.directory.resolve() / "tmp")

    def test_says_what_was_wrong_with_a_statement(self, servers):
        with pytest.raises(CannotStart, match="You have an error in your SQL syntax"):
            servers.mariadb.run_sql("SELECT FROM nothing")


#: The queue of `_survivors`, in the broker's own words.
_QUEUE = 'element(2, rabbit_amqqueue:lookup(rabbit_misc:r(<<"aerosaga">>, queue, <<"survivors">>)))'


class TestRabbitMQ:
    def test_has_no_guest(self, servers):
        url = f"amqp://guest:guest@{ports.LOOPBACK}:{servers.rabbitmq.port}//"

        with kombu.Connection(url) as connection, pytest.raises(amqp.AccessRefused):
            connection.connect()

    def test_knows_our_user_and_our_vhost_only(self, servers):
        assert servers.rabbitmq.control("list_users", "--silent").split("\t")[0] == "aerosaga"
        assert servers.rabbitmq.control("list_vhosts", "--silent").split() == ["aerosaga"]

    @pytest.mark.timeout(600)
    @pytest.mark.parametrize(
        "loss",
        [
            # As a disk that is full for a moment leaves it: the log's supervisor starts again, without the log.
            "exit(whereis(ra_systems_sup), kill).",
            # Or one queue is given up, because it failed too often.
            (
                "[ra:stop_server(quorum_queues, amqqueue:get_pid(Queue)) || Queue <- rabbit_amqqueue:list(), "
                'element(4, amqqueue:get_name(Queue)) =:= <<"survivors">>].'
            ),
        ],
        ids=["the log of all", "one of them"],
    )
    def test_ends_when_its_queues_are_gone_so_that_it_is_started_again(self, servers, loss):
        with kombu.Connection(servers.urls.broker) as connection:
            _survivors(connection)  # declared
        # As long as it takes to be sure that they were there.
        time.sleep(8)  # The watch waits for five.
        servers.rabbitmq.control("eval", loss)

        wait(lambda: not servers.rabbitmq.answers(), what="the broker to end", seconds=60)
        servers.restart(servers.rabbitmq, tether=True)

        with kombu.Connection(servers.urls.broker, transport_options={"confirm_publish": True}) as connection:
            _survivors(connection).put("taken again", mandatory=True)
            assert _survivors(connection).get(timeout=10).payload == "taken again"
            _survivors(connection).queue(connection.default_channel).delete()

    @pytest.mark.timeout(600)
    def test_lets_a_queue_choose_a_leader_that_was_being_made_when_the_broker_was_killed(self, servers):
        with kombu.Connection(servers.urls.broker) as connection:
            _survivors(connection)  # declared
        # As a kill in the middle leaves it: there is a queue of this name, and nothing of it on the disk.
        servers.rabbitmq.control("eval", f"ra:force_delete_server(quorum_queues, amqqueue:get_pid({_QUEUE})).")
        time.sleep(3)  # Twice a second it saves which queues have files.
        servers.kill(servers.rabbitmq)
        servers.restart(servers.rabbitmq, tether=True)

        wait(lambda: _is_taken("confirmed", servers.urls.broker), what="the queue to take a message", seconds=120)
        with kombu.Connection(servers.urls.broker) as connection:
            assert _survivors(connection).get(timeout=10).payload == "confirmed"
            _survivors(connection).queue(connection.default_channel).delete()

    @pytest.mark.timeout(60)
    def test_has_patience_with_a_queue_that_is_being_made(self, servers):
        made = (
            'amqqueue:new_with_version(amqqueue_v2, rabbit_misc:r(<<"aerosaga">>, queue, <<"unborn">>), '
            '{aerosaga_unborn, node()}, true, false, none, [], <<"aerosaga">>, #{user => <<"aerosaga">>}, '
            "rabbit_quorum_queue)"
        )
        assert "created" in servers.rabbitmq.control("eval", f"rabbit_amqqueue:internal_declare({made}, false).")

        time.sleep(10)  # A queue that had been there would be given five.

        assert servers.rabbitmq.answers()
        servers.rabbitmq.control(
            "eval",
            'rabbit_amqqueue:internal_delete(rabbit_misc:r(<<"aerosaga">>, queue, <<"unborn">>), <<"tests">>).',
        )

    @pytest.mark.timeout(600)
    def test_goes_on_without_a_queue_that_no_start_brings_back_and_takes_it_again_once_it_is_deleted(self, servers):
        data, log = servers.rabbitmq.directory / "data", servers.log_dir / "rabbitmq.log"
        with kombu.Connection(servers.urls.broker, transport_options={"confirm_publish": True}) as connection:
            _survivors(connection).put("lost with its file", mandatory=True)
            servers.rabbitmq.control("eval", "ra_log_wal:force_roll_over(ra_log_wal).")
            (entries,) = wait(lambda: _segments(data, b"survivors"), what="the message to leave the log")
            _survivors(connection).put("what now comes after a hole", mandatory=True)
        time.sleep(3)  # Twice a second it saves which queues have files.
        servers.kill(servers.rabbitmq)
        entries.unlink()
        # What other tests took away has come back, but not for so long yet that the broker would have forgotten it.
        for memo in data.glob("*/ended-without-queues"):
            memo.unlink()

        servers.restart(servers.rabbitmq, tether=True)
        # It waits half a minute for a queue that it has not seen yet.
        wait(lambda: not servers.rabbitmq.answers(), what="the broker to end, in case that helps", seconds=120)
        servers.restart(servers.rabbitmq, tether=True)
        wait(lambda: b"do not start, their files are damaged" in log.read_bytes(), what="it to say so", seconds=120)

        assert servers.rabbitmq.answers()
        with kombu.Connection(servers.urls.broker, transport_options={"confirm_publish": True}) as connection:
            servers.rabbitmq.control("delete_queue", "--vhost", "aerosaga", "survivors")
            _survivors(connection).put("taken again", mandatory=True)
            assert _survivors(connection).get(timeout=10).payload == "taken again"
            _survivors(connection).queue(connection.default_channel).delete()

    def test_has_taken_the_room_for_its_log_before_it_writes_it(self, servers):
        (log,) = (servers.rabbitmq.directory / "data").glob("*/quorum/*/*.wal")

        # In blocks, not by its length. It begins a new one at a random half to whole of the largest size.
        assert log.stat().st_blocks * 512 >= 30 * 2**20


class TestRedis:
    def test_wants_its_password(self, servers):
        with (
            redis.Redis(host=ports.LOOPBACK, port=servers.redis.port) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()

    def test_keeps_what_it_is_told_in_a_file(self, servers):
        with redis.Redis.from_url(servers.urls.result) as client:
            assert client.config_get("appendonly") == {"appendonly": "yes"}


class TestServers:
    @pytest.mark.timeout(240)
    def test_keep_their_data_over_a_restart_and_leave_nothing_running(self, tmp_path):
        first = Servers(tmp_path)
        try:
            urls = first.start(tether=True)
            _store(urls)
        finally:
            first.stop()

        assert all(ports.is_free(port) for port in first.ports.values())
        assert not list(tmp_path.glob("*.daemon"))

        second = Servers(tmp_path)
        try:
            assert second.start(tether=True) == urls
            assert _load(urls) == ("kept", "kept", "kept")
        finally:
            second.stop()

    def test_are_left_as_they_are_when_they_run_already(self, servers):
        again = Servers(servers.run_dir)

        assert again.ports == servers.ports
        assert again.start() == servers.urls

    def test_say_which_program_is_missing_and_what_to_do(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", "/nonexistent")
        monkeypatch.setattr("deploy.server.MORE_PLACES", ())

        with pytest.raises(CannotStart, match=r"epmd is not installed.*apt-get install"):
            Servers(tmp_path).start()


class TestContainersOfMariaDB:
    def test_are_made_with_the_same_rights_by_their_script(self, servers):
        """The image's own function is played by the client of the private server, the rest is bash."""
        script = ROOT / "deploy/compose/create-databases.sh"
        client = f"mariadb --no-defaults --socket={servers.mariadb.socket} --database=mysql"
        passwords = {topology.password_key(service): f"pw{service}" for service in topology.SERVICES}

        subprocess.run(
            ["bash", "-eo", "pipefail", "-c", f"docker_process_sql() {{ {client}; }}; . {script}"],
            env={"PATH": "/usr/bin:/bin", **passwords},
            check=True,
        )

        try:
            for service in topology.SERVICES:
                name = topology.database_name(service)
                grants = servers.mariadb.run_sql(f"SHOW GRANTS FOR '{name}'@'%'").splitlines()
                own = f"`aerosaga\\\\_{service}`.*"
                assert len(grants) == 2
                assert "GRANT USAGE ON *.*" in grants[0]
                assert own in grants[1]
        finally:
            for service in topology.SERVICES:
                servers.mariadb.run_sql(f"DROP USER IF EXISTS '{topology.database_name(service)}'@'%'")


def _store(urls) -> None:
    with connect(urls.databases["booking"]) as session:
        cursor = session.cursor()
        cursor.execute("CREATE TABLE survivor (word VARCHAR(9))")
        cursor.execute("INSERT INTO survivor VALUES ('kept')")
        session.commit()
    with kombu.Connection(urls.broker, transport_options={"confirm_publish": True}) as connection:
        _survivors(connection).put("kept", mandatory=True)
    with redis.Redis.from_url(urls.result) as client:
        client.set("survivor", "kept")


def _load(urls) -> tuple[str, str, str]:
    with connect(urls.databases["booking"]) as session:
        cursor = session.cursor()
        cursor.execute("SELECT word FROM survivor")
        (word,) = cursor.fetchone()
    with kombu.Connection(urls.broker) as connection:
        message = _survivors(connection).get(timeout=10).payload
    with redis.Redis.from_url(urls.result) as client:
        return word, message, client.get("survivor").decode()


def _segments(data: Path, queue: bytes) -> list[Path]:
    """Return the files to which RabbitMQ has moved what a queue holds."""
    homes = [config.parent for config in data.glob("*/quorum/*/*/config") if queue in config.read_bytes()]
    return [segment for home in homes for segment in home.glob("*.segment")]


def _is_taken(message: str, url: str) -> bool:
    """Say whether the broker confirms a message to the survivors now."""
    with kombu.Connection(url, transport_options={"confirm_publish": True}) as connection:
        try:
            connection.default_channel.basic_publish(
                amqp.Message(json.dumps(message), content_type="application/json", delivery_mode=2),
                routing_key="survivors",
                mandatory=True,
                confirm_timeout=5,
            )
        except (*connection.recoverable_connection_errors, amqp.exceptions.MessageNacked):
            return False
        return True


def _survivors(connection):
    queue = kombu.Queue("survivors", routing_key="survivors", queue_arguments={"x-queue-type": "quorum"})
    return connection.SimpleQueue(queue)
