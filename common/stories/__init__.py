"""What happened for one correlation id in all services, and what is still to come."""

from common.stories.timeline import Entry, Story, entry, merged
from common.stories.to_come import Coming, to_come

__all__ = ["Coming", "Entry", "Story", "entry", "merged", "to_come"]
