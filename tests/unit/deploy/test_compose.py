"""docker-compose.yml, held against the topology, the settings and the code that it starts."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.config import Settings
from deploy import compose_nginx, rabbitmq, topology
from deploy.compose_env import with_secrets
from deploy.environment import TUNING
from deploy.nginx import Nginx
from deploy.programs import STOP_SECONDS, WEB_WORKERS
from deploy.topology import CONTAINER_PORT, Process
from gateway import rules
from gateway.settings import GatewaySettings

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
SERVERS = {"mariadb", "rabbitmq", "redis"}
# Run to their end, or when a person asks for them.
TOOLS = {"migrate", "aerosaga"}
CONTAINERS = topology.processes("containers")

named = pytest.mark.parametrize("process", CONTAINERS, ids=lambda process: process.name)


class TestComposeFile:
    def test_has_every_process_of_the_topology_and_no_other(self):
        assert set(SERVICES) - SERVERS - TOOLS - {"nginx"} == {process.name for process in CONTAINERS}

    @named
    def test_starts_each_process_with_the_command_of_the_topology(self, process: Process):
        wanted = topology.command(
            process,
            host="0.0.0.0",
            port=CONTAINER_PORT,
            data="/data",
            web_workers=WEB_WORKERS["containers"],
            unique="",
        )

        assert SERVICES[process.name]["command"] == wanted

    @named
    def test_gives_each_process_the_variables_of_the_topology(self, process: Process):
        given = set(SERVICES[process.name]["environment"])

        assert given - set(TUNING) - {"FLOWER_BASIC_AUTH"} == set(process.environment) - set(TUNING)

    def test_gives_each_database_url_its_own_user_and_database(self):
        for service in topology.SERVICES:
            url = SERVICES[f"{service}-web"]["environment"][topology.database_key(service)]
            name = topology.database_name(service)

            assert url.startswith(f"mariadb+mysqldb://{name}:${{{topology.password_key(service)}:?")
            assert url.endswith(f"@mariadb:3306/{name}?charset=utf8mb4")

    def test_has_a_worker_or_consumer_for_every_queue(self):
        commands = [service["command"] for service in SERVICES.values() if "command" in service]
        worked = {command[command.index("-Q") + 1] for command in commands if "-Q" in command}
        consuming = {command[2].removesuffix("_svc.app") for command in commands if command[:2] == ["python", "-m"]}
        heard = {
            topology.inbox_queue(service, publisher)
            for service, publishers in topology.HEARS.items()
            if service in consuming
            for publisher in publishers
        }

        assert worked | heard == topology.queues()

    @named
    def test_checks_the_health_of_each_process_as_the_topology_says(self, process: Process):
        assert SERVICES[process.name]["healthcheck"]["test"] == ["CMD", *topology.health_check(process)]

    @named
    def test_asks_for_endpoints_that_exist(self, process: Process, tmp_path: Path):
        # The stream is no Flask application; tests/integration/gateway/test_stream.py asks for them.
        if process.ready is None or process.role == "flower" or process.service == "stream":
            return

        app = process.command[1]
        assert process.ready in _get_paths(app, tmp_path)

    @named
    def test_gives_each_process_as_long_to_stop_as_the_supervisor_does(self, process: Process):
        assert SERVICES[process.name]["stop_grace_period"] == f"{STOP_SECONDS}s"

    def test_checks_the_health_of_every_server(self):
        assert all("test" in SERVICES[server]["healthcheck"] for server in SERVERS)

    def test_gives_the_broker_its_watch_and_the_settings_of_ours(self):
        broker = SERVICES["rabbitmq"]
        mounted = {inside: ROOT / ours for ours, inside, _ in (each.split(":") for each in broker["volumes"][1:])}

        assert set(mounted.values()) == {rabbitmq.ADVANCED_CONFIG, rabbitmq.WATCH, rabbitmq.PLUGINS}
        assert mounted["/etc/rabbitmq/enabled_plugins"] == rabbitmq.PLUGINS
        assert mounted["/etc/rabbitmq/advanced.config"] == rabbitmq.ADVANCED_CONFIG
        inside = next(path for path, ours in mounted.items() if ours == rabbitmq.WATCH)
        assert broker["command"] == ["rabbitmq-server", *rabbitmq.watched(inside)]
        assert broker["restart"] == "unless-stopped"

    def test_makes_the_tables_before_any_process_of_a_service_starts(self):
        for process in CONTAINERS:
            if process.service in (*topology.SERVICES, "beat", "flower"):
                needs = SERVICES[process.name]["depends_on"]

                assert needs["migrate"]["condition"] == "service_completed_successfully"
                assert all(needs[server]["condition"] == "service_healthy" for server in SERVERS)

        assert SERVICES["migrate"]["command"] == list(topology.MIGRATE)
        assert set(topology.MIGRATE_ENVIRONMENT) <= set(SERVICES["migrate"]["environment"])

    def test_lets_workers_scale(self):
        for process in CONTAINERS:
            if process.role in ("worker", "settler", "sweeper", "consumer"):
                assert not {"container_name", "ports", "hostname"} & set(SERVICES[process.name])

    def test_opens_ports_for_the_door_the_mailbox_and_flower_only_and_to_this_machine_only(self):
        ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

        assert set(ports) == {"nginx", "mailbox", "flower"}
        assert all(port.startswith("127.0.0.1:") for opened in ports.values() for port in opened)

    def test_holds_no_secret(self):
        secret = re.compile(r"(PASS|PASSWORD|TOKEN|SECRET|AUTH)$")
        for service in SERVICES.values():
            for name, value in service.get("environment", {}).items():
                if secret.search(name):
                    assert ":?run make env}" in value
        assert not re.search(r"://[^$\s/@:]*:[^$\s/@]+@", TEXT)

    def test_builds_from_a_dockerfile_that_is_there_and_not_run_by_root(self):
        lines = (ROOT / "Dockerfile").read_text().splitlines()

        assert "USER aerosaga" in lines
        assert all(line.startswith("FROM python:3.11-slim-bookworm") for line in lines if line.startswith("FROM"))

    def test_mounts_files_that_are_there(self):
        volumes = [volume for service in SERVICES.values() for volume in service.get("volumes", [])]
        mounts = [volume.split(":")[0] for volume in volumes if volume.startswith("./")]

        assert all((ROOT / mount).is_file() for mount in mounts)


class TestNginx:
    def test_has_the_configuration_that_the_route_table_makes(self):
        assert compose_nginx.TARGET.read_text() == compose_nginx.text(GatewaySettings()), (
            "run python -m deploy.compose_nginx"
        )

    def test_asks_containers_that_are_there(self):
        hosts = re.findall(r"server ([\w-]+):8000 ", compose_nginx.TARGET.read_text())

        assert hosts
        assert set(hosts) <= set(SERVICES)

    def test_publishes_the_port_it_listens_at(self):
        assert f"listen {compose_nginx.PORT};" in compose_nginx.TARGET.read_text()
        assert all(port.endswith(f":{compose_nginx.PORT}") for port in SERVICES["nginx"]["ports"])

    def test_is_asked_to_stop_as_the_other_nginx_is_and_has_as_long(self):
        nginx = SERVICES["nginx"]

        assert nginx["stop_signal"] == f"SIG{Nginx.stop_signal}"
        assert nginx["stop_grace_period"] == f"{Nginx.stop_seconds}s"
        assert f"worker_shutdown_timeout {rules.STOP_SECONDS}s;" in compose_nginx.TARGET.read_text()
        assert Nginx.stop_seconds > rules.STOP_SECONDS

    def test_starts_after_every_web_it_asks_and_so_stops_before_it(self):
        asked = set(re.findall(r"server ([\w-]+):8000 ", compose_nginx.TARGET.read_text()))

        assert asked <= set(SERVICES["nginx"]["depends_on"])

    def test_is_not_run_by_root(self):
        assert SERVICES["nginx"]["user"] != "root"


class TestEnvExample:
    def test_lists_every_variable_that_the_compose_file_asks_for(self):
        assert set(re.findall(r"\$\{(AEROSAGA_\w+)", TEXT)) <= _listed()

    def test_lists_every_setting(self):
        fields = {*Settings.model_fields, *GatewaySettings.model_fields}

        assert {f"AEROSAGA_{name.upper()}" for name in fields} <= _listed()

    def test_gives_no_secret_away_and_gets_one_for_each(self):
        filled = with_secrets(EXAMPLE)

        required = set(re.findall(r"\$\{(AEROSAGA_\w+):\?", TEXT))
        values = [re.search(rf"^{name}=(\w+)$", filled, re.MULTILINE) for name in required]
        assert all(re.search(rf"^{name}=$", EXAMPLE, re.MULTILINE) for name in required)
        assert len({match[1] for match in values if match}) == len(required)


def _listed() -> set[str]:
    return set(re.findall(r"^#?(AEROSAGA_\w+)=", EXAMPLE, re.MULTILINE))


def _get_paths(app: str, directory: Path) -> set[str]:
    module, factory = app.removesuffix("()").split(":")
    # In a process of its own: making a service's app sets up logging for the whole process.
    program = (
        f"from {module} import {factory}\n"
        f"print(*(rule.rule for rule in {factory}().url_map.iter_rules() if 'GET' in rule.methods), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={
            "PATH": os.defpath,
            "AEROSAGA_BANK_DATABASE": str(directory / "bank.db"),
            "AEROSAGA_MAILBOX_FOLDER": str(directory),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())
