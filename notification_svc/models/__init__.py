"""Tables of notification_svc."""

from notification_svc.models.base import Base, database
from notification_svc.models.messages import Correspondence, Fact, Itinerary, Message, Stop

__all__ = ["Base", "Correspondence", "Fact", "Itinerary", "Message", "Stop", "database"]
