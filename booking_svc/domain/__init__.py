"""The rules of booking_svc, in plain Python."""
