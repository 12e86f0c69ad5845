"""News for pages that are open, as server-sent events: one ear at the broker, and a queue for each listener."""
