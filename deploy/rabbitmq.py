"""A private RabbitMQ node, with a name service (epmd), cookie and home of its own; for 3.10 and 4.x."""

from __future__ import annotations

import os
import secrets
import subprocess
from pathlib import Path
from typing import ClassVar

from deploy import private_file
from deploy.ports import LOOPBACK
from deploy.server import Server, find_program, greeting, lines

USER = "aerosaga"
VHOST = "aerosaga"
# What an AMQP 0-9-1 client says first. A broker that is ready answers with Connection.Start, a method frame.
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
METHOD_FRAME = b"\x01"
# A disk that is full for a moment ends the log of all quorum queues for good (3.10: its supervisor starts again without
# it), or only the processes of some queues: the broker goes on, says that it is well, and takes nothing for them until
# somebody starts it again. This ends it instead, so that its supervisor does. A queue that was gone already and did not
# stay after that start has damaged files, and another start would not help either: then this only says so.
LOST_SECONDS = 5
# After so long without a loss, a start has helped.
HELPED_SECONDS = 60
# To list the queues was most of what a broker did that nobody used. So it is done when one of those known has no
# process, when there are more or fewer of them, and else after so many seconds.
LIST_SECONDS = 10
END_WITHOUT_QUEUES = f"""
Queues = fun() ->
    [Name || Queue <- rabbit_amqqueue:list(), amqqueue:get_type(Queue) =:= rabbit_quorum_queue,
             {{Name, _}} <- [amqqueue:get_pid(Queue)]]
end,
Memo = fun() -> filename:join(rabbit_mnesia:dir(), "ended-without-queues") end,
Tell = fun(Lost, Seen) ->
    Before = case file:consult(Memo()) of {{ok, [Names]}} -> Names; _ -> [] end,
    case [Name || Name <- Lost, maps:get(Name, Seen, 0) > {LOST_SECONDS} orelse not lists:member(Name, Before)] of
        [] -> logger:error("~p do not start, their files are damaged: see docs/how-to/damaged-queues.md", [Lost]);
        _ ->
            logger:error("of the quorum queues ~p is gone; ending, to be started again", [Lost]),
            file:write_file(Memo(), io_lib:format("~p.", [lists:usort(Before ++ Lost)])),
            timer:sleep(500),
            erlang:halt(1, [{{flush, false}}])
    end
end,
Watch = fun(Again, Second, Count, Known, Seen, Missed, Well) ->
    timer:sleep(1000),
    Up = case init:get_status() of {{started, _}} -> rabbit:is_running(); _ -> false end,
    Now = case Up of true -> rabbit_amqqueue:count(); false -> none end,
    List = Up andalso (Now =/= Count orelse Second rem {LIST_SECONDS} =:= 0
        orelse lists:any(fun(Name) -> whereis(Name) =:= undefined end, Known)),
    Names = case {{Up, List}} of {{true, true}} -> [ra_log_wal | Queues()]; {{true, false}} -> Known; _ -> [] end,
    Gone = [{{Name, maps:get(Name, Missed, 0) + 1}} || Name <- Names, whereis(Name) =:= undefined],
    case [Name || {{Name, Seconds}} <- Gone, Seconds =:= {LOST_SECONDS}] of [] -> ok; Lost -> Tell(Lost, Seen) end,
    case Well of {HELPED_SECONDS} -> file:delete(Memo()); _ -> ok end,
    Here = [{{Name, maps:get(Name, Seen, 0) + 1}} || Name <- Names, whereis(Name) =/= undefined],
    Still = case {{Up, Gone}} of {{true, []}} -> Well + 1; _ -> 0 end,
    Again(Again, Second + 1, Now, Names, maps:merge(Seen, maps:from_list(Here)), maps:from_list(Gone), Still)
end,
spawn(fun() -> Watch(Watch, 0, none, [], maps:new(), maps:new(), 0) end).
"""


# The log of all quorum queues takes the room for its next 64 MB when it begins them. Without it a disk that is full for
# a moment ends the log in the middle, and 3.10 may then go on behind a message that it never wrote: a queue with such a
# hole cannot be read any more, and does not start again (seen in a fault run).
ROOM_FOR_THE_LOG = "[{ra, [{wal_pre_allocate, true}]}].\n"


