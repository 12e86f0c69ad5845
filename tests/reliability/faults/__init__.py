"""Fault runs: bookings through the public door while the system is killed, cut, slowed, repeated and misled."""
