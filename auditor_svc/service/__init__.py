"""The use cases of auditor_svc."""
