"""Tables of notification_svc."""

from notification_svc.models.base import Base, database
from notification_svc.models.messages import Correspondence, Fact, Itinerary, Message, Stop
from notification_svc.models.webhooks import Attempt, Delivery, Webhook

__all__ = [
    "Attempt",
    "Base",
    "Correspondence",
    "Delivery",
    "Fact",
    "Itinerary",
    "Message",
    "Stop",
    "Webhook",
    "database",
]
