"""Endpoints of notification_svc."""

from notification_svc.api import messages, webhooks

blueprints = [messages.blueprint, webhooks.blueprint]
