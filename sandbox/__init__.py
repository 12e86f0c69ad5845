"""Stand-ins for the parties outside the system; no service imports them, they are reached over HTTP only."""
