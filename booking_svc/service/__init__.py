"""The use cases of booking_svc: one keyword-only function each, in the caller's transaction."""
