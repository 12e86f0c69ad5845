"""All the commands, sorted by subject."""

from aerosaga.commands import (
    administering,
    auditing,
    cancelling,
    clocks,
    contracts,
    help,
    keeping,
    parked,
    running,
    sagas,
    timetables,
    travelling,
    webhooks,
)

aerosaga = help.grouped(
    {
        "Run it": [running.demo, running.up, running.down, running.status, running.doctor],
        "Travel with it": [
            travelling.search,
            travelling.seats,
            travelling.book,
            travelling.pay,
            travelling.show,
            travelling.timeline,
            cancelling.cancel,
        ],
        "Disrupt it": [cancelling.delay, cancelling.cancel_departure, cancelling.disruption],
        "Look after it": [
            auditing.audit,
            sagas.sagas,
            parked.parked,
            parked.replay,
            administering.users,
            administering.audit_log,
            clocks.clock,
        ],
        "Keep its data": [keeping.backup, keeping.restore, keeping.reconcile],
        "Fill it": [timetables.load_timetable, timetables.migrate],
        "Connect to it": [webhooks.webhooks],
        "Change it": [contracts.contracts],
    },
    name="aerosaga",
    help="Sells airline seats: no seat twice, no money kept for nothing, nothing stuck.\n\n"
    "Begin with `demo`, which needs nothing but Python, or with `up`, which runs the real servers. "
    "What else there is talks to what runs. Every command has its own --help.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
