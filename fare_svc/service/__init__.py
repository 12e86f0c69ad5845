"""The use cases of fare_svc: one keyword-only function each, in the caller's transaction."""
