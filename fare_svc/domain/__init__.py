"""The rules of fare_svc, in plain Python."""
