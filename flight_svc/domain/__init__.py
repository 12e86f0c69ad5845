"""The rules of flight_svc, in plain Python."""