class Epmd(Server):
    """The Erlang name service. RabbitMQ would start one that stays behind, so ours runs before it."""

    name = "epmd"

    def __init__(self, directory: Path, *, port: int) -> None:
        super().__init__(directory)
        self.port = port

    def prepare(self) -> None:
        private_file.make_directory(self.directory)

    def command(self) -> list[str]:
        return [_epmd(), "-port", str(self.port), "-address", LOOPBACK]

    def answers(self) -> bool:
        # NAMES_REQ; the answer starts with the port it listens on.
        return greeting(self.port, send=b"\x00\x01n", length=4) == self.port.to_bytes(4, "big")


class RabbitMQ(Server):
    """A broker with one user, who has a random password; the guest user is never made."""

    name = "rabbitmq"
    stop_seconds: ClassVar[int] = 60

    def __init__(
        self,
        directory: Path,
        *,
        port: int,
        distribution_port: int,
        epmd_port: int,
        password: str,
    ) -> None:
        super().__init__(directory)
        self.port = port
        self.distribution_port = distribution_port
        self.epmd_port = epmd_port
        self.password = password

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{self.password}@{LOOPBACK}:{self.port}/{VHOST}"

    def prepare(self) -> None:
        private_file.make_directory(self.directory)
        private_file.write(self.directory / "rabbitmq.conf", self._configuration())
        # The files of the system's own RabbitMQ in /etc must not apply to this one.
        private_file.write(self.directory / "rabbitmq-env.conf", "")
        private_file.write(self.directory / "advanced.config", ROOM_FOR_THE_LOG)
        private_file.write(self.directory / "enabled_plugins", "[].\n")
        cookie = self.directory / ".erlang.cookie"
        if not cookie.exists():
            private_file.write(cookie, secrets.token_hex(24))
            cookie.chmod(0o400)  # Erlang refuses a cookie that anybody else could read.

    def command(self) -> list[str]:
        # Not the `rabbitmq-server` in /usr/sbin: that one changes to the system user "rabbitmq".
        return [find_program_of_the_broker("rabbitmq-server"), "-eval", " ".join(END_WITHOUT_QUEUES.split())]

    def environment(self) -> dict[str, str]:
        home = self.directory.resolve()
        return super().environment() | {
            "HOME": str(home),
            # The node's name is part of its data, so it must not follow the machine's name.
            "RABBITMQ_NODENAME": f"aerosaga@{LOOPBACK}",
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_CONFIG_FILES": str(home / "conf.d"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(home / "rabbitmq.pid"),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            # Makes the start script become the server instead of staying as its parent, which, when killed,
            # would leave the server behind. SIGTERM then goes to the server itself, which stops cleanly.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def answers(self) -> bool:
        return greeting(self.port, send=PROTOCOL_HEADER, length=1) == METHOD_FRAME

    def control(self, *words: str) -> str:
        """Run rabbitmqctl on this node and return what it printed; for operators and tests, as it takes seconds."""
        done = subprocess.run(
            [find_program_of_the_broker("rabbitmqctl"), "--quiet", "--longnames", *words],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def _configuration(self) -> str:
        return lines(
            [
                f"listeners.tcp.1 = {LOOPBACK}:{self.port}",
                f"default_vhost = {VHOST}",
                f"default_user = {USER}",
                f"default_pass = {self.password}",
                "default_user_tags.administrator = true",
            ],
            [
                "log.console.level = info",
                # The default, 512 MiB, is made for a machine that does nothing else.
                "raft.wal_max_size_bytes = 67108864",
                "disk_free_limit.absolute = 200MB",
            ],
        )


def find_program_of_the_broker(name: str) -> str:
    """
    Return one of RabbitMQ's own scripts, rather than the wrapper of that name that wants to be root or "rabbitmq".

    :raises CannotStart: if it is not installed
    """
    debian = Path("/usr/lib/rabbitmq/bin") / name
    return str(debian) if os.access(debian, os.X_OK) else find_program(name, package="rabbitmq-server")


def _epmd() -> str:
    return find_program("epmd", package="rabbitmq-server")
