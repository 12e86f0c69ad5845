"""The use cases of auth_svc: one keyword-only function each."""
