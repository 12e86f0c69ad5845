"""The operator's console: how the system is, what it does, and what a person may do about it."""

from gateway.pages.operator import audit, charts, clocks, departures, events, health, parked, sagas, seeking, switches

#: In the order of the navigation.
BLUEPRINTS = (
    health.blueprint,
    charts.blueprint,
    sagas.blueprint,
    events.blueprint,
    parked.blueprint,
    departures.blueprint,
    audit.blueprint,
    switches.blueprint,
    clocks.blueprint,
    seeking.blueprint,
)
