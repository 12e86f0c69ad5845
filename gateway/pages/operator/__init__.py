"""The operator's console: how the system is, what it does, and what a person may do about it."""

from gateway.pages.operator import health

#: In the order of the navigation.
BLUEPRINTS = (health.blueprint,)
