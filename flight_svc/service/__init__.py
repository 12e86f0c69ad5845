"""The use cases of flight_svc: one keyword-only function each, in the caller's transaction."""
