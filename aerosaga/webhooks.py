"""What an integrator asks of notification_svc; every function raises what the client's methods do."""

from __future__ import annotations

from collections.abc import Sequence

from aerosaga.client import PAGE_SIZE, Client, Json

SERVICE = "notification"


def add(services: Client, *, url: str, events: Sequence[str], description: str | None) -> Json:
    """Have events sent to a URL; the answer has the `secret` that they are signed with, for the only time."""
    body = {"url": url, "events": list(events), "description": description}
    return dict(services.operate("POST", SERVICE, "/webhooks", body=body))


def listing(services: Client) -> list[Json]:
    """Return the first page of webhooks, oldest first."""
    return list(services.operate("GET", SERVICE, "/webhooks", query={"page": 1, "page_size": PAGE_SIZE}))


def enable(services: Client, webhook_id: str) -> Json:
    """Switch a webhook on again."""
    return dict(services.operate("PATCH", SERVICE, f"/webhooks/{webhook_id}", body={"enabled": True}))


def remove(services: Client, webhook_id: str) -> None:
    """Remove a webhook and its deliveries."""
    services.operate("DELETE", SERVICE, f"/webhooks/{webhook_id}")


def test(services: Client, webhook_id: str) -> Json:
    """Have a test sent; return its delivery, which is still to come."""
    return dict(services.operate("POST", SERVICE, f"/webhooks/{webhook_id}/tests"))


def deliveries(services: Client, webhook_id: str, *, number: int) -> list[Json]:
    """Return the newest deliveries of a webhook, with every attempt."""
    query = {"page": 1, "page_size": number}
    return list(services.operate("GET", SERVICE, f"/webhooks/{webhook_id}/deliveries", query=query))


def redeliver(services: Client, webhook_id: str, delivery_id: str) -> Json:
    """Have a delivery sent now, under the same webhook-id as before."""
    path = f"/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliveries"
    return dict(services.operate("POST", SERVICE, path))
