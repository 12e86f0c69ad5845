"""Imports what our processes need, once, for the forks that share it; nothing of it knows yet who a process will be."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from sqlalchemy.orm import configure_mappers

from deploy import topology

#: Entry points of libraries, and what libraries import only when it is used.
LIBRARIES = (
    *("celery.bin.celery", "celery.apps.worker", "celery.apps.beat", "celery.app.control", "celery.app.events"),
    *("celery.app.log", "celery.concurrency.thread", "celery.worker.components", "celery.worker.strategy"),
    *("celery.worker.consumer", "celery.worker.consumer.delayed_delivery", "celery.worker.loops"),
    *("celery.worker.pidbox", "celery.fixups.django", "billiard.pool", "billiard.dummy", "billiard.reduction"),
    *(
        "kombu.asynchronous.semaphore",
        "kombu.matcher",
        "kombu.pidbox",
        "kombu.transport.pyamqp",
        "kombu.transport.redis",
    ),
    *("gunicorn.app.wsgiapp", "gunicorn.glogging", "gunicorn.workers.gthread"),
    *("sqlalchemy.dialects.mysql.mysqldb", "sqlalchemy.dialects.sqlite", "sqlite3", "MySQLdb.cursors"),
    *("httpcore", "httpcore._async.http_proxy", "httpcore._sync.http_proxy", "aiosmtpd.smtp", "certifi", "dbm.dumb"),
)
#: Only the ways with servers have them.
OPTIONAL = ("MySQLdb",)
PACKAGES = ("common", "gateway", "sandbox", *(f"{service}_svc" for service in topology.SERVICES))


def preload() -> None:
    """Import everything, and do what each process would do first with it and all alike."""
    for name in modules():
        import_module(name)
    # All tables are in relation now; a fork that found it out by itself would copy what it writes down.
    configure_mappers()


def modules() -> Iterator[str]:
    """
    Return the names of the modules that may be imported before it is known who a process will be.

    Not among them: what a process is started as, since it reads its settings and makes its Celery app; tasks, which
    would be tasks of every app that is made later; migrations, which run by themselves.
    """
    for name in LIBRARIES:
        if name.partition(".")[0] not in OPTIONAL or find_spec(name.partition(".")[0]):
            yield name
    entries = {word.partition(":")[0] for process in topology.PROCESSES for word in process.command}
    for package in PACKAGES:
        yield package
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            parts = module.name.split(".")
            if module.name not in entries and parts[1] not in ("tasks", "migrations"):
                yield module.name
